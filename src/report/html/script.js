"use strict";
// Without this, the page is whole; it only chooses what is shown.
const form = document.getElementById("filters");
const cases = [...document.querySelectorAll(".case")];
const verdictOf = (node, profile) => {
  if (!profile) return node.dataset.verdict;
  const pair = node.dataset.verdicts.split(" ").find((pair) => pair.startsWith(profile + "="));
  return pair ? pair.slice(profile.length + 1) : "";
};
const apply = () => {
  const { profile, verdict, area } = Object.fromEntries(new FormData(form));
  let shown = 0;
  for (const node of cases) {
    const is = verdictOf(node, profile);
    const fits = is !== "" && (!verdict || is === verdict) && (!area || node.dataset.area === area);
    node.hidden = !fits;
    const badge = node.querySelector(".badge");
    if (is) { badge.textContent = is; badge.className = "badge " + is; }
    if (fits && node.localName === "li") shown += 1;
  }
  for (const heading of document.querySelectorAll("section h3")) {
    let node = heading.nextElementSibling;
    let any = false;
    while (node && node.localName === "article") { any = any || !node.hidden; node = node.nextElementSibling; }
    heading.hidden = !any;
  }
  form.elements.shown.value = `${shown} of ${cases.filter((node) => node.localName === "li").length} cases`;
  if (profile || verdict || area) document.getElementById("all-cases").open = true;
};
// A link to a finding shows it, whatever is chosen.
const follow = () => {
  const node = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!node) return;
  if (node.hidden) { form.reset(); apply(); }
  for (let at = node; at; at = at.parentElement) if (at.localName === "details") at.open = true;
  node.scrollIntoView();
  node.focus({ preventScroll: true });
};
form.hidden = false;
form.addEventListener("change", apply);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", follow);
addEventListener("beforeprint", () => { for (const node of document.querySelectorAll("details")) node.open = true; });
apply();
follow();
