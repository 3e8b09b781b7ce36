//! What reading a policy and judging by it costs: `cargo bench --bench policy`.

mod numbers;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use patgate::facts::{
    Answer, Expiry, Fact, PermissionLevel, Permissions, RepositoryFacts, RepositoryName, RunFacts,
    TokenFacts, TokenKind, Visibility,
};
use patgate::policy::{Document, Policy, Run, Verdict};

use numbers::{Result, aim, quantile, rounds, say, say_load};

/// How many gates the large policy has.
const GATES: usize = 50;

/// How many demands each of them makes: what stands in [`gate`], by hand.
const RULES: u32 = 20;

/// How many verdicts one policy gives.
const VERDICTS: u32 = 100_000;

fn main() -> Result<()> {
    say_load()?;
    let text = policy(GATES);
    let now = "2026-09-01T12:00:00Z".parse()?;
    let (facts, run) = (facts(now), run());
    let (mut read, mut judged, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds(200) {
        // In turn, so that what slows one slows the others.
        let start = Instant::now();
        let gates = gates(&text)?;
        read.push(start.elapsed());
        let start = Instant::now();
        for gate in &gates {
            allowed(&judge(gate, &facts, &run, now))?;
        }
        judged.push(start.elapsed());
        let start = Instant::now();
        black_box(serde_yaml::from_str::<serde_yaml::Value>(&text)?);
        other.push(start.elapsed());
    }
    let (gate, denied) = (gates(&policy(1))?.remove(0), denied(&facts));
    let passing = verdicts(&gate, &facts, &run, now);
    let failing = verdicts(&gate, &denied, &run, now);
    say_load()?;
    say(&format!(
        "- {GATES} gates of {RULES} rules each, {} bytes\n\n\
         | µs | median | p90 |\n| --- | --: | --: |",
        text.len()
    ))?;
    row("reading the policy, with places", &read)?;
    row("judging one token by each gate", &judged)?;
    row("serde_yaml reading it as values, for comparison", &other)?;
    say(&format!(
        "\n| {VERDICTS} verdicts of one gate | all | each | each rule |\n| --- | --: | --: | --: |"
    ))?;
    tell("a token that passes", passing)?;
    let complaints = judge(&gate, &denied, &run, now).findings().len();
    tell(&format!("a token with {complaints} findings"), failing)?;
    let both = quantile(&read, 50) + quantile(&judged, 50);
    aim(
        "reading and judging 1,000 rules takes less than 50 ms",
        &format!("{:.1} ms", both.as_secs_f64() * 1e3),
        both < Duration::from_millis(50),
    )?;
    let each = per_rule(passing.max(failing));
    aim(
        "a verdict takes less than 1 µs for each rule",
        &format!("{each:.2} µs"),
        each < 1.0,
    )?;
    Ok(())
}

fn row(what: &str, times: &[Duration]) -> Result<()> {
    let (median, p90) = (quantile(times, 50), quantile(times, 90));
    say(&format!(
        "| {what} | {} | {} |",
        median.as_micros(),
        p90.as_micros()
    ))?;
    Ok(())
}

fn tell(what: &str, took: Duration) -> Result<()> {
    let each = took.as_secs_f64() * 1e6 / f64::from(VERDICTS);
    say(&format!(
        "| {what} | {:.0} ms | {each:.2} µs | {:.3} µs |",
        took.as_secs_f64() * 1e3,
        per_rule(took)
    ))?;
    Ok(())
}

fn per_rule(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6 / f64::from(VERDICTS) / f64::from(RULES)
}

fn policy(gates: usize) -> String {
    let mut text = "version: 1\ngates:\n".to_owned();
    for n in 0..gates {
        // Writing to a string cannot fail.
        let _ = write!(text, "  gate-{n}:\n{}", gate(n));
    }
    text
}

/// One gate, a demand a line.
fn gate(n: usize) -> String {
    format!(
        "    kinds: [fine-grained, installation]
    owners: [acme-bot, \"acme-*\"]
    expiry:
      required: true
      at-least: 2h
      at-most: 90d
      warn-below: 14d
    permissions:
      require: {{ contents: write }}
      allow: {{ contents: write, issues: read, pull_requests: write }}
    scopes:
      require: [repo]
      allow: [repo, workflow]
      forbid: [delete_repo, \"admin:*\"]
    repositories:
      acme/site-{n}: push
      acme/docs: fetch
      acme/vault: none
    run:
      events: [push, workflow_dispatch, schedule]
      refs: [refs/heads/main, \"refs/tags/v*\"]
      actors: [octocat, \"acme-*\"]
      workflows: [\"acme/site/.github/workflows/*@refs/heads/main\"]
      runners: [github-hosted]
      forks: deny
"
    )
}

fn gates(text: &str) -> Result<Vec<Policy>> {
    let document = Document::parse(text, "patgate.yml")?;
    let gates = document.gates().map(|name| document.gate(name));
    Ok(gates.collect::<std::result::Result<_, _>>()?)
}

fn judge(policy: &Policy, facts: &TokenFacts, run: &RunFacts, now: Timestamp) -> Verdict {
    let run = Run {
        audit: false,
        facts: Some(run),
    };
    policy.judge(black_box(facts), &run, now)
}

fn verdicts(policy: &Policy, facts: &TokenFacts, run: &RunFacts, now: Timestamp) -> Duration {
    let start = Instant::now();
    for _ in 0..VERDICTS {
        black_box(judge(policy, facts, run, now));
    }
    start.elapsed()
}

fn allowed(verdict: &Verdict) -> Result<()> {
    match verdict {
        Verdict::Allow { .. } => Ok(()),
        Verdict::Audit { findings, .. } | Verdict::Deny { findings } => {
            Err(format!("the token should pass: {findings:?}").into())
        }
    }
}

fn facts(now: Timestamp) -> TokenFacts {
    let found = |fetch, push| RepositoryFacts {
        fetch: Fact::Known(fetch),
        push: Fact::Known(push),
        archived: Fact::Known(false),
        visibility: Fact::Known(Visibility::Private),
        renamed_to: None,
    };
    let mut repositories: std::collections::BTreeMap<_, _> = (0..GATES)
        .filter_map(|n| {
            let name = RepositoryName::parse(&format!("acme/site-{n}"))?;
            Some((name, found(Answer::Yes, Answer::Yes)))
        })
        .collect();
    for (name, fetch) in [
        ("acme/docs", Answer::Yes),
        ("acme/vault", Answer::Invisible),
    ] {
        let name = RepositoryName::parse(name).expect("a repository's name");
        repositories.insert(name, found(fetch, Answer::Invisible));
    }
    TokenFacts {
        owner: Fact::Known("acme-bot".to_owned()),
        expiry: Expiry::At(now + SignedDuration::from_hours(24 * 30)),
        permissions: Permissions::listed([
            ("contents".to_owned(), PermissionLevel::Write),
            ("metadata".to_owned(), PermissionLevel::Read),
        ]),
        repositories,
        ..TokenFacts::unknown(TokenKind::Installation)
    }
}

/// A token that most rules have something against.
fn denied(facts: &TokenFacts) -> TokenFacts {
    TokenFacts {
        owner: Fact::Known("mallory".to_owned()),
        expiry: Expiry::Never,
        scopes: Fact::Known(BTreeSet::from(["admin:org".to_owned(), "gist".to_owned()])),
        repositories: std::collections::BTreeMap::new(),
        ..TokenFacts {
            kind: TokenKind::Classic,
            ..facts.clone()
        }
    }
}

fn run() -> RunFacts {
    let known = |text: &str| Fact::Known(text.to_owned());
    RunFacts {
        event: known("push"),
        reference: known("refs/heads/main"),
        actors: Fact::Known(vec!["octocat".to_owned()]),
        workflow: known("acme/site/.github/workflows/release.yml@refs/heads/main"),
        is_fork: Fact::Known(false),
        runner: known("github-hosted"),
    }
}
