//! GitHub Apps: their JWTs, and the tokens they mint.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::collections::BTreeMap;

use fake_github::{Account, App, Builder, FakeGitHub, Installed, Right, Server, Visibility};
use serde_json::json;
use support::app::{good_jwt, jwt, now, public_key};
use support::{authorization, call, call_with, get, json as body, status};

const CLIENT_ID: &str = "Iv23patgate";

fn builder() -> Builder {
    let on_acme = Installed::on("acme")
        .permission("contents", "write")
        .permission("issues", "read")
        .all();
    let on_octocat = Installed::on("octocat").selected(&["home"]).suspended();
    let app = App::new(42, CLIENT_ID, "gate", public_key());
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Public)
        .repository("octocat/home", Visibility::Private)
        .repository("octocat/shed", Visibility::Private)
        .token(
            "octocats",
            Account::user("octocat").right("octocat/home", Right::Push),
        )
        .app(app.installed_on(on_acme).installed_on(on_octocat))
}

fn github() -> FakeGitHub {
    builder().start().unwrap()
}

/// Where the app's tokens for 'owner' are minted.
fn mint_path(github: &FakeGitHub, owner: &str) -> String {
    let path = format!("/users/{owner}/installation");
    let found = call(github.url(), &path, &good_jwt(CLIENT_ID));
    let id = body(&found)["id"].as_u64().unwrap();
    format!("/app/installations/{id}/access_tokens")
}

/// Mints for acme, and returns the answer.
fn mint(github: &FakeGitHub, wish: &str) -> String {
    let path = mint_path(github, "acme");
    call_with(github.url(), "POST", &path, &good_jwt(CLIENT_ID), wish)
}

/// The token of an answer to a mint.
fn token(answer: &str) -> String {
    assert_eq!(status(answer), 201, "{answer}");
    body(answer)["token"].as_str().unwrap().to_owned()
}

#[test]
fn an_app_finds_itself_and_its_installations() {
    let github = github();
    for issuer in [json!(CLIENT_ID), json!("42"), json!(42)] {
        for path in ["/app", "/api/v3/app"] {
            let answer = call(github.url(), path, &good_jwt(issuer.clone()));
            assert_eq!(body(&answer)["slug"], "gate", "{answer}");
        }
    }
    for (path, expected) in [
        ("/repos/acme/site/installation", 200),
        ("/repos/acme/nothing/installation", 404),
        ("/repos/octocat/home/installation", 200),
        ("/repos/octocat/shed/installation", 404),
        ("/orgs/acme/installation", 200),
        ("/orgs/octocat/installation", 404),
        ("/users/octocat/installation", 200),
        ("/users/nobody/installation", 404),
    ] {
        let answer = call(github.url(), path, &good_jwt(CLIENT_ID));
        assert_eq!(status(&answer), expected, "{path}: {answer}");
    }
    let acme = body(&call(
        github.url(),
        "/orgs/acme/installation",
        &good_jwt(42),
    ));
    assert_eq!(acme["permissions"]["contents"], "write");
    assert_eq!(acme["repository_selection"], "all");
    assert_eq!(acme["suspended_at"], json!(null));
    assert_eq!(acme["account"]["login"], "acme");
    let path = format!("/app/installations/{}", acme["id"]);
    assert_eq!(status(&call(github.url(), &path, &good_jwt(42))), 200);
}

#[test]
fn a_jwt_is_judged_by_its_signature_and_its_claims() {
    let github = github();
    let (late, early) = (now() + 3600, now() - 3600);
    let claims =
        |iss: &str, iat: i64, exp: i64| jwt(&json!({ "iss": iss, "iat": iat, "exp": exp }));
    let forged = good_jwt(CLIENT_ID);
    let (signed, _) = forged.rsplit_once('.').unwrap();
    for (jwt, expected, text) in [
        (claims("42", early, late), 401, "is too far in the future"),
        (
            claims("42", early, early),
            401,
            "must be a numeric value representing the future time",
        ),
        (
            claims("42", late, now() + 500),
            401,
            "'Issued at' claim ('iat') must be an Integer",
        ),
        (
            jwt(&json!({ "iss": "42" })),
            401,
            "'Issued at' claim ('iat') must be an Integer",
        ),
        (
            format!("{signed}.AAAA"),
            401,
            "A JSON web token could not be decoded",
        ),
        (
            "eyJ.e.e".to_owned(),
            401,
            "A JSON web token could not be decoded",
        ),
        (
            claims("43", early, now() + 500),
            404,
            "Integration not found",
        ),
        (
            claims("Iv23other", early, now() + 500),
            404,
            "Integration not found",
        ),
        (
            "octocats".to_owned(),
            401,
            "A JSON web token could not be decoded",
        ),
    ] {
        let answer = call(github.url(), "/app", &jwt);
        assert_eq!(status(&answer), expected, "{text}: {answer}");
        assert!(answer.contains(text), "{text}: {answer}");
    }
    let old = format!("Authorization: token {forged}");
    let answer = get(github.url(), "/app", &["User-Agent: test", &old]);
    assert_eq!(status(&answer), 401, "a JWT goes as `Bearer` alone");
}

#[test]
fn a_client_id_names_no_app_to_an_older_enterprise_server() {
    for (version, expected) in [("3.17.2", 401), ("3.18.0", 200)] {
        let github = builder().enterprise_version(version).start().unwrap();
        let answer = call(github.url(), "/api/v3/app", &good_jwt(CLIENT_ID));
        assert_eq!(status(&answer), expected, "{version}: {answer}");
        let answer = call(github.url(), "/api/v3/app", &good_jwt(42));
        assert_eq!(status(&answer), 200, "{version}: {answer}");
    }
}

#[test]
fn a_clock_that_is_ahead_judges_jwts_and_dates_answers() {
    let github = builder().clock_ahead(86_400).start().unwrap();
    let answer = call(github.url(), "/app", &good_jwt(42));
    assert!(
        answer.contains("'Expiration time' claim ('exp') must be"),
        "{answer}"
    );
    let tomorrow = now() + 86_400;
    let jwt = jwt(&json!({ "iss": 42, "iat": tomorrow - 60, "exp": tomorrow + 500 }));
    assert_eq!(status(&call(github.url(), "/app", &jwt)), 200);
    let right = call(builder().start().unwrap().url(), "/rate_limit", "octocats");
    let date = |answer: &str| {
        let (_, date) = answer.split_once("\r\ndate: ").unwrap();
        date.split("\r\n").next().unwrap()[..16].to_owned()
    };
    assert_ne!(date(&answer), date(&right), "{answer}");
}

#[test]
fn a_minted_token_has_what_was_asked_for_and_no_more() {
    let github = github();
    let wish = r#"{"repositories":["site"],"permissions":{"contents":"read"}}"#;
    let answer = mint(&github, wish);
    let secret = token(&answer);
    let answer = body(&answer);
    assert_eq!(
        answer["permissions"],
        json!({ "contents": "read", "metadata": "read" })
    );
    assert_eq!(answer["repository_selection"], "selected");
    assert_eq!(answer["repositories"][0]["full_name"], "acme/site");
    assert!(
        secret.starts_with("ghs_42_eyJ") && secret.len() > 350,
        "{}",
        secret.len()
    );

    let all = body(&call(github.url(), "/installation/repositories", &secret));
    assert_eq!(all["total_count"], 1);
    let git = |service: &str| {
        let path = format!("/acme/site.git/info/refs?service=git-{service}");
        get(github.url(), &path, &[&authorization(&secret)])
    };
    assert_eq!(status(&git("upload-pack")), 200);
    assert!(git("receive-pack").contains("Permission to acme/site.git denied to gate[bot]."));

    let minted = github.minted();
    assert_eq!(minted.len(), 1);
    assert_eq!(minted[0].token, secret);
    assert_eq!(minted[0].owner, "acme");
    assert_eq!(minted[0].repositories, ["acme/site"]);
    let contents = ("contents".to_owned(), "read".to_owned());
    assert_eq!(minted[0].permissions, BTreeMap::from([contents]));
    assert!(!format!("{minted:?}").contains(&secret));
}

#[test]
fn a_mint_without_a_wish_gives_all_the_installation_has() {
    let github = github();
    let (first, second) = (mint(&github, ""), mint(&github, "{}"));
    assert_ne!(token(&first), token(&second), "no token is minted twice");
    let answer = body(&first);
    assert_eq!(answer["repository_selection"], "all");
    assert_eq!(answer["permissions"]["contents"], "write");
    assert!(answer.get("repositories").is_none());
    assert_eq!(github.minted()[0].repositories, ["acme/docs", "acme/site"]);
    let path = "/acme/site.git/info/refs?service=git-receive-pack";
    let push = get(github.url(), path, &[&authorization(&token(&first))]);
    assert_eq!(status(&push), 200, "{push}");
}

#[test]
fn a_mint_asks_for_too_much() {
    let github = github();
    let not_granted = "The permissions requested are not granted to this installation.";
    let not_there = "There is at least one repository that does not exist or is not accessible to the parent installation.";
    let many = serde_json::to_string(&json!({ "repositories": vec!["site"; 501] })).unwrap();
    for (wish, text) in [
        (r#"{"permissions":{"issues":"write"}}"#, not_granted),
        (r#"{"permissions":{"secrets":"read"}}"#, not_granted),
        (r#"{"repositories":["nothing"]}"#, not_there),
        (r#"{"repositories":["acme/site"]}"#, not_there),
        (many.as_str(), "at most 500"),
    ] {
        let answer = mint(&github, wish);
        assert_eq!(status(&answer), 422, "{wish}: {answer}");
        assert!(answer.contains(text), "{answer}");
    }
    assert!(github.minted().is_empty());

    let suspended = mint_path(&github, "octocat");
    let answer = call_with(github.url(), "POST", &suspended, &good_jwt(42), "");
    assert_eq!(status(&answer), 403, "{answer}");
    assert!(answer.contains("This installation has been suspended"));
    let nowhere = "/app/installations/1/access_tokens";
    let answer = call_with(github.url(), "POST", nowhere, &good_jwt(42), "");
    assert_eq!(status(&answer), 404, "{answer}");
}

#[test]
fn a_token_revokes_itself() {
    let github = github();
    let secret = token(&mint(&github, ""));
    let revoke = || call_with(github.url(), "DELETE", "/installation/token", &secret, "");
    assert!(!github.minted()[0].revoked);
    assert_eq!(status(&revoke()), 204);
    assert!(github.minted()[0].revoked);
    assert_eq!(status(&revoke()), 401);
    let other = call_with(
        github.url(),
        "DELETE",
        "/installation/token",
        "octocats",
        "",
    );
    assert_eq!(status(&other), 403, "{other}");
}

#[test]
fn a_token_that_was_just_minted_is_not_known_everywhere() {
    let github = builder().replication_delay(2).start().unwrap();
    let secret = token(&mint(&github, ""));
    let ask = || status(&call(github.url(), "/rate_limit", &secret));
    assert_eq!([ask(), ask(), ask(), ask()], [401, 401, 200, 200]);
    assert_eq!(status(&call(github.url(), "/rate_limit", "octocats")), 200);
}

#[test]
fn an_enterprise_server_mints_the_older_format() {
    let server = Server::Enterprise("3.19.1".to_owned());
    let github = builder().server(server).start().unwrap();
    let secret = token(&mint(&github, ""));
    assert!(secret.starts_with("ghs_") && secret.len() == 40);
}

#[test]
fn an_expiry_is_an_hour_off_by_the_fakes_own_clock() {
    let github = github();
    let answer = body(&mint(&github, ""));
    let expires_at = answer["expires_at"].as_str().unwrap();
    let expires_at: jiff::Timestamp = expires_at.parse().unwrap();
    let left = expires_at.as_second() - now();
    assert!((3500..=3600).contains(&left), "{left}");
}

#[test]
fn an_app_is_no_user() {
    let github = github();
    let answer = call(github.url(), "/user", &good_jwt(42));
    assert_eq!(status(&answer), 403, "{answer}");
}
