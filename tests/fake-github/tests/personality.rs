//! What depends on which GitHub is played, and on the kind of token.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use fake_github::{Account, Builder, FakeGitHub, Installed, Right, Server, Visibility};
use support::{call, call_with, get, json, status};

fn builder() -> Builder {
    let octocat = Account::user("octocat")
        .scopes("repo")
        .expires("2099-10-03 11:43:41 UTC")
        .user_id(583_231)
        .client_id("Iv1.0123456789abcdef");
    let fine = Account::user("octocat")
        .permission("contents", "read")
        .right("acme/site", Right::Push);
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token("octocats", octocat)
        .token(fine_grained(), fine)
        .token("workflows", Account::installation("acme"))
        .token("gone", Account::user("gone").suspended())
}

fn fine_grained() -> String {
    ["github", "pat", "fine"].join("_")
}

fn played(server: Server) -> FakeGitHub {
    builder().server(server).start().unwrap()
}

fn ghes(version: &str) -> FakeGitHub {
    builder().enterprise_version(version).start().unwrap()
}

/// Calls with `X-GitHub-Api-Version`.
fn versioned(github: &FakeGitHub, path: &str, version: &str) -> String {
    let version = format!("X-GitHub-Api-Version: {version}");
    let headers = [
        "User-Agent: test",
        "Authorization: Bearer octocats",
        &version,
    ];
    get(github.url(), path, &headers)
}

#[test]
fn the_cloud_tells_all_and_names_no_version() {
    for server in [Server::GitHubCom, Server::DataResidency] {
        let github = played(server);
        let answer = call(github.url(), "/user", "octocats");
        for part in [
            "\r\ngithub-authentication-token-expiration: 2099-10-03 11:43:41 UTC\r\n",
            "\r\nx-github-api-version-selected: 2022-11-28\r\n",
            "\r\nx-ratelimit-limit: 5000\r\n",
            "\r\nx-oauth-client-id: Iv1.0123456789abcdef\r\n",
        ] {
            assert!(answer.contains(part), "{part} is in {answer}");
        }
        assert!(!answer.contains("x-github-enterprise-version"));
        assert!(
            !answer.contains("x-accepted-github-permissions"),
            "{answer}"
        );
        assert_eq!(json(&answer)["id"], 583_231);
        assert_eq!(status(&call(github.url(), "/rate_limit", "octocats")), 200);
    }
}

#[test]
fn an_enterprise_server_names_its_version_whatever_the_status() {
    let github = ghes("3.10.4");
    for (path, token, expected) in [
        ("/api/v3/user", "octocats", 200),
        ("/api/v3/user", "mistyped", 401),
        ("/api/v3/user", "workflows", 403),
        ("/api/v3/rate_limit", "octocats", 404),
        ("/api/v3/repos/acme/site", "octocats", 404),
    ] {
        let answer = call(github.url(), path, token);
        assert_eq!(status(&answer), expected, "{answer}");
        assert!(answer.contains("\r\nx-github-enterprise-version: 3.10.4\r\n"));
        assert!(!answer.contains("x-ratelimit"), "{answer}");
    }
}

#[test]
fn each_header_came_with_a_release() {
    for (version, header, token, is_there) in [
        (
            "3.2.9",
            "github-authentication-token-expiration",
            "octocats",
            false,
        ),
        (
            "3.3.0",
            "github-authentication-token-expiration",
            "octocats",
            true,
        ),
        ("3.7.1", "x-github-api-version-selected", "octocats", false),
        ("3.8.0", "x-github-api-version-selected", "octocats", true),
        (
            "3.10.0",
            "x-accepted-github-permissions",
            "workflows",
            false,
        ),
        ("3.11.0", "x-accepted-github-permissions", "workflows", true),
        ("3.11.0", "x-accepted-github-permissions", "octocats", false),
    ] {
        let answer = call(ghes(version).url(), "/api/v3/user", token);
        let found = answer.contains(&format!("\r\n{header}: "));
        assert_eq!(found, is_there, "{version} {header}: {answer}");
    }
}

#[test]
fn a_fine_grained_token_is_a_stranger_to_an_older_server() {
    for (version, expected) in [("3.9.9", 401), ("3.10.0", 200)] {
        let answer = call(ghes(version).url(), "/api/v3/user", &fine_grained());
        assert_eq!(status(&answer), expected, "{version}: {answer}");
    }
}

#[test]
fn a_version_nobody_knows_is_refused_where_there_are_versions() {
    let answer = versioned(&played(Server::GitHubCom), "/user", "v3");
    assert_eq!(status(&answer), 400, "{answer}");
    assert!(json(&answer)["message"].as_str().unwrap().starts_with(
        "The version you specified in the \"X-GitHub-API-Version\" request header, \"v3\", is not a supported version."
    ));
    assert_eq!(status(&versioned(&ghes("3.7.0"), "/user", "v3")), 200);
    assert_eq!(status(&versioned(&ghes("3.8.0"), "/user", "v3")), 400);
    assert_eq!(
        status(&versioned(&ghes("3.20.0"), "/user", "2026-03-10")),
        400
    );

    let newest = versioned(&played(Server::GitHubCom), "/rate_limit", "2026-03-10");
    assert!(newest.contains("x-github-api-version-selected: 2026-03-10"));
    assert!(json(&newest).get("rate").is_none(), "{newest}");
}

#[test]
fn a_suspended_account_is_told_so() {
    let github = played(Server::GitHubCom);
    let answer = call(github.url(), "/user", "gone");
    assert_eq!(status(&answer), 403);
    assert!(
        answer.contains("\"Sorry. Your account was suspended.\""),
        "{answer}"
    );
}

#[test]
fn a_viewer_has_a_login_whatever_the_token() {
    let github = builder()
        .token("gates", Account::installation("acme").slug("gate"))
        .start()
        .unwrap();
    let query = r#"{"query":"query { viewer { login databaseId } }"}"#;
    for (path, token, login) in [
        ("/graphql", "octocats", "octocat"),
        ("/api/graphql", "workflows", "github-actions[bot]"),
        ("/api/graphql", "gates", "gate[bot]"),
    ] {
        let answer = call_with(github.url(), "POST", path, token, query);
        assert_eq!(json(&answer)["data"]["viewer"]["login"], login, "{answer}");
    }
    let answer = call_with(github.url(), "POST", "/graphql", "mistyped", query);
    assert_eq!(status(&answer), 401);
    assert_eq!(github.requests()[0].body, query);

    let other = r#"{"query":"{ zen }"}"#;
    let answer = call_with(github.url(), "POST", "/graphql", "octocats", other);
    assert_eq!(status(&answer), 501);
    assert_eq!(github.unknown_routes(), ["POST /graphql"]);
    github.allow_unknown_routes();
}

#[test]
fn a_users_token_of_an_app_tells_its_installations() {
    let on_acme = Installed::on("acme").permission("contents", "read");
    let on_acme = on_acme.selected(&["site"]);
    let account = Account::user("octocat")
        .client_id("Iv1.0123456789abcdef")
        .right("acme/site", Right::Push)
        .right("acme/docs", Right::Push)
        .installed_on(on_acme)
        .installed_on(Installed::on("octocat").all().suspended());
    let github = builder()
        .repository("acme/docs", Visibility::Private)
        .token("users", account)
        .start()
        .unwrap();
    let answer = call(github.url(), "/user/installations", "users");
    assert!(answer.contains("\r\nx-oauth-scopes: \r\n"), "{answer}");
    let body = json(&answer);
    assert_eq!(body["total_count"], 2);
    let [acme, octocat] = [&body["installations"][0], &body["installations"][1]];
    assert_eq!(acme["account"]["login"], "acme");
    assert_eq!(acme["permissions"]["contents"], "read");
    assert_eq!(acme["repository_selection"], "selected");
    assert_eq!(octocat["repository_selection"], "all");
    assert!(acme["suspended_at"].is_null() && octocat["suspended_at"].is_string());

    let page = call(github.url(), "/user/installations?per_page=1", "users");
    assert!(page.contains("/user/installations?per_page=1&page=2>; rel=\"next\""));
    let path = format!("/user/installations/{}/repositories", acme["id"]);
    let repositories = json(&call(github.url(), &path, "users"));
    assert_eq!(repositories["total_count"], 1, "{repositories}");

    for (path, expected) in [("/repos/acme/site", 200), ("/repos/acme/docs", 404)] {
        assert_eq!(
            status(&call(github.url(), path, "users")),
            expected,
            "{path}"
        );
    }
    for token in ["octocats", "workflows", &fine_grained()] {
        let answer = call(github.url(), "/user/installations", token);
        assert_eq!(status(&answer), 403, "{answer}");
    }
}

#[test]
fn it_listens_on_ipv6_as_well() {
    let github = builder()
        .bind(std::net::Ipv6Addr::LOCALHOST)
        .start()
        .unwrap();
    assert!(
        github.url().starts_with("http://[::1]:"),
        "{}",
        github.url()
    );
    assert!(github.tls_url().starts_with("https://[::1]:"));
    assert_eq!(status(&call(github.url(), "/user", "octocats")), 200);
    let host = github.url().strip_prefix("http://").unwrap();
    assert_eq!(github.requests()[0].header("HOST"), Some(host));
}
