use proptest::prelude::*;

use super::*;

const PAGE: &str = "https://as.example/login/page?flow=1#top";

fn approve(html: &str, fields: &[(&str, &str)]) -> Result<Submission, Cannot> {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Page::read(html.as_bytes()).approve(PAGE, &fields)
}

/// Method, URL and body of what is sent.
fn sent(html: &str, fields: &[(&str, &str)]) -> (String, String, String) {
    let Request { method, url, body, .. } = approve(html, fields).unwrap().request;
    (method, url, body.unwrap_or_default())
}

fn body(html: &str, fields: &[(&str, &str)]) -> String {
    sent(html, fields).2
}

fn why(html: &str, fields: &[(&str, &str)]) -> String {
    approve(html, fields).unwrap_err().to_string()
}

#[test]
fn logs_in() {
    let html = "<form method=post action=do?x=1#y><input name=csrf type=hidden value='a&amp;b'>\
        <input name=user required><input type=password name=pass><input type=checkbox name=keep checked>\
        <button name=go value=1>Sign in</button></form>";
    let submission = approve(html, &[("user", "é b"), ("pass", "p"), ("other", "x")]).unwrap();
    let request = &submission.request;
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://as.example/login/do?x=1"));
    assert_eq!(request.body.as_deref(), Some("csrf=a%26b&user=%C3%A9+b&pass=p&keep=on&go=1"));
    assert!(request.headers.contains(&("origin".to_owned(), "https://as.example".to_owned())));
    assert_eq!(submission.filled.into_iter().collect::<Vec<_>>(), ["pass", "user"]);
    assert_eq!(why(html, &[("user", "u")]), "the page asks for `pass`, which no --form-field gives");
    assert_eq!(why(html, &[]), "the page asks for `user` and `pass`, which no --form-field gives");
}

#[test]
fn goes_where_the_form_says() {
    for (html, method, url) in [
        (
            "<form action=/a?old=1><input type=hidden name=q value=1><button>Go</button>",
            "GET",
            "https://as.example/a?q=1",
        ),
        ("<form><button name=ok value=1>Go</button>", "GET", "https://as.example/login/page?ok=1"),
        ("<form method=POST action=' '><button>Go</button>", "POST", "https://as.example/login/page?flow=1"),
        ("<base href=//b.example/x/><form method=post action=y><button>Go", "POST", "https://b.example/x/y"),
        (
            "<base href=//b.example/x/><form method=post><button>Go",
            "POST",
            "https://as.example/login/page?flow=1",
        ),
        ("<form action=/a><button formaction=/b formmethod=post>Go", "POST", "https://as.example/b"),
        ("<form method=post action=/a><input type=hidden name=a>", "POST", "https://as.example/a"),
    ] {
        let (sent_method, sent_url, _) = sent(html, &[]);
        assert_eq!((sent_method.as_str(), sent_url.as_str()), (method, url), "{html}");
    }
}

#[test]
fn never_says_no() {
    let html = "<form method=post><button name=d value=deny>Deny</button><button name=d value=allow>Allow</button>\
        <button name=d value=later>Later</button></form>";
    assert_eq!(body(html, &[]), "d=allow");
    let html = "<form action=/search><input name=q><button>Search</button></form>\
        <form method=post action=/logout><button>Log out</button></form>\
        <form method=post action=/yes><button>Authorize</button></form>";
    assert_eq!(sent(html, &[]).1, "https://as.example/yes");
    assert_eq!(
        why("<form><input type=submit name=cancel value=Cancel></form>", &[]),
        "the page has no button that approves"
    );
    assert_eq!(body("<form method=post><input type=image name=ok alt=Allow>", &[]), "ok.x=0&ok.y=0");
}

#[test]
fn of_several_forms_the_one_that_takes_what_the_user_gave() {
    let html = "<form action=/social method=post><button>Sign in with Example</button></form>\
        <form action=/local method=post><input name=user><input type=password name=pass><button>Go</button></form>";
    assert_eq!(sent(html, &[("user", "u"), ("pass", "p")]).1, "https://as.example/local");
    assert_eq!(sent(html, &[]).1, "https://as.example/social");
}

#[test]
fn what_is_left_as_it_is() {
    let html = "<form method=post><input name=device><input name=note value='a\nb'><textarea name=t>x</textarea>\
        <input type=checkbox name=terms value=1 required><input type=checkbox name=mail value=1>\
        <input type=checkbox name=scope value=read><input type=checkbox name=scope value=write>\
        <input type=file name=f><input type=reset name=r><input type=button name=b><button>Allow</button></form>";
    assert_eq!(body(html, &[]), "device=&note=ab&t=x&terms=1");
    assert_eq!(
        body(html, &[("device", "mine"), ("scope", "write")]),
        "device=mine&note=ab&t=x&terms=1&scope=write"
    );
    assert_eq!(why("<form><input name=otp required><button>Allow", &[]).split(' ').nth(4), Some("`otp`,"));
}

#[test]
fn one_of_a_group_and_what_is_selected() {
    let group = |a: &str, b: &str| {
        format!(
            "<form method=post><input type=radio name=r value=deny {a}><input type=radio name=r value=allow {b}><button>Go"
        )
    };
    for (html, wanted) in [
        (group("checked", ""), "r=allow"),
        (group("", ""), "r=allow"),
        (group("", "checked"), "r=allow"),
        ("<form method=post><input type=radio name=r value=1><button>Go".to_owned(), ""),
        ("<form method=post><input type=radio name=r value=1 required><button>Go".to_owned(), "r=1"),
    ] {
        assert_eq!(body(&html, &[]), wanted, "{html}");
    }
    assert_eq!(body(&group("checked", ""), &[("r", "deny")]), "r=deny");
    let html = "<form method=post><select name=s><option>a<option value=2 selected>b</select><select name=t><option>c</select>\
        <select name=m multiple><option>d</select><button>Go";
    assert_eq!(body(html, &[]), "s=2&t=c");
    assert_eq!(body(html, &[("s", "a"), ("m", "d")]), "s=a&t=c&m=d");
}

#[test]
fn says_what_it_cannot_do() {
    assert_eq!(
        why("<p>Loading…</p><script src=x></script>", &[]),
        "the page has no form: it may need JavaScript"
    );
    assert_eq!(why("<form method=dialog><button>OK", &[]), "the page has no form: it may need JavaScript");
    assert_eq!(
        why("<form method=post enctype=multipart/form-data><button>Go", &[]),
        "the form of the page is sent as multipart/form-data, which is not done here"
    );
    for action in ["javascript:go()", "mailto:a@b", "http://[", "data:,x"] {
        let why = why(&format!("<form action='{action}'><button>Go"), &[]);
        assert!(why.starts_with("the form of the page goes to `"), "{why}");
    }
    let html = "<form action=http://as.example/ method=post><input type=password name=p><button>Go";
    assert_eq!(
        why(html, &[("p", "s3cret")]),
        "the page would send what was filled in without TLS to http://as.example/"
    );
    let long = why(&format!("<form><input required name='{}\n\x1b'>", "x".repeat(500)), &[]);
    assert!(long.len() < 250, "{long}");
}

/// Pieces that a hostile page may be made of.
fn html() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec![
        "form",
        "/form",
        "input",
        "button",
        "/button",
        "select",
        "/select",
        "option",
        "textarea",
        "/textarea",
        "base",
        "meta",
        "title",
        "/title",
        "template",
        "/template",
        "script",
        "/script",
        "noscript",
        "!--",
        "svg",
        "table",
    ]);
    let name = prop::sample::select(vec![
        "name",
        "value",
        "type",
        "action",
        "method",
        "enctype",
        "form",
        "id",
        "href",
        "content",
        "http-equiv",
        "checked",
        "required",
        "selected",
        "multiple",
        "formaction",
        "formmethod",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "a", "post", "radio", "checkbox", "image", "submit", "password", "hidden", "refresh", "0;url=é"
        ])
        .prop_map(str::to_owned),
        "[^'\"]{0,8}",
    ];
    let attributes = prop::collection::vec((name, value), 0..4);
    let piece = (tag, attributes, ".{0,6}").prop_map(|(tag, attributes, text)| {
        let attributes: String =
            attributes.iter().map(|(name, value)| format!(" {name}='{value}'")).collect();
        format!("<{tag}{attributes}>{text}")
    });
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_page_makes_it_panic(html in html(), url in prop_oneof![Just(PAGE.to_owned()), any::<String>()]) {
        let page = Page::read(html.as_bytes());
        let fields = BTreeMap::from([("a".to_owned(), "a".to_owned())]);
        match page.approve(&url, &fields) {
            Ok(submission) => prop_assert!(submission.request.url.starts_with("http")),
            Err(cannot) => prop_assert!(!cannot.to_string().is_empty()),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Page::read(&bytes).approve(PAGE, &BTreeMap::new());
    }
}
