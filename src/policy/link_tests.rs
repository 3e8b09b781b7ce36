use super::super::Document;
use super::*;

fn policy(rules: &str) -> Policy {
    let text = format!("version: 1\ngates: {{ default: {{ {rules} }} }}\n");
    let document = Document::parse(&text, "policy").unwrap();
    document.gate("default").unwrap()
}

const PLAIN: Order<'_> = Order {
    server: "https://github.com",
    version: None,
    gate: "default",
    kind: None,
    name: None,
    expires: None,
};

fn shown(rules: &str, order: &Order<'_>) -> String {
    match policy(rules).page(order) {
        Ok(page) => {
            let fields = page.fields.iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            format!("{}\n{}", page.url, fields.join("\n"))
        }
        Err(error) => format!("{error}; {}", error.help()),
    }
}

/// How long the token is to live.
fn days(rules: &str) -> String {
    match policy(rules).page(&PLAIN) {
        Ok(page) => page
            .fields
            .iter()
            .find(|(name, _)| *name == "Expiration")
            .unwrap()
            .1
            .clone(),
        Err(error) => error.to_string(),
    }
}

const WHOLE: &str = "kinds: [fine-grained, classic], owners: [acme-bot], expiry: { required: true, at-most: 90d }, \
    scopes: { require: [workflow] }, permissions: { require: { issues: read, metadata: read } }, \
    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }";

#[test]
fn a_fine_grained_token_is_asked_for_where_it_may_be() {
    insta::assert_snapshot!(shown(WHOLE, &PLAIN), @"
    https://github.com/settings/personal-access-tokens/new?name=patgate%20default&description=For%20the%20gate%20default%20of%20patgate%27s%20policy.&expires_in=89&target_name=acme&contents=write&issues=read
    Token name: patgate default
    Resource owner: acme
    Expiration: 89 days
    Repository access: only select repositories: acme/docs, acme/site; not acme/vault
    Permissions: contents: write, issues: read
    ");
    let classic = Order {
        kind: Some(TokenKind::Classic),
        ..PLAIN
    };
    insta::assert_snapshot!(shown(WHOLE, &classic), @"
    https://github.com/settings/tokens/new?description=patgate%20default&scopes=workflow%2Crepo&default_expires_at=89
    Note: patgate default
    Expiration: 89 days
    Scopes: workflow, repo
    Owner's access: a classic token reaches all that its owner does, which must be acme/docs: fetch, acme/site: push, acme/vault: none
    ");
}

#[test]
fn a_gate_that_names_nothing_leaves_it_to_the_person() {
    insta::assert_snapshot!(shown("", &PLAIN), @"
    https://github.com/settings/personal-access-tokens/new?name=patgate%20default&description=For%20the%20gate%20default%20of%20patgate%27s%20policy.&expires_in=90
    Token name: patgate default
    Resource owner: whose repositories the job needs
    Expiration: 90 days
    Repository access: those that the job needs: the gate names none
    Permissions: those that the job needs: the gate names none
    ");
    insta::assert_snapshot!(shown("kinds: [classic]", &PLAIN), @"
    https://github.com/settings/tokens/new?description=patgate%20default&default_expires_at=90
    Note: patgate default
    Expiration: 90 days
    Scopes: those that the job needs: the gate names none
    Owner's access: a classic token reaches all that its owner does
    ");
}

#[test]
fn an_enterprise_server_fills_its_page_in_from_3_21_on() {
    let order = |version| Order {
        server: "https://ghes.example",
        version,
        ..PLAIN
    };
    for (version, url) in [
        (
            None,
            "https://ghes.example/settings/personal-access-tokens/new",
        ),
        (
            Some(ServerVersion(3, 20)),
            "https://ghes.example/settings/personal-access-tokens/new",
        ),
    ] {
        let page = policy(WHOLE).page(&order(version)).unwrap();
        assert_eq!((page.url.as_str(), page.is_filled), (url, false));
    }
    let page = policy(WHOLE)
        .page(&order(Some(ServerVersion(3, 21))))
        .unwrap();
    assert!(page.is_filled && page.url.contains("target_name=acme"));
    let old = policy(WHOLE)
        .page(&order(Some(ServerVersion(3, 9))))
        .unwrap();
    assert_eq!(old.kind, TokenKind::Classic, "it has no other");
    let only = policy("kinds: [fine-grained]").page(&order(Some(ServerVersion(3, 9))));
    assert_eq!(only, Err(NoPage::ServerTooOld));
}

#[test]
fn what_has_no_page_is_told_with_a_way_out() {
    insta::assert_snapshot!(shown("kinds: [installation, oauth]", &PLAIN), @"the gate allows `installation`, `oauth` alone, and no page makes such a token; make a GitHub App with the gate's permissions, install it, and give the step its `client-id` and `private-key`: it then asks for a token for each job");
    let classic = Order {
        kind: Some(TokenKind::Classic),
        ..PLAIN
    };
    insta::assert_snapshot!(shown("kinds: [fine-grained]", &classic), @"the gate allows `fine-grained`, and not `classic`; ask for a kind that it allows, or leave it to the policy");
    let two = "repositories: { acme/site: push, other/site: fetch }";
    insta::assert_snapshot!(shown(&format!("kinds: [fine-grained], {two}"), &PLAIN), @"the gate's repositories are of several owners, `acme`, `other`, and a fine-grained token is of one; make a gate and a token for each owner, allow `classic` in the policy's `kinds`, or use a GitHub App");
    assert!(
        shown(two, &PLAIN).contains("/settings/tokens/new"),
        "a classic token is of no owner"
    );
    insta::assert_snapshot!(shown("kinds: [fine-grained], permissions: { require: { packages: write } }", &PLAIN), @"the gate requires `packages: write`, which no fine-grained token can have; allow `classic` in the policy's `kinds`, or use a GitHub App");
}

#[test]
fn the_expiry_lies_within_the_gates_bounds() {
    for (rules, words) in [
        ("", "90 days"),
        ("expiry: { required: true }", "90 days"),
        ("expiry: { at-most: 90d }", "89 days"),
        ("expiry: { at-most: 2d }", "1 day"),
        ("expiry: { at-most: 36h }", "1 day"),
        ("expiry: { at-most: 1d }", "1 day"),
        ("expiry: { at-least: 30d, at-most: 30d }", "30 days"),
        ("expiry: { at-least: 2h, at-most: 30d }", "29 days"),
        ("expiry: { at-least: 120d }", "121 days"),
        ("expiry: { warn-below: 100d }", "101 days"),
        ("expiry: { at-most: 700d }", "365 days"),
        ("expiry: { at-least: 400d }", "no expiration"),
        (
            "expiry: { at-most: 2d }, levels: { expiry/too-late: warn }",
            "90 days",
        ),
        (
            "expiry: { at-most: 23h }",
            "the gate wants a token that lives at most `23h` longer, and GitHub's pages count whole days",
        ),
        (
            "expiry: { at-least: 25h, at-most: 47h }",
            "the gate wants a token that lives at most `47h` longer, and GitHub's pages count whole days",
        ),
        (
            "expiry: { required: true, at-least: 400d }",
            "the gate wants a token that lives at least `400d` longer, and GitHub makes none that lives longer than 366 days and ends",
        ),
    ] {
        assert_eq!(days(rules), words, "{rules}");
    }
}

#[test]
fn an_expiry_that_the_gate_denies_is_refused() {
    let page = |rules, expires| {
        let order = Order {
            expires: Some(expires),
            ..PLAIN
        };
        policy(rules).page(&order).map(|_| ())
    };
    let bounds = "expiry: { at-least: 7d, at-most: 90d }";
    assert_eq!(page(bounds, Expires::Days(90)), Ok(()));
    assert_eq!(page(bounds, Expires::Days(7)), Ok(()));
    assert!(matches!(
        page(bounds, Expires::Days(91)),
        Err(NoPage::TooLate { .. })
    ));
    assert!(matches!(
        page(bounds, Expires::Days(6)),
        Err(NoPage::TooSoon { .. })
    ));
    assert_eq!(page(bounds, Expires::Never), Err(NoPage::MustExpire));
    let required = "expiry: { required: true }";
    assert_eq!(page(required, Expires::Never), Err(NoPage::MustExpire));
    let warned = format!("{required}, levels: {{ expiry/required: warn }}");
    assert_eq!(page(&warned, Expires::Never), Ok(()));
    assert_eq!(page("", Expires::Never), Ok(()));
}

#[test]
fn the_scopes_are_those_required_and_what_the_reach_needs() {
    let scopes = |rules: &str| {
        let rules = format!("kinds: [classic], {rules}");
        policy(&rules).page_scopes().join(" ")
    };
    let reach = "repositories: { acme/site: push }";
    assert_eq!(scopes(reach), "repo");
    assert_eq!(
        scopes(&format!("{reach}, scopes: {{ require: [workflow] }}")),
        "workflow repo"
    );
    assert_eq!(
        scopes(&format!("{reach}, scopes: {{ require: [repo] }}")),
        "repo"
    );
    assert_eq!(
        scopes(&format!("{reach}, scopes: {{ allow: [public_repo] }}")),
        "public_repo"
    );
    assert_eq!(
        scopes(&format!("{reach}, scopes: {{ require: [public_repo] }}")),
        "public_repo repo"
    );
    assert_eq!(
        scopes(&format!("{reach}, scopes: {{ forbid: [repo] }}")),
        "public_repo"
    );
    assert_eq!(scopes(&format!("{reach}, scopes: {{ allow: [] }}")), "");
    assert_eq!(scopes("scopes: { require: [read:org] }"), "read:org");
}

#[test]
fn what_the_policy_says_cannot_add_a_parameter() {
    let order = Order {
        gate: "a&scopes=admin:org#?+%",
        name: Some("é & b"),
        ..PLAIN
    };
    let url = policy("kinds: [classic]").page(&order).unwrap().url;
    assert_eq!(
        url,
        "https://github.com/settings/tokens/new?description=%C3%A9%20%26%20b&default_expires_at=90"
    );
    let url = policy("")
        .page(&Order {
            name: None,
            ..order
        })
        .unwrap()
        .url;
    assert_eq!(url.matches('&').count(), 2, "{url}");
    assert!(
        url.contains("name=patgate%20a%26scopes%3Dadmin%3Aorg%23%3F%2B%25&"),
        "{url}"
    );
}

#[test]
fn a_version_is_two_numbers() {
    assert_eq!(ServerVersion::parse("3.21.4"), Some(ServerVersion(3, 21)));
    assert!(ServerVersion(3, 9) < ServerVersion(3, 10));
    for text in ["", "3", "three.one", "3."] {
        assert_eq!(ServerVersion::parse(text), None, "{text}");
    }
}
