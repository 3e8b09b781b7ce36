//! The one table of the rules: from it come a finding's name and level, what `explain` says, and
//! the reference in `docs/rules.md`.

use std::fmt;

use super::super::{Level, nearest};

/// What is said of a rule. Prose is Markdown in a small way: code in backticks, and links.
struct Entry {
    /// `subject/complaint`.
    name: &'static str,
    /// What the rule complains of, in a sentence.
    summary: &'static str,
    /// Where no policy says otherwise.
    level: Level,
    /// In the baseline, if it has a level of its own.
    in_baseline: Option<Level>,
    leeway: Leeway,
    /// The fields of a gate that demand it, or a field and its value; none if every gate does.
    demanded_by: &'static [&'static str],
    why: &'static str,
    /// The lines of an example, below a gate's name.
    gate: &'static [&'static str],
    /// Who passes the example.
    passes: &'static str,
    /// Who fails it, and how that is told.
    fails: &'static [(&'static str, &'static str)],
}

/// What a policy may do against a rule.
enum Leeway {
    /// Nothing: a token that does not work serves nobody.
    Nothing,
    /// Give it another level.
    Level,
    /// Give it another level, or set it aside until a day.
    Any,
}

/// What most rules have.
const USUAL: Entry = Entry {
    name: "",
    summary: "",
    level: Level::Deny,
    in_baseline: None,
    leeway: Leeway::Any,
    demanded_by: &[],
    why: "",
    gate: &[],
    passes: "",
    fails: &[],
};

macro_rules! rules {
    ($($variant:ident { summary: $summary:literal, $($fields:tt)+ })+) => {
        /// A rule's name: `subject/complaint`, the same in findings, in `levels` and in the docs.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum RuleName {
            $(#[doc = $summary] $variant,)+
        }

        impl RuleName {
            /// Every rule there is, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
        }

        /// In the order of the enum.
        static TABLE: [Entry; RuleName::ALL.len()] = [
            $(Entry { summary: $summary, $($fields)+ },)+
        ];
    };
}

rules! {
    ExpiryPassed {
        summary: "The token has already expired.",
        name: "expiry/passed",
        level: Level::Deny,
        leeway: Leeway::Nothing,
        why: "GitHub refuses an expired token as it refuses a wrong one, so that `token/refused` \
            is what you usually see. This rule is for the seconds between, by GitHub's clock.",
        gate: &["kinds: [classic]"],
        passes: "A classic token that expires on 31 December passes.",
        fails: &[
            (
                "One that expired three days ago fails:",
                "the token expired at 2026-11-28T09:00:00Z, 3 days ago; make a new token in the owner's settings, and store it in the secret",
            ),
        ],
        ..USUAL
    }
    ExpiryRequired {
        summary: "The token never expires.",
        name: "expiry/required",
        level: Level::Deny,
        in_baseline: Some(Level::Warn),
        demanded_by: &["expiry.required"],
        why: "A token without an end works for whoever finds it, years after everybody forgot it.",
        gate: &["expiry: { required: true }"],
        passes: "A token that expires on 31 December passes.",
        fails: &[
            (
                "One without an expiry date fails:",
                "the token never expires, and an expiry is required; make a token with an expiry date",
            ),
        ],
        ..USUAL
    }
    ExpirySoon {
        summary: "The token expires soon enough to think of its successor.",
        name: "expiry/soon",
        level: Level::Warn,
        demanded_by: &["expiry.warn-below"],
        why: "The day on which a token expires is a bad day to find out who owns it. Installation \
            and user-to-server tokens live for hours by nature, and are not warned of.",
        gate: &["expiry: { warn-below: 14d }"],
        passes: "A token that expires on 31 December passes.",
        fails: &[
            (
                "One with seven days left fails:",
                "the token expires at 2026-12-08T09:00:00Z, in 7 days, which is less than `14d`; make a new token in the owner's settings, and store it in the secret, before the release that finds it expired",
            ),
        ],
        ..USUAL
    }
    ExpiryTooLate {
        summary: "The token lives longer than it may.",
        name: "expiry/too-late",
        level: Level::Deny,
        demanded_by: &["expiry.at-most"],
        why: "A token that leaks is worth as much as it has life left. The bound runs from the \
            present, not from the day the token was made, which GitHub does not tell.",
        gate: &["expiry: { at-most: 90d }"],
        passes: "A token that expires on 31 December passes.",
        fails: &[
            (
                "One with 360 days left fails:",
                "the token expires at 2027-11-26T09:00:00Z, in 360 days, and may live at most `90d` longer; make a token that expires within `90d`",
            ),
            (
                "So does one without an expiry date. Where `expiry/required` complains of it too, \
                    it is told once, by the graver of the two, and at equal levels by that one:",
                "the token never expires, and may live at most `90d` longer; make a token with an expiry date",
            ),
        ],
        ..USUAL
    }
    ExpiryTooSoon {
        summary: "The token expires before the job can be done with it.",
        name: "expiry/too-soon",
        level: Level::Deny,
        demanded_by: &["expiry.at-least"],
        why: "A release that loses its token half-way is worse than one that does not begin.",
        gate: &["expiry: { at-least: 2h }"],
        passes: "A token that expires on 31 December passes.",
        fails: &[
            (
                "One with 50 minutes left fails:",
                "the token expires at 2026-12-01T09:50:00Z, in 50 minutes, and must live at least `2h` longer; make a new token in the owner's settings, and store it in the secret",
            ),
        ],
        ..USUAL
    }
    ExpiryUnknown {
        summary: "GitHub does not tell when the token expires.",
        name: "expiry/unknown",
        level: Level::Deny,
        in_baseline: Some(Level::Warn),
        demanded_by: &["expiry.at-least", "expiry.at-most", "expiry.required", "expiry.warn-below"],
        why: "No expiry in GitHub's answer means \"never\" only where GitHub would have told one: \
            not on GitHub Enterprise Server below 3.3, and not behind a proxy that takes headers \
            out.",
        gate: &["expiry: { required: true, at-least: 30m }"],
        passes: "A token that expires on 31 December passes.",
        fails: &[
            (
                "A classic token of GitHub Enterprise Server 3.2 fails:",
                "it is not known when the token expires: GitHub does not tell; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells",
            ),
            (
                "Of an installation token in its older form it is known that it lives for an hour \
                    at most. That meets `required`, and an `at-most` of an hour or more; an \
                    `at-least` fails:",
                "it is not known when the token expires, only that it does before 2026-12-01T10:00:00Z; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells",
            ),
        ],
        ..USUAL
    }
    KindNotAllowed {
        summary: "The token is of a kind that the policy does not list.",
        name: "kind/not-allowed",
        level: Level::Deny,
        demanded_by: &["kinds"],
        why: "A classic token reaches whatever its owner reaches; a fine-grained one reaches what \
            it names. To allow the latter alone is the shortest policy that changes something.",
        gate: &["kinds: [fine-grained, installation]"],
        passes: "A fine-grained token passes.",
        fails: &[
            (
                "A classic one fails:",
                "the token is a classic personal access token (`classic`), and the policy allows `fine-grained`, `installation`; make a token of one of these kinds: `fine-grained`, `installation`",
            ),
        ],
        ..USUAL
    }
    OwnerNotAllowed {
        summary: "The token belongs to somebody whom the policy does not list.",
        name: "owner/not-allowed",
        level: Level::Deny,
        demanded_by: &["owners"],
        why: "A person's token in a job works until that person leaves, and does what that person \
            may do. The owner is the login that the token acts as; of an installation token it is \
            the account that the app is installed on.",
        gate: &["owners: [acme-bot, acme-deploy-*]"],
        passes: "A token of `acme-bot` passes.",
        fails: &[
            (
                "One of `octocat` fails:",
                "the token belongs to `octocat`, and the policy allows `acme-bot`, `acme-deploy-*`; make the token as one of these: `acme-bot`, `acme-deploy-*`",
            ),
        ],
        ..USUAL
    }
    OwnerUnknown {
        summary: "GitHub does not tell whose token it is.",
        name: "owner/unknown",
        level: Level::Deny,
        demanded_by: &["owners"],
        why: "An installation token has no user of its own; patgate reads its account from the \
            first repository that it reaches, and a token that reaches none tells nothing.",
        gate: &["owners: [acme]"],
        passes: "An installation token of an app on `acme` passes.",
        fails: &[
            (
                "One that reaches no repository fails:",
                "it is not known whose token it is: GitHub does not tell; allow it with `levels: { owner/unknown: warn }`, or use a token of another kind",
            ),
        ],
        ..USUAL
    }
    PermissionsExcess {
        summary: "The token has a permission beyond those that the policy allows.",
        name: "permissions/excess",
        level: Level::Deny,
        demanded_by: &["permissions.allow"],
        why: "What the job does not need, the job's intruder does. Of a token whose permissions \
            GitHub lists, each counts; of another, those that were \
            [observed](policy.md#who-knows-a-tokens-permissions).",
        gate: &["permissions: { allow: { contents: read } }"],
        passes: "A user-to-server token of an app with `contents: read` passes.",
        fails: &[
            (
                "One of an app with `contents: write` fails:",
                "the token has the permission `contents: write`, and the policy allows `contents: read`; lower `contents` to `read` in the app's settings, and on its installation, or allow it in the policy",
            ),
            (
                "One of an app with `issues: read` besides fails:",
                "the token has the permission `issues: read`, which the policy does not allow; take `issues` from the token in the app's settings, and on its installation, or allow it in the policy",
            ),
        ],
        ..USUAL
    }
    PermissionsMissing {
        summary: "The token lacks a permission.",
        name: "permissions/missing",
        level: Level::Deny,
        demanded_by: &["permissions.require"],
        why: "GitHub refuses what lacks a permission only when it comes, in the middle of the job, \
            and often by \"Not Found\". A demand says so at the start.",
        gate: &[
            "permissions: { require: { contents: read, issues: write } }",
            "repositories: { acme/site: fetch }",
        ],
        passes: "A user-to-server token of an app with `contents: read` and `issues: write` \
            passes.",
        fails: &[
            (
                "One of an app with `issues: read` fails:",
                "the token has the permission `issues: read`, and the policy wants `issues: write`; give the token `issues: write` in the app's settings, and on its installation",
            ),
            (
                "A fine-grained token that may not even read issues fails, too, although nobody \
                    lists its permissions:",
                "the token lacks the permission `issues: write`; give the token `issues: write` in its owner's settings",
            ),
        ],
        ..USUAL
    }
    PermissionsUnknown {
        summary: "It cannot be seen whether the token has a permission.",
        name: "permissions/unknown",
        level: Level::Deny,
        demanded_by: &["permissions.require"],
        why: "Not every permission can be [observed](policy.md#who-knows-a-tokens-permissions), \
            and of most no more than `read`. No answer is no permission.",
        gate: &[
            "permissions: { require: { contents: write, issues: write, workflows: write } }",
            "repositories: { acme/site: push }",
        ],
        passes: "A token of an app passes that patgate made by this gate.",
        fails: &[
            (
                "A fine-grained token that can push to `acme/site` has `contents: write`, and \
                    fails for the others. Of `workflows` nothing is seen:",
                "it cannot be seen whether the token has the permission `workflows: write`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists",
            ),
            (
                "Where it was seen to read issues, the message says how far one sees:",
                "it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists",
            ),
        ],
        ..USUAL
    }
    PermissionsUnseen {
        summary: "It cannot be seen what other permissions the token has.",
        name: "permissions/unseen",
        level: Level::Warn,
        demanded_by: &["permissions.allow"],
        why: "GitHub lists no fine-grained token's permissions, so that a denial would be a ban on \
            them. With `levels: { permissions/unseen: deny }` it is one: then only tokens pass \
            whose permissions GitHub lists.",
        gate: &["permissions: { allow: { contents: write } }"],
        passes: "A token of an app passes that patgate made.",
        fails: &[
            (
                "A fine-grained token fails:",
                "GitHub does not list the permissions of a fine-grained personal access token, so that it may have more than the policy allows; look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists",
            ),
        ],
        ..USUAL
    }
    PolicyMovableRef {
        summary: "The policy, or one that it extends, is named by a branch or a tag, which can move.",
        name: "policy/movable-ref",
        level: Level::Warn,
        why: "Whoever can move the branch or the tag can write the policy, and no review of the \
            job's repository sees it. A commit's hash cannot be moved. The rule speaks of the \
            input `policy` and of `extends`; a policy in the workspace is named by neither.",
        gate: &["kinds: [fine-grained]"],
        passes: "A fine-grained token passes where the input `policy` names this policy by the \
            whole hash of a commit, behind the `@`.",
        fails: &[
            (
                "Where it is `acme/.github/patgate.yml@v3`, it fails:",
                "the policy `acme/.github/patgate.yml@v3` is named by a branch or a tag, which can move; name a commit by its whole hash",
            ),
        ],
        ..USUAL
    }
    RepositoriesReachable {
        summary: "The token reaches a repository that it must not reach.",
        name: "repositories/reachable",
        level: Level::Deny,
        demanded_by: &["repositories: none"],
        why: "It is the counter-test of a narrow token: name one repository that only a token with \
            too much would see.",
        gate: &[
            "repositories:",
            "  acme/site: push",
            "  acme/secrets-vault: none",
        ],
        passes: "A token of `acme/site` alone passes.",
        fails: &[
            (
                "One of all repositories fails:",
                "the token can fetch from `acme/secrets-vault`, where the policy has `none`; remove `acme/secrets-vault` from the token, or make a token that does not have it",
            ),
            (
                "Where `acme/secrets-vault` is public, no token is narrow enough, and every one \
                    fails:",
                "`acme/secrets-vault` is public: anybody can fetch from it, where the policy has `none`; make `acme/secrets-vault` private, or take it out of the policy",
            ),
        ],
        ..USUAL
    }
    RepositoriesReadOnly {
        summary: "The token can fetch from a repository and not push to it.",
        name: "repositories/read-only",
        level: Level::Deny,
        demanded_by: &["repositories: push"],
        why: "Better now than at the end of the job that was to push. What GitHub says against it \
            stands in the message, in quotes where patgate does not know what it means.",
        gate: &[
            "repositories:",
            "  acme/site: push",
        ],
        passes: "A token with `contents: write` passes.",
        fails: &[
            (
                "`GITHUB_TOKEN` with `contents: read` fails:",
                "the token may not push to `acme/site`, which the policy wants: GitHub denies it to `github-actions[bot]`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push",
            ),
            (
                "Nobody can push to an archived repository, though git's door may open. Every \
                    token fails:",
                "nobody can push to `acme/site`, which the policy wants: the repository is archived; unarchive `acme/site` in its settings, or ask for `fetch` in the policy",
            ),
        ],
        ..USUAL
    }
    RepositoriesRenamed {
        summary: "A repository has another name now.",
        name: "repositories/renamed",
        level: Level::Warn,
        demanded_by: &["repositories: fetch", "repositories: push"],
        why: "GitHub leads from the old name to the new one, for git and for the API alike, so \
            that nobody notices. But a lease knows its repositories by the names in the policy: \
            where git asks by the new name, it gets no answer. And whoever makes a repository of \
            the old name ends the leading, and takes its place in the reach. The rule is silent \
            where the policy has the new name as well, with `push` or `fetch`.",
        gate: &[
            "repositories:",
            "  acme/site: push",
        ],
        passes: "A token passes where `acme/site` is still called so.",
        fails: &[
            (
                "Where it was renamed to `acme/web`, it fails:",
                "`acme/site` is now called `acme/web`, and a lease of the old name does not answer for the new one; write `acme/web` in the policy, and in the jobs' remotes",
            ),
        ],
        ..USUAL
    }
    RepositoriesUnknown {
        summary: "GitHub does not tell what the token can do with a repository.",
        name: "repositories/unknown",
        level: Level::Deny,
        demanded_by: &["repositories"],
        why: "No answer is no permission.",
        gate: &[
            "repositories:",
            "  acme/site: fetch",
        ],
        passes: "A token passes for which GitHub opens `acme/site`.",
        fails: &[
            (
                "Where GitHub fails to answer, it fails:",
                "it is not known what the token can do with `acme/site`: GitHub is out of order: HTTP 502; run the step again, or allow it with `levels: { repositories/unknown: warn }`",
            ),
        ],
        ..USUAL
    }
    RepositoriesUnreachable {
        summary: "The token does not reach a repository.",
        name: "repositories/unreachable",
        level: Level::Deny,
        demanded_by: &["repositories: fetch", "repositories: push"],
        why: "GitHub hides a private repository from a token that may not see it: it answers as if \
            there were none, and patgate cannot tell a missing right from a misspelt name.",
        gate: &[
            "repositories:",
            "  acme/site: push",
            "  acme/docs: fetch",
        ],
        passes: "A token of both repositories passes.",
        fails: &[
            (
                "One of `acme/site` alone fails:",
                "GitHub shows the token no repository `acme/docs`, where the policy wants `fetch`; give the token access to `acme/docs`, have its owner approve it, or correct the name",
            ),
            (
                "One that sees `acme/docs` and may not fetch from it fails for the reason that \
                    GitHub gives, in quotes where patgate does not know what it means; \
                    [Troubleshooting](troubleshooting.md#the-step-fails-with-status-1) lists those \
                    that it knows:",
                "the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`",
            ),
        ],
        ..USUAL
    }
    RepositoriesUnseen {
        summary: "It cannot be seen whether the token reaches a repository that fits a pattern.",
        name: "repositories/unseen",
        level: Level::Warn,
        demanded_by: &["repositories: none"],
        why: "Nobody can ask GitHub for repositories that nobody names: it does not show what it \
            hides. A pattern with `none` keeps a lease from what fits it, and is no test of the \
            token.",
        gate: &[
            "repositories:",
            "  acme/site: push",
            "  acme/secret-*: none",
        ],
        passes: "A token of an app passes that patgate made by this gate, for `acme/site` alone.",
        fails: &[
            (
                "Any other token fails:",
                "it cannot be seen whether the token reaches a repository that fits `acme/secret-*`, where the policy has `none`; name the repositories that must be out of reach one by one, or give a GitHub App with `client-id` and `private-key`",
            ),
        ],
        ..USUAL
    }
    RunActorNotAllowed {
        summary: "The run was begun, or begun again, by somebody whom the policy does not list.",
        name: "run/actor-not-allowed",
        level: Level::Deny,
        demanded_by: &["run.actors"],
        why: "Whoever begins a run decides when the token goes out, and by `workflow_dispatch` \
            also with which inputs. Who ran it again counts as much as who began it: both must be \
            on the list.",
        gate: &["run: { actors: [octocat, acme-*] }"],
        passes: "A run that `octocat` began passes.",
        fails: &[
            (
                "One that `mallory` began, or ran again, fails:",
                "the run was begun by `mallory`, and the policy allows `octocat`, `acme-*`; have one of these begin the run, and run it again: `octocat`, `acme-*`",
            ),
        ],
        ..USUAL
    }
    RunEventNotAllowed {
        summary: "The run was begun by an event that the policy does not list.",
        name: "run/event-not-allowed",
        level: Level::Deny,
        demanded_by: &["run.events"],
        why: "The event decides whose words and whose code a job works on. `pull_request_target`, \
            `issue_comment` and `workflow_run` bring a stranger's, and have the repository's \
            secrets.",
        gate: &["run: { events: [push, schedule] }"],
        passes: "A run of `push` passes.",
        fails: &[
            (
                "One of `pull_request_target` fails:",
                "the run was begun by the event `pull_request_target`, and the policy allows `push`, `schedule`; run the job on one of these events: `push`, `schedule`",
            ),
        ],
        ..USUAL
    }
    RunFork {
        summary: "The run is for a fork.",
        name: "run/fork",
        level: Level::Deny,
        demanded_by: &["run.forks: deny"],
        why: "GitHub keeps secrets from `pull_request` of a fork, and not from \
            `pull_request_target` and `workflow_run`. A job that builds what the fork has written \
            then builds it beside the token. The event's payload tells where the code comes from.",
        gate: &["run: { forks: deny }"],
        passes: "A run for a branch of the repository itself passes.",
        fails: &[
            (
                "One of `pull_request_target` for a fork's branch fails:",
                "the run is for a fork, and the policy denies forks; lend no token to code of a fork, and run the job on an event of the repository itself, such as `push`",
            ),
        ],
        ..USUAL
    }
    RunRefNotAllowed {
        summary: "The run is for a branch or a tag that the policy does not list.",
        name: "run/ref-not-allowed",
        level: Level::Deny,
        demanded_by: &["run.refs"],
        why: "Whoever can push a branch can write the workflow that runs on it. List refs that are \
            protected. With `pull_request_target` the ref is the branch that the change is to go \
            to, so that this rule alone keeps no fork out: `run/fork` does.",
        gate: &["run: { refs: [refs/heads/main, \"refs/tags/v*\"] }"],
        passes: "A run for `refs/heads/main` passes.",
        fails: &[
            (
                "One for another branch fails:",
                "the run is for `refs/heads/topic`, and the policy allows `refs/heads/main`, `refs/tags/v*`; run the job on one of these refs: `refs/heads/main`, `refs/tags/v*`",
            ),
        ],
        ..USUAL
    }
    RunRunnerNotAllowed {
        summary: "The run is on a machine that the policy does not list.",
        name: "run/runner-not-allowed",
        level: Level::Deny,
        demanded_by: &["run.runners"],
        why: "A runner that GitHub hosts is thrown away after the job. A self-hosted one is there \
            for the next job, and so is what this one leaves behind.",
        gate: &["run: { runners: [github-hosted] }"],
        passes: "A run on a machine of GitHub's passes.",
        fails: &[
            (
                "One on a machine of your own fails:",
                "the run is on a `self-hosted` runner, and the policy allows `github-hosted`; run the job on one of these: `github-hosted`",
            ),
        ],
        ..USUAL
    }
    RunUnknown {
        summary: "The runner does not tell something of the run.",
        name: "run/unknown",
        level: Level::Deny,
        demanded_by: &[
            "run.actors",
            "run.events",
            "run.forks: deny",
            "run.refs",
            "run.runners",
            "run.workflows",
        ],
        why: "What the runner does not tell may be anything. The runner of GitHub tells all of it; \
            old versions of it, and programs that stand in for it, do not.",
        gate: &["run: { events: [push], runners: [github-hosted] }"],
        passes: "A run of `push` on a machine of GitHub's passes.",
        fails: &[
            (
                "One whose runner does not name the event fails:",
                "it is not known which event began the run: the runner does not set `GITHUB_EVENT_NAME`; update the runner, or allow it with `levels: { run/unknown: warn }`",
            ),
            (
                "One whose runner does not say whose machine it is fails:",
                "it is not known whose machine the run is on: the runner does not set `RUNNER_ENVIRONMENT`; update the runner, or allow it with `levels: { run/unknown: warn }`",
            ),
        ],
        ..USUAL
    }
    RunWorkflowNotAllowed {
        summary: "The run follows a workflow that the policy does not list.",
        name: "run/workflow-not-allowed",
        level: Level::Deny,
        demanded_by: &["run.workflows"],
        why: "A secret is open to every workflow of its repository. This rule lends the token in \
            those alone whose review takes the token into account. A workflow is written with its \
            repository, its path and its ref, as GitHub tells it.",
        gate: &[
            "run:",
            "  workflows: [acme/site/.github/workflows/release.yml@refs/heads/main]",
        ],
        passes: "A run of `release.yml` on `main` passes.",
        fails: &[
            (
                "One of another workflow fails:",
                "the run follows the workflow `acme/site/.github/workflows/x.yml@refs/heads/main`, and the policy allows `acme/site/.github/workflows/release.yml@refs/heads/main`; lend the token in one of these workflows: `acme/site/.github/workflows/release.yml@refs/heads/main`",
            ),
        ],
        ..USUAL
    }
    ScopesExcess {
        summary: "The token has a scope beyond those that the policy allows.",
        name: "scopes/excess",
        level: Level::Deny,
        demanded_by: &["scopes.allow"],
        why: "What the job does not need, the job's intruder does. A scope that an allowed one \
            includes is no excess; the [table](policy.md#scopes-and-what-they-include) has them. A \
            scope that is forbidden too is told once, by the graver of the two rules, and at equal \
            levels by `scopes/forbidden`. Kinds without scopes pass: `kinds` speaks of them.",
        gate: &["scopes: { allow: [repo, workflow] }"],
        passes: "A token with `repo` passes.",
        fails: &[
            (
                "One with `gist` and `repo` fails:",
                "the token has the scope `gist`, which the policy does not allow; remove `gist` from the token in its owner's settings",
            ),
        ],
        ..USUAL
    }
    ScopesForbidden {
        summary: "The token has a scope that the policy forbids.",
        name: "scopes/forbidden",
        level: Level::Deny,
        in_baseline: Some(Level::Warn),
        demanded_by: &["scopes.forbid"],
        why: "For a policy that cannot list all it allows yet: these at least never. A wider scope \
            that includes a forbidden one is found too.",
        gate: &["scopes: { forbid: [delete_repo, \"write:org\"] }"],
        passes: "A token with `repo` passes.",
        fails: &[
            (
                "One with `admin:org` fails:",
                "the token has the scope `admin:org`, which includes `write:org`, against the policy's `write:org`; remove `admin:org` from the token, or make a fine-grained token with only the permissions the job needs",
            ),
            (
                "One with `delete_repo` fails:",
                "the token has the scope `delete_repo`, against the policy's `delete_repo`; remove `delete_repo` from the token, or make a fine-grained token with only the permissions the job needs",
            ),
        ],
        ..USUAL
    }
    ScopesMissing {
        summary: "The token lacks a scope.",
        name: "scopes/missing",
        level: Level::Deny,
        demanded_by: &["scopes.require"],
        why: "A push that touches `.github/workflows` is refused without the scope `workflow`, and \
            only when it comes; a demand says so at the start. A wider scope that includes the \
            demanded one will do.",
        gate: &["scopes: { require: [repo, workflow] }"],
        passes: "A token with `repo` and `workflow` passes.",
        fails: &[
            (
                "One with `repo` alone fails:",
                "the token lacks the scope `workflow`; add `workflow` to the token in its owner's settings",
            ),
        ],
        ..USUAL
    }
    ScopesUnknown {
        summary: "GitHub does not tell the token's scopes.",
        name: "scopes/unknown",
        level: Level::Deny,
        in_baseline: Some(Level::Warn),
        demanded_by: &["scopes.allow", "scopes.forbid", "scopes.require"],
        why: "GitHub lists a token's scopes in a header, an empty one if there are none. A missing \
            header is not the same.",
        gate: &["scopes: { forbid: [\"admin:*\"] }"],
        passes: "A token with `repo` passes.",
        fails: &[
            (
                "Behind a proxy that takes headers out, it fails:",
                "the token's scopes are not known: a proxy takes GitHub's headers out of its answers; let GitHub's answers through unchanged, or allow it with `levels: { scopes/unknown: warn }`",
            ),
        ],
        ..USUAL
    }
    TokenBlanks {
        summary: "Blanks or a line end stand around the token in its secret.",
        name: "token/blanks",
        level: Level::Warn,
        why: "patgate cuts them off. Other tools send them along, and GitHub refuses the token \
            then.",
        gate: &["kinds: [classic]"],
        passes: "A secret that holds the token alone passes.",
        fails: &[
            (
                "One that ends in a line end fails:",
                "the secret has blanks or a line end around the token, which were cut off; store the token alone in the secret; other tools send the line end along",
            ),
        ],
        ..USUAL
    }
    TokenChecksum {
        summary: "The token's checksum does not fit.",
        name: "token/checksum",
        level: Level::Warn,
        why: "Tokens have a checksum inside that GitHub does not document, so that a mismatch is a \
            doubt and no proof. It explains why GitHub refuses a mistyped token.",
        gate: &["kinds: [classic]"],
        passes: "A token as GitHub made it passes.",
        fails: &[
            (
                "One with a letter changed fails:",
                "the token's checksum does not fit: it may be mistyped, or cut off and completed; copy the token again if GitHub refuses it",
            ),
        ],
        ..USUAL
    }
    TokenRefused {
        summary: "GitHub does not take the token.",
        name: "token/refused",
        level: Level::Deny,
        leeway: Leeway::Nothing,
        why: "Of such a token nothing else is known, so that this finding stands alone. GitHub is \
            asked once and no more: it locks out an address that keeps trying.",
        gate: &["kinds: [classic]"],
        passes: "A token that GitHub takes passes.",
        fails: &[
            (
                "One that was revoked fails:",
                "GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret",
            ),
            (
                "A fine-grained one on a GitHub Enterprise Server that does not know such tokens \
                    yet fails for that reason:",
                "GitHub refuses the token: GitHub Enterprise Server 3.9.12 has no fine-grained tokens, which came with 3.10; use a classic token of that server, or a GitHub App",
            ),
            (
                "A legacy one fails with a word on what else 40 hexadecimal digits may be:",
                "GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which (40 hexadecimal digits may also be a commit, or the secret of an OAuth app); make a new token in the owner's settings, and store it in the secret",
            ),
            (
                "One that GitHub knows and forbids fails for the reason that GitHub gives, in \
                    quotes where patgate does not know what it means:",
                "GitHub knows the token and forbids its use: the account of the token is suspended; ask an administrator of this GitHub, or use a token of another account",
            ),
        ],
        ..USUAL
    }
    TokenShape {
        summary: "The token does not look like one of its kind.",
        name: "token/shape",
        level: Level::Warn,
        why: "It has the prefix of its kind and not its length or its characters. Installation \
            tokens, which GitHub asks to treat as opaque, are never doubted.",
        gate: &["kinds: [classic]"],
        passes: "A token as GitHub made it passes.",
        fails: &[
            (
                "One with a letter too many fails:",
                "the token does not look like a classic personal access token; copy the token again if GitHub refuses it",
            ),
        ],
        ..USUAL
    }
    WaiverExpired {
        summary: "A waiver has ended.",
        name: "waiver/expired",
        level: Level::Warn,
        leeway: Leeway::Level,
        demanded_by: &["waive"],
        why: "A waiver that has ended sets nothing aside, and the rule complains again. This one \
            says why that is, whose waiver it was and for what.",
        gate: &[
            "expiry: { required: true }",
            "waive:",
            "  - { rule: expiry/required, until: 2026-08-31, reason: \"vendor bot, OPS-123\" }",
        ],
        passes: "A token without an expiry date passed until the end of 31 August, by UTC.",
        fails: &[
            (
                "It fails since then by `expiry/required`, and beside that stands:",
                "the waiver of `expiry/required` ended with 2026-08-31: vendor bot, OPS-123; take it out of the policy, or renew it with a new reason",
            ),
        ],
        ..USUAL
    }
    WaiverUnused {
        summary: "A waiver sets nothing aside.",
        name: "waiver/unused",
        level: Level::Warn,
        leeway: Leeway::Level,
        demanded_by: &["waive"],
        why: "A waiver that is no longer needed is a hole for the next token: take it out before \
            something falls through.",
        gate: &[
            "expiry: { required: true }",
            "waive:",
            "  - { rule: expiry/required, until: 2027-01-31, reason: \"vendor bot, OPS-123\" }",
        ],
        passes: "A token without an expiry date passes, and the waiver has its use.",
        fails: &[
            (
                "For one that expires on 31 December it has none:",
                "the waiver of `expiry/required` sets nothing aside: no such complaint is raised; take it out of the policy",
            ),
        ],
        ..USUAL
    }
}

impl RuleName {
    /// The rule that a misspelt name may have meant.
    pub fn nearest(text: &str) -> Option<Self> {
        let names = Self::ALL.iter().map(|rule| rule.as_str());
        nearest::of(text, names).and_then(Self::parse)
    }

    /// Reads a rule's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|rule| rule.as_str() == text).copied()
    }

    /// The name as policies write it.
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// What the rule complains of, in a sentence.
    pub fn summary(self) -> &'static str {
        self.entry().summary
    }

    /// The level, where no policy says otherwise.
    pub fn level(self) -> Level {
        self.entry().level
    }

    /// The level in the baseline.
    pub fn baseline_level(self) -> Level {
        self.entry().in_baseline.unwrap_or(self.level())
    }

    /// Whether no policy can lower the rule to a warning.
    pub fn is_fixed(self) -> bool {
        matches!(self.entry().leeway, Leeway::Nothing)
    }

    /// Whether a policy can set the rule aside until a day.
    pub fn can_be_waived(self) -> bool {
        matches!(self.entry().leeway, Leeway::Any)
    }

    /// The fields of a gate that demand the rule, such as `expiry.at-least`, or a field and its
    /// value, such as `repositories: none`. Empty if every gate demands it.
    pub fn demanded_by(self) -> &'static [&'static str] {
        self.entry().demanded_by
    }

    /// Why anybody would want the rule: prose in Markdown.
    pub fn why(self) -> &'static str {
        self.entry().why
    }

    /// A policy that demands the rule.
    pub fn example(self) -> String {
        let gate = self.entry().gate.iter();
        let gate: Vec<_> = gate.map(|line| format!("    {line}\n")).collect();
        format!("version: 1\ngates:\n  default:\n{}", gate.concat())
    }

    /// Who passes the example: prose in Markdown.
    pub fn passes(self) -> &'static str {
        self.entry().passes
    }

    /// Who fails the example, as prose in Markdown, and the finding's `message; help`.
    pub fn failures(self) -> &'static [(&'static str, &'static str)] {
        self.entry().fails
    }

    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        for rule in RuleName::ALL {
            assert_eq!(RuleName::parse(rule.as_str()), Some(*rule));
            assert!(rule.as_str().split_once('/').is_some(), "{rule}");
        }
        assert!(
            RuleName::ALL
                .windows(2)
                .all(|pair| pair[0].as_str() < pair[1].as_str())
        );
    }

    #[test]
    fn nothing_is_left_unsaid_of_a_rule() {
        for rule in RuleName::ALL {
            assert!(rule.summary().ends_with('.'), "{rule}");
            assert!(rule.why().ends_with('.'), "{rule}");
            assert!(rule.passes().ends_with('.'), "{rule}");
            assert!(!rule.entry().gate.is_empty(), "{rule}");
            assert!(!rule.failures().is_empty(), "{rule}");
            for (who, told) in rule.failures() {
                assert!(who.ends_with(':'), "{rule}: {who}");
                assert!(told.contains("; "), "{rule}: {told}");
            }
        }
    }

    #[test]
    fn what_is_fixed_denies() {
        let fixed = RuleName::ALL.iter().filter(|rule| rule.is_fixed());
        for rule in fixed {
            assert_eq!(rule.baseline_level(), Level::Deny, "{rule}");
            assert!(!rule.can_be_waived(), "{rule}");
        }
    }
}
