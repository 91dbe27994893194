//! Documents of others, by a URL that anybody may have sent: client metadata and keys.
//!
//! Whoever is sent such a URL can be made to ask anything of anybody, so that a server keeps away from private addresses
//! (draft-ietf-oauth-client-id-metadata-document-00 section 6.5). This one runs on loopback and fetches from there only.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client as Http, StatusCode, Url};

/// For the whole of a fetch.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// In bytes, as section 6.6 of the draft recommends.
const SIZE_LIMIT: usize = 5 * 1024;
/// In seconds; a document may be kept for a day, whatever it says.
const MAX_AGE: u64 = 24 * 60 * 60;

/// Connections are not kept: they would end with the runtime of whoever asked first.
static HTTP: LazyLock<Option<Http>> = LazyLock::new(|| {
    let http = Http::builder().dns_resolver(Arc::new(Loopback)).pool_max_idle_per_host(0).timeout(TIME_LIMIT);
    http.redirect(Policy::none()).retry(reqwest::retry::never()).referer(false).no_proxy().build().ok()
});

const ELSEWHERE: &str = "it is not on this machine, and this server fetches from loopback addresses only";
const UNREACHABLE: &str = "it could not be fetched";

/// The document, and for how many seconds it stays good. Where it comes with another status than 200, it is none, unless
/// `any_status` will do.
pub(crate) async fn fetched(url: &str, any_status: bool) -> Result<(Vec<u8>, u64), &'static str> {
    let url: Url = url.parse().map_err(|_| UNREACHABLE)?;
    // An address is not looked up, so that the resolver does not see it.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    if host.parse::<IpAddr>().is_ok_and(|address| !address.is_loopback()) {
        return Err(ELSEWHERE);
    }
    let http = HTTP.as_ref().ok_or(UNREACHABLE)?;
    let sent = http.get(url).header(ACCEPT, "application/json").send().await;
    let mut response = sent.map_err(|error| if leads_away(&error) { ELSEWHERE } else { UNREACHABLE })?;
    if response.status() != StatusCode::OK && !any_status {
        return Err("it was answered with another status than 200");
    }
    let lifetime = lifetime(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| UNREACHABLE)? {
        body.extend_from_slice(&chunk);
        if body.len() > SIZE_LIMIT {
            return Err("it is longer than 5 kB");
        }
    }
    Ok((body, lifetime))
}

/// What Cache-Control allows, and nothing where it says nothing (RFC 9111 section 5.2.2).
fn lifetime(headers: &HeaderMap) -> u64 {
    let values = headers.get_all(CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let is = |name: &str| directives.iter().any(|directive| directive.eq_ignore_ascii_case(name));
    if is("no-store") || is("no-cache") {
        return 0;
    }
    let age = directives.iter().find_map(|directive| directive.strip_prefix("max-age=")?.parse::<u64>().ok());
    age.unwrap_or_default().min(MAX_AGE)
}

/// A resolver that does not lead away from this machine.
struct Loopback;

/// A name stands for an address that is not on loopback.
#[derive(Debug, thiserror::Error)]
#[error("not a loopback address")]
struct LeadsAway;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(all_here(found.collect())?.into_iter());
            Ok(addresses)
        })
    }
}

/// One address elsewhere is enough to refuse a name: which one is taken is not up to us.
fn all_here(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, LeadsAway> {
    found.iter().all(|address| address.ip().is_loopback()).then_some(found).ok_or(LeadsAway)
}

/// Whether this, or what it comes from, is the resolver's refusal.
fn leads_away(error: &(dyn Error + 'static)) -> bool {
    error.is::<LeadsAway>() || error.source().is_some_and(leads_away)
}

#[cfg(test)]
mod tests {
    use super::all_here;

    #[test]
    fn one_address_elsewhere_is_enough() {
        let at = |address: &str| address.parse().expect("an address");
        assert!(all_here(vec![at("127.0.0.1:1"), at("[::1]:1")]).is_ok());
        assert!(all_here(vec![at("127.0.0.1:1"), at("10.0.0.1:1")]).is_err());
    }
}
