//! What the runner tells of the run: from its variables, and from the payload of the event.
//!
//! The variables come with each step anew, and no step can set them for another. The payload is a
//! file that an earlier step may have written to; nothing is believed of it that would end the
//! process, and where `GITHUB_REF` contradicts it, nobody knows.

use std::fs::{self, File};
use std::io::{BufReader, Read as _};

use serde::Deserialize;
use serde_json::Value;

use crate::facts::{Fact, RunFacts, Why};
use crate::input::{RunVariables, Runner};

/// GitHub sends no payload of more than 25 MB. Most of one is skipped as it is read.
///
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>
const MAX_PAYLOAD: u64 = 32 * 1024 * 1024;

/// What the runner tells of the run.
pub(super) fn facts(runner: &Runner) -> RunFacts {
    let RunVariables {
        event,
        event_path: _,
        reference,
        actor: _,
        triggering_actor: _,
        workflow,
        environment,
    } = &runner.run;
    RunFacts {
        event: told(event.as_ref(), "GITHUB_EVENT_NAME"),
        reference: told(reference.as_ref(), "GITHUB_REF"),
        actors: actors(runner),
        workflow: told(workflow.as_ref(), "GITHUB_WORKFLOW_REF"),
        is_fork: is_fork(&runner.run),
        runner: told(environment.as_ref(), "RUNNER_ENVIRONMENT"),
    }
}

fn told(value: Option<&String>, name: &'static str) -> Fact<String> {
    value.map_or(Fact::Unknown(Why::NotSet(name)), |value| {
        Fact::Known(value.clone())
    })
}

/// Who began the run, then who ran it again. In its first attempt these are one.
fn actors(runner: &Runner) -> Fact<Vec<String>> {
    let RunVariables {
        actor,
        triggering_actor,
        ..
    } = &runner.run;
    let Some(actor) = actor else {
        return Fact::Unknown(Why::NotSet("GITHUB_ACTOR"));
    };
    match triggering_actor {
        Some(again) if !again.eq_ignore_ascii_case(actor) => {
            Fact::Known(vec![actor.clone(), again.clone()])
        }
        Some(_) => Fact::Known(vec![actor.clone()]),
        None if runner.job.run_attempt == "1" => Fact::Known(vec![actor.clone()]),
        None => Fact::Unknown(Why::NotSet("GITHUB_TRIGGERING_ACTOR")),
    }
}

/// Events of which no fork can be the cause, so that their payload need not be read. What they
/// build is in the repository itself, put there by somebody who may push to it.
///
/// `merge_group` is one of them: the queue's commits may have been written in a fork, but somebody
/// with write access put them in the queue, on a branch of the repository, as a merge would.
/// What is no event of a commit's, such as `issues` or `watch`, builds the default branch, whoever
/// caused it. A reusable workflow has its caller's event; `workflow_call` itself is never told.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>
const OWN: [&str; 21] = [
    "branch_protection_rule",
    "create",
    "delete",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "image_version",
    "label",
    "merge_group",
    "milestone",
    "page_build",
    "public",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "status",
    "watch",
    "workflow_dispatch",
];

/// Whether what the run builds, or who caused it, comes from a fork.
fn is_fork(run: &RunVariables) -> Fact<bool> {
    let Some(event) = run.event.as_deref() else {
        return Fact::Unknown(Why::NotSet("GITHUB_EVENT_NAME"));
    };
    let told = if OWN.contains(&event) {
        Fact::Known(false)
    } else {
        match payload(run) {
            Ok(payload) => payload.is_fork(event),
            Err(why) => Fact::Unknown(why),
        }
    };
    match told {
        Fact::Known(false) if is_doubtful(event, run.reference.as_deref()) => {
            Fact::Unknown(Why::NoHead)
        }
        told => told,
    }
}

/// Whether what the run builds may be a fork's, by its reference: that of a pull request where the
/// event tells of none, or a bare commit where any commit can be deployed.
fn is_doubtful(event: &str, reference: Option<&str>) -> bool {
    let reference = reference.unwrap_or_default();
    if reference.starts_with("refs/pull/") {
        return !event.starts_with("pull_request");
    }
    let is_named = reference.starts_with("refs/heads/") || reference.starts_with("refs/tags/");
    event.starts_with("deployment") && !is_named
}

/// The payload, as far as it speaks of where commits come from.
///
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads>
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    repository: Option<Value>,
    pull_request: Option<Value>,
    issue: Option<Value>,
    workflow_run: Option<Value>,
    check_run: Option<Value>,
    check_suite: Option<Value>,
}

/// Reads the payload. A file that is none of the runner's is refused before it is opened: a pipe
/// would never end.
fn payload(run: &RunVariables) -> Result<Payload, Why> {
    let path = run.event_path.as_ref();
    let path = path.ok_or(Why::NotSet("GITHUB_EVENT_PATH"))?;
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    let file = is_file.then(|| File::open(path)).and_then(Result::ok);
    let file = file.ok_or(Why::NoPayload)?;
    serde_json::from_reader(BufReader::new(file.take(MAX_PAYLOAD))).map_err(|_| Why::NoPayload)
}

impl Payload {
    /// Whether the run comes from a fork. What the event must have and has not is not known; an
    /// event that GitHub adds later is judged by what its payload has.
    fn is_fork(&self, event: &str) -> Fact<bool> {
        let repository = self.repository.as_ref();
        if let Some(pull_request) = &self.pull_request {
            return is_from_fork(pull_request, repository);
        }
        if let Some(run) = &self.workflow_run {
            return is_run_of_fork(run, repository);
        }
        let suite = self.check_run.as_ref().map(|run| &run["check_suite"]);
        if let Some(suite) = suite.or(self.check_suite.as_ref()) {
            return is_suite_of_fork(suite);
        }
        if let Some(issue) = &self.issue {
            // A comment on a pull request is one on an issue, and GitHub leaves out the rest.
            return match &issue["pull_request"] {
                Value::Null => Fact::Known(false),
                _ => Fact::Unknown(Why::NoHead),
            };
        }
        match event {
            "check_run" | "check_suite" | "issue_comment" | "issues" | "workflow_run" => {
                Fact::Unknown(Why::NoPayload)
            }
            event if event.starts_with("pull_request") => Fact::Unknown(Why::NoPayload),
            _ => Fact::Known(false),
        }
    }
}

/// Whether the head of a pull request lies in another repository than its base. That a repository
/// is itself a fork of something, as its `fork` tells, says nothing of that.
fn is_from_fork(pull_request: &Value, repository: Option<&Value>) -> Fact<bool> {
    let head = &pull_request["head"];
    let base = match &pull_request["base"]["repo"] {
        Value::Null => repository.unwrap_or(&Value::Null),
        base => base,
    };
    match head.get("repo") {
        // The repository of the head is gone, so that it was not this one.
        Some(Value::Null) => Fact::Known(true),
        Some(repo) => differ(repo, base),
        None => Fact::Unknown(Why::NoHead),
    }
}

/// Whether an earlier run, which caused this one, comes from a fork. Its own list of pull requests
/// is no help: GitHub leaves those of forks out of it.
fn is_run_of_fork(run: &Value, repository: Option<&Value>) -> Fact<bool> {
    let own = match &run["repository"] {
        Value::Null => repository.unwrap_or(&Value::Null),
        own => own,
    };
    let head = match run.get("head_repository") {
        Some(Value::Null) => Fact::Known(true),
        Some(head) => differ(head, own),
        None => Fact::Unknown(Why::NoHead),
    };
    let event = run["event"].as_str().unwrap_or_default();
    match head {
        // Its head tells of it only where that is what it built: a run that another run caused,
        // or a comment on a pull request, has the default branch for its head.
        Fact::Known(false) if event != "pull_request" && !OWN.contains(&event) => {
            Fact::Unknown(Why::NoHead)
        }
        head => head,
    }
}

/// Whether a suite of checks may be for commits of a fork, whose branch GitHub does not tell.
///
/// <https://docs.github.com/en/rest/checks/suites>
fn is_suite_of_fork(suite: &Value) -> Fact<bool> {
    match &suite["head_branch"] {
        Value::String(_) => Fact::Known(false),
        _ => Fact::Unknown(Why::NoHead),
    }
}

/// Whether two repositories are not the same: by their numbers, else by their names.
fn differ(one: &Value, other: &Value) -> Fact<bool> {
    let number = |of: &Value| of["id"].as_u64();
    if let (Some(one), Some(other)) = (number(one), number(other)) {
        return Fact::Known(one != other);
    }
    match (one["full_name"].as_str(), other["full_name"].as_str()) {
        (Some(one), Some(other)) => Fact::Known(!one.eq_ignore_ascii_case(other)),
        _ => Fact::Unknown(Why::NoHead),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// The variables of a run that `event` began, for `reference`, with `payload`.
    fn run(event: &str, reference: &str, payload: &str) -> Fact<bool> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(payload.as_bytes()).unwrap();
        let path = file.path().display().to_string();
        is_fork(
            &Runner::read(|name| match name {
                "GITHUB_EVENT_NAME" => Some(event.to_owned()),
                "GITHUB_EVENT_PATH" => Some(path.clone()),
                "GITHUB_REF" => Some(reference.to_owned()),
                _ => None,
            })
            .run,
        )
    }

    const MAIN: &str = "refs/heads/main";
    const PULL: &str = "refs/pull/7/merge";
    const NO: Fact<bool> = Fact::Known(false);
    const YES: Fact<bool> = Fact::Known(true);
    const NO_HEAD: Fact<bool> = Fact::Unknown(Why::NoHead);
    const NO_PAYLOAD: Fact<bool> = Fact::Unknown(Why::NoPayload);

    const SITE: &str = r#"{ "id": 1, "full_name": "acme/site", "fork": false }"#;
    const FORK: &str = r#"{ "id": 2, "full_name": "mallory/site", "fork": true }"#;

    fn pull_request(head: &str, base: &str) -> String {
        format!(
            r#"{{ "pull_request": {{ "number": 7, "head": {{ "repo": {head} }}, "base": {{ "repo": {base} }} }}, "repository": {SITE} }}"#
        )
    }

    fn workflow_run(event: &str, head: &str) -> String {
        format!(
            r#"{{ "workflow_run": {{ "event": "{event}", "head_repository": {head}, "repository": {SITE}, "pull_requests": [] }}, "repository": {SITE} }}"#
        )
    }

    #[test]
    fn a_pull_request_is_of_a_fork_if_its_head_lies_elsewhere() {
        for event in [
            "pull_request",
            "pull_request_target",
            "pull_request_review",
            "pull_request_review_comment",
        ] {
            for (head, base, expected) in [
                (SITE, SITE, NO),
                (FORK, SITE, YES),
                // A repository that is itself a fork has pull requests of its own.
                (FORK, FORK, NO),
                // The fork has been deleted.
                ("null", SITE, YES),
                (SITE, "null", NO),
                (r#"{ "full_name": "Acme/Site" }"#, SITE, NO),
                (r#"{ "full_name": "mallory/site" }"#, SITE, YES),
                // A new name does not make it another.
                (r#"{ "id": 1, "full_name": "acme/www" }"#, SITE, NO),
                ("{}", SITE, NO_HEAD),
                ("7", SITE, NO_HEAD),
            ] {
                let told = run(event, PULL, &pull_request(head, base));
                assert_eq!(told, expected, "{event}: {head} on {base}");
            }
            assert_eq!(run(event, PULL, r#"{ "pull_request": {} }"#), NO_HEAD);
            assert_eq!(run(event, PULL, "{}"), NO_PAYLOAD);
        }
    }

    #[test]
    fn what_another_run_caused_is_of_a_fork_if_that_one_was() {
        for (event, head, expected) in [
            ("pull_request", SITE, NO),
            ("pull_request", FORK, YES),
            ("pull_request", "null", YES),
            ("push", SITE, NO),
            ("schedule", SITE, NO),
            // The heads of these are not what caused them.
            ("workflow_run", SITE, NO_HEAD),
            ("issue_comment", SITE, NO_HEAD),
            ("pull_request_target", SITE, NO_HEAD),
            ("pull_request_target", FORK, YES),
            ("something_new", SITE, NO_HEAD),
        ] {
            let told = run("workflow_run", MAIN, &workflow_run(event, head));
            assert_eq!(told, expected, "{event}: {head}");
        }
        let no_head = r#"{ "workflow_run": { "event": "push" } }"#;
        assert_eq!(run("workflow_run", MAIN, no_head), NO_HEAD);
        assert_eq!(run("workflow_run", MAIN, "{}"), NO_PAYLOAD);
    }

    #[test]
    fn a_comment_tells_nothing_of_the_head_of_its_pull_request() {
        let on_pull_request = r#"{ "issue": { "number": 7, "pull_request": { "url": "x" } } }"#;
        let on_issue = r#"{ "issue": { "number": 8 } }"#;
        for event in ["issue_comment", "issues"] {
            assert_eq!(run(event, MAIN, on_pull_request), NO_HEAD);
            assert_eq!(run(event, MAIN, on_issue), NO);
            assert_eq!(run(event, MAIN, "{}"), NO_PAYLOAD);
        }
    }

    #[test]
    fn checks_of_a_fork_have_no_branch() {
        for (event, payload, expected) in [
            (
                "check_suite",
                r#"{ "check_suite": { "head_branch": "main" } }"#,
                NO,
            ),
            (
                "check_suite",
                r#"{ "check_suite": { "head_branch": null } }"#,
                NO_HEAD,
            ),
            (
                "check_run",
                r#"{ "check_run": { "check_suite": { "head_branch": "main" } } }"#,
                NO,
            ),
            (
                "check_run",
                r#"{ "check_run": { "check_suite": {} } }"#,
                NO_HEAD,
            ),
            ("check_run", r#"{ "check_run": {} }"#, NO_HEAD),
            ("check_run", "{}", NO_PAYLOAD),
        ] {
            assert_eq!(run(event, MAIN, payload), expected, "{event}: {payload}");
        }
    }

    #[test]
    fn what_no_fork_can_cause_is_of_none_whatever_its_payload() {
        for event in OWN {
            for payload in ["{}", "no JSON", ""] {
                assert_eq!(run(event, MAIN, payload), NO, "{event}: {payload}");
            }
            // The two contradict each other.
            assert_eq!(run(event, PULL, "{}"), NO_HEAD, "{event}");
        }
    }

    #[test]
    fn a_deployment_of_a_bare_commit_may_be_of_a_fork() {
        for event in ["deployment", "deployment_status"] {
            let payload = r#"{ "deployment": { "ref": "main" }, "workflow_run": null }"#;
            assert_eq!(run(event, MAIN, payload), NO);
            assert_eq!(run(event, "refs/tags/v1", payload), NO);
            assert_eq!(run(event, "", payload), NO_HEAD);
            assert_eq!(run(event, MAIN, &workflow_run("pull_request", FORK)), YES);
        }
    }

    #[test]
    fn an_event_that_github_adds_later_is_judged_by_its_payload() {
        let event = "something_new";
        assert_eq!(run(event, MAIN, r#"{ "repository": {} }"#), NO);
        assert_eq!(run(event, MAIN, &pull_request(FORK, SITE)), YES);
        assert_eq!(run(event, PULL, &pull_request(SITE, SITE)), NO_HEAD);
        assert_eq!(
            run(event, MAIN, r#"{ "pull_request": { "number": 7 } }"#),
            NO_HEAD
        );
        assert_eq!(run(event, MAIN, "no JSON"), NO_PAYLOAD);
    }

    #[test]
    fn a_payload_that_cannot_be_read_is_no_payload() {
        let deep = "[".repeat(100_000);
        for payload in [
            "",
            "null",
            "[]",
            "7",
            "{",
            r#"{ "pull_request": {}, "pull_request": {} }"#,
            &format!(r#"{{ "pull_request": {deep} }}"#),
            &format!(r#"{{ "other": {deep} }}"#),
        ] {
            let start = &payload[..payload.len().min(40)];
            assert_eq!(run("pull_request", PULL, payload), NO_PAYLOAD, "{start}");
        }
        let of = |path: Option<&str>| {
            let path = path.map(str::to_owned);
            is_fork(&RunVariables {
                event: Some("pull_request".to_owned()),
                event_path: path.map(Into::into),
                ..RunVariables::default()
            })
        };
        for path in ["/", "/dev/zero", "/nowhere"] {
            assert_eq!(of(Some(path)), NO_PAYLOAD, "{path}");
        }
        assert_eq!(of(None), Fact::Unknown(Why::NotSet("GITHUB_EVENT_PATH")));
    }

    #[test]
    fn what_the_runner_does_not_set_is_unknown_by_its_name() {
        let nothing = facts(&Runner::read(|_| None));
        let not_set = |name| Fact::Unknown(Why::NotSet(name));
        assert_eq!(nothing.event, not_set("GITHUB_EVENT_NAME"));
        assert_eq!(nothing.reference, not_set("GITHUB_REF"));
        assert_eq!(nothing.workflow, not_set("GITHUB_WORKFLOW_REF"));
        assert_eq!(nothing.runner, not_set("RUNNER_ENVIRONMENT"));
        assert_eq!(nothing.actors, Fact::Unknown(Why::NotSet("GITHUB_ACTOR")));
        assert_eq!(
            nothing.is_fork,
            Fact::Unknown(Why::NotSet("GITHUB_EVENT_NAME"))
        );
    }

    #[test]
    fn whoever_began_the_run_or_ran_it_again_is_an_actor() {
        let actors = |pairs: &[(&str, &str)]| {
            let lookup = |name: &str| {
                let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
                Some((*value).to_owned())
            };
            facts(&Runner::read(lookup)).actors
        };
        let (octocat, hubot) = (
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_TRIGGERING_ACTOR", "hubot"),
        );
        let attempt = |number| ("GITHUB_RUN_ATTEMPT", number);
        let known = |logins: &[&str]| Fact::Known(logins.iter().map(ToString::to_string).collect());
        assert_eq!(actors(&[octocat, hubot]), known(&["octocat", "hubot"]));
        let again = ("GITHUB_TRIGGERING_ACTOR", "Octocat");
        assert_eq!(actors(&[octocat, again]), known(&["octocat"]));
        assert_eq!(actors(&[octocat, attempt("1")]), known(&["octocat"]));
        let not_set = Fact::Unknown(Why::NotSet("GITHUB_TRIGGERING_ACTOR"));
        assert_eq!(actors(&[octocat, attempt("2")]), not_set);
        assert_eq!(actors(&[octocat]), not_set);
    }
}
