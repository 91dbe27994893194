//! What the network options say, read and checked before anything is sent.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use super::Failure;
use crate::cli::Network;
use crate::net::settings::{Pin, Proxy, SecretHeader, Settings, roots};
use crate::session::CheckError;

/// The settings that `arguments` ask for.
pub(super) fn settings(arguments: &Network) -> Result<Settings, Failure> {
    let environment = |variable: &str| std::env::var(variable).ok();
    let mut settings = Settings {
        timeout: arguments.timeout.map_or(Settings::default().timeout, Duration::from_secs_f64),
        allow_private: arguments.allow_private,
        insecure: arguments.insecure,
        ..Settings::default()
    };
    for path in &arguments.cacert {
        settings.roots.extend(authorities(path)?);
    }
    for text in &arguments.resolve {
        let pin = Pin::parse(text).map_err(|wrong| Failure::usage(format!("--resolve {text}: {wrong}")))?;
        settings.pins.push(pin);
    }
    for text in &arguments.header {
        // The text may hold a secret, so it is not repeated.
        let header = SecretHeader::parse(text, environment);
        settings.headers.push(header.map_err(|wrong| Failure::usage(format!("--header: {wrong}")))?);
    }
    if let Some(url) = &arguments.proxy {
        let proxy = Proxy::parse(url, arguments.proxy_user.as_deref(), environment);
        settings.proxy = Some(proxy.map_err(|wrong| Failure::usage(format!("--proxy: {wrong}")))?);
    }
    Ok(settings)
}

fn authorities(path: &Path) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, Failure> {
    let shown = path.display();
    let pem = std::fs::read(path).map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    roots(&pem).map_err(|wrong| Failure::usage(format!("{shown} cannot be trusted: {wrong}")))
}

/// Why a check did not take place. A machine that trusts nobody is no bug of ours.
pub(super) fn failed(error: CheckError) -> Failure {
    let CheckError::Client(client) = &error else { return Failure::internal(error) };
    let mut cause: Option<&dyn Error> = Some(client);
    while let Some(one) = cause {
        if one.to_string().contains("No CA certificates") {
            return Failure::usage(
                "this machine has no certificate authorities to trust: install its package of them (often called \
                 ca-certificates), or give one with --cacert FILE",
            );
        }
        cause = one.source();
    }
    Failure::internal(error)
}
