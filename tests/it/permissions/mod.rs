//! What a token may do, where GitHub lists it nowhere: git's door, and questions that only read.

mod answers;
mod budget;
mod contents;
mod door;
mod probes;
mod requests;
mod role;

use fake_github::{Account, Builder, FakeGitHub, Right, Visibility};

use crate::runner::{DAY, expiry_in, fine_grained};

/// Every permission that a question of its own shows.
const SHOWN: [&str; 15] = [
    "actions",
    "actions_variables",
    "administration",
    "dependabot_secrets",
    "deployments",
    "issues",
    "organization_secrets",
    "pages",
    "pull_requests",
    "repository_hooks",
    "secret_scanning_alerts",
    "secrets",
    "security_events",
    "statuses",
    "vulnerability_alerts",
];

/// Every other that GitHub documents, of repositories, organizations and accounts, under the names
/// that fine-grained tokens and those of apps have.
const NOT_SHOWN: &str = "artifact_metadata attestations blocking checks code_quality codespaces \
    codespaces_lifecycle_admin codespaces_metadata codespaces_secrets codespaces_user_secrets copilot_editor_context \
    copilot_messages copilot_requests custom_properties_for_organizations discussions email_addresses emails \
    enterprise_administration enterprise_custom_properties enterprise_organization_installations environments \
    followers gists git_signing_ssh_public_keys git_ssh_keys gpg_keys interaction_limits issue_types keys \
    knowledge_bases members merge_queues organization_actions_variables organization_administration \
    organization_announcement_banners organization_api_insights organization_campaigns \
    organization_code_scanning_dismissal_requests organization_codespaces organization_codespaces_secrets \
    organization_codespaces_settings organization_copilot_agent_settings organization_copilot_seat_management \
    organization_custom_org_roles organization_custom_properties organization_custom_roles \
    organization_dependabot_secrets organization_events organization_hooks organization_knowledge_bases \
    organization_models organization_network_configurations organization_packages \
    organization_personal_access_token_requests organization_personal_access_tokens organization_plan \
    organization_private_registries organization_projects organization_self_hosted_runners \
    organization_user_blocking packages plan private_repository_invitations profile repository_advisories \
    repository_custom_properties repository_projects single_file starring team_discussions user_events \
    user_models watching workflows";

/// One of several fine-grained tokens: its last characters are checked by nobody.
fn token(n: usize) -> String {
    let one = fine_grained();
    format!("{}{n:08}", &one[..one.len() - 8])
}

/// A person who may push to `acme/site`, and whose token has no permission yet.
fn octocat() -> Account {
    Account::user("octocat")
        .expires(expiry_in(DAY * 30))
        .right("acme/site", Right::Push)
        .permission("metadata", "read")
}

fn builder(visibility: Visibility) -> Builder {
    FakeGitHub::builder().repository("acme/site", visibility)
}

/// The same with each of 'names' at 'level'.
fn with(account: Account, names: &[&str], level: &str) -> Account {
    names
        .iter()
        .fold(account, |account, name| account.permission(*name, level))
}

/// A gate that fetches from the repository, and asks for all of 'names' at 'level'.
fn requiring(names: &[&str], level: &str) -> String {
    let wanted: Vec<_> = names
        .iter()
        .map(|name| format!("{name}: {level}"))
        .collect();
    format!(
        "    permissions: {{ require: {{ {} }} }}\n    repositories: {{ acme/site: fetch }}",
        wanted.join(", ")
    )
}

/// The line of the log that tells the permissions.
fn seen(shown: &str) -> &str {
    let words = "of its permissions can be seen ";
    let line = shown.lines().find_map(|line| line.strip_prefix(words));
    line.unwrap_or("nothing")
}
