//! How requests of one run travel: what is trusted, where names lead, what goes with each request, and through whom.
//!
//! Secrets come from environment variables: an argument is visible to every user of the machine. None of the errors
//! here repeats what may be one.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderName, HeaderValue};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::parse::url::Uri;

/// What a user may say about the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long an answer may take.
    pub timeout: Duration,
    /// Whether private addresses may be reached although the target is public.
    pub allow_private: bool,
    /// Certificate authorities trusted besides those of the machine.
    pub roots: Vec<CertificateDer<'static>>,
    /// Whether certificates are not verified at all.
    pub insecure: bool,
    /// Hosts whose addresses are not looked up.
    pub pins: Vec<Pin>,
    /// Whether other names are looked up. Where not, only this machine has a name, and no network decides what a test sees.
    pub lookups: bool,
    /// Headers sent to the target's origin, and to nobody else.
    pub headers: Vec<SecretHeader>,
    /// What every request goes through.
    pub proxy: Option<Proxy>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            allow_private: false,
            roots: Vec::new(),
            insecure: false,
            pins: Vec::new(),
            lookups: true,
            headers: Vec::new(),
            proxy: None,
        }
    }
}

/// The certificates in a PEM file, or what is wrong with it.
pub fn roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| format!("its PEM is broken ({error})"))?;
    if found.is_empty() {
        return Err("it holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`)".to_owned());
    }
    for root in &found {
        let added = RootCertStore::empty().add(root.clone());
        added.map_err(|error| format!("it holds a certificate that cannot be trusted ({error})"))?;
    }
    Ok(found)
}

/// The addresses of one host at one port, as `HOST:PORT:ADDRESS[,ADDRESS]…` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The host's name in lower case.
    pub host: String,
    /// Where it leads, with the port.
    pub addresses: Vec<SocketAddr>,
}

impl Pin {
    /// Reads what curl's `--resolve` takes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let example = "expected HOST:PORT:ADDRESS, as in example.com:443:192.0.2.1";
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(addresses)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(example.to_owned());
        };
        if host.is_empty() || host.starts_with(['[', '+', '-', '*']) || host.parse::<IpAddr>().is_ok() {
            return Err(format!("the host is a name: {example}"));
        }
        let port = port.parse().ok().filter(|port| *port != 0);
        let port: u16 = port.ok_or_else(|| format!("the port is a number from 1 to 65535: {example}"))?;
        let address = |text: &str| {
            let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            let address = bare.parse::<IpAddr>();
            address
                .map(|address| SocketAddr::new(address, port))
                .map_err(|_| format!("`{text}` is no IP address: {example}"))
        };
        let addresses = addresses.split(',').map(address).collect::<Result<_, _>>()?;
        Ok(Self { host: host.to_ascii_lowercase(), addresses })
    }

    /// Whether it says where `host` at `port` is.
    pub fn is_for(&self, host: &str, port: u16) -> bool {
        self.host.eq_ignore_ascii_case(host) && self.addresses.iter().all(|address| address.port() == port)
    }
}

/// A header whose value is a secret from the environment.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHeader {
    /// Its name.
    pub name: HeaderName,
    /// The variable, which reports show in the value's place.
    pub variable: String,
    value: HeaderValue,
}

/// Without these, or with others, a probe would not be what it says, or no request at all.
const RESERVED: [&str; 12] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "origin",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl SecretHeader {
    /// Reads `NAME=VARIABLE`; `environment` gives the value of a variable.
    pub fn parse(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let example = "expected NAME=VARIABLE, as in X-Api-Key=API_KEY, where the environment variable API_KEY \
                       holds the value; a value itself is never an argument, since arguments can be seen by every \
                       user of the machine";
        let (name, variable) = text.split_once('=').ok_or(example)?;
        let name: HeaderName = name.trim().parse().map_err(|_| example)?;
        if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("mcp-") {
            return Err(format!("{name} is a header of the requests themselves, so it cannot be set"));
        }
        let variable = variable.trim();
        if !is_variable(variable) {
            return Err(example.to_owned());
        }
        let value = environment(variable).filter(|value| !value.is_empty()).ok_or_else(|| {
            format!("the environment variable after `{name}=` is not set: export it, with the header's value in it")
        })?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            format!("the value of {variable} cannot stand in a header: it holds line breaks or such")
        })?;
        value.set_sensitive(true);
        Ok(Self { name, variable: variable.to_owned(), value })
    }

    /// Its value, for sending.
    pub fn value(&self) -> &HeaderValue {
        &self.value
    }
}

impl fmt::Debug for SecretHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ${}", self.name, self.variable)
    }
}

/// Whether `text` can be the name of an environment variable.
pub fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An HTTP proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its URL.
    pub url: String,
    credentials: Option<(String, String)>,
}

impl Proxy {
    /// Reads the URL; `user` is the name of a variable with `user:password`.
    pub fn parse(
        url: &str,
        user: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let example = "expected the URL of an HTTP proxy, as in http://proxy.example:3128";
        let uri = Uri::parse(url).map_err(|_| example)?;
        if uri.parts().userinfo().is_some() {
            return Err(
                "credentials of a proxy do not belong into its URL: --proxy-user VARIABLE takes them from \
                        the environment"
                    .to_owned(),
            );
        }
        if !(uri.is("http") || uri.is("https")) || uri.host().is_none_or(str::is_empty) {
            return Err(example.to_owned());
        }
        reqwest::Proxy::all(url).map_err(|_| example)?;
        let credentials = match user {
            None => None,
            Some(variable) => {
                let wrong = "--proxy-user names an environment variable that holds `user:password`";
                let value = environment(variable).filter(|_| is_variable(variable)).ok_or(wrong)?;
                let (user, password) = value.split_once(':').ok_or(wrong)?;
                Some((user.to_owned(), password.to_owned()))
            }
        };
        Ok(Self { url: url.to_owned(), credentials })
    }

    /// What of the credentials must not be kept: the password, and both as Basic authentication sends them.
    pub(super) fn secrets(&self) -> impl Iterator<Item = String> {
        let credentials = self.credentials.iter();
        credentials
            .flat_map(|(user, password)| [password.clone(), STANDARD.encode(format!("{user}:{password}"))])
    }

    /// For the HTTP client: everything goes through it.
    pub(super) fn for_all(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        let proxy = reqwest::Proxy::all(&self.url)?;
        Ok(match &self.credentials {
            Some((user, password)) => proxy.basic_auth(user, password),
            None => proxy,
        })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variable: &str) -> Option<String> {
        match variable {
            "KEY" => Some("s3cret".to_owned()),
            "LINES" => Some("a\nb".to_owned()),
            "EMPTY" => Some(String::new()),
            "LOGIN" => Some("me:pass:word".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_pin_is_what_curl_takes() {
        let pin = Pin::parse("Example.com:443:192.0.2.1,[::1]").unwrap();
        assert_eq!(pin.addresses.len(), 2);
        assert!(
            pin.is_for("example.COM", 443) && !pin.is_for("example.com", 80) && !pin.is_for("other", 443)
        );
        assert_eq!(Pin::parse("h:443:::1").unwrap().addresses[0].to_string(), "[::1]:443");
        for wrong in ["h", "h:443", "h:443:", "h:0:::1", "h:x:::1", "127.0.0.1:80:::1", "*:80:::1", "h:80:h2"]
        {
            assert!(Pin::parse(wrong).unwrap_err().contains("example.com:443:192.0.2.1"), "{wrong}");
        }
    }

    #[test]
    fn a_header_takes_its_value_from_the_environment_only() {
        let header = SecretHeader::parse("X-Api-Key=KEY", environment).unwrap();
        assert_eq!(
            (header.name.as_str(), header.value()),
            ("x-api-key", &HeaderValue::from_static("s3cret"))
        );
        assert_eq!(format!("{header:?} {:?}", header.value()), "x-api-key: $KEY Sensitive");
        for (wrong, says) in [
            ("X-Api-Key: s3cret", "never an argument"),
            ("X-Api-Key=s3cret!", "never an argument"),
            ("X-Api-Key=s3cret", "is not set"),
            ("X-Api-Key=EMPTY", "is not set"),
            ("X-Api-Key=LINES", "line breaks"),
            ("X Api=KEY", "never an argument"),
            ("Authorization=KEY", "cannot be set"),
            ("Mcp-Session-Id=KEY", "cannot be set"),
        ] {
            let message = SecretHeader::parse(wrong, environment).unwrap_err();
            assert!(message.contains(says), "{wrong}: {message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }

    #[test]
    fn a_proxy_keeps_credentials_out_of_its_url() {
        let proxy = Proxy::parse("http://p.example:3128", Some("LOGIN"), environment).unwrap();
        assert_eq!(proxy.credentials, Some(("me".to_owned(), "pass:word".to_owned())));
        assert_eq!(proxy.secrets().collect::<Vec<_>>(), ["pass:word", "bWU6cGFzczp3b3Jk"]);
        assert_eq!(format!("{proxy:?}"), "http://p.example:3128");
        for (url, user, says) in [
            ("http://me:s3cret@p.example", None, "--proxy-user"),
            ("socks5://p.example", None, "HTTP proxy"),
            ("p.example:3128", None, "HTTP proxy"),
            ("http://p.example", Some("me:s3cret"), "environment variable"),
            ("http://p.example", Some("KEY"), "environment variable"),
        ] {
            let message = Proxy::parse(url, user, environment).unwrap_err();
            assert!(message.contains(says), "{url}: {message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }

    #[test]
    fn roots_are_certificates_in_pem() {
        assert!(roots(b"").unwrap_err().contains("no certificate"));
        assert!(roots(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").is_err());
        let junk = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(roots(junk).unwrap_err().contains("cannot be trusted"));
    }
}
