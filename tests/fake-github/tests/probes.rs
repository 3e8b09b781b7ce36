//! Repositories as the API tells them, and the calls that only read.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use fake_github::{Account, Builder, FakeGitHub, Right, Visibility};
use support::{authorization, call, complaint, get, git, git_well, header, json, status};
use tempfile::tempdir;

fn builder() -> Builder {
    let octocat = || Account::user("octocat").right("acme/site", Right::Push);
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Public)
        .token("classics", octocat().scopes("repo"))
        .token("readers", octocat().permission("contents", "read"))
        .token("writers", octocat().permission("contents", "write"))
        .token("blind", octocat().permission("issues", "read"))
        .token(
            "workflows",
            Account::installation("acme")
                .permission("contents", "write")
                .permission("actions", "read")
                .right("acme/site", Right::Push),
        )
}

fn github() -> FakeGitHub {
    builder().start().unwrap()
}

fn refs(name: &str, service: &str) -> String {
    format!("/{name}.git/info/refs?service=git-{service}")
}

#[test]
fn a_repository_tells_what_it_is() {
    let github = builder()
        .archived("acme/docs")
        .disabled("acme/site")
        .start()
        .unwrap();
    let site = json(&call(github.url(), "/repos/acme/site", "classics"));
    assert_eq!(site["visibility"], "private");
    assert_eq!(site["private"], true);
    assert_eq!(site["disabled"], true);
    assert_eq!(site["archived"], false);
    let docs = json(&call(github.url(), "/api/v3/repos/ACME/docs", "classics"));
    assert_eq!(docs["visibility"], "public");
    assert_eq!(docs["archived"], true);
    let by_number = format!("/repositories/{}", site["id"]);
    let numbered = json(&call(github.url(), &by_number, "classics"));
    assert_eq!(numbered["full_name"], "acme/site");
    let anonymous = get(github.url(), "/repos/acme/docs", &["User-Agent: test"]);
    assert!(json(&anonymous).get("permissions").is_none());
    for path in ["/repos/acme/nothing", "/repositories/7"] {
        let answer = call(github.url(), path, "classics");
        assert_eq!(status(&answer), 404);
        assert!(answer.contains("\"message\":\"Not Found\""), "{answer}");
    }
    let stranger = get(github.url(), "/repos/acme/site", &["User-Agent: test"]);
    assert_eq!(status(&stranger), 404, "{stranger}");
}

#[test]
fn the_right_to_push_is_told_truly_of_classic_tokens_alone() {
    let github = github();
    for (token, told) in [
        ("classics", true),
        ("readers", true),
        ("writers", false),
        ("workflows", false),
    ] {
        let body = json(&call(github.url(), "/repos/acme/site", token));
        assert_eq!(body["permissions"]["push"], told, "{token}");
    }
    let docs = json(&call(github.url(), "/repos/acme/docs", "classics"));
    assert_eq!(docs["permissions"]["push"], false);
}

#[test]
fn git_needs_the_permission_for_contents() {
    let github = github();
    for (token, service, expected, text) in [
        ("readers", "upload-pack", 200, "# service=git-upload-pack"),
        (
            "readers",
            "receive-pack",
            403,
            "Permission to acme/site.git denied to octocat.",
        ),
        ("writers", "receive-pack", 200, "# service=git-receive-pack"),
        (
            "blind",
            "upload-pack",
            403,
            "Write access to repository not granted.",
        ),
        (
            "blind",
            "receive-pack",
            403,
            "Write access to repository not granted.",
        ),
        (
            "workflows",
            "receive-pack",
            200,
            "# service=git-receive-pack",
        ),
    ] {
        let answer = get(
            github.url(),
            &refs("acme/site", service),
            &[&authorization(token)],
        );
        assert_eq!(status(&answer), expected, "{token} {service}: {answer}");
        assert!(answer.contains(text), "{token} {service}: {answer}");
    }
    let docs = get(
        github.url(),
        &refs("acme/docs", "upload-pack"),
        &[&authorization("blind")],
    );
    assert_eq!(status(&docs), 200, "all may read what is public");
}

#[test]
fn each_call_asks_for_its_permission() {
    // The permission, the call, and what it answers who has it.
    let rows = [
        ("metadata", "", 200),
        ("metadata", "/collaborators?per_page=1", 200),
        ("contents", "/commits?per_page=1", 200),
        ("contents", "/git/matching-refs/heads/", 200),
        ("actions", "/actions/artifacts?per_page=1", 200),
        ("administration", "/actions/permissions", 200),
        ("issues", "/issues?per_page=1", 200),
        ("pull_requests", "/pulls?per_page=1", 200),
        ("secrets", "/actions/secrets?per_page=1", 200),
        ("actions_variables", "/actions/variables?per_page=1", 200),
        ("dependabot_secrets", "/dependabot/secrets?per_page=1", 200),
        ("repository_hooks", "/hooks?per_page=1", 200),
        ("vulnerability_alerts", "/dependabot/alerts?per_page=1", 200),
        (
            "secret_scanning_alerts",
            "/secret-scanning/alerts?per_page=1",
            200,
        ),
        ("security_events", "/code-scanning/alerts?per_page=1", 200),
        ("deployments", "/deployments", 200),
        ("environments", "/environments", 200),
        ("pages", "/pages", 200),
        ("statuses", "/commits/HEAD/statuses?per_page=1", 200),
    ];
    for (permission, path, granted) in rows {
        let with = Account::user("octocat")
            .permission(permission, "read")
            .right("acme/site", Right::Push);
        let github = builder().token("with", with).start().unwrap();
        let path = format!("/repos/acme/site{path}");
        let answer = call(github.url(), &path, "with");
        assert_eq!(status(&answer), granted, "{path}: {answer}");
        let accepted = format!("\r\nx-accepted-github-permissions: {permission}=read\r\n");
        assert!(answer.contains(&accepted), "{path}: {answer}");

        if permission == "metadata" {
            continue;
        }
        let answer = call(
            github.url(),
            &path,
            if permission == "issues" {
                "readers"
            } else {
                "blind"
            },
        );
        assert_eq!(status(&answer), 403, "{path}: {answer}");
        assert!(answer.contains(&accepted), "{path}: {answer}");
        assert!(answer.contains("Resource not accessible by personal access token"));
        let classic = call(github.url(), &path, "classics");
        assert_eq!(status(&classic), granted, "{path}: {classic}");
        assert!(!classic.contains("x-accepted-github-permissions"));
    }
}

#[test]
fn some_calls_ask_for_a_permission_to_write() {
    let with = |level| {
        Account::user("octocat")
            .permission("administration", level)
            .permission("codespaces", level)
            .permission("codespaces_secrets", level)
            .right("acme/site", Right::Push)
    };
    let builder = || {
        builder()
            .token("may", with("write"))
            .token("reads", with("read"))
    };
    let github = builder().start().unwrap();
    for (path, granted) in [
        ("/rulesets/rule-suites?per_page=1", 200),
        ("/codespaces/permissions_check", 422),
        ("/codespaces/permissions_check?ref=main", 200),
        ("/codespaces/secrets/RANDOM", 404),
    ] {
        let path = format!("/repos/acme/site{path}");
        assert_eq!(status(&call(github.url(), &path, "may")), granted, "{path}");
        let answer = call(github.url(), &path, "reads");
        assert_eq!(status(&answer), 403, "{path}");
        assert!(answer.contains("=write\r\n"), "{answer}");
    }
    let ghes = builder().enterprise_version("3.17.2").start().unwrap();
    let path = "/api/v3/repos/acme/site/codespaces/permissions_check?ref=main";
    assert_eq!(status(&call(ghes.url(), path, "may")), 404);
}

#[test]
fn an_installation_is_refused_in_its_own_words() {
    let github = github();
    let granted = call(
        github.url(),
        "/repos/acme/site/actions/artifacts",
        "workflows",
    );
    assert_eq!(status(&granted), 200, "{granted}");
    let refused = call(github.url(), "/repos/acme/site/issues", "workflows");
    assert_eq!(status(&refused), 403, "{refused}");
    assert!(refused.contains("Resource not accessible by integration"));
    assert!(refused.contains("x-accepted-github-permissions: issues=read"));
}

#[test]
fn what_is_public_proves_no_permission() {
    let github = github();
    for (path, expected) in [
        ("/commits", 200),
        ("/issues", 200),
        ("/actions/artifacts", 200),
        ("/actions/secrets", 403),
        ("/collaborators", 403),
        ("/dependabot/alerts", 403),
    ] {
        let path = format!("/repos/acme/docs{path}");
        let answer = call(github.url(), &path, "readers");
        assert_eq!(status(&answer), expected, "{path}: {answer}");
    }
    let answer = call(github.url(), "/repos/acme/docs/collaborators", "readers");
    assert!(
        answer.contains("Must have admin rights to Repository."),
        "{answer}"
    );
    let hidden = call(github.url(), "/repos/acme/docs/hooks", "classics");
    assert_eq!(status(&hidden), 404, "{hidden}");
    let anonymous = get(
        github.url(),
        "/repos/acme/docs/issues",
        &["User-Agent: test"],
    );
    assert_eq!(status(&anonymous), 200, "{anonymous}");
}

#[test]
fn a_feature_that_is_off_says_so_in_its_own_way() {
    for (permission, path, expected) in [
        ("contents", "/commits", 409),
        ("issues", "/issues", 410),
        ("vulnerability_alerts", "/dependabot/alerts", 403),
        ("secret_scanning_alerts", "/secret-scanning/alerts", 404),
        ("security_events", "/code-scanning/alerts", 404),
        ("pages", "/pages", 404),
    ] {
        let with = Account::user("octocat").permission(permission, "read");
        let github = builder()
            .token("with", with.right("acme/site", Right::Push))
            .feature_off("acme/site", permission)
            .start()
            .unwrap();
        let answer = call(github.url(), &format!("/repos/acme/site{path}"), "with");
        assert_eq!(status(&answer), expected, "{path}: {answer}");
        assert!(!answer.contains("Resource not accessible"), "{answer}");
    }
    let odd = builder().feature_off("acme/site", "secrets").start();
    assert!(odd.is_err(), "GitHub cannot turn secrets off");
    assert!(builder().archived("acme/nothing").start().is_err());
}

#[test]
fn an_organisation_asks_for_permissions_of_its_own() {
    let with = Account::user("octocat").permission("members", "read");
    let github = builder().token("with", with).start().unwrap();
    for (path, token, expected) in [
        ("/orgs/acme", "with", 200),
        ("/orgs/acme/members", "with", 200),
        ("/orgs/acme/members", "readers", 403),
        ("/orgs/acme/actions/secrets", "with", 403),
        ("/orgs/acme/actions/secrets", "classics", 200),
    ] {
        let answer = call(github.url(), path, token);
        assert_eq!(status(&answer), expected, "{path} {token}: {answer}");
    }
}

#[test]
fn a_repository_that_was_renamed_leads_on() {
    let github = builder().renamed("acme/old", "acme/site").start().unwrap();
    let answer = call(
        github.url(),
        "/api/v3/repos/Acme/Old/commits?per_page=1",
        "classics",
    );
    assert_eq!(status(&answer), 301, "{answer}");
    let id = json(&call(github.url(), "/repos/acme/site", "classics"))["id"].clone();
    let target = format!("/api/v3/repositories/{id}/commits?per_page=1");
    assert!(
        answer.contains(&format!("location: {}{target}\r\n", github.url())),
        "{answer}"
    );
    assert_eq!(json(&answer)["message"], "Moved Permanently");
    assert_eq!(status(&call(github.url(), &target, "classics")), 200);
    let anonymous = get(github.url(), "/repos/acme/old", &["User-Agent: test"]);
    assert_eq!(status(&anonymous), 404, "{anonymous}");

    let old = get(
        github.url(),
        &refs("acme/old", "upload-pack"),
        &[&authorization("classics")],
    );
    assert_eq!(status(&old), 301, "{old}");
    let location = format!(
        "location: {}{}",
        github.url(),
        refs("acme/site", "upload-pack")
    );
    assert!(old.contains(&location), "{old}");
    let directory = tempdir().unwrap();
    let remote = format!("{}/acme/old.git", github.url());
    let listed = git_well(
        directory.path(),
        &["-c", &header("classics"), "ls-remote", &remote],
    );
    assert!(listed.contains("refs/heads/main"), "git follows: {listed}");
    assert!(builder().renamed("acme/docs", "acme/site").start().is_err());
}

#[test]
fn an_archived_repository_takes_no_push() {
    let github = builder().archived("acme/site").start().unwrap();
    let directory = tempdir().unwrap();
    let remote = format!("{}/acme/site.git", github.url());
    let clone = [
        "-c",
        &header("classics"),
        "clone",
        "--quiet",
        &remote,
        "clone",
    ];
    git_well(directory.path(), &clone);
    let push = ["-c", &header("classics"), "push", &remote, "main:other"];
    let refused = complaint(&git(&directory.path().join("clone"), &push));
    assert!(
        refused.contains("remote: This repository was archived so it is read-only."),
        "{refused}"
    );
    let denied = get(
        github.url(),
        &refs("acme/site", "receive-pack"),
        &[&authorization("readers")],
    );
    assert!(
        denied.contains("Permission to acme/site.git denied"),
        "{denied}"
    );
}

#[test]
fn a_blocked_repository_says_why() {
    let github = builder().blocked("acme/docs").start().unwrap();
    let answer = call(github.url(), "/repos/acme/docs", "classics");
    assert_eq!(status(&answer), 403, "{answer}");
    let body = json(&answer);
    assert_eq!(body["message"], "Repository access blocked");
    assert_eq!(body["block"]["reason"], "tos");
    for headers in [&[][..], &[authorization("classics").as_str()][..]] {
        let answer = get(github.url(), &refs("acme/docs", "upload-pack"), headers);
        assert_eq!(status(&answer), 403, "{answer}");
        assert!(answer.contains("disabled by GitHub staff"));
    }
}

#[test]
fn a_suspended_account_is_refused_by_git_too() {
    let gone = Account::user("gone")
        .suspended()
        .right("acme/site", Right::Push);
    let github = builder().token("gone", gone).start().unwrap();
    let answer = get(
        github.url(),
        &refs("acme/site", "upload-pack"),
        &[&authorization("gone")],
    );
    assert_eq!(status(&answer), 403);
    assert!(answer.contains("Your account is suspended. Please visit https://support.github.com"));
}
