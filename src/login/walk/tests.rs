use std::collections::VecDeque;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::model::exchange::{TransportError, TransportErrorKind};

const OURS: &str = "http://127.0.0.1:5/callback";
const LOGIN: &str = "<form method=post action=/login><input name=user><input type=password name=pass><button>Sign in</button></form>";
const CONSENT: &str = "<form method=post action=/consent><button name=a value=no>Deny</button><button name=a value=yes>Allow</button></form>";

/// A site that gives these answers, one after the other, and then the last one again and again.
struct Site {
    answers: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Request>>,
}

impl Site {
    fn new(answers: impl IntoIterator<Item = Reply>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() }
    }

    fn answer(&self, request: Request) -> Arc<Exchange> {
        self.asked.lock().unwrap().push(request.clone());
        let mut answers = self.answers.lock().unwrap();
        let reply = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Arc::new(Exchange { id: 0, probe: String::new(), request, reply: reply.unwrap(), milliseconds: 0.0 })
    }

    async fn walk(&self, fields: &[(&str, &str)]) -> Walk {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let start = request::page("https://as.example/authorize?state=s3cret");
        walk(start, OURS, &fields, |request| async { self.answer(request) }).await
    }

    async fn end(answers: impl IntoIterator<Item = Reply>) -> End {
        Self::new(answers).walk(&[]).await.end
    }

    /// Methods, URLs and bodies.
    fn asked(&self) -> Vec<(String, String, Option<String>)> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|r| (r.method.clone(), r.url.clone(), r.body.clone())).collect()
    }
}

fn redirect(status: u16, location: &str) -> Reply {
    Reply::Response(Response::new(status, &[("location", location)], ""))
}

fn page(html: &str) -> Reply {
    Reply::Response(Response::new(200, &[("content-type", "text/html; charset=utf-8")], html))
}

#[tokio::test]
async fn another_site_has_the_form_of_an_attacker_sent() {
    let set = |name: &str, html: &str| {
        let headers = [("content-type", "text/html"), ("set-cookie", name)];
        Reply::Response(Response::new(200, &headers, html))
    };
    let attackers = CONSENT.replace("/consent", "/consent/attacker");
    let site = Site::new([
        set("lax=1; SameSite=Lax", CONSENT),
        set("own=2", &attackers),
        redirect(303, "/resume"),
        redirect(302, "http://127.0.0.1:5/callback?code=c"),
    ]);
    let (start, attacker) =
        (request::page("https://as.example/a?1"), request::page("https://as.example/a?2"));
    let send = |request| async { site.answer(request) };
    let walk = forge(start, attacker, OURS, &BTreeMap::new(), send).await;
    assert_eq!(walk.end, End::Arrived("http://127.0.0.1:5/callback?code=c".to_owned()));
    assert_eq!((walk.exchanges.len(), walk.consent), (4, Some(0)));
    let asked = site.asked.lock().unwrap();
    let header = |at: usize, name: &str| {
        let mut headers = asked[at].headers.iter().filter(|(known, _)| known == name);
        headers.next().map(|(_, value)| value.clone())
    };
    assert_eq!(
        (asked[2].method.as_str(), asked[2].url.as_str()),
        ("POST", "https://as.example/consent/attacker")
    );
    assert_eq!(header(2, "origin").as_deref(), Some(FOREIGN));
    assert_eq!(header(2, "sec-fetch-site").as_deref(), Some("cross-site"));
    // The user's cookies, not those of the attacker, and the Lax one only where a page is asked for.
    assert_eq!((header(2, "cookie"), header(3, "cookie").as_deref()), (None, Some("lax=1")));
}

#[tokio::test]
async fn where_nobody_is_asked_nothing_is_forged() {
    let site = Site::new([redirect(302, "http://127.0.0.1:5/callback?code=c")]);
    let start = request::page("https://as.example/a");
    let send = |request| async { site.answer(request) };
    let walk = forge(start.clone(), start, OURS, &BTreeMap::new(), send).await;
    assert_eq!(walk.end, End::Stopped("nobody was asked to agree".to_owned()));
}

#[tokio::test]
async fn logs_in_consents_and_comes_back() {
    let site = Site::new([
        Reply::Response(Response::new(302, &[("location", "/login"), ("set-cookie", "sid=1; Path=/")], "")),
        page(LOGIN),
        redirect(303, "consent?x#y"),
        page(CONSENT),
        redirect(302, "http://127.0.0.1:5/callback?code=a%2fb&state=s"),
    ]);
    let walk = site.walk(&[("user", "u"), ("pass", "p")]).await;
    assert_eq!(walk.end, End::Arrived("http://127.0.0.1:5/callback?code=a%2fb&state=s".to_owned()));
    assert_eq!(walk.exchanges.len(), 5);
    let asked = site.asked();
    let asked: Vec<_> = asked.iter().map(|(m, u, b)| (m.as_str(), u.as_str(), b.as_deref())).collect();
    assert_eq!(
        asked[1..],
        [
            ("GET", "https://as.example/login", None),
            ("POST", "https://as.example/login", Some("user=u&pass=p")),
            ("GET", "https://as.example/consent?x", None),
            ("POST", "https://as.example/consent", Some("a=yes")),
        ]
    );
    let cookies = |request: &Request| request.headers.iter().filter(|(name, _)| name == "cookie").count();
    let cookies: Vec<usize> = site.asked.lock().unwrap().iter().map(cookies).collect();
    assert_eq!(cookies, [0, 1, 1, 1, 1]);
}

#[tokio::test]
async fn redirects_keep_or_change_the_method() {
    for (status, method, body) in [
        (301, "GET", None),
        (302, "GET", None),
        (303, "GET", None),
        (307, "POST", Some("a=yes")),
        (308, "POST", Some("a=yes")),
    ] {
        let site = Site::new([page(CONSENT), redirect(status, "/on"), redirect(302, OURS)]);
        assert_eq!(site.walk(&[]).await.end, End::Arrived(OURS.to_owned()));
        let asked = site.asked();
        let (last_method, url, last_body) = &asked[2];
        assert_eq!(url, "https://as.example/on");
        assert_eq!((last_method.as_str(), last_body.as_deref()), (method, body), "{status}");
    }
    let end = Site::end([page(CONSENT), redirect(307, "http://as.example/on")]).await;
    let why =
        "at https://as.example/consent, the server answered 307, which would send the form on without TLS";
    assert_eq!(end, End::Stopped(why.to_owned()));
}

#[tokio::test]
async fn tells_the_redirect_uri_from_what_is_near_it() {
    for (location, end) in [
        ("http://127.0.0.1:5/callback#code=1", End::InFragment as fn(String) -> End),
        ("http://127.0.0.1:5/callback?x#", End::InFragment),
        ("http://127.0.0.1:5/callback/?code=1", End::Elsewhere),
        ("http://127.0.0.1:5/callback2", End::Elsewhere),
        ("HTTP://127.0.0.1:5/callback?code=1", End::Elsewhere),
        ("//127.0.0.1:5/callback", |_| End::Stopped(String::new())),
    ] {
        let found = Site::end([redirect(302, location)]).await;
        match (&found, end(location.to_owned())) {
            // Relative to https, it is another origin, to which nobody answers here.
            (End::Stopped(_), End::Stopped(_)) => {}
            (found, end) => assert_eq!(*found, end, "{location}"),
        }
    }
}

#[tokio::test]
async fn pages_that_go_on_by_themselves() {
    let end =
        Site::end([page("<meta http-equiv=refresh content='0;url=http://127.0.0.1:5/callback?code=1'>")])
            .await;
    assert_eq!(end, End::Arrived("http://127.0.0.1:5/callback?code=1".to_owned()));
    let site =
        Site::new([page("<base href=/b/><meta http-equiv=refresh content='0;url=on'>"), redirect(302, OURS)]);
    assert_eq!(site.walk(&[]).await.end, End::Arrived(OURS.to_owned()));
    assert_eq!(site.asked()[1].1, "https://as.example/b/on");
    let end = Site::end([page(
        "<body onload='document.forms[0].submit()'><form method=post action='http://127.0.0.1:5/callback'>\
         <input type=hidden name=code value=1></form>",
    )])
    .await;
    assert_eq!(end, End::FormPost(OURS.to_owned()));
}

#[tokio::test]
async fn says_where_and_why_it_stopped() {
    let json =
        |text: &str| Reply::Response(Response::new(400, &[("content-type", "application/json")], text));
    let html = Response::new(400, &[("content-type", "text/html")], "<title>Invalid\nredirect</title>");
    let broken =
        TransportError { kind: TransportErrorKind::Broken, message: "the connection broke off".to_owned() };
    for (reply, why) in [
        (Reply::Response(html), "the server answered 400: Invalid redirect"),
        (
            json(r#"{"error":"invalid_request","error_description":"no"}"#),
            "the server answered 400: invalid_request, no",
        ),
        (json("[1]"), "the server answered 400: [1]"),
        (json(""), "the server answered 400"),
        (Reply::Response(Response::new(204, &[], "")), "the server answered 204"),
        (Reply::Response(Response::new(302, &[], "")), "the server answered 302 without a Location"),
        (
            redirect(302, "cursor://callback?code=s3cret"),
            "the server leads to `cursor://callback`, which cannot be requested",
        ),
        (redirect(302, "http://[s3"), "the server leads to `http://[s3`, which cannot be requested"),
        (Reply::Error(broken), "no answer came: the connection broke off"),
        (page(LOGIN), "the page asks for `user` and `pass`, which no --form-field gives"),
        (page("<title>Wait</title>"), "the page has no form: it may need JavaScript (\"Wait\")"),
    ] {
        assert_eq!(Site::end([reply]).await, End::Stopped(format!("at https://as.example/authorize, {why}")));
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let site = Site::new([page(LOGIN)]);
    let walk = site.walk(&[("user", "u"), ("pass", "p")]).await;
    let why =
        "at https://as.example/login, the page asks for `pass` and `user` again: they were not accepted";
    assert_eq!((walk.end, walk.exchanges.len()), (End::Stopped(why.to_owned()), 2));
}

#[tokio::test]
async fn does_not_walk_for_ever() {
    let walk = Site::new([redirect(302, "/again?s3cret")]).walk(&[]).await;
    let why = "there were 20 steps, and the next would go to https://as.example/again";
    assert_eq!((walk.end, walk.exchanges.len()), (End::Stopped(why.to_owned()), STEPS));
    assert_eq!(Site::new([page(CONSENT)]).walk(&[]).await.exchanges.len(), STEPS);
}

#[tokio::test]
async fn can_be_a_task_of_its_own() {
    let walked = tokio::spawn(async { Site::new([redirect(302, OURS)]).walk(&[]).await.end });
    assert_eq!(walked.await.unwrap(), End::Arrived(OURS.to_owned()));
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(
        status in prop_oneof![Just(200_u16), Just(302), Just(307), 100_u16..600],
        location in prop_oneof![any::<String>(), Just(OURS.to_owned()), "[a-z:/?#\\[\\]@é%]{0,20}"],
        cookie in any::<String>(),
        body in prop_oneof![any::<String>(), Just(CONSENT.to_owned()), "<(form|meta|base)( [a-z]{1,8}='[^']{0,9}'){0,4}>"],
    ) {
        let headers = [("location", location.as_str()), ("set-cookie", cookie.as_str()), ("content-type", "text/html")];
        let site = Site::new([Reply::Response(Response::new(status, &headers, body))]);
        let walk = futures_util::FutureExt::now_or_never(site.walk(&[])).expect("nothing to wait for");
        prop_assert!((1..=STEPS).contains(&walk.exchanges.len()));
    }
}

#[tokio::test]
async fn a_password_is_typed_in_nowhere_else() {
    let away = redirect(302, "https://evil.example/login");
    let end = Site::new([away, page(LOGIN)]).walk(&[("user", "me"), ("pass", "s3cret")]).await.end;
    let End::Stopped(why) = end else { panic!("{end:?}") };
    assert!(why.contains("nothing is typed into pages of another origin"), "{why}");
}
