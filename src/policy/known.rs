//! Names that GitHub has today. It adds some each year: a name that is not here is doubted, and
//! taken as it is written.

use crate::facts::PermissionLevel;

/// OAuth scopes.
///
/// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>, and
/// those that only a GitHub Enterprise Server has.
pub(super) const SCOPES: [&str; 55] = [
    "admin:enterprise",
    "admin:gpg_key",
    "admin:org",
    "admin:org_hook",
    "admin:pre_receive_hook",
    "admin:public_key",
    "admin:repo_hook",
    "admin:ssh_signing_key",
    "audit_log",
    "codespace",
    "codespace:secrets",
    "copilot",
    "delete:packages",
    "delete_repo",
    "gist",
    "manage_billing:copilot",
    "manage_billing:enterprise",
    "manage_runners:enterprise",
    "manage_runners:org",
    "notifications",
    "project",
    "public_repo",
    "read:audit_log",
    "read:discussion",
    "read:enterprise",
    "read:gpg_key",
    "read:network_configurations",
    "read:org",
    "read:packages",
    "read:pre_receive_hook",
    "read:project",
    "read:public_key",
    "read:repo_hook",
    "read:ssh_signing_key",
    "read:user",
    "repo",
    "repo:invite",
    "repo:status",
    "repo_deployment",
    "scim:enterprise",
    "security_events",
    "site_admin",
    "user",
    "user:email",
    "user:follow",
    "workflow",
    "write:discussion",
    "write:gpg_key",
    "write:network_configurations",
    "write:org",
    "write:packages",
    "write:pre_receive_hook",
    "write:public_key",
    "write:repo_hook",
    "write:ssh_signing_key",
];

/// Permissions of fine-grained tokens and of GitHub Apps, each with its highest level.
///
/// <https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>,
/// and the schema `app-permissions` of GitHub's `OpenAPI` descriptions.
const PERMISSIONS: [(&str, PermissionLevel); 93] = [
    ("actions", PermissionLevel::Write),
    ("actions_variables", PermissionLevel::Write),
    ("administration", PermissionLevel::Write),
    ("artifact_metadata", PermissionLevel::Write),
    ("attestations", PermissionLevel::Write),
    ("blocking", PermissionLevel::Write),
    ("checks", PermissionLevel::Write),
    ("code_quality", PermissionLevel::Write),
    ("codespaces", PermissionLevel::Write),
    ("codespaces_lifecycle_admin", PermissionLevel::Write),
    ("codespaces_metadata", PermissionLevel::Read),
    ("codespaces_secrets", PermissionLevel::Write),
    ("codespaces_user_secrets", PermissionLevel::Write),
    ("contents", PermissionLevel::Write),
    ("copilot_editor_context", PermissionLevel::Read),
    ("copilot_messages", PermissionLevel::Read),
    ("copilot_requests", PermissionLevel::Write),
    (
        "custom_properties_for_organizations",
        PermissionLevel::Write,
    ),
    ("dependabot_secrets", PermissionLevel::Write),
    ("deployments", PermissionLevel::Write),
    ("discussions", PermissionLevel::Write),
    ("email_addresses", PermissionLevel::Write),
    ("emails", PermissionLevel::Write),
    ("enterprise_administration", PermissionLevel::Write),
    ("enterprise_custom_properties", PermissionLevel::Admin),
    (
        "enterprise_custom_properties_for_organizations",
        PermissionLevel::Admin,
    ),
    (
        "enterprise_organization_installations",
        PermissionLevel::Write,
    ),
    (
        "enterprise_organization_installations_repositories",
        PermissionLevel::Write,
    ),
    ("environments", PermissionLevel::Write),
    ("followers", PermissionLevel::Write),
    ("gists", PermissionLevel::Write),
    ("git_signing_ssh_public_keys", PermissionLevel::Write),
    ("git_ssh_keys", PermissionLevel::Write),
    ("gpg_keys", PermissionLevel::Write),
    ("interaction_limits", PermissionLevel::Write),
    ("issue_types", PermissionLevel::Write),
    ("issues", PermissionLevel::Write),
    ("keys", PermissionLevel::Write),
    ("knowledge_bases", PermissionLevel::Write),
    ("members", PermissionLevel::Write),
    ("merge_queues", PermissionLevel::Write),
    ("metadata", PermissionLevel::Read),
    ("organization_actions_variables", PermissionLevel::Write),
    ("organization_administration", PermissionLevel::Write),
    ("organization_announcement_banners", PermissionLevel::Write),
    ("organization_api_insights", PermissionLevel::Read),
    ("organization_campaigns", PermissionLevel::Write),
    (
        "organization_code_scanning_dismissal_requests",
        PermissionLevel::Write,
    ),
    ("organization_codespaces", PermissionLevel::Write),
    ("organization_codespaces_secrets", PermissionLevel::Write),
    ("organization_codespaces_settings", PermissionLevel::Write),
    (
        "organization_copilot_agent_settings",
        PermissionLevel::Write,
    ),
    (
        "organization_copilot_seat_management",
        PermissionLevel::Write,
    ),
    ("organization_custom_org_roles", PermissionLevel::Write),
    ("organization_custom_properties", PermissionLevel::Admin),
    ("organization_custom_roles", PermissionLevel::Write),
    ("organization_dependabot_secrets", PermissionLevel::Write),
    ("organization_events", PermissionLevel::Read),
    ("organization_hooks", PermissionLevel::Write),
    ("organization_knowledge_bases", PermissionLevel::Write),
    ("organization_models", PermissionLevel::Read),
    (
        "organization_network_configurations",
        PermissionLevel::Write,
    ),
    ("organization_packages", PermissionLevel::Write),
    (
        "organization_personal_access_token_requests",
        PermissionLevel::Write,
    ),
    (
        "organization_personal_access_tokens",
        PermissionLevel::Write,
    ),
    ("organization_plan", PermissionLevel::Read),
    ("organization_private_registries", PermissionLevel::Write),
    ("organization_projects", PermissionLevel::Admin),
    ("organization_secrets", PermissionLevel::Write),
    ("organization_self_hosted_runners", PermissionLevel::Write),
    ("organization_user_blocking", PermissionLevel::Write),
    ("packages", PermissionLevel::Write),
    ("pages", PermissionLevel::Write),
    ("plan", PermissionLevel::Read),
    ("private_repository_invitations", PermissionLevel::Read),
    ("profile", PermissionLevel::Write),
    ("pull_requests", PermissionLevel::Write),
    ("repository_advisories", PermissionLevel::Write),
    ("repository_custom_properties", PermissionLevel::Write),
    ("repository_hooks", PermissionLevel::Write),
    ("repository_projects", PermissionLevel::Admin),
    ("secret_scanning_alerts", PermissionLevel::Write),
    ("secrets", PermissionLevel::Write),
    ("security_events", PermissionLevel::Write),
    ("single_file", PermissionLevel::Write),
    ("starring", PermissionLevel::Write),
    ("statuses", PermissionLevel::Write),
    ("team_discussions", PermissionLevel::Write),
    ("user_events", PermissionLevel::Read),
    ("user_models", PermissionLevel::Read),
    ("vulnerability_alerts", PermissionLevel::Write),
    ("watching", PermissionLevel::Write),
    ("workflows", PermissionLevel::Write),
];

/// Events that begin a workflow.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>
pub(super) const EVENTS: [&str; 36] = [
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "image_version",
    "issue_comment",
    "issues",
    "label",
    "merge_group",
    "milestone",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "status",
    "watch",
    "workflow_call",
    "workflow_dispatch",
    "workflow_run",
];

/// The names of the permissions.
pub(super) fn permissions() -> impl Iterator<Item = &'static str> {
    PERMISSIONS.iter().map(|(name, _)| *name)
}

/// The highest level of a permission, if it is known.
pub(super) fn highest(permission: &str) -> Option<PermissionLevel> {
    let known = PERMISSIONS.iter().find(|(name, _)| *name == permission);
    known.map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_and_in_order() {
        assert!(SCOPES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(PERMISSIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(EVENTS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
