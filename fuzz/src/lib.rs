//! What must hold of three readers, whatever they are given. The fuzz targets call it with
//! anything, and `tests/it/corpus.rs` with the corpus.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};
use patgate::facts::{Expiry, Fact, RunFacts, TokenFacts, TokenKind, Why};
use patgate::policy::{Document, Finding, Policy, PolicyError, Problem, Run};
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

/// A policy always means the same, or has always the same error; what is said of it can be shown,
/// and it tightens itself.
pub fn document(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.as_ref();
    match parse(text) {
        Ok(document) => {
            shown(document.warnings(), text);
            assert!(document.warnings().iter().all(Problem::is_warning));
            let twice = parse(text).expect("what was read is read");
            // Whoever tightens a policy by itself changes nothing.
            let tightened = || {
                let (policy, base) = (parse(text)?, parse(text)?);
                policy.tighten(base)
            };
            assert!(tightened().is_ok(), "{:?}", tightened().err());
            for name in document.gates() {
                let gate = |document: Result<Document, PolicyError>| {
                    let gate = document.and_then(|document| document.gate(name));
                    judge(&gate.expect("a gate that the policy has"))
                };
                let judged = gate(parse(text));
                assert_eq!(judged, gate(parse(text)));
                assert_eq!(judged, gate(tightened()));
            }
            assert_eq!(twice.base(), document.base());
        }
        Err(error) => {
            let again = parse(text).expect_err("what was wrong is wrong");
            assert_eq!(again, error);
            let problems = error.problems();
            assert!(!problems.is_empty() && !problems.iter().any(Problem::is_warning));
            assert!(problems.is_sorted_by_key(|problem| problem.at.line()));
            shown(problems, text);
        }
    }
    let (policy, base) = halves(text);
    if let (Ok(policy), Ok(base)) = (parse(policy), parse(base)) {
        tighten(policy, base);
    }
}

fn parse(text: &str) -> Result<Document, PolicyError> {
    Document::parse(text, "patgate.yml")
}

/// What stands before a line `=====`, and what stands behind it.
fn halves(text: &str) -> (&str, &str) {
    text.split_once("=====\n").unwrap_or((text, BASE))
}

/// A base that has a word on everything.
const BASE: &str = "\
version: 1
defaults:
  kinds: [classic, fine-grained]
  owners: [\"acme-*\"]
  expiry: { required: true, at-least: 1h, at-most: 90d, warn-below: 14d }
  scopes: { require: [repo], allow: [repo, \"read:*\"], forbid: [delete_repo] }
  permissions: { require: { contents: read }, allow: { contents: write, issues: read } }
  repositories: { acme/*: push, acme/s*: fetch, acme/secret-*: none, acme/vault: none }
  run: { events: [push], refs: [\"refs/heads/*\"], actors: [\"acme-*\"], workflows: [acme/*/.github/workflows/*], runners: [github-hosted], forks: deny }
  lease: { ttl: 1h, format: [git, netrc] }
  levels: { expiry/too-soon: warn }
  waive: [{ rule: expiry/required, until: 2027-01-31, reason: \"vendor bot\" }]
";

/// What the base shuts stays shut, and no lease is longer.
fn tighten(policy: Document, base: Document) {
    let names: Vec<_> = policy.gates().map(str::to_owned).collect();
    let bounds: Vec<_> = base.gates().map(str::to_owned).collect();
    match policy.tighten(base) {
        Ok(tightened) => {
            let gates: Vec<_> = tightened.gates().collect();
            assert!(
                names
                    .iter()
                    .chain(&bounds)
                    .all(|name| gates.contains(&&**name))
            );
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            for problem in error.problems() {
                render(problem);
            }
        }
    }
}

/// Each problem lies in the text, and can be drawn.
fn shown(problems: &[Problem], text: &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for problem in problems {
        let place = &problem.at;
        let line = text.split('\n').nth(place.line() - 1);
        let rest: String = line
            .expect("a line of the text")
            .chars()
            .skip(place.column() - 1)
            .collect();
        let told = place.text().split('\n').next().unwrap_or_default();
        assert!(rest.starts_with(told), "{place}: {told:?} in {rest:?}");
        render(problem);
    }
}

fn render(problem: &Problem) {
    assert!(!problem.message.is_empty());
    assert!(!problem.line().contains(char::is_control));
    let place = format!("--> {}", problem.at);
    assert!(problem.excerpt(false).contains(&place), "{place}");
    assert!(!problem.excerpt(true).is_empty() && !problem.snippet().is_empty());
}

type Judged = (Vec<Finding>, Option<(Timestamp, Option<Vec<String>>)>);

/// What `policy` makes of one plain token in one plain run.
fn judge(policy: &Policy) -> Judged {
    let now = Timestamp::UNIX_EPOCH;
    let facts = TokenFacts {
        owner: Fact::Known("acme-bot".to_owned()),
        expiry: Expiry::At(now + SignedDuration::from_hours(24)),
        scopes: Fact::Known(BTreeSet::from(["repo".to_owned()])),
        ..TokenFacts::unknown(TokenKind::Classic)
    };
    let run = RunFacts {
        event: Fact::Known("push".to_owned()),
        reference: Fact::Known("refs/heads/main".to_owned()),
        actors: Fact::Known(vec!["acme-bot".to_owned()]),
        workflow: Fact::Unknown(Why::NotTold),
        is_fork: Fact::Known(false),
        runner: Fact::Known("github-hosted".to_owned()),
    };
    let verdict = policy.judge(
        &facts,
        &Run {
            audit: false,
            facts: Some(&run),
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
