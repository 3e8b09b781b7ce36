//! What lies in a repository, by REST.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use fake_github::{Account, FakeGitHub, Organization, Right, Visibility};
use support::{call, get, json, status};

fn github() -> FakeGitHub {
    let octocat = || Account::user("octocat").right("acme/.github", Right::Fetch);
    FakeGitHub::builder()
        .repository("acme/.github", Visibility::Private)
        .repository("acme/open", Visibility::Public)
        .repository("sso/policies", Visibility::Private)
        .organization("sso", Organization::new().sso())
        .file("acme/.github", "main", "ci/policy.yml", "version: 1\n")
        .file(
            "acme/.github",
            "refs/tags/v1",
            "ci/policy.yml",
            "version: 0\n",
        )
        .file("acme/.github", "main", "ci/other.yml", [0xff, 0, 1])
        .symlink("acme/.github", "main", "ci/link.yml", "policy.yml")
        .symlink("acme/.github", "main", "ci/nowhere.yml", "../nowhere")
        .symlink("acme/.github", "main", "ci/outside.yml", "/etc/hosts")
        .submodule("acme/.github", "main", "vendor")
        .token("readers", octocat().permission("contents", "read"))
        .token("blinds", octocat().permission("issues", "read"))
        .token("strangers", Account::user("hubot").scopes("repo"))
        .token(
            "members",
            Account::user("octocat")
                .scopes("repo")
                .right("sso/policies", Right::Fetch),
        )
        .start()
        .unwrap()
}

fn raw(github: &FakeGitHub, path: &str, token: &str) -> String {
    let authorization = format!("Authorization: Bearer {token}");
    let accept = "Accept: application/vnd.github.raw+json";
    get(
        github.url(),
        path,
        &["User-Agent: test", &authorization, accept],
    )
}

#[test]
fn a_file_comes_as_it_is_at_any_revision() {
    let github = github();
    let path = "/repos/acme/.github/contents/ci/policy.yml";
    let answer = raw(&github, path, "readers");
    assert!(answer.ends_with("\r\n\r\nversion: 1\n"), "{answer}");
    let kind = "content-type: application/vnd.github.raw+json; charset=utf-8\r\n";
    assert!(answer.contains(kind), "{answer}");
    for (reference, text) in [
        ("main", "version: 1\n"),
        ("refs/heads/main", "version: 1\n"),
        ("v1", "version: 0\n"),
        ("refs%2Ftags%2Fv1", "version: 0\n"),
    ] {
        let answer = raw(
            &github,
            &format!("/api/v3{path}?ref={reference}"),
            "readers",
        );
        assert!(answer.ends_with(&format!("\r\n\r\n{text}")), "{reference}");
    }
    let link = raw(
        &github,
        "/repos/acme/.github/contents/ci/link.yml",
        "readers",
    );
    assert!(
        link.ends_with("\r\n\r\nversion: 1\n"),
        "a link is followed: {link}"
    );
    let described = json(&call(github.url(), path, "readers"));
    assert_eq!(described["type"], "file");
    assert_eq!(described["content"], "dmVyc2lvbjogMQo=");
}

#[test]
fn what_is_no_file_is_described() {
    let github = github();
    let described = |path: &str| {
        let path = format!("/repos/acme/.github/contents/{path}");
        let answer = raw(&github, &path, "readers");
        assert!(
            answer.contains("content-type: application/json"),
            "{answer}"
        );
        json(&answer)
    };
    assert_eq!(described("ci").as_array().unwrap().len(), 5);
    assert_eq!(described("vendor")["type"], "submodule");
    for link in ["ci/nowhere.yml", "ci/outside.yml"] {
        assert_eq!(described(link)["type"], "symlink", "{link}");
    }
}

#[test]
fn what_is_not_there_or_not_to_be_seen_is_refused() {
    let github = github();
    let path = "/repos/acme/.github/contents/ci/policy.yml";
    for (path, token, expected, words) in [
        (path, "strangers", 404, "\"Not Found\""),
        (path, "blinds", 403, "Resource not accessible"),
        (path, "nobodys", 401, "Bad credentials"),
        (
            "/repos/acme/.github/contents/ci/policy.yaml",
            "readers",
            404,
            "\"Not Found\"",
        ),
        (
            "/repos/acme/none/contents/ci/policy.yml",
            "readers",
            404,
            "\"Not Found\"",
        ),
        (
            &format!("{path}?ref=v9"),
            "readers",
            404,
            "No commit found for the ref v9",
        ),
        (
            &format!("{path}?ref=--help"),
            "readers",
            404,
            "No commit found",
        ),
        (
            "/repos/sso/policies/contents/README.md",
            "members",
            403,
            "SAML",
        ),
    ] {
        let answer = raw(&github, path, token);
        assert_eq!(status(&answer), expected, "{path}: {answer}");
        assert!(answer.contains(words), "{path}: {answer}");
    }
    let open = raw(&github, "/repos/acme/open/contents/README.md", "strangers");
    assert!(open.ends_with("\r\n\r\n# acme/open\n"), "{open}");
}
