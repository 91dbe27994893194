//! A browser without a screen: follows redirects, keeps cookies and submits forms until it comes back.
//!
//! It runs no scripts. Everything is sent by the caller, so that everything is recorded and kept within bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use url::Url;

use super::cookies::Jar;
use super::page::{Page, one_line};
use super::request;
use crate::model::exchange::{Exchange, Reply, Request, Response};

/// Requests of one walk.
const STEPS: usize = 20;

/// Another site.
const FOREIGN: &str = "https://mcp-conform.example";

/// Characters of an address or an error page that a message repeats.
const SHOWN: usize = 200;

/// What was exchanged, and where it led.
#[derive(Debug, Clone)]
pub struct Walk {
    /// In their order.
    pub exchanges: Vec<Arc<Exchange>>,
    /// The place of the last page that asked the user to agree, and for nothing to be typed in.
    pub consent: Option<usize>,
    /// How it ended.
    pub end: End,
}

/// How a walk ended. The URLs hold codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// At the redirect URI: the full URL, byte for byte as the server wrote it.
    Arrived(String),
    /// At the redirect URI, with the answer in the fragment, which no request carries to the client.
    InFragment(String),
    /// At a page that posts its answer to the redirect URI (`response_mode=form_post`), which nobody asked for.
    FormPost(String),
    /// At the client's own origin and not at the redirect URI: it was changed on the way.
    Elsewhere(String),
    /// Before that, and why: a sentence without a period that names the URL without its query.
    Stopped(String),
}

/// Walks from `start`, the authorization request, to `redirect_uri`. `fields` are what the user types in, by name.
///
/// `send` is no `AsyncFn`: the future of one cannot be known to be `Send`, so that no task could walk.
pub async fn walk<F: Future<Output = Arc<Exchange>>>(
    start: Request,
    redirect_uri: &str,
    fields: &BTreeMap<String, String>,
    send: impl Fn(Request) -> F,
) -> Walk {
    let mut walker = Walker::new(&start, redirect_uri, fields);
    let end = walker.go(start, &send, |_| false).await.unwrap_or_else(|_| Walker::lost());
    Walk { exchanges: walker.exchanges, consent: walker.consent, end }
}

/// Whether another site can agree in a user's place (CSRF): the form that `attacker`, an authorization request of theirs,
/// brings up is sent by the browser of a user who is asked to agree to `start`, as the page of another site has it sent.
pub async fn forge<F: Future<Output = Arc<Exchange>>>(
    start: Request,
    attacker: Request,
    redirect_uri: &str,
    fields: &BTreeMap<String, String>,
    send: impl Fn(Request) -> F,
) -> Walk {
    let mut user = Walker::new(&start, redirect_uri, fields);
    let mut other = Walker::new(&attacker, redirect_uri, fields);
    let asked = user.go(start, &send, |next| next.agrees).await;
    let end = match (asked, other.go(attacker, &send, |next| next.agrees).await) {
        (Ok(end), _) | (Err(_), Ok(end)) => match end {
            End::Stopped(why) => End::Stopped(why),
            _ => End::Stopped("nobody was asked to agree".to_owned()),
        },
        (Err(_), Err(form)) => {
            user.exchanges.append(&mut other.exchanges);
            user.sent_by = Some(FOREIGN);
            user.go(form, &send, |_| false).await.unwrap_or_else(|_| Walker::lost())
        }
    };
    Walk { exchanges: user.exchanges, consent: user.consent, end }
}

struct Walker<'a> {
    redirect_uri: &'a str,
    fields: &'a BTreeMap<String, String>,
    /// The authorization request's URL.
    start: String,
    jar: Jar,
    /// What was typed in where, so that a wrong password is sent once.
    typed: BTreeSet<(String, BTreeSet<String>)>,
    /// The origin of the other site whose page has the requests sent.
    sent_by: Option<&'static str>,
    exchanges: Vec<Arc<Exchange>>,
    consent: Option<usize>,
}

/// What comes next.
struct Next {
    request: Request,
    /// Whether the user agrees with it, by a form in which nothing was typed.
    agrees: bool,
}

impl From<Request> for Next {
    fn from(request: Request) -> Self {
        Self { request, agrees: false }
    }
}

impl<'a> Walker<'a> {
    fn new(start: &Request, redirect_uri: &'a str, fields: &'a BTreeMap<String, String>) -> Self {
        Self {
            redirect_uri,
            fields,
            start: start.url.clone(),
            jar: Jar::default(),
            typed: BTreeSet::new(),
            sent_by: None,
            exchanges: Vec::new(),
            consent: None,
        }
    }

    /// Goes on from `next` to the end, or gives the request before which it was to stop.
    async fn go<F: Future<Output = Arc<Exchange>>>(
        &mut self,
        next: Request,
        send: &impl Fn(Request) -> F,
        stops: impl Fn(&Next) -> bool,
    ) -> Result<End, Request> {
        let mut next = next;
        for _ in 0..STEPS {
            let sent = next.clone();
            let exchange = send(self.dressed(next)).await;
            self.exchanges.push(Arc::clone(&exchange));
            let step = match self.step(sent, &exchange.reply) {
                Ok(step) => step,
                Err(end) => return Ok(end),
            };
            if step.agrees {
                self.consent = Some(self.exchanges.len() - 1);
            }
            if stops(&step) {
                return Err(step.request);
            }
            next = step.request;
        }
        let to = shown(&next.url);
        Ok(End::Stopped(format!("there were {STEPS} steps, and the next would go to {to}")))
    }

    /// What a walk that stops nowhere never comes to.
    fn lost() -> End {
        End::Stopped("the walk led nowhere".to_owned())
    }

    /// `request` as a browser sends it: with cookies, and, where the page of another site has it sent, without those that
    /// are kept from such requests (SameSite), and with the headers that tell (Fetch, 3.2; Fetch Metadata, 2.3).
    fn dressed(&self, mut request: Request) -> Request {
        let cookies = match self.sent_by {
            None => self.jar.header(&request.url),
            Some(origin) => {
                request.headers.retain(|(name, _)| name != "origin");
                if request.method == "POST" {
                    request.headers.push(("origin".to_owned(), origin.to_owned()));
                }
                request.headers.push(("sec-fetch-site".to_owned(), "cross-site".to_owned()));
                request.headers.push(("sec-fetch-mode".to_owned(), "navigate".to_owned()));
                self.jar.header_from_elsewhere(&request.url, request.method == "GET")
            }
        };
        request.headers.extend(cookies.map(|cookies| ("cookie".to_owned(), cookies)));
        request
    }

    /// What comes after `sent` and its reply.
    fn step(&mut self, sent: Request, reply: &Reply) -> Result<Next, End> {
        let response = match reply {
            Reply::Response(response) => response,
            Reply::Error(error) => return Err(stopped(&sent.url, &format!("no answer came: {error}"))),
        };
        self.jar.take(&sent.url, response);
        match response.status {
            301 | 302 | 303 | 307 | 308 => self.redirect(sent, response).map(Next::from),
            200..=299 if is_html(response) => self.page(&sent, response),
            status => {
                let says = says(response).map_or(String::new(), |says| format!(": {says}"));
                Err(stopped(&sent.url, &format!("the server answered {status}{says}")))
            }
        }
    }

    fn redirect(&self, sent: Request, response: &Response) -> Result<Request, End> {
        let status = response.status;
        let locations = response.header_lines("location");
        let Some(location) = locations.first() else {
            return Err(stopped(&sent.url, &format!("the server answered {status} without a Location")));
        };
        let url = self.onward(&sent.url, None, location)?;
        // RFC 9110 §15.4: 307 and 308 repeat the request, 303 asks with GET, and so do browsers after the other two.
        let repeats = matches!(status, 307 | 308) || !matches!(sent.method.as_str(), "POST");
        if !repeats {
            return Ok(request::page(url));
        }
        if sent.body.is_some() && sent.url.starts_with("https:") && url.scheme() == "http" {
            let why = format!("the server answered {status}, which would send the form on without TLS");
            return Err(stopped(&sent.url, &why));
        }
        Ok(Request { url: url.into(), ..sent })
    }

    fn page(&mut self, sent: &Request, response: &Response) -> Result<Next, End> {
        let page = Page::read(&response.body.bytes());
        let base = page.base.as_deref();
        let posts = page.forms.iter().filter(|form| form.method == "post");
        let targets = posts.filter_map(|form| form.goes_to(&sent.url, base));
        if let Some(url) = targets.into_iter().find(|url| self.arrives(url)) {
            return Err(End::FormPost(url));
        }
        // A password is for the server that the user logs in at, and not for whomever that leads to.
        let nothing = BTreeMap::new();
        let here = same_origin(&sent.url, &self.start);
        let cannot = match page.approve(&sent.url, if here { self.fields } else { &nothing }) {
            Ok(submission) => {
                let url = self.onward(&sent.url, None, &submission.request.url)?;
                let typed = (shown(url.as_str()), submission.filled);
                let agrees = typed.1.is_empty();
                if !typed.1.is_empty() && !self.typed.insert(typed.clone()) {
                    let names =
                        typed.1.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
                    return Err(stopped(
                        &sent.url,
                        &format!("the page asks for {names} again: they were not accepted"),
                    ));
                }
                return Ok(Next { request: submission.request, agrees });
            }
            Err(cannot) => cannot.to_string(),
        };
        let cannot = match here || self.fields.is_empty() {
            true => cannot,
            false => format!(
                "{cannot}; nothing is typed into pages of another origin than the authorization endpoint's"
            ),
        };
        match &page.refresh {
            Some(refresh) => self.onward(&sent.url, base, refresh).map(|url| request::page(url).into()),
            None => {
                let title = page.title.map_or(String::new(), |title| format!(" (\"{title}\")"));
                Err(stopped(&sent.url, &format!("{cannot}{title}")))
            }
        }
    }

    /// Where `to`, as written on the page at `from`, leads, unless that is the end.
    fn onward(&self, from: &str, base: Option<&str>, to: &str) -> Result<Url, End> {
        if self.arrives(to) {
            let arrived = if to.contains('#') { End::InFragment } else { End::Arrived };
            return Err(arrived(to.to_owned()));
        }
        let leads = || {
            let mut from = Url::parse(from).ok()?;
            if let Some(base) = base {
                from = from.join(base).ok()?;
            }
            from.join(to).ok()
        };
        let nowhere =
            || stopped(from, &format!("the server leads to `{}`, which cannot be requested", shown(to)));
        let mut url = leads().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(nowhere)?;
        if Url::parse(self.redirect_uri).is_ok_and(|own| own.origin() == url.origin()) {
            return Err(End::Elsewhere(to.to_owned()));
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// Whether `url` is the redirect URI, byte for byte, with what an answer adds.
    fn arrives(&self, url: &str) -> bool {
        let joins = if self.redirect_uri.contains('?') { ['&', '#'] } else { ['?', '#'] };
        url.strip_prefix(self.redirect_uri).is_some_and(|rest| rest.is_empty() || rest.starts_with(joins))
    }
}

fn same_origin(url: &str, other: &str) -> bool {
    match (Url::parse(url), Url::parse(other)) {
        (Ok(url), Ok(other)) => url.origin() == other.origin(),
        _ => false,
    }
}

fn is_html(response: &Response) -> bool {
    response.media_type().is_some_and(|is| is == "text/html" || is == "application/xhtml+xml")
}

/// What an error page says: its title, the error of OAuth, or its first words.
fn says(response: &Response) -> Option<String> {
    let bytes = response.body.bytes();
    if is_html(response) {
        return Page::read(&bytes).title;
    }
    let text = String::from_utf8_lossy(&bytes);
    let error = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|json| {
        let member = |name| json.get(name)?.as_str().map(str::to_owned);
        let parts: Vec<String> = ["error", "error_description"].into_iter().filter_map(member).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    });
    Some(one_line(&error.unwrap_or_else(|| text.into_owned()), SHOWN)).filter(|said| !said.is_empty())
}

fn stopped(url: &str, why: &str) -> End {
    End::Stopped(format!("at {}, {why}", shown(url)))
}

/// An address without query and fragment, which may hold what is secret.
fn shown(url: &str) -> String {
    one_line(url.split(['?', '#']).next().unwrap_or_default(), SHOWN)
}

#[cfg(test)]
mod tests;
