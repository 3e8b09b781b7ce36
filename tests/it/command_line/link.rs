//! `patgate link`.

use super::Shell;

const POLICY: &str = "\
version: 1
gates:
  default:
    kinds: [fine-grained, installation]
    owners: [acme-bot]
    expiry: { required: true, at-most: 90d }
    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }
  mirror:
    kinds: [classic]
    scopes: { require: [repo], allow: [repo, workflow] }
  app:
    kinds: [installation]
";

fn shell() -> Shell {
    let shell = Shell::new();
    shell.write(".github/patgate.yml", POLICY);
    shell
}

#[test]
fn the_page_is_told_by_its_address_and_in_words() {
    insta::assert_snapshot!(shell().run(&["link"]).all(), @"
    Make a fine-grained personal access token on this page, signed in as `acme-bot`:

      https://github.com/settings/personal-access-tokens/new?name=patgate%20default&description=For%20the%20gate%20default%20of%20patgate%27s%20policy.&expires_in=89&target_name=acme&contents=write

    See that it says, and choose what no address can:

      Token name:        patgate default
      Resource owner:    acme
      Expiration:        89 days
      Repository access: only select repositories: acme/docs, acme/site; not acme/vault
      Permissions:       contents: write

    Then judge it before you store it in the secret:

      patgate check < FILE
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn a_classic_token_has_a_page_of_its_own() {
    let arguments = [
        "link",
        "--gate",
        "mirror",
        "--expires",
        "30",
        "--name",
        "mirror of acme",
    ];
    insta::assert_snapshot!(shell().run(&arguments).all(), @"
    Make a classic personal access token on this page:

      https://github.com/settings/tokens/new?description=mirror%20of%20acme&scopes=repo&default_expires_at=30

    See that it says, and choose what no address can:

      Note:           mirror of acme
      Expiration:     30 days
      Scopes:         repo
      Owner's access: a classic token reaches all that its owner does

    Then judge it before you store it in the secret:

      patgate check --gate mirror < FILE
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn an_enterprise_server_has_its_own() {
    let url = ["--server-url", "https://ghes.example/"];
    let of = |more: &[&str]| shell().run(&[&["link"], &url[..], more].concat()).out;
    let plain = of(&[]);
    assert!(
        plain.contains("  https://ghes.example/settings/personal-access-tokens/new\n"),
        "{plain}"
    );
    assert!(
        plain.contains("This GitHub does not fill the page in. Choose:"),
        "{plain}"
    );
    assert!(
        plain.contains("  patgate check --server-url https://ghes.example/ < FILE"),
        "{plain}"
    );
    let filled = of(&["--server-version", "3.21"]);
    assert!(filled.contains("/new?name=patgate%20default&"), "{filled}");
    let here = shell()
        .with("GITHUB_SERVER_URL", "https://acme.ghe.com")
        .run(&["link"]);
    assert!(
        here.out
            .contains("  https://acme.ghe.com/settings/personal-access-tokens/new?"),
        "{}",
        here.out
    );
    let wrong = shell().run(&["link", "--server-url", "ghes.example"]);
    insta::assert_snapshot!(wrong.all(), @"
    --- stderr ---
    error: the option `--server-url` is no GitHub: it is not a URL of the form `https://HOST`; give the scheme and the host alone, such as `https://github.example`
    --- exit 2 ---
    ");
}

#[test]
fn a_gate_that_no_page_serves_is_told_with_a_way_out() {
    insta::assert_snapshot!(shell().run(&["link", "--gate", "app"]).all(), @"
    --- stderr ---
    error: the gate allows `installation` alone, and no page makes such a token
      help: make a GitHub App with the gate's permissions, install it, and give the step its `client-id` and `private-key`: it then asks for a token for each job
    --- exit 1 ---
    ");
    insta::assert_snapshot!(shell().run(&["link", "--kind", "classic"]).all(), @"
    --- stderr ---
    error: the gate allows `fine-grained`, `installation`, and not `classic`
      help: ask for a kind that it allows, or leave it to the policy
    --- exit 1 ---
    ");
    insta::assert_snapshot!(shell().run(&["link", "--expires", "none"]).all(), @"
    --- stderr ---
    error: the gate denies a token that never expires
      help: ask for another expiry, or leave it to the policy
    --- exit 1 ---
    ");
}

#[test]
fn a_policy_that_cannot_be_used_is_told() {
    let shell = shell();
    shell.write("bad.yml", "version: 1\ngates: {}\n");
    insta::assert_snapshot!(shell.run(&["link", "--gate", "release"]).all(), @"
    --- stderr ---
    error: cannot use the policy: the policy has no gate `release`; it has `app`, `default`, `mirror`; name one of these with the option `--gate`, or add the gate to the policy
    --- exit 2 ---
    ");
    insta::assert_snapshot!(shell.run(&["link", "--policy", "bad.yml"]).all(), @"
    --- stderr ---
    error: cannot use the policy: `gates` is empty; an empty map could mean all or nothing: name something, or leave it out
     --> bad.yml:2:8
      |
    2 | gates: {}
      |        ^^
    --- exit 2 ---
    ");
    insta::assert_snapshot!(shell.run(&["link", "--policy", "none.yml"]).all(), @"
    --- stderr ---
    error: cannot read `none.yml`: No such file or directory (os error 2)
    --- exit 2 ---
    ");
}

#[test]
fn without_a_policy_the_baseline_is_meant() {
    let said = Shell::new().run(&["link"]);
    assert_eq!(said.status, Some(0), "{}", said.all());
    assert!(said.out.contains("expires_in=90"), "{}", said.out);
    let gate = Shell::new().run(&["link", "--gate", "release"]);
    insta::assert_snapshot!(gate.all(), @"
    --- stderr ---
    error: there is no policy, and the baseline has one gate alone; name the policy with `--policy`
    --- exit 2 ---
    ");
}

#[test]
fn a_value_that_no_page_takes_is_a_mistake_of_usage() {
    for wrong in [
        ["--expires", "0"],
        ["--expires", "367"],
        ["--kind", "installation"],
        ["--server-version", "new"],
        ["--name", "a name that is longer than forty characters are"],
    ] {
        let said = shell().run(&[&["link"], &wrong[..]].concat());
        assert_eq!((said.status, said.out.as_str()), (Some(2), ""), "{wrong:?}");
    }
    let said = shell().run(&["link", "--expires", "367"]);
    insta::assert_snapshot!(said.err, @"
    error: invalid value '367' for '--expires <DAYS>': a number of days from 1 to 366, or none

    For more information, try '--help'.
    ");
}
