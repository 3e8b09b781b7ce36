//! Why an app gets no token: each reason by its name, and what to do about it.

use fake_github::{Fault, Installed, Organization};
use serde_json::json;

use crate::issue::gate;
use crate::rsa::{RsaKey, pem};
use crate::runner::{Ran, installation};
use crate::trouble::harmless;

use super::PUSH;
use super::stage::{Stage, app, github, on_acme, on_github, step, world};

/// The run of a stage that fails, and makes no token.
#[track_caller]
fn failed(stage: &mut Stage) -> String {
    let ran = stage.main();
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_eq!(ran.added, [], "{}", ran.log);
    let shown = stage.transcript(&ran);
    let ran = stage.post();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(stage.left(), [""; 0]);
    shown
}

#[test]
fn a_key_of_another_app_is_told() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let other = pem("RSA PRIVATE KEY", &RsaKey::of_nobody().pkcs1());
    stage.step = step().with("private-key", &other);
    insta::assert_snapshot!(failed(&mut stage), @r#"
    patgate 0.1.0
    ::error title=patgate::GitHub does not take what the app signs; it says: "A JSON web token could not be decoded"; check that `private-key` is a key of the app that `client-id` names, and that it has not been deleted there; a GitHub Enterprise Server before 3.18 takes the app id, a number, and no client id
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    "#);
}

#[test]
fn an_app_that_is_not_there_is_told() {
    let [by_client_id, by_app_id] = ["Iv23liPATGATEnobody0", "4243"].map(|id| {
        let mut stage = Stage::new(on_github(), &gate(PUSH));
        stage.step = step().with("client-id", id);
        failed(&mut stage)
    });
    insta::assert_snapshot!(by_client_id, @"
    patgate 0.1.0
    ::error title=patgate::this GitHub knows no such app; check `client-id`, and that the app belongs to this GitHub; a GitHub Enterprise Server before 3.18 takes the app id, a number, and no client id
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");
    assert_eq!(by_app_id, by_client_id);
}

#[test]
fn an_app_that_is_not_installed_is_told_by_repository() {
    let mut stage = Stage::new(world().app(app()), &gate(PUSH));
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app is not installed on `acme/site`, or may not see it; install the app on the account and give it access to the repository, in the account's settings under `GitHub Apps`, or correct the name in the policy
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_repository_that_the_installation_lacks_is_told_by_name() {
    let selected = || on_acme().selected(&["docs"]);
    let mut stage = Stage::new(github(selected()), &gate(PUSH));
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app is not installed on `acme/site`, or may not see it; install the app on the account and give it access to the repository, in the account's settings under `GitHub Apps`, or correct the name in the policy
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");

    // GitHub finds it when the token is made, and does not say which one it is.
    let policy = gate(
        "    repositories: { acme/docs: fetch, acme/nothing: fetch, acme/site: push, acme/vault: none }",
    );
    let mut stage = Stage::new(github(selected()), &policy);
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app is not installed on `acme/nothing`, `acme/site`, or may not see them; install the app on the account and give it access to the repository, in the account's settings under `GitHub Apps`, or correct the name in the policy
    --- requests ---
    GET /api/v3/repos/acme/docs/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /api/v3/repos/acme/nothing/installation
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_renamed_repository_is_told_in_githubs_words() {
    let mut stage = Stage::new(
        on_github().renamed("acme/old", "acme/site"),
        &gate("    repositories: { acme/old: push }"),
    );
    insta::assert_snapshot!(failed(&mut stage), @r#"
    patgate 0.1.0
    ::error title=patgate::GitHub cannot make the token that the policy asks for; it says: "There is at least one repository that does not exist or is not accessible to the parent installation."; compare the policy's `permissions.require` and `repositories` with the app's installation, in the account's settings under `GitHub Apps`, and whether a repository has another name now
    --- requests ---
    GET /api/v3/repos/acme/old/installation
    GET /api/v3/repositories/NUMBER/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    --- exit 2, 0 leased ---
    "#);
}

#[test]
fn more_repositories_than_a_token_can_hold_are_told_before_anybody_is_asked() {
    let names: Vec<_> = (0..501).map(|n| format!("acme/r{n}: fetch")).collect();
    let policy = gate(&format!("    repositories: {{ {} }}", names.join(", ")));
    let mut stage = Stage::new(on_github(), &policy);
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the policy names more than 500 repositories of `acme`; name fewer, or split them over several gates
    --- requests ---

    --- exit 2, 0 leased ---
    ");
}

#[test]
fn hostile_names_never_become_commands() {
    let mut stage = Stage::with_answer("2099-01-01T00:00:00Z");
    let hostile = "x\r\n::set-output name=verdict::allow\n##[error]y\u{2028} <img src=x> @octocat";
    let found = json!({
        "id": 1,
        "account": { "login": hostile },
        "app_slug": hostile,
        "permissions": { "contents": "write", hostile: hostile },
    });
    let path = "/api/v3/repos/acme/site/installation";
    stage.github.answer_with(path, 200, &[], &found.to_string());
    let made = json!({
        "token": installation(),
        "expires_at": "2099-01-01T00:00:00Z",
        "permissions": { "contents": "write", hostile: hostile },
        "repositories": [{ "full_name": "acme/site" }],
    });
    let path = "/api/v3/app/installations/1/access_tokens";
    stage.github.answer_with(path, 201, &[], &made.to_string());
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    harmless(&ran.log, &ran.summary);
    for status in [401, 403, 404, 422] {
        let said = json!({ "message": format!("{hostile} claim repository") });
        stage
            .github
            .answer_with(path, status, &[], &said.to_string());
        let ran = stage.main();
        assert_eq!(ran.status, Some(2), "{}", ran.log);
        harmless(&ran.log, &ran.summary);
    }
}

#[test]
fn a_permission_that_the_installation_lacks_is_told_before_a_token_is_made() {
    let policy = gate(
        "    permissions: { require: { contents: read, issues: write } }\n    repositories: { acme/site: fetch }",
    );
    let mut stage = Stage::new(on_github(), &policy);
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app's installation on `acme` has `issues: read`, and the policy requires `issues: write`; grant the permission in the app's settings and have the account's owner accept it, or require less in the policy
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");

    let policy = gate(
        "    permissions: { require: { contents: read, pages: read } }\n    repositories: { acme/site: fetch }",
    );
    let mut stage = Stage::new(on_github(), &policy);
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app's installation on `acme` has `pages: none`, and the policy requires `pages: read`; grant the permission in the app's settings and have the account's owner accept it, or require less in the policy
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");

    // Nothing is required, and the reach needs it.
    let installed = Installed::on("acme").permission("contents", "read");
    let mut stage = Stage::new(github(installed), &gate(PUSH));
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app's installation on `acme` has `contents: read`, and the policy requires `contents: write`; grant the permission in the app's settings and have the account's owner accept it, or require less in the policy
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_permission_that_github_refuses_after_all_is_told_in_its_words() {
    let (mut stage, mint) = Stage::with_mint(on_github());
    let said = r#"{"message":"The permissions requested are not granted to this installation."}"#;
    stage.github.answer_with(&mint, 422, &[], said);
    insta::assert_snapshot!(failed(&mut stage), @r#"
    patgate 0.1.0
    ::error title=patgate::GitHub cannot make the token that the policy asks for; it says: "The permissions requested are not granted to this installation."; compare the policy's `permissions.require` and `repositories` with the app's installation, in the account's settings under `GitHub Apps`, and whether a repository has another name now
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    --- exit 2, 0 leased ---
    "#);
}

#[test]
fn a_suspended_installation_is_told() {
    let mut stage = Stage::new(github(on_acme().suspended()), &gate(PUSH));
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::the app's installation on `acme` is suspended; have an owner of the account end the suspension in its settings, under `GitHub Apps`
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    ");

    // Suspended between the two questions.
    let (mut stage, mint) = Stage::with_mint(on_github());
    let said = r#"{"message":"This installation has been suspended"}"#;
    stage.github.answer_with(&mint, 403, &[], said);
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::GitHub makes no token for the app: the installation of the app is suspended; have an owner of the account end the suspension in its settings, under `GitHub Apps`
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn an_address_that_is_not_on_the_list_is_told() {
    let listed = Organization::new().ip_allow_list(Some("203.0.113.7"));
    let mut stage = Stage::new(on_github().organization("acme", listed), &gate(PUSH));
    insta::assert_snapshot!(failed(&mut stage), @"
    patgate 0.1.0
    ::error title=patgate::GitHub makes no token for the app: the organization `acme` lets in listed addresses only, and this runner's `203.0.113.7` is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    --- exit 2, 0 leased ---
    ");
}

/// What a run ends with, without the help, which is not the app's own.
fn last_words(stage: &Stage, ran: &Ran) -> String {
    let line = ran.log.lines().last().unwrap();
    stage.stable(line.split("; ").next().unwrap())
}

#[test]
fn a_wish_whose_answer_is_lost_is_not_repeated() {
    let mut said = Vec::new();
    for fault in [
        Fault::Reset,
        Fault::Truncate,
        Fault::Status {
            status: 502,
            headers: vec![],
            body: "<html>".to_owned(),
        },
    ] {
        let (mut stage, mint) = Stage::with_mint(on_github());
        stage.github.fault(&mint, vec![fault.clone()]);
        // Whatever was made is lost: it ends by itself, unheard of.
        let ran = stage.job.main(&mut stage.step);
        stage.watch(&ran);
        assert_eq!(ran.status, Some(2), "{fault:?}: {}", ran.log);
        assert_eq!(stage.asked("POST").len(), 1, "{fault:?}: {}", ran.log);
        said.push(last_words(&stage, &ran));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    ::error title=patgate::cannot ask for a token of the app: cannot reach GitHub at `https://github.test/api/v3`: the connection was torn down
    ::error title=patgate::cannot ask for a token of the app: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off
    ::error title=patgate::cannot ask for a token of the app: GitHub is out of order: HTTP 502
    ");
}

#[test]
fn an_installation_that_cannot_be_asked_about_at_first_is_asked_about_again() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    stage
        .github
        .fault("/api/v3/repos/acme/site/installation", vec![Fault::Reset]);
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(stage.asked("POST").len(), 1, "{}", ran.log);
}

#[test]
fn what_is_no_answer_of_githubs_makes_no_token() {
    let (mut stage, mint) = Stage::with_mint(on_github());
    let made = |token: &str, expires_at: &str| {
        format!(
            r#"{{"token":"{token}","expires_at":"{expires_at}","permissions":{{}},"repositories":[]}}"#
        )
    };
    let token = installation();
    let mut said = Vec::new();
    for answer in [
        "{}".to_owned(),
        "<html>".to_owned(),
        made("", "2099-01-01T00:00:00Z"),
        made("two words", "2099-01-01T00:00:00Z"),
        made(&token, "tomorrow"),
    ] {
        stage.github.answer_with(&mint, 201, &[], &answer);
        let ran = stage.main();
        assert_eq!(ran.status, Some(2), "{answer}: {}", ran.log);
        assert!(
            !ran.log.contains(&token) && !ran.log.contains("two words"),
            "{}",
            ran.log
        );
        said.push(last_words(&stage, &ran));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    ::error title=patgate::cannot ask for a token of the app: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 201 and JSON of another form
    ::error title=patgate::cannot ask for a token of the app: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 201 and a web page, such as a proxy or a login sends
    ::error title=patgate::what GitHub made for the app is unusable: the token is empty
    ::error title=patgate::what GitHub made for the app is unusable: the secret has a blank or a line end inside
    ::error title=patgate::GitHub's answer to the app cannot be read
    ");
}
