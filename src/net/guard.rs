//! Which addresses may be reached: a public target must not send us into private networks.
//!
//! Asked with every address that a name resolves to and every address literal, at connect time, on each hop.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How far an address is from the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The internet.
    Public,
    /// Private, shared, unique-local and link-local networks, and other special-purpose ranges.
    Private,
    /// This machine.
    Loopback,
}

impl Reach {
    /// Of one address.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped().or_else(|| embedded_v4(v6)) {
                Some(v4) => Self::of_v4(v4),
                None if v6.is_loopback() => Self::Loopback,
                None if is_special_v6(v6) => Self::Private,
                None => Self::Public,
            },
        }
    }

    fn of_v4(v4: Ipv4Addr) -> Self {
        let [a, b, c, _] = v4.octets();
        let special = v4.is_private()
            || v4.is_link_local()
            || v4.is_broadcast()
            || v4.is_multicast()
            || v4.is_documentation()
            || a == 0
            || a >= 240
            || (a == 100 && (64..128).contains(&b))
            || (a == 192 && b == 0 && c == 0)
            || (a == 198 && (18..20).contains(&b));
        match (v4.is_loopback(), special) {
            (true, _) => Self::Loopback,
            (false, true) => Self::Private,
            (false, false) => Self::Public,
        }
    }
}

/// The IPv4 address inside a NAT64 (64:ff9b::/96) or 6to4 (2002::/16) address.
fn embedded_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = v6.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

fn is_special_v6(v6: Ipv6Addr) -> bool {
    let first = v6.segments()[0];
    v6.is_unspecified() || v6.is_multicast() || (first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfe80
}

/// An address that may not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked(pub IpAddr);

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a public address, and the target is public (--allow-private lifts this)", self.0)
    }
}

impl std::error::Error for Blocked {}

/// A name without an address.
#[derive(Debug)]
pub struct Unresolved(pub String);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host name {} has no address", self.0)
    }
}

impl std::error::Error for Unresolved {}

/// The rule of one run: as far as the target itself, and no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    furthest: Reach,
}

impl Guard {
    /// Everything may be reached.
    pub const OPEN: Self = Self { furthest: Reach::Loopback };

    /// The guard for a run against `host`: what the target itself is, may be reached.
    pub async fn for_target(host: &str, port: u16) -> Self {
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let addresses: Vec<IpAddr> = match literal {
            Ok(address) => vec![address],
            Err(_) => match tokio::net::lookup_host((host, port)).await {
                Ok(found) => found.map(|socket| socket.ip()).collect(),
                Err(_) => Vec::new(),
            },
        };
        Self::for_addresses(addresses)
    }

    /// The guard for a run against a target at `addresses`.
    pub fn for_addresses(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let furthest = addresses.into_iter().map(Reach::of).max().unwrap_or(Reach::Public);
        Self { furthest }
    }

    /// Whether `address` may be reached.
    pub fn permits(self, address: IpAddr) -> Result<(), Blocked> {
        if Reach::of(address) <= self.furthest { Ok(()) } else { Err(Blocked(address)) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let found: Vec<SocketAddr> = found.map_err(|_| Unresolved(host.clone()))?.collect();
            for socket in &found {
                guard.permits(socket.ip())?;
            }
            if found.is_empty() {
                return Err(Unresolved(host).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Knows no name but those of this machine (RFC 6761 section 6.3), and asks nobody.
#[derive(Debug, Clone, Copy)]
pub struct Nearby;

impl Resolve for Nearby {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        let here = host == "localhost" || host.ends_with(".localhost");
        Box::pin(std::future::ready(match here {
            true => Ok(Box::new(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 0)))) as Addrs),
            false => Err(Unresolved(host).into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(address: &str) -> Reach {
        Reach::of(address.parse().unwrap())
    }

    #[test]
    fn knows_special_addresses() {
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "fe80::1",
            "fd00::1",
        ] {
            assert_eq!(reach(private), Reach::Private, "{private}");
        }
        for loopback in
            ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]
        {
            assert_eq!(reach(loopback), Reach::Loopback, "{loopback}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "2606:4700::1"] {
            assert_eq!(reach(public), Reach::Public, "{public}");
        }
    }

    #[tokio::test]
    async fn without_lookups_only_this_machine_has_names() {
        let found = |name: &str| Nearby.resolve(name.parse().unwrap());
        for here in ["localhost", "LOCALHOST", "a.localhost"] {
            let addresses: Vec<_> = found(here).await.unwrap().map(|socket| socket.ip()).collect();
            assert_eq!(addresses, [IpAddr::from([127, 0, 0, 1])], "{here}");
        }
        for elsewhere in ["example.com", "localhost.example.com", "notlocalhost"] {
            let error = found(elsewhere).await.err().unwrap().to_string();
            assert_eq!(error, format!("the host name {elsewhere} has no address"));
        }
    }

    #[tokio::test]
    async fn a_target_may_reach_what_it_is_itself() {
        let loopback = Guard::for_target("127.0.0.1", 80).await;
        assert!(loopback.permits("127.0.0.1".parse().unwrap()).is_ok());
        let public = Guard::for_target("8.8.8.8", 80).await;
        assert!(public.permits("127.0.0.1".parse().unwrap()).is_err());
        assert!(public.permits("10.0.0.1".parse().unwrap()).is_err());
        let private = Guard::for_target("10.0.0.1", 80).await;
        assert!(private.permits("192.168.0.1".parse().unwrap()).is_ok());
        assert!(private.permits("127.0.0.1".parse().unwrap()).is_err());
    }
}
