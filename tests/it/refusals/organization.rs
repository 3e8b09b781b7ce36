//! What an organization or an enterprise refuses: by the API and by git's door at once, each with
//! what to do about it.

use fake_github::{Account, Organization, Visibility};

use super::{github, peoples};
use crate::kinds::{line, look, row, verdict};
use crate::runner::classic;

const RULES: &str = "    repositories: { acme/docs: fetch, acme/site: push }";

/// Each of the tokens that people make, against what one organization demands.
#[track_caller]
fn looks(organization: &Organization) -> String {
    peoples()
        .into_iter()
        .fold(String::new(), |all, (name, token, account)| {
            let github = github(&token, account, Some(organization.clone()));
            let shown = look(&github, &token, RULES);
            let passes = shown.contains("allow, no findings");
            all + &row(name, if passes { "passes" } else { verdict(&shown) })
        })
}

#[test]
fn a_lifetime_is_told_with_its_days_its_holder_and_the_tokens_page() {
    let holders = Organization::new().max_lifetime(8, 4711);
    insta::assert_snapshot!(looks(&holders), @"
    # classic
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` forbids tokens that live longer than 8 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` forbids tokens that live longer than 8 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # fine-grained
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` forbids tokens that live longer than 8 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/personal-access-tokens/4711
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` forbids tokens that live longer than 8 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/personal-access-tokens/4711
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # oauth
    passes
    ");
}

#[test]
fn an_enterprises_lifetime_is_told_as_the_enterprises() {
    let token = classic(0);
    let mut all = String::new();
    for days in [8, 90, 180, 366] {
        let organization = Organization::new().enterprise_lifetime("octo", days, 4711);
        let account = Account::user("octocat").scopes("repo");
        let github = github(&token, account, Some(organization));
        let rules = "    repositories: { acme/docs: fetch }";
        let shown = look(&github, &token, rules);
        let told = shown
            .lines()
            .find_map(|line| line.strip_prefix("::error title=patgate "));
        all += &line(&days.to_string(), told.unwrap_or(&shown));
    }
    insta::assert_snapshot!(all, @"
    8: repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the enterprise `octo` forbids tokens that live longer than 8 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    90: repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the enterprise `octo` forbids tokens that live longer than 90 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    180: repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the enterprise `octo` forbids tokens that live longer than 180 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    366: repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the enterprise `octo` forbids tokens that live longer than 366 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    ");
}

#[test]
fn an_organization_without_classic_tokens_is_told() {
    insta::assert_snapshot!(looks(&Organization::new().forbids_classic()), @"
    # classic
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # fine-grained
    passes

    # oauth
    passes
    ");
}

#[test]
fn an_organization_without_fine_grained_tokens_is_told() {
    insta::assert_snapshot!(looks(&Organization::new().forbids_fine_grained()), @"
    # classic
    passes

    # fine-grained
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` forbids every fine-grained personal access token; use a GitHub App, with `client-id` and `private-key`
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` forbids every fine-grained personal access token; use a GitHub App, with `client-id` and `private-key`
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # oauth
    passes
    ");
}

#[test]
fn single_sign_on_is_told_with_the_page_that_authorizes() {
    insta::assert_snapshot!(looks(&Organization::new().sso()), @"
    # classic
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=AFAKEREQUEST
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=AFAKEREQUEST
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # fine-grained
    passes

    # oauth
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=AFAKEREQUEST
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=AFAKEREQUEST
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1
    ");
}

#[test]
fn an_allow_list_is_told_with_the_address() {
    let listed = Organization::new().ip_allow_list(Some("1.2.3.4"));
    let without = Organization::new().ip_allow_list(None);
    let (_, token, account) = peoples()[1].clone();
    let mut all = String::new();
    for (name, organization) in [("an address", listed), ("no address", without)] {
        let github = github(&token, account.clone(), Some(organization));
        all += &row(name, verdict(&look(&github, &token, RULES)));
    }
    insta::assert_snapshot!(all, @"
    # an address
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` lets in listed addresses only, and this runner's `1.2.3.4` is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` lets in listed addresses only, and this runner's `1.2.3.4` is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # no address
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` lets in listed addresses only, and this runner's is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` lets in listed addresses only, and this runner's is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1
    ");
}

#[test]
fn an_oauth_app_that_nobody_approved_is_told() {
    insta::assert_snapshot!(looks(&Organization::new().oauth_restricted()), @"
    # classic
    passes

    # fine-grained
    passes

    # oauth
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization `acme` restricts OAuth apps, and has not approved the one that the token is of; have an owner of the organization approve the app, or use a token of another kind
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization `acme` restricts OAuth apps, and has not approved the one that the token is of; have an owner of the organization approve the app, or use a token of another kind
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 403
    > GET /api/v3/repos/acme/site 403
    exit 1
    ");
}

/// Without a token they can be read: it is the token that is refused.
#[test]
fn a_public_repository_is_refused_like_any_other() {
    let token = classic(0);
    let mut all = String::new();
    for (name, organization) in [
        ("a lifetime", Organization::new().max_lifetime(90, 4711)),
        ("no classic tokens", Organization::new().forbids_classic()),
        ("single sign-on", Organization::new().sso()),
    ] {
        let github = fake_github::FakeGitHub::builder()
            .repository("acme/open", Visibility::Public)
            .organization("acme", organization)
            .token(&token, Account::user("octocat").scopes("repo"))
            .start()
            .unwrap();
        let rules = "    repositories: { acme/open: fetch }";
        all += &row(name, verdict(&look(&github, &token, rules)));
    }
    insta::assert_snapshot!(all, @"
    # a lifetime
    acme/open: no fetch
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/open`, which the policy wants: the organization `acme` forbids tokens that live longer than 90 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    > GET /api/v3/user 200
    > GET /acme/open.git/info/refs?service=git-upload-pack 403
    > GET /api/v3/repos/acme/open 403
    exit 1

    # no classic tokens
    acme/open: no fetch
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/open`, which the policy wants: the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`
    > GET /api/v3/user 200
    > GET /acme/open.git/info/refs?service=git-upload-pack 403
    > GET /api/v3/repos/acme/open 403
    exit 1

    # single sign-on
    acme/open: no fetch
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/open`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=AFAKEREQUEST
    > GET /api/v3/user 200
    > GET /acme/open.git/info/refs?service=git-upload-pack 403
    > GET /api/v3/repos/acme/open 403
    exit 1
    ");
}

/// What is refused is out of reach, for whatever cause.
#[test]
fn a_repository_that_must_be_out_of_reach_may_be_refused() {
    for organization in [
        Organization::new().sso(),
        Organization::new().forbids_classic(),
        Organization::new().max_lifetime(8, 4711),
        Organization::new().ip_allow_list(None),
    ] {
        let (_, token, account) = peoples()[0].clone();
        let github = github(&token, account, Some(organization));
        let rules = "    repositories: { acme/site: push, acme/vault: none }";
        let shown = look(&github, &token, rules);
        assert!(shown.contains("acme/vault: no fetch"), "{shown}");
        assert!(!shown.contains("repositories/reachable"), "{shown}");
        assert!(shown.contains("deny, 1 finding"), "{shown}");
    }
}

#[test]
fn a_token_that_meets_an_organizations_demands_hears_nothing_of_them() {
    let demands = Organization::new()
        .sso()
        .max_lifetime(366, 4711)
        .oauth_restricted();
    for (name, token, account) in peoples().into_iter().take(2) {
        let account = account.sso_authorized().lifetime(90);
        let github = github(&token, account, Some(demands.clone()));
        let shown = look(&github, &token, "    repositories: { acme/site: push }");
        assert!(shown.contains("allow, no findings"), "{name}: {shown}");
    }
}
