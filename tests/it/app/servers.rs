//! Any GitHub, any clock: where the app asks, and where the token goes back to.

use std::mem;
use std::net::{Ipv4Addr, SocketAddr};

use fake_github::{FakeGitHub, Server};

use crate::issue::gate;
use crate::proxy::{Manner, Proxy};
use crate::runner::Step;

use super::PUSH;
use super::stage::{APP_ID, Stage, on_github, step};

#[test]
fn a_clock_that_is_wrong_by_an_hour_is_set_by_githubs() {
    for ahead in [3600, -3600] {
        let mut stage = Stage::new(on_github().clock_ahead(ahead), &gate(PUSH));
        let ran = stage.main();
        assert_eq!(ran.status, Some(0), "{ahead}: {}", ran.log);
        let asked: Vec<_> = stage
            .github
            .requests()
            .iter()
            .map(|request| format!("{} {}", request.method, request.status))
            .collect();
        assert_eq!(
            asked,
            ["GET 401", "GET 200", "POST 201", "GET 200"],
            "once more, and no more"
        );
        assert!(ran.log.contains("asks again by GitHub's"), "{}", ran.log);
        assert!(
            stage.can_fetch("acme/site"),
            "the lease lives by this machine's clock"
        );
        assert_eq!(stage.post().status, Some(0));
        assert_eq!(stage.revoked(), [true]);
    }
}

#[test]
fn a_clock_that_github_never_takes_is_told() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let said = r#"{"message":"'Expiration time' claim ('exp') is too far in the future"}"#;
    stage
        .github
        .answer_with("/api/v3/repos/acme/site/installation", 401, &[], said);
    let ran = stage.main();
    let shown = stage.transcript(&ran);
    let shown: Vec<_> = shown
        .lines()
        .filter(|line| !line.contains("GitHub's clock stands"))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    patgate 0.1.0
    ::error title=patgate::GitHub does not take what the app signs, even by GitHub's own clock; it says: "'Expiration time' claim ('exp') is too far in the future"; set the clock of this machine
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    "#);
}

#[test]
fn a_new_token_that_gits_door_does_not_know_yet_is_shown_again() {
    let mut stage = Stage::new(on_github().replication_delay(1), &gate(PUSH));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    GET /acme/site.git/info/refs?service=git-receive-pack: GitHub does not know the token yet that it made a moment ago; asked again in 1.0 s, for the second time
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    GET /acme/site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
}

#[test]
fn an_older_server_takes_the_app_id_alone() {
    let old = || on_github().server(Server::Enterprise("3.17.4".to_owned()));
    let mut stage = Stage::new(old(), &gate(PUSH));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @r#"
    patgate 0.1.0
    ::error title=patgate::GitHub does not take what the app signs; it says: "'Issuer' claim ('iss') must be an Integer"; check that `private-key` is a key of the app that `client-id` names, and that it has not been deleted there; a GitHub Enterprise Server before 3.18 takes the app id, a number, and no client id
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    --- exit 2, 0 leased ---
    "#);

    let mut stage = Stage::new(old(), &gate(PUSH));
    stage.step = step().with("client-id", &APP_ID.to_string());
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
    let token = &stage.github.minted()[0].token;
    assert_eq!(token.len(), 40, "such a server has the older form alone");
    assert_eq!(stage.post().status, Some(0));
    assert_eq!(stage.revoked(), [true]);
}

#[test]
fn a_server_since_3_18_takes_a_client_id() {
    let server = Server::Enterprise("3.18.0".to_owned());
    let mut stage = Stage::new(on_github().server(server), &gate(PUSH));
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn the_token_goes_back_to_the_api_that_made_it() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let elsewhere = FakeGitHub::builder().start().unwrap();
    let step = step().with("ca-certificates", stage.github.ca_pem());
    stage.step = step.with("api-url", &format!("{}/api/v3/", stage.github.tls_url()));
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    // What the workflow says by then changes nothing.
    let step = mem::replace(&mut stage.step, Step::new());
    stage.step = step
        .with("api-url", elsewhere.url())
        .with("server-url", elsewhere.url());
    stage
        .job
        .env
        .insert("GITHUB_API_URL".to_owned(), elsewhere.url().to_owned());
    stage.github.forget_requests();
    let ran = stage.post();
    assert_eq!(
        (ran.status, stage.revoked()),
        (Some(0), vec![true]),
        "{}",
        ran.log
    );
    let asked = stage.github.requests();
    assert_eq!((asked[0].scheme, asked.len()), ("https", 1));
    assert_eq!(elsewhere.requests(), []);
}

#[test]
fn with_data_residency_the_api_has_a_host_of_its_own() {
    let server = on_github()
        .server(Server::DataResidency)
        .tls_name("acme.ghe.com")
        .tls_name("api.acme.ghe.com");
    let mut stage = Stage::new(server, &gate(PUSH));
    let port = stage.github.tls_url().rsplit(':').next().unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap()));
    let hosts = ["acme.ghe.com:443", "api.acme.ghe.com:443"].map(|host| (host, address));
    let proxy = Proxy::start(Manner::Open, &hosts);
    let variable = ("HTTPS_PROXY".to_owned(), proxy.url());
    stage.job.env.extend([variable]);
    stage.step = step()
        .with("server-url", "https://acme.ghe.com")
        .with("ca-certificates", stage.github.ca_pem());
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/site of https://acme.ghe.com
    --- requests ---
    GET /repos/acme/site/installation
    POST /app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
    let (api, door) = ("CONNECT api.acme.ghe.com:443", "CONNECT acme.ghe.com:443");
    assert_eq!(proxy.asked(), [api, door]);
    stage.github.forget_requests();
    let ran = stage.post();
    assert_eq!(
        (ran.status, stage.revoked()),
        (Some(0), vec![true]),
        "{}",
        ran.log
    );
    assert_eq!(stage.github.requests()[0].path, "/installation/token");
    assert_eq!(proxy.asked(), [api, door, api]);
}
