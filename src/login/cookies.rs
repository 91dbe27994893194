//! Cookies of one walk (RFC 6265), forgotten with it.
//!
//! There is no list of public suffixes: a site can at most set cookies that its neighbours are sent in the same walk.

use cookie_store::{Cookie, CookieStore};
use url::Url;

use crate::model::exchange::Response;

/// Set-Cookie lines of one response that are read, and bytes of a line: what browsers allow (RFC 6265 §6.1).
const LINES: usize = 50;
const LENGTH: usize = 4096;

/// Cookies that are sent at once, so that a Cookie header stays within what servers read.
const SENT: usize = 50;

/// What was set so far.
#[derive(Default)]
pub struct Jar(CookieStore);

impl Jar {
    /// Takes what a `response` to a request for `url` sets. Lines that are no cookies are left alone, as a browser
    /// would.
    pub fn take(&mut self, url: &str, response: &Response) {
        let Ok(url) = Url::parse(url) else { return };
        let lines = response.header_lines("set-cookie");
        for line in lines.into_iter().filter(|line| line.len() <= LENGTH).take(LINES) {
            // Of another domain, expired or malformed: not a cookie for us.
            let _ = self.0.parse(line, &url);
        }
    }

    /// The Cookie header of a request for `url`, those with longer paths first (RFC 6265 §5.4).
    pub fn header(&self, url: &str) -> Option<String> {
        self.pairs(url, |_| true)
    }

    /// The same where the page of another site has it sent: Strict cookies stay, and Lax ones where it `asks` for nothing
    /// but a page (RFC 6265bis §5.6.7). One that says nothing goes along, as in browsers that do not take that for Lax.
    pub fn header_from_elsewhere(&self, url: &str, asks: bool) -> Option<String> {
        self.pairs(url, |cookie| {
            cookie.same_site().is_none_or(|kept| !kept.is_strict() && (asks || !kept.is_lax()))
        })
    }

    fn pairs(&self, url: &str, goes: impl Fn(&Cookie<'_>) -> bool) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let mut cookies: Vec<(String, String)> = self
            .0
            .matches(&url)
            .into_iter()
            .filter(|cookie| goes(cookie))
            .map(|cookie| {
                let (name, value) = cookie.name_value();
                (String::from(&cookie.path), format!("{name}={value}"))
            })
            .collect();
        cookies.sort_by(|(path, pair), (other, next)| other.len().cmp(&path.len()).then(pair.cmp(next)));
        let pairs: Vec<String> = cookies.into_iter().take(SENT).map(|(_, pair)| pair).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jar(url: &str, lines: &[&str]) -> Jar {
        let mut jar = Jar::default();
        set(&mut jar, url, lines);
        jar
    }

    fn set(jar: &mut Jar, url: &str, lines: &[&str]) {
        let headers: Vec<_> = lines.iter().map(|line| ("Set-Cookie", *line)).collect();
        jar.take(url, &Response::new(200, &headers, ""));
    }

    #[test]
    fn go_back_to_where_they_came_from() {
        let jar = jar(
            "https://as.example/login/page",
            &[
                "sid=1; HttpOnly",
                "flow=2; Path=/login; Secure; SameSite=Lax",
                "all=3; Path=/; Domain=as.example",
            ],
        );
        assert_eq!(jar.header("https://as.example/login/x").as_deref(), Some("flow=2; sid=1; all=3"));
        assert_eq!(jar.header("https://as.example/").as_deref(), Some("all=3"));
        assert_eq!(jar.header("http://as.example/login").as_deref(), Some("sid=1; all=3"));
        assert_eq!(jar.header("https://sub.as.example/login").as_deref(), Some("all=3"));
        assert_eq!(jar.header("https://other.example/login"), None);
        assert_eq!(jar.header("no URL"), None);
    }

    #[test]
    fn secure_ones_work_on_loopback() {
        let jar = jar("http://127.0.0.1:5/a", &["sid=1; Secure"]);
        assert_eq!(jar.header("http://127.0.0.1:5/a").as_deref(), Some("sid=1"));
    }

    #[test]
    fn stay_where_another_site_has_the_request_sent() {
        let url = "https://as.example/";
        let jar =
            jar(url, &["a=1; SameSite=Strict", "b=2; SameSite=Lax", "c=3; SameSite=None; Secure", "d=4"]);
        assert_eq!(jar.header(url).as_deref(), Some("a=1; b=2; c=3; d=4"));
        assert_eq!(jar.header_from_elsewhere(url, true).as_deref(), Some("b=2; c=3; d=4"));
        assert_eq!(jar.header_from_elsewhere(url, false).as_deref(), Some("c=3; d=4"));
    }

    #[test]
    fn are_replaced_and_removed() {
        let url = "https://as.example/";
        let mut jar = jar(url, &["a=1", "b=1"]);
        set(&mut jar, url, &["a=2", "b=; Max-Age=0"]);
        assert_eq!(jar.header(url).as_deref(), Some("a=2"));
    }

    #[test]
    fn strangers_set_none_for_others_and_not_too_many() {
        let url = "https://evil.example/";
        let long = format!("long={}", "x".repeat(LENGTH));
        let mut jar = jar(url, &["a=1; Domain=as.example", "", "=", ";;;", &long]);
        assert_eq!(jar.header("https://as.example/"), None);
        for turn in 0..3 {
            let lines: Vec<String> = (0..80).map(|n| format!("c{turn}-{n}=x")).collect();
            set(&mut jar, url, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        }
        assert_eq!(jar.header(url).unwrap().split("; ").count(), SENT);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in any::<String>(), url in "https?://[a-z.]{1,9}(/[^ ]{0,9})?") {
            let jar = jar(&url, &[&line]);
            let _ = jar.header(&url);
        }
    }
}
