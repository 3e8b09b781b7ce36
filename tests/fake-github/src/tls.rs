//! A CA for one run, and a certificate under it.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What a server needs, and what its clients must trust.
pub(crate) struct Certificates {
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

impl Certificates {
    /// Issues a certificate for loopback and 'names'.
    pub(crate) fn issue(names: Vec<String>) -> io::Result<Self> {
        let ca = certificate_authority().map_err(io::Error::other)?;
        let loopback = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let names: Vec<_> = loopback.into_iter().chain(names).collect();
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let leaf = leaf(names)
            .and_then(|leaf| leaf.signed_by(&key, &ca))
            .map_err(io::Error::other)?;

        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .map_err(io::Error::other)?;
        Ok(Self {
            ca_pem: ca.pem(),
            config: Arc::new(config),
        })
    }
}

fn certificate_authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut ca = CertificateParams::default();
    ca.distinguished_name = named("fake-github CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(ca, KeyPair::generate()?)
}

fn leaf(names: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name = named("fake-github");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    Ok(leaf)
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
