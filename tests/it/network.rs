//! The environment of a run: proxies, authorities, names and addresses.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use fake_github::{Account, FakeGitHub, Fault, Right, Visibility};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::{ServerConfig, ServerConnection};
use rustls_pki_types::PrivateKeyDer;

use crate::canary;
use crate::issue::{ANY, gate};
use crate::proxy::{Manner, Proxy};
use crate::runner::{Job, Ran, Step, classic};

const REACH: &str = "    repositories: { acme/site: push }";

/// What a run asks for under [`REACH`], without its order.
const QUESTIONS: [&str; 3] = [
    "GET /acme/site.git/info/refs?service=git-receive-pack",
    "GET /api/v3/repos/acme/site",
    "GET /api/v3/user",
];

/// A GitHub that is also called `ghes.test`, by those who know that name.
fn github() -> FakeGitHub {
    started(FakeGitHub::builder().tls_name("ghes.test"))
}

fn started(builder: fake_github::Builder) -> FakeGitHub {
    builder
        .repository("acme/site", Visibility::Private)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo")
                .right("acme/site", Right::Push),
        )
        .start()
        .unwrap()
}

/// The port for TLS.
fn tls_port(github: &FakeGitHub) -> u16 {
    let (_, port) = github.tls_url().rsplit_once(':').unwrap();
    port.parse().unwrap()
}

/// A proxy that leads to `github` from `https://ghes.test`.
fn proxy(github: &FakeGitHub, manner: Manner) -> Proxy {
    leading(github, manner, "ghes.test:443")
}

fn leading(github: &FakeGitHub, manner: Manner, from: &str) -> Proxy {
    let to = (Ipv4Addr::LOCALHOST, tls_port(github)).into();
    Proxy::start(manner, &[(from, to)])
}

/// A job at `server`, with `variables` in its environment.
fn job(server: &str, variables: &[(&str, &str)]) -> Job {
    let mut job = Job::new(server, &classic(0));
    job.write_policy(&gate(REACH));
    // A machine whose name servers are out of reach must not keep a test waiting.
    let patient = ("RES_OPTIONS", "timeout:1 attempts:1");
    let variables = [patient].into_iter().chain(variables.iter().copied());
    job.env
        .extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    job
}

/// A step that trusts `github`, and judges only: a lease has its own tests.
fn judging(github: &FakeGitHub) -> Step {
    step().with("ca-certificates", github.ca_pem())
}

fn step() -> Step {
    Step::new().with("lease", "none")
}

/// The main phase of `step` at `server`, with `variables` in its environment.
#[track_caller]
fn run(server: &str, variables: &[(&str, &str)], mut step: Step) -> Ran {
    job(server, variables).main(&mut step)
}

#[track_caller]
fn assert_allowed(ran: &Ran) {
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

/// The one complaint of a run that could not judge.
#[track_caller]
fn complaint(ran: &Ran) -> &str {
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    let (before, complaint) = ran.log.split_once("::error title=patgate::").unwrap();
    assert_eq!(before, "patgate 0.1.0\n", "no question is asked again");
    complaint
}

fn asked(github: &FakeGitHub) -> Vec<String> {
    let mut asked: Vec<_> = github.requests().iter().map(ToString::to_string).collect();
    asked.sort_unstable();
    asked
}

#[test]
fn every_question_goes_through_the_proxy_of_the_environment() {
    let github = github();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = proxy(&github, Manner::Open);
        let ran = run(
            "https://ghes.test",
            &[(variable, &proxy.url())],
            judging(&github),
        );
        assert_allowed(&ran);
        assert_eq!(asked(&github), QUESTIONS, "{variable}");
        let mut through = proxy.asked();
        through.dedup();
        assert_eq!(through, ["CONNECT ghes.test:443"], "{variable}");
        github.forget_requests();
    }
}

#[test]
fn a_whole_run_behind_a_proxy_shows_it_neither_token_nor_password() {
    let github = github();
    let proxy = proxy(&github, Manner::Password("ci:p@ss/w:rd canary"));
    // As curl and git want it; only what has a meaning in a URL is written otherwise.
    let password = "p%40ss%2Fw%3Ard%20canary";
    let url = proxy.url_of(&format!("ci:{password}"));
    let variables = [
        ("https_proxy", &*url),
        ("GIT_SSL_CAINFO", github.ca_file().to_str().unwrap()),
        ("RUNNER_DEBUG", "1"),
    ];
    let mut job = job("https://ghes.test", &variables);
    let mut step = Step::new().with("ca-certificates", github.ca_pem());
    let main = job.main(&mut step);
    assert_allowed(&main);
    job.git_ok(&["clone", "--quiet", "https://ghes.test/acme/site"]);
    let post = job.post(&mut step);
    assert_allowed(&post);
    assert!(
        post.log.contains("ghes.test/acme/site: once answered"),
        "{}",
        post.log
    );
    for secret in [password, "p@ss/w:rd canary", "ci:p@ss/w:rd canary"] {
        for ran in [&main, &post] {
            canary::assert_clean("the log", ran.log.as_bytes(), secret);
        }
        canary::assert_clean_folder(job.dir.path(), secret);
    }
    let (heads, carried) = (proxy.heads().concat(), proxy.carried());
    assert!(carried.len() > 10_000, "all went through it");
    for seen in [heads.as_bytes(), &carried] {
        canary::assert_clean("the proxy's memory", seen, &job.token);
    }
    let requests = github.requests();
    assert!(requests.iter().all(|request| request.scheme == "https"));
}

#[test]
fn each_way_to_be_refused_by_a_proxy_is_told() {
    let github = github();
    let told = |url: &str| {
        let ran = run(
            "https://ghes.test",
            &[("HTTPS_PROXY", url)],
            judging(&github),
        );
        canary::assert_clean("the log", ran.log.as_bytes(), "canary");
        canary::assert_clean("the summary", ran.summary.as_bytes(), "canary");
        complaint(&ran).to_owned()
    };
    let refused = |manner| {
        let proxy = proxy(&github, manner);
        let told = told(&proxy.url_of("ci:canary"));
        assert_eq!(proxy.asked(), ["CONNECT ghes.test:443"], "asked once");
        told
    };
    insta::assert_snapshot!(refused(Manner::Password("ci:another")), @"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: the proxy wants a name and a password, or other ones; write it in `HTTPS_PROXY`: `http://NAME:PASSWORD@HOST:PORT`, with `@`, `:` and `/` in it percent-encoded");
    insta::assert_snapshot!(refused(Manner::Refuse(403)), @"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: the proxy refuses to connect to this host; have the proxy let this host through, or name the host in `NO_PROXY`");
    insta::assert_snapshot!(refused(Manner::Refuse(502)), @"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: the proxy refuses to connect to this host; have the proxy let this host through, or name the host in `NO_PROXY`");
    insta::assert_snapshot!(refused(Manner::HangUp), @"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: the proxy hung up; check the proxy in `HTTPS_PROXY`, which is to be an `http` or `https` one, or name the host in `NO_PROXY`");
    let gone = proxy(&github, Manner::Open).url_of("ci:canary");
    insta::assert_snapshot!(told(&gone), @"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: nobody listens at the proxy's address; correct the host and the port in `HTTPS_PROXY`, or start the proxy");
    let nowhere = told("http://ci:canary@proxy.invalid:3128");
    insta::assert_snapshot!(nowhere, @"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: the proxy's name has no address; correct `HTTPS_PROXY`, or the name server of this machine");
    insta::assert_snapshot!(told("socks5h://ci:canary@127.0.0.1:1"), @r#"cannot inspect the token: cannot reach GitHub at `https://ghes.test/api/v3`: the proxy does not lead there: "unsupported scheme socks5h"; check the proxy in `HTTPS_PROXY`, which is to be an `http` or `https` one, or name the host in `NO_PROXY`"#);
    assert_eq!(github.requests(), []);
}

#[test]
fn no_proxy_names_what_is_reached_without_one() {
    let github = github();
    for (variable, names, is_direct) in [
        ("NO_PROXY", "ghes.test", true),
        ("no_proxy", "example.com, GHES.test", true),
        ("NO_PROXY", ".test", true),
        ("NO_PROXY", "test", true),
        ("no_proxy", "*", true),
        ("NO_PROXY", "hes.test", false),
        ("no_proxy", "ghes.test.example", false),
    ] {
        let proxy = proxy(&github, Manner::Open);
        let variables = [("HTTPS_PROXY", &*proxy.url()), (variable, names)];
        let ran = run("https://ghes.test", &variables, judging(&github));
        if is_direct {
            let nowhere = "the host's name has no address";
            assert!(complaint(&ran).contains(nowhere), "{names}: {}", ran.log);
        } else {
            assert_allowed(&ran);
        }
        assert_eq!(proxy.heads().is_empty(), is_direct, "{names}");
    }
}

#[test]
fn no_proxy_takes_a_range_of_addresses() {
    // An address of this machine that is none of loopback's: to those, no proxy ever leads.
    let github = started(FakeGitHub::builder().tls_name("0.0.0.0"));
    let host = format!("0.0.0.0:{}", tls_port(&github));
    for (range, is_direct) in [
        ("0.0.0.0/8", true),
        ("10.0.0.0/8, 0.0.0.0", true),
        ("127.0.0.0/8", false),
    ] {
        let proxy = leading(&github, Manner::Open, &host);
        let variables = [("HTTPS_PROXY", &*proxy.url()), ("NO_PROXY", range)];
        assert_allowed(&run(
            &format!("https://{host}"),
            &variables,
            judging(&github),
        ));
        assert_eq!(proxy.heads().is_empty(), is_direct, "{range}");
    }
}

#[test]
fn no_proxy_leads_to_this_machine() {
    let github = github();
    let proxy = Proxy::start(Manner::Refuse(403), &[]);
    for server in [github.url(), github.tls_url()] {
        assert_allowed(&run(server, &all_ways(&proxy.url()), judging(&github)));
    }
    assert_eq!(proxy.heads(), [""; 0]);
}

/// Every variable that may lead to `proxy`.
fn all_ways(url: &str) -> [(&'static str, &str); 4] {
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, url))
}

#[test]
fn a_proxy_never_gets_what_loopback_gets_in_the_clear() {
    let github = github();
    let proxy = proxy(&github, Manner::Open);
    let api_url = format!("{}/api/v3", github.url());
    let step = judging(&github).with("api-url", &api_url);
    run("https://ghes.test", &all_ways(&proxy.url()), step);
    let heads = proxy.heads().concat();
    canary::assert_clean("the proxy's memory", heads.as_bytes(), &classic(0));
}

#[test]
fn a_redirect_out_of_tls_is_not_followed() {
    let github = github();
    let proxy = proxy(&github, Manner::Open);
    for path in ["/api/v3/user", "/acme/site.git/info/refs"] {
        let location = format!("http://ghes.test{path}?service=git-receive-pack");
        let fault = Fault::Status {
            status: 302,
            headers: vec![("Location".to_owned(), location)],
            body: String::new(),
        };
        github.fault(path, vec![fault]);
        let ran = run(
            "https://ghes.test",
            &all_ways(&proxy.url()),
            judging(&github),
        );
        assert_ne!(ran.status, Some(0), "{}", ran.log);
    }
    let mut asked = proxy.asked();
    asked.dedup();
    assert_eq!(asked, ["CONNECT ghes.test:443"]);
}

/// A place for an authority's certificate, by the name of an input or a variable.
const PLACES: [&str; 4] = [
    "ca-certificates",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// Puts `pem` in `place`.
fn trust(job: &mut Job, step: Step, place: &str, pem: &str) -> Step {
    if place == "ca-certificates" {
        return step.with(place, pem);
    }
    let folder = job.path(&format!("home/{place}"));
    fs::create_dir(&folder).unwrap();
    // No name that OpenSSL would look for: what counts is what a file holds.
    let file = folder.join("authority.pem");
    fs::write(&file, pem).unwrap();
    let value = if place == "SSL_CERT_DIR" {
        folder
    } else {
        file
    };
    let value = value.display().to_string();
    job.env.insert(place.to_owned(), value);
    step
}

#[test]
fn each_place_for_an_authority_suffices() {
    let github = github();
    for place in PLACES {
        let mut job = job(github.tls_url(), &[]);
        let mut step = trust(&mut job, step(), place, github.ca_pem());
        assert_allowed(&job.main(&mut step));
    }
    let ran = run(github.tls_url(), &[], step());
    assert!(complaint(&ran).contains("an authority that is not trusted here"));
}

#[test]
fn authorities_of_two_places_add_up() {
    let (web, api) = (github(), github());
    let api_url = format!("{}/api/v3", api.tls_url());
    for (at, first) in PLACES.iter().enumerate() {
        for second in &PLACES[at + 1..] {
            let mut job = job(web.tls_url(), &[]);
            let step = trust(&mut job, step(), first, web.ca_pem());
            let mut step = trust(&mut job, step, second, api.ca_pem()).with("api-url", &api_url);
            assert_allowed(&job.main(&mut step));
            assert_eq!(asked(&web), QUESTIONS[..1], "{first}, {second}");
            assert_eq!(asked(&api), QUESTIONS[1..], "{first}, {second}");
            web.forget_requests();
            api.forget_requests();
        }
    }
}

#[test]
fn one_text_may_hold_several_authorities() {
    let (web, api) = (github(), github());
    let api_url = format!("{}/api/v3", api.tls_url());
    let several = format!("# web\n{}\n# API\n{}", web.ca_pem(), api.ca_pem());
    let broken = "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n";
    let key = web.ca_pem().replace("CERTIFICATE", "PRIVATE KEY");
    let with = |pem: &str| {
        let step = step().with("api-url", &api_url);
        run(web.tls_url(), &[], step.with("ca-certificates", pem))
    };
    assert_allowed(&with(&several));
    assert_allowed(&with(&several.replace('\n', "\r\n")));
    for pem in [format!("{several}{broken}"), key] {
        let ran = with(&pem);
        assert!(
            complaint(&ran).starts_with("the input `ca-certificates` holds no certificate"),
            "{}",
            ran.log
        );
        assert!(
            !ran.log.contains("MII") && !ran.log.contains("Z2Fy"),
            "{}",
            ran.log
        );
    }
}

#[test]
fn a_file_of_authorities_that_is_none_is_only_told() {
    let github = github();
    let mut job = job(github.url(), &[]);
    let pipe = job.path("home/pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::write(job.path("home/empty"), "").unwrap();
    fs::write(job.path("home/words"), "not PEM").unwrap();
    for path in ["home/none", "home", "home/empty", "home/words", "home/pipe"] {
        let value = job.path(path).display().to_string();
        job.env.insert("NODE_EXTRA_CA_CERTS".to_owned(), value);
        let ran = job.main(&mut step());
        assert_allowed(&ran);
        let told = ran.log.lines().nth(1).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @"NODE_EXTRA_CA_CERTS names no file of certificates in here; the input `ca-certificates` takes their text");
        }
    }
    job.env.remove("NODE_EXTRA_CA_CERTS");
    for (name, path) in [
        ("SSL_CERT_FILE", "home/none"),
        ("SSL_CERT_DIR", "home/words"),
    ] {
        let value = job.path(path).display().to_string();
        job.env.insert(name.to_owned(), value);
        assert_allowed(&job.main(&mut step()));
    }
}

/// Greets one client with a certificate of `leaf`, signed by an authority of this name. Returns
/// its port, and the authority's certificate.
fn greeting(leaf: &CertificateParams, authority: &str) -> (u16, String) {
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CommonName, authority);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = ServerConnection::new(config.into()).unwrap();
        // It ends with the client's complaint.
        let _ = server.complete_io(&mut client);
    });
    (port, ca.pem())
}

fn leaf(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).unwrap()
}

#[test]
fn a_certificate_of_another_time_or_name_is_told() {
    let told = |leaf: CertificateParams| {
        let (port, ca_pem) = greeting(&leaf, "acme CA");
        let server = format!("https://localhost:{port}");
        let ran = run(&server, &[], step().with("ca-certificates", &ca_pem));
        complaint(&ran).replace(&server, "https://github.test")
    };
    let mut expired = leaf("localhost");
    expired.not_after = date_time_ymd(2020, 2, 2);
    insta::assert_snapshot!(told(expired), @"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: its certificate has expired or is not valid yet, by the clock of this machine; set the clock of this machine, or renew the server's certificate");
    let mut early = leaf("localhost");
    early.not_before = date_time_ymd(2120, 2, 2);
    insta::assert_snapshot!(told(early), @"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: its certificate has expired or is not valid yet, by the clock of this machine; set the clock of this machine, or renew the server's certificate");
    insta::assert_snapshot!(told(leaf("ghes.test")), @"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: its certificate is for `ghes.test`, not for this host; give the name that the certificate has as `server-url` or `api-url`, or correct the server's certificate");
}

#[test]
fn an_authority_that_nobody_named_is_told_whatever_it_is_called() {
    let told = |authority: &str| {
        let (port, _) = greeting(&leaf("localhost"), authority);
        let server = format!("https://localhost:{port}");
        let ran = run(&server, &[], step());
        complaint(&ran).replace(&server, "https://github.test")
    };
    insta::assert_snapshot!(told("acme CA"), @"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: its certificate comes from an authority that is not trusted here, `CN=acme CA`; give this authority's certificate, as PEM text, with the input `ca-certificates`");
    insta::assert_snapshot!(told("x`\r\n::error::y\u{202e}\u{1b}[31m ##[z]"), @r"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: its certificate comes from an authority that is not trusted here, `CN=x'\0d\0a::error::y\u{202e}\1b[31m # #[z]`; give this authority's certificate, as PEM text, with the input `ca-certificates`");
    assert!(told(&"long ".repeat(2000)).len() < 1000);
}

#[test]
fn tls_and_plain_http_on_each_others_port_are_told() {
    let github = github();
    let plain = format!("http://127.0.0.1:{}", tls_port(&github));
    let tls = github.url().replacen("http", "https", 1);
    let told = |server: &str| {
        let ran = run(server, &[], judging(&github));
        complaint(&ran).replace(server, "https://github.test")
    };
    insta::assert_snapshot!(told(&plain), @"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: what answers there does not speak HTTP; check the port; if a server with TLS listens there, write `https://`");
    insta::assert_snapshot!(told(&tls), @"cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: what answers there does not speak TLS; check the port: a server without TLS listens there");
}

#[test]
fn a_whole_run_goes_by_ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        // A machine without IPv6 has nothing to show.
        return;
    }
    let address: SocketAddr = "[::1]:0".parse().unwrap();
    let github = started(FakeGitHub::builder().bind(address.ip()));
    assert!(github.url().starts_with("http://[::1]:"));
    let mut job = job(github.url(), &[]);
    let mut step = Step::new();
    let main = job.main(&mut step);
    assert_allowed(&main);
    let told = format!("acme/site of {}", github.url());
    assert!(main.log.ends_with(&told), "{}", main.log);
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    assert!(job.path("home/site/README.md").exists());
    let post = job.post(&mut step);
    assert_allowed(&post);
    assert!(
        post.log.contains("/acme/site: once answered"),
        "{}",
        post.log
    );
    assert_eq!(fs::read_dir(job.path("temp")).unwrap().count(), 0);
    let ran = run(github.tls_url(), &[], judging(&github));
    assert_allowed(&ran);
}

#[test]
fn a_port_is_part_of_the_server() {
    let github = github();
    for (server, connected, answered, refused) in [
        (
            "https://ghes.test:8443",
            "ghes.test:8443",
            "ghes.test:8443",
            "ghes.test",
        ),
        (
            "https://GHES.test:443/",
            "ghes.test:443",
            "ghes.test",
            "ghes.test:8443",
        ),
    ] {
        let proxy = leading(&github, Manner::Open, connected);
        let mut job = job(server, &[("HTTPS_PROXY", &proxy.url())]);
        let mut step = Step::new().with("ca-certificates", github.ca_pem());
        assert_allowed(&job.main(&mut step));
        assert_eq!(proxy.asked()[0], format!("CONNECT {connected}"));
        let fill = |host| {
            let request = format!("protocol=https\nhost={host}\npath=acme/site\n\n");
            job.fill(&request).contains("password=")
        };
        assert!(fill(answered), "{server}");
        assert!(!fill(refused), "{server}");
    }
}

#[test]
fn a_server_that_is_no_host_is_refused_before_it_is_asked() {
    let told = |server: &str| {
        let ran = run("https://ghes.test", &[], step().with("server-url", server));
        complaint(&ran).to_owned()
    };
    insta::assert_snapshot!(told("https://ghes.example/github"), @"the input `server-url` is no GitHub: it has a path, and GitHub always stands at the root of its host; give the scheme and the host alone, such as `https://github.example`");
    insta::assert_snapshot!(told("http://ghes.example"), @"the input `server-url` is no GitHub: it is `http`, and a token never travels in the clear; give the scheme and the host alone, such as `https://github.example`");
    insta::assert_snapshot!(told("https://ghes.example:99999"), @"the input `server-url` is no GitHub: the host has characters that no host name has, or is empty; give the scheme and the host alone, such as `https://github.example`");
    let ran = run("https://ghes.example/github", &[], step());
    insta::assert_snapshot!(complaint(&ran), @"the input `server-url` is no GitHub: it has a path, and GitHub always stands at the root of its host; give the scheme and the host alone, such as `https://github.example`");
}

#[test]
fn a_name_without_an_address_is_told() {
    let mut job = job("https://nowhere.invalid", &[]);
    job.write_policy(&gate(ANY));
    let ran = job.main(&mut step());
    insta::assert_snapshot!(complaint(&ran), @"cannot inspect the token: cannot reach GitHub at `https://nowhere.invalid/api/v3`: the host's name has no address; correct `server-url` or `api-url`, or the name server of this machine; behind a proxy, set `HTTPS_PROXY`");
}
