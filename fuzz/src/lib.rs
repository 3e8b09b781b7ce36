//! What must hold of three readers, whatever they are given. The fuzz targets call it with
//! anything, and `tests/it/corpus.rs` with the corpus.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};
use patgate::facts::{Expiry, Fact, TokenFacts, TokenKind};
use patgate::policy::{Document, Finding, Policy, PolicyError, Run};
use patgate_credential::protocol::Request;
use patgate_credential::secrecy::ExposeSecret as _;
use patgate_credential::{Credential, Job, Key, LeaseName, Origin, Reach, Terms, reach, seal};

/// Whatever git asks for has a protocol and a host, and can be read in one way only.
pub fn request(bytes: &[u8]) {
    let Ok(request) = Request::parse(bytes) else {
        return;
    };
    let path = request.path.iter().map(|path| format!("path={path}\n"));
    let written = format!("protocol={}\nhost={}\n", request.protocol, request.host);
    let written = path.fold(written, |written, path| written + &path);
    for word in [&request.protocol, &request.host]
        .into_iter()
        .chain(&request.path)
    {
        assert!(!word.is_empty() && !word.bytes().any(|byte| byte.is_ascii_control()));
    }
    assert_eq!(Request::parse(written.as_bytes()).ok(), Some(request));
}

/// No text makes the reader of sealed credentials panic, and what is sealed opens as it was.
pub fn sealed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let key = Key::parse(&"A".repeat(43)).expect("32 bytes in base64url");
    let name = LeaseName::parse("0123456789abcdef").expect("16 digits");
    let open = |text: &str, now: SystemTime| seal::open(text, &name, &key, now);
    let opened = open(&text, UNIX_EPOCH).ok();
    for credential in opened.into_iter().chain([credential(&text)]) {
        let text = seal::seal(&credential, &name, &key).expect("a machine with randomness");
        let again = open(&text, credential.terms.issued_at).expect("what was just sealed");
        assert_eq!(again.username, credential.username);
        assert_eq!(
            again.password.expose_secret(),
            credential.password.expose_secret()
        );
        assert_eq!(again.terms, credential.terms);
    }
}

/// A policy always means the same, or has always the same error.
pub fn document(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parse = || Document::parse(&text, "patgate.yml");
    let gates = match parse().and_then(|document| document.gate("")) {
        Ok(_) => vec![String::new()],
        Err(PolicyError::NoGate { name: _, gates }) => gates,
        Err(error) => {
            let shown = |error: &PolicyError| -> Vec<_> {
                let problems = error.problems().iter();
                problems.map(|problem| problem.excerpt(false)).collect()
            };
            let again = parse().expect_err("what was wrong is wrong");
            assert_eq!(shown(&again), shown(&error));
            return assert!(!error.problems().is_empty());
        }
    };
    for name in gates {
        let gate = || parse().and_then(|document| document.gate(&name));
        let judged = || judge(&gate().expect("a gate that the policy has"));
        assert_eq!(judged(), judged());
    }
}

type Judged = (Vec<Finding>, Option<(Timestamp, Option<Vec<String>>)>);

/// What `policy` makes of one plain token.
fn judge(policy: &Policy) -> Judged {
    let now = Timestamp::UNIX_EPOCH;
    let facts = TokenFacts {
        owner: Fact::Known("acme-bot".to_owned()),
        expiry: Expiry::At(now + SignedDuration::from_hours(24)),
        scopes: Fact::Known(BTreeSet::from(["repo".to_owned()])),
        ..TokenFacts::unknown(TokenKind::Classic)
    };
    let verdict = policy.judge(
        &facts,
        &Run {
            audit: false,
            facts: None,
        },
        now,
    );
    let findings = verdict.findings().to_vec();
    let lease = verdict.into_clearance().map(|clearance| {
        let (until, reach) = clearance.spend();
        (until, reach.map(|reach| reach.words()))
    });
    (findings, lease)
}

/// A credential made of the lines of `text`, as far as they serve.
fn credential(text: &str) -> Credential {
    let lines: Vec<_> = text.split('\n').collect();
    let line = |number: usize| lines.get(number).copied().unwrap_or_default();
    let patterns = |mark: &str| -> Vec<_> {
        let words = line(1).split(' ');
        let patterns = words.filter_map(|word| word.strip_prefix(mark));
        let good = patterns.filter(|pattern| reach::is_pattern(pattern));
        good.map(str::to_owned).collect()
    };
    let (open, shut) = (patterns(""), patterns("!"));
    let seconds = |text: &str| text.parse::<u32>().unwrap_or_default().into();
    let issued_at = UNIX_EPOCH + Duration::from_secs(seconds(line(2)));
    Credential {
        username: line(4).to_owned(),
        password: line(5).into(),
        terms: Terms {
            origin: Origin::parse(line(0))
                .or_else(|_| Origin::parse("https://github.com"))
                .expect("an origin"),
            reach: if open.is_empty() {
                Reach::Origin
            } else {
                Reach::Repositories { open, shut }
            },
            issued_at,
            expires_at: issued_at + Duration::from_secs(1 + seconds(line(3))),
            job: Job::read(|_| Some(line(6).to_owned())),
        },
    }
}
