//! The certificate authority of this process and the certificates of its servers, made once, when first asked for.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Channel;

static AUTHORITY: LazyLock<Option<Authority>> = LazyLock::new(|| Authority::make().ok());

pub(crate) struct Authority {
    /// Its certificate, for those who shall trust it.
    pub(crate) pem: String,
    configs: HashMap<Channel, Arc<ServerConfig>>,
}

impl Authority {
    /// The authority; none where there is no randomness to be had.
    pub(crate) fn of_this_process() -> Option<&'static Self> {
        AUTHORITY.as_ref()
    }

    /// How a server on 127.0.0.1 speaks TLS over `channel`; not at all with a version of today, where that is its flaw.
    pub(crate) fn config(&self, channel: Channel) -> Option<Arc<ServerConfig>> {
        self.configs.get(&channel).cloned()
    }

    fn make() -> Result<Self, Box<dyn std::error::Error>> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "reference-servers authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2200, 1, 1);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let signed = |params: CertificateParams| params.signed_by(&key, &issuer);
        let own = |is_ca| {
            let mut params = here(&["localhost", "127.0.0.1", "::1"], 2020, 2200)?;
            params.is_ca = is_ca;
            params.self_signed(&key)
        };
        let certificates = [
            (Channel::Sound, signed(here(&["localhost", "127.0.0.1", "::1"], 2020, 2200)?)?),
            (Channel::Expired, signed(here(&["localhost", "127.0.0.1", "::1"], 2020, 2021)?)?),
            (Channel::NotYetValid, signed(here(&["localhost", "127.0.0.1", "::1"], 2100, 2200)?)?),
            (Channel::OtherName, signed(here(&["other.example", "*.other.example"], 2020, 2200)?)?),
            (Channel::SelfSigned, own(IsCa::NoCa)?),
            (Channel::SelfSignedAuthority, own(IsCa::Ca(BasicConstraints::Unconstrained))?),
        ];
        let configs = certificates
            .into_iter()
            .map(|(channel, certificate)| Ok((channel, Arc::new(config(&certificate, &key)?))));
        let configs: Result<_, tokio_rustls::rustls::Error> = configs.collect();
        Ok(Self { pem: issuer.pem(), configs: configs? })
    }
}

/// For `names`, from the first day of one year to that of another.
fn here(names: &[&str], from: i32, to: i32) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "reference-servers");
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    Ok(params)
}

fn config(certificate: &Certificate, key: &KeyPair) -> Result<ServerConfig, tokio_rustls::rustls::Error> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
}
