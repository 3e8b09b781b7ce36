//! Several leases in one job: each repository has the token of the lease that names it best.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::issue::gate;
use crate::runner::{Job, Step, classic, fine_grained};

use super::Desk;

/// Three tokens of three people: for all that acme has, for one repository of acme's, for other's.
fn desk() -> Desk {
    let account = |login: &str| Account::user(login).scopes("repo");
    let names = ["acme/site", "acme/docs", "other/part"];
    let builder = names.iter().fold(FakeGitHub::builder(), |github, name| {
        github.repository(*name, Visibility::Private)
    });
    let github = builder
        .token(
            classic(0),
            account("octocat")
                .right("acme/site", Right::Push)
                .right("acme/docs", Right::Push),
        )
        .token(classic(1), account("robot").right("acme/site", Right::Push))
        .token(
            fine_grained(),
            Account::user("other-bot").right("other/part", Right::Push),
        )
        .start()
        .unwrap();
    let mut job = Job::on(&github, &classic(0), "");
    for (token, rules) in [
        (classic(0), "    repositories: { acme/*: push }"),
        (classic(1), "    repositories: { acme/site: push }"),
        (fine_grained(), "    repositories: { other/part: push }"),
    ] {
        job.write_policy(&gate(rules));
        let ran = job.main(&mut Step::new().with("token", &token));
        assert_eq!(ran.status, Some(0), "{}", ran.log);
    }
    github.forget_requests();
    Desk { github, job }
}

#[test]
fn each_repository_has_the_token_of_the_lease_that_names_it_best() {
    let desk = desk();
    desk.run(
        r#"
        for name in acme/site acme/docs other/part; do
          git clone --quiet "$GITHUB/$name" "$name"
          git -C "$name" commit --quiet --allow-empty --message x
          git -C "$name" push --quiet
        done
        cd acme/docs
        plant site ../site.git acme/site
        plant part git@127.0.0.1:other/part.git other/part
        git commit --quiet --message "Add the parts"
        git push --quiet
        cd ../..
        git clone --quiet --recurse-submodules "$GITHUB/acme/docs" again
        cat again/site/README.md again/part/README.md
        "#,
    );
    for (name, token) in [
        ("acme/docs", classic(0)),
        ("acme/site", classic(1)),
        ("other/part", fine_grained()),
    ] {
        let mut sent = desk.granted(name);
        sent.dedup();
        assert_eq!(sent, [token], "{name}");
    }
}
