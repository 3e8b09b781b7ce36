//! What organisations refuse, by REST and by git.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use fake_github::{Account, App, FakeGitHub, Installed, Organization, Right, Server, Visibility};
use support::app::{good_jwt, public_key};
use support::{authorization, call, call_with, get, json, status};

fn user() -> Account {
    Account::user("octocat").right("acme/site", Right::Push)
}

fn oauth() -> String {
    ["gho", "oauths"].join("_")
}

fn github(organization: Organization, server: Server) -> FakeGitHub {
    let on_acme = Installed::on("acme").permission("contents", "read");
    let app = App::new(7, "Iv1.7", "gate", public_key());
    FakeGitHub::builder()
        .server(server)
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Public)
        .repository("other/site", Visibility::Public)
        .token("classics", user().scopes("repo"))
        .token("authorised", user().scopes("repo").sso_authorized())
        .token("shorts", user().scopes("repo").lifetime(30))
        .token("fines", user().permission("contents", "write"))
        .token(
            "workflows",
            Account::installation("acme").right("acme/site", Right::Push),
        )
        .token(oauth(), user().scopes("repo"))
        .app(app.installed_on(on_acme))
        .organization("acme", organization)
        .start()
        .unwrap()
}

/// What REST says: the status and the message.
fn rest(github: &FakeGitHub, token: &str) -> (u16, String) {
    let answer = call(github.url(), "/repos/acme/site", token);
    let message = json(&answer)["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (status(&answer), message)
}

/// What git says: the status and the body.
fn git(github: &FakeGitHub, token: &str) -> (u16, String) {
    let path = "/acme/site.git/info/refs?service=git-upload-pack";
    let answer = get(github.url(), path, &[&authorization(token)]);
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status(&answer), body.to_owned())
}

#[test]
fn single_sign_on_is_asked_of_classic_and_oauth_tokens() {
    let github = github(Organization::new().sso(), Server::GitHubCom);
    let (code, message) = rest(&github, "classics");
    assert_eq!(code, 403);
    assert_eq!(
        message,
        "Resource protected by organization SAML enforcement. \
         You must grant your Personal Access token access to this organization."
    );
    assert!(
        rest(&github, &oauth())
            .1
            .contains("You must grant your OAuth token access")
    );
    let header =
        "\r\nx-github-sso: required; url=https://github.com/orgs/acme/sso?authorization_request=";
    for path in [
        "/repos/acme/site",
        "/repos/acme/docs/issues",
        "/orgs/acme/members",
    ] {
        let answer = call(github.url(), path, "classics");
        assert!(answer.contains(header), "{path}: {answer}");
    }
    let (code, body) = git(&github, "classics");
    assert_eq!(code, 403);
    assert!(body.starts_with("The 'acme' organization has enabled or enforced SAML SSO.\nTo access this repository, visit https://"));
    assert!(
        git(&github, &oauth())
            .1
            .contains("you must re-authorize the OAuth Application")
    );
    for token in ["authorised", "fines", "workflows"] {
        assert_eq!(rest(&github, token).0, 200, "{token}");
        assert_eq!(git(&github, token).0, 200, "{token}");
    }
    assert_eq!(
        status(&call(github.url(), "/repos/other/site", "classics")),
        200
    );
    assert_eq!(
        status(&get(
            github.url(),
            "/repos/acme/docs",
            &["User-Agent: test"]
        )),
        200
    );
    assert_eq!(
        status(&call(github.url(), "/repos/acme/nothing", "classics")),
        404
    );
}

#[test]
fn an_enterprise_server_has_no_header_for_single_sign_on() {
    let github = github(
        Organization::new().sso(),
        Server::Enterprise("3.17.2".to_owned()),
    );
    let answer = call(github.url(), "/api/v3/repos/acme/site", "classics");
    assert_eq!(status(&answer), 403);
    assert!(!answer.contains("x-github-sso"), "{answer}");
}

#[test]
fn classic_tokens_are_forbidden() {
    let github = github(Organization::new().forbids_classic(), Server::GitHubCom);
    let (code, message) = rest(&github, "classics");
    assert_eq!(code, 403);
    assert_eq!(
        message,
        "`acme` forbids access via a personal access token (classic). \
         Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."
    );
    let text = "Personal access tokens (classic) are forbidden from accessing this repository.";
    assert_eq!(git(&github, "classics"), (403, text.to_owned()));
    for token in ["fines", "workflows", &oauth()] {
        assert_eq!(rest(&github, token).0, 200, "{token}");
    }
}

#[test]
fn fine_grained_tokens_are_forbidden() {
    let github = github(
        Organization::new().forbids_fine_grained(),
        Server::GitHubCom,
    );
    let (code, message) = rest(&github, "fines");
    assert_eq!(code, 403);
    assert_eq!(
        message,
        "`acme` forbids access via a personal access token with fine-grained permissions. \
         Please use a GitHub App, or an OAuth App."
    );
    assert_eq!(git(&github, "fines").0, 403);
    assert_eq!(rest(&github, "classics").0, 200);
}

#[test]
fn a_token_that_lives_too_long_is_refused_with_its_number() {
    let organization = Organization::new().max_lifetime(90, 12_885_303);
    let server = Server::Enterprise("3.17.2".to_owned());
    let at_ghes = github(organization.clone(), server);
    let at_cloud = github(organization, Server::GitHubCom);
    let fine = "The 'acme' organization forbids access via a fine-grained personal access tokens \
        if the token's lifetime is greater than 90 days. Please adjust your token's lifetime at the following URL: \
        https://github.com/settings/personal-access-tokens/12885303";
    assert_eq!(rest(&at_cloud, "fines"), (403, fine.to_owned()));
    assert_eq!(git(&at_cloud, "fines"), (403, fine.to_owned()));
    let (_, classic) = rest(&at_ghes, "classics");
    let host = at_ghes.url().strip_prefix("http://").unwrap();
    let classic_end = format!("https://{host}/settings/tokens/12885303");
    assert!(
        classic.contains("via a personal access tokens (classic) if"),
        "{classic}"
    );
    assert!(classic.ends_with(&classic_end), "{classic}");
    for token in ["shorts", "workflows"] {
        assert_eq!(rest(&at_cloud, token).0, 200, "{token}");
    }

    let organization = Organization::new().enterprise_lifetime("inc", 8, 1);
    let (_, message) = rest(&github(organization, Server::GitHubCom), "shorts");
    assert!(
        message.starts_with("The 'inc' enterprise forbids access via a"),
        "{message}"
    );
}

#[test]
fn an_address_that_is_not_listed_is_refused_even_a_mint() {
    let listed = Organization::new().ip_allow_list(Some("192.0.2.7"));
    let github_told = github(listed, Server::GitHubCom);
    let text = "Although you appear to have the correct authorization credentials, the `acme` organization has \
        an IP allow list enabled, and your IP address 192.0.2.7 is not permitted to access this resource.";
    for token in ["classics", "workflows"] {
        assert_eq!(rest(&github_told, token), (403, text.to_owned()));
        assert_eq!(git(&github_told, token), (403, text.to_owned()));
    }
    let found = call(github_told.url(), "/orgs/acme/installation", &good_jwt(7));
    let path = format!("/app/installations/{}/access_tokens", json(&found)["id"]);
    let mint = call_with(github_told.url(), "POST", &path, &good_jwt(7), "");
    assert_eq!(status(&mint), 403, "{mint}");

    let untold = github(Organization::new().ip_allow_list(None), Server::GitHubCom);
    assert!(
        rest(&untold, "classics")
            .1
            .contains("and your IP address is not permitted")
    );
}

#[test]
fn tokens_of_oauth_apps_are_restricted() {
    let github = github(Organization::new().oauth_restricted(), Server::GitHubCom);
    let (code, message) = rest(&github, &oauth());
    assert_eq!(code, 403);
    assert!(message.contains("the `acme` organization has enabled OAuth App access restrictions"));
    assert_eq!(git(&github, &oauth()).0, 403);
    assert_eq!(rest(&github, "classics").0, 200);
}
