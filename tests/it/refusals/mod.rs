//! What GitHub says when it says no, and what a person is told of it.

mod git;
mod limits;
mod organization;
mod renamed;
mod repositories;
mod token;

use fake_github::{Account, FakeGitHub, Organization, Right, Visibility};

use crate::kinds::{look, oauth};
use crate::runner::{DAY, classic, expiry_in, fine_grained};

/// A gate that fetches from one private repository, pushes to another, and must not reach a third.
const RULES: &str = "    repositories: { acme/docs: fetch, acme/site: push, acme/vault: none }";

/// A GitHub where 'account' may push to all repositories of `acme`, and what 'organization' says.
fn github(token: &str, account: Account, organization: Option<Organization>) -> FakeGitHub {
    let names = ["acme/docs", "acme/site", "acme/vault"];
    let account = names
        .iter()
        .fold(account, |account, name| account.right(*name, Right::Push));
    let builder = names.iter().fold(FakeGitHub::builder(), |builder, name| {
        builder.repository(*name, Visibility::Private)
    });
    let builder = match organization {
        Some(organization) => builder.organization("acme", organization),
        None => builder,
    };
    builder.token(token, account).start().unwrap()
}

/// The tokens that people make, each of an account with all rights.
fn peoples() -> [(&'static str, String, Account); 3] {
    let octocat = || Account::user("octocat").expires(expiry_in(DAY * 30));
    [
        ("classic", classic(0), octocat().scopes("repo")),
        ("fine-grained", fine_grained(), octocat()),
        (
            "oauth",
            oauth(),
            octocat().scopes("repo").client_id("0a1b2c3d4e5f6a7b8c9d"),
        ),
    ]
}

/// The body of an error as the API sends it.
fn said(message: &str) -> String {
    let message = message.replace('"', "\\\"");
    format!(
        r#"{{"message":"{message}","documentation_url":"https://docs.github.com/rest","status":"403"}}"#
    )
}

/// A classic token that has nothing against it, and its GitHub.
fn classic_on_github() -> (FakeGitHub, String) {
    let (_, token, account) = peoples()[0].clone();
    (github(&token, account, None), token)
}

/// A run with a classic token, where `GET /user` is answered so.
#[track_caller]
fn look_at_user(github: &FakeGitHub, status: u16, headers: &[(&str, &str)], body: &str) -> String {
    github.answer_with("/api/v3/user", status, headers, body);
    look(github, &classic(0), RULES)
}
