//! Whom TLS trusts: the usual rules, and the name of an authority that they do not know.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// The usual rules over `roots`.
pub(super) fn verifier(
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, impl Error> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map(|usual| Arc::new(Naming(usual)) as Arc<dyn ServerCertVerifier>)
}

/// Decides as the usual verifier does, and says more of one of its refusals.
#[derive(Debug)]
struct Naming(Arc<WebPkiServerVerifier>);

/// The certificate's authority is not known, and this is its name.
#[derive(Clone, Debug)]
pub(super) struct UnknownAuthority(pub(super) String);

impl fmt::Display for UnknownAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown authority {}", self.0)
    }
}

impl Error for UnknownAuthority {}

impl ServerCertVerifier for Naming {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Self(usual) = self;
        let verdict =
            usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|error| match error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                let top = intermediates.last().unwrap_or(end_entity);
                let other = OtherError(Arc::new(UnknownAuthority(issuer(top))));
                rustls::Error::InvalidCertificate(CertificateError::Other(other))
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Who made a certificate, by its own words.
fn issuer(certificate: &CertificateDer<'_>) -> String {
    Certificate::from_der(certificate).map_or_else(
        |_| "one that cannot be read".to_owned(),
        |certificate| certificate.tbs_certificate.issuer.to_string(),
    )
}
