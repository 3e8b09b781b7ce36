//! Behaviour under trouble: what breaks on the way, what asks for patience, and what only looks
//! like GitHub. Pauses are never the same twice, so that requests are counted and nothing is timed.

use std::cell::RefCell;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::rc::Rc;
use std::thread;

use fake_github::{Account, FakeGitHub, Fault, Request, Right, Visibility};

use crate::issue::gate;
use crate::runner::{Job, Ran, Step, classic};
use crate::trouble::wait_for;

/// The questions of a run: whose the token is, what git's door says, and what the API says of
/// the repository. The last may stay open.
const USER: &str = "/api/v3/user";
const DOOR: &str = "/acme/site.git/info/refs";
const ABOUT: &str = "/api/v3/repos/acme/site";

const JSON: (&str, &str) = ("Content-Type", "application/json; charset=utf-8");
const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
const TEXT: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

/// What a limit says, today and in former years.
const SECONDARY: &str = r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#;
const ABUSE: &str = r#"{"message":"You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."}"#;
const PRIMARY: &str = r#"{"message":"API rate limit exceeded for user ID 583231."}"#;

/// What trouble at git's door comes to: nothing is known, and that is a finding.
const UNKNOWN: &str = "it is not known what the token can do with `acme/site`: ";

/// What a question of the API's about the repository comes to, whatever becomes of it.
const ALLOWED: &str =
    "acme/site: fetch and push\npolicy `.github/patgate.yml`, gate `default`: allow, no findings";

fn github() -> Rc<FakeGitHub> {
    let account = Account::user("octocat").scopes("repo");
    let github = FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token(classic(0), account.right("acme/site", Right::Push))
        .start();
    Rc::new(github.unwrap())
}

fn status(status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Fault::Status {
        status,
        headers: headers.iter().map(owned).collect(),
        body: body.to_owned(),
    }
}

/// A limit that names a rest, or does not.
fn limit(status_code: u16, after: Option<&str>, body: &str) -> Fault {
    let after = after.map(|after| ("Retry-After", after));
    let headers: Vec<_> = [JSON].into_iter().chain(after).collect();
    status(status_code, &headers, body)
}

/// A run that nobody waits for yet: side by side, many pauses cost as much as one.
struct Running {
    github: Rc<FakeGitHub>,
    job: Job,
    step: Step,
    child: Child,
    files: PathBuf,
}

/// A run that is over.
struct Over {
    requests: Vec<Request>,
    job: Job,
    step: Step,
    ran: Ran,
}

/// A step that judges only: a lease has its own tests.
fn judging() -> Step {
    Step::new().with("lease", "none")
}

fn start(github: &Rc<FakeGitHub>, step: Step) -> Running {
    let policy = gate("    repositories: { acme/site: push }");
    let mut job = Job::on(github, &classic(0), &policy);
    let (child, files) = job.start(&step, "patgate");
    Running {
        github: Rc::clone(github),
        job,
        step,
        child,
        files,
    }
}

/// Starts a run whose questions at `path` meet `faults`, at a GitHub of its own.
fn facing(path: &str, faults: Vec<Fault>) -> Running {
    let github = github();
    github.fault(path, faults);
    start(&github, judging())
}

/// A run whose first question at `path` meets `fault`. What pauses for nothing shares a GitHub.
#[track_caller]
fn meet(github: &Rc<FakeGitHub>, path: &str, fault: Fault) -> Over {
    github.forget_requests();
    github.fault(path, vec![fault]);
    start(github, judging()).wait()
}

impl Running {
    #[track_caller]
    fn wait(self) -> Over {
        let Self {
            github,
            mut job,
            mut step,
            child,
            files,
        } = self;
        let ran = job.finish(child, &files, &mut step);
        Over {
            requests: github.requests(),
            job,
            step,
            ran,
        }
    }
}

impl Over {
    /// The log without what changes from run to run.
    fn log(&self) -> String {
        let log = self.job.stable(&self.ran.log);
        let mut parts = log.split("; asked again in ");
        let mut stable = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (_, rest) = part.split_once(" s, ").unwrap();
            stable += "; asked again in <pause>, ";
            stable += rest;
        }
        stable
    }

    /// The log's last line, which is the complaint of a run that fails.
    fn last(&self) -> String {
        self.log().lines().last().unwrap().to_owned()
    }

    /// Asserts how the run ended, and how often it asked for `path`.
    #[track_caller]
    fn ended(&self, status: i32, path: &str, asked: usize) -> &Self {
        assert_eq!(self.ran.status, Some(status), "{}", self.log());
        let paths = self.requests.iter().map(|request| &request.path);
        let found = paths.filter(|found| found.split('?').next() == Some(path));
        assert_eq!(found.count(), asked, "{path}: {}", self.log());
        self
    }

    #[track_caller]
    fn says(&self, words: &str) -> &Self {
        let log = self.log();
        assert!(log.contains(words), "{words}: {log}");
        self
    }
}

/// What stands before GitHub's servers when none of them answers.
const UNICORN: &str = "<!DOCTYPE html><title>Unicorn! &middot; GitHub</title>";

#[test]
fn what_passes_is_asked_again_and_the_log_says_why() {
    let busy = "No server is currently available to service your request. Sorry about that.";
    let faults = || {
        [
            Fault::Reset,
            status(502, &[HTML], UNICORN),
            status(503, &[HTML], busy),
            status(504, &[], ""),
        ]
    };
    let each = |path: &'static str| faults().map(|fault| (path, facing(path, vec![fault])));
    let mut running: Vec<_> = [USER, DOOR, ABOUT].into_iter().flat_map(each).collect();
    running.extend([USER, ABOUT].map(|path| (path, facing(path, vec![Fault::Truncate]))));
    let waits = running.into_iter().map(|(path, running)| {
        let over = running.wait();
        over.ended(0, path, 2).says(ALLOWED);
        over.log().lines().nth(1).unwrap().to_owned()
    });
    let waits: Vec<_> = waits.collect();
    insta::assert_snapshot!(waits.join("\n"), @"
    GET /api/v3/user: cannot reach GitHub at `https://github.test/api/v3`: the connection was torn down; asked again in <pause>, for the second time
    GET /api/v3/user: GitHub is out of order: HTTP 502; asked again in <pause>, for the second time
    GET /api/v3/user: GitHub is out of order: HTTP 503; asked again in <pause>, for the second time
    GET /api/v3/user: GitHub is out of order: HTTP 504; asked again in <pause>, for the second time
    GET /acme/site.git/info/refs?service=git-receive-pack: cannot reach GitHub at `https://github.test`: the connection was torn down; asked again in <pause>, for the second time
    GET /acme/site.git/info/refs?service=git-receive-pack: GitHub is out of order: HTTP 502; asked again in <pause>, for the second time
    GET /acme/site.git/info/refs?service=git-receive-pack: GitHub is out of order: HTTP 503; asked again in <pause>, for the second time
    GET /acme/site.git/info/refs?service=git-receive-pack: GitHub is out of order: HTTP 504; asked again in <pause>, for the second time
    GET /api/v3/repos/acme/site: cannot reach GitHub at `https://github.test/api/v3`: the connection was torn down; asked again in <pause>, for the second time
    GET /api/v3/repos/acme/site: GitHub is out of order: HTTP 502; asked again in <pause>, for the second time
    GET /api/v3/repos/acme/site: GitHub is out of order: HTTP 503; asked again in <pause>, for the second time
    GET /api/v3/repos/acme/site: GitHub is out of order: HTTP 504; asked again in <pause>, for the second time
    GET /api/v3/user: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off; asked again in <pause>, for the second time
    GET /api/v3/repos/acme/site: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off; asked again in <pause>, for the second time
    ");
    // What stands above an advertisement tells enough.
    let cut = meet(&github(), DOOR, Fault::Truncate);
    cut.ended(0, DOOR, 1).says(ALLOWED);
}

#[test]
fn what_does_not_pass_is_given_up_after_four_questions() {
    let faults = || {
        [
            vec![Fault::Reset; 5],
            vec![status(502, &[HTML], UNICORN); 5],
            vec![limit(429, Some("1"), SECONDARY); 5],
        ]
    };
    let each = |path| faults().map(|faults| facing(path, faults));
    let [user, door] = [USER, DOOR].map(each);
    let about = facing(ABOUT, vec![status(500, &[], ""); 5]);
    let truncated = facing(USER, vec![Fault::Truncate; 5]).wait();
    insta::assert_snapshot!(truncated.ended(2, USER, 4).log(), @"
    patgate 0.1.0
    GET /api/v3/user: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off; asked again in <pause>, for the second time
    GET /api/v3/user: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off; asked again in <pause>, for the third time
    GET /api/v3/user: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off; asked again in <pause>, for the fourth time
    ::error title=patgate::cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: the answer broke off; run the step again; a proxy or a firewall may cut connections to this host
    ");
    let [reset, down, limited] = user.map(Running::wait);
    insta::assert_snapshot!(reset.ended(2, USER, 4).last(), @"::error title=patgate::cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: the connection was torn down; run the step again; a proxy or a firewall may cut connections to this host");
    insta::assert_snapshot!(down.ended(2, USER, 4).last(), @"::error title=patgate::cannot inspect the token: GitHub is out of order: HTTP 502; run the step again; GitHub's status page, or the server's administrators, tell more");
    insta::assert_snapshot!(limited.ended(2, USER, 4).last(), @"::error title=patgate::cannot inspect the token: GitHub answers no more questions for now, and wants 1 s of rest; run the step again later, or spread the jobs that use this token");
    let [reset, down, limited] = door.map(Running::wait);
    insta::assert_snapshot!(reset.ended(1, DOOR, 4).last(), @"::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/site`: cannot reach GitHub at `https://github.test`: the connection was torn down; run the step again, or allow it with `levels: { repositories/unknown: warn }`");
    insta::assert_snapshot!(down.ended(1, DOOR, 4).last(), @"::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/site`: GitHub is out of order: HTTP 502; run the step again, or allow it with `levels: { repositories/unknown: warn }`");
    insta::assert_snapshot!(limited.ended(1, DOOR, 4).last(), @"::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/site`: GitHub answers no more questions for now, and wants 1 s of rest; run the step again, or allow it with `levels: { repositories/unknown: warn }`");
    about.wait().ended(0, ABOUT, 4).says(ALLOWED);
}

#[test]
fn the_whole_run_ends_at_its_bound_and_leaves_nothing() {
    let bounded = |github: &Rc<FakeGitHub>| start(github, Step::new().with("timeout", "5s"));
    let facing = |path: &str, fault: Fault| {
        let github = github();
        github.fault(path, vec![fault]);
        bounded(&github)
    };
    let stalled = github();
    stalled.stall(true);
    for (path, running) in [
        (USER, bounded(&stalled)),
        (USER, facing(USER, Fault::Silence)),
        (USER, facing(USER, Fault::Drip)),
        (DOOR, facing(DOOR, Fault::Silence)),
    ] {
        let mut over = running.wait();
        insta::allow_duplicates! {
            insta::assert_snapshot!(over.ended(2, path, 1).log(), @"
            patgate 0.1.0
            ::error title=patgate::the token could not be judged within 5 seconds; run the step again, or give it more with the input `timeout`; GitHub's status page and the runner's network tell more
            ");
        }
        assert!(!over.job.home().exists(), "no lease is left");
        assert_eq!(over.ran.added, []);
        let post = over.job.post(&mut over.step);
        assert_eq!(post.status, Some(0), "{}", post.log);
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let github = github();
    let user = meet(&github, USER, Fault::Endless);
    insta::assert_snapshot!(user.ended(2, USER, 1).last(), @"::error title=patgate::cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: the answer is longer than any of GitHub's; check `server-url` and `api-url`, and what stands between");
    let door = meet(&github, DOOR, Fault::Endless);
    insta::assert_snapshot!(door.ended(1, DOOR, 1).last(), @"::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/site`: a web page answers in git's place; run the step again, or allow it with `levels: { repositories/unknown: warn }`");
    let about = meet(&github, ABOUT, Fault::Endless);
    about.ended(0, ABOUT, 1).says(ALLOWED);
}

#[test]
fn a_login_page_is_no_github_and_is_asked_once() {
    let github = github();
    let page = || status(200, &[HTML], "<!DOCTYPE html><title>Sign in</title>");
    let user = meet(&github, USER, page());
    insta::assert_snapshot!(user.ended(2, USER, 1).last(), @"::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends; check `server-url` and `api-url`, and whether a proxy or a login page stands between");
    let door = meet(&github, DOOR, page());
    insta::assert_snapshot!(door.ended(1, DOOR, 1).last(), @"::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/site`: a web page answers in git's place; run the step again, or allow it with `levels: { repositories/unknown: warn }`");
    let about = meet(&github, ABOUT, page());
    about.ended(0, ABOUT, 1).says(ALLOWED);
}

/// The title is recorded.
const MAINTENANCE: &str = "<!DOCTYPE html>\n<html>\n  <head>\n    <title>GitHub Enterprise is currently down for maintenance</title>\n  </head>\n</html>\n";

#[test]
fn a_server_in_maintenance_is_told_and_not_asked_again() {
    let github = github();
    let user = meet(&github, USER, status(503, &[HTML], MAINTENANCE));
    insta::assert_snapshot!(user.ended(2, USER, 1).last(), @"::error title=patgate::cannot inspect the token: the GitHub Enterprise Server at `https://github.test/api/v3` is down for maintenance; run the step again when the maintenance is over");
    let about = meet(&github, ABOUT, status(503, &[HTML], MAINTENANCE));
    about.ended(0, ABOUT, 1).says(ALLOWED);
}

#[test]
fn a_door_in_maintenance_is_not_knocked_at_again() {
    let over = meet(&github(), DOOR, status(503, &[HTML], MAINTENANCE));
    over.ended(1, DOOR, 1)
        .says(UNKNOWN)
        .says("down for maintenance");
}

#[test]
fn a_rest_that_github_asks_for_is_taken() {
    let plain = r#"{"message":"Slow down."}"#;
    let faults = || {
        [
            limit(429, Some("1"), SECONDARY),
            limit(403, Some("1"), SECONDARY),
            limit(403, Some("1"), ABUSE),
            limit(403, Some("1"), plain),
            limit(429, Some("0"), plain),
        ]
    };
    let each = |path| faults().map(|fault| facing(path, vec![fault]));
    let [user, door] = [USER, DOOR].map(each);
    let about = facing(ABOUT, vec![limit(403, Some("1"), SECONDARY)]);
    let user = user.map(|running| (USER, running));
    let door = door.map(|running| (DOOR, running));
    for (path, running) in user.into_iter().chain(door).chain([(ABOUT, about)]) {
        let over = running.wait();
        over.ended(0, path, 2)
            .says(ALLOWED)
            .says(&format!("GET {path}"));
        // Neither more nor less than was asked for.
        let span = if over.ran.log.contains("wants 0 s") {
            "0.0"
        } else {
            "1.0"
        };
        let told = format!(" s of rest; asked again in {span} s, for the second time");
        assert!(over.ran.log.contains(&told), "{}", over.ran.log);
    }
}

#[test]
fn a_rest_of_no_span_or_too_long_a_one_is_not_taken() {
    let github = github();
    let words = "GitHub answers no more questions for now";
    let complaint = format!("::error title=patgate::cannot inspect the token: {words}");
    let date = Some("Wed, 21 Oct 2037 07:28:00 GMT");
    let forever = Some("99999999999999999999999999");
    for after in [
        None,
        Some("3600"),
        date,
        Some("-1"),
        Some("1.5"),
        Some("1, 1"),
        Some(""),
        forever,
    ] {
        let over = meet(&github, USER, limit(403, after, ABUSE));
        over.ended(2, USER, 1).says(&complaint);
    }
    for after in [None, Some("3600"), date] {
        let over = meet(&github, USER, limit(429, after, SECONDARY));
        over.ended(2, USER, 1).says(&complaint);
        let over = meet(&github, DOOR, limit(429, after, SECONDARY));
        over.ended(1, DOOR, 1).says(&format!("{UNKNOWN}{words}"));
    }
    let no_header_tells = meet(&github, USER, limit(403, None, PRIMARY));
    no_header_tells.ended(2, USER, 1).says(&complaint);
    let about = meet(&github, ABOUT, limit(429, Some("3600"), SECONDARY));
    about.ended(0, ABOUT, 1).says(ALLOWED);
}

#[test]
fn a_rest_for_ever_is_no_bug() {
    let github = github();
    for span in ["9223372036854775807", "18446744073709551615"] {
        let fault = || limit(429, Some(span), SECONDARY);
        let user = meet(&github, USER, fault());
        user.ended(2, USER, 1)
            .says("GitHub answers no more questions for now");
        meet(&github, DOOR, fault()).ended(1, DOOR, 1).says(UNKNOWN);
        meet(&github, ABOUT, fault())
            .ended(0, ABOUT, 1)
            .says(ALLOWED);
    }
}

#[test]
fn an_hours_requests_that_are_used_up_are_told_with_their_return() {
    let github = github();
    let limit = |code, reset, more: Option<(&'static str, &'static str)>| {
        let used_up = [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", reset)];
        let headers: Vec<_> = [JSON].into_iter().chain(used_up).chain(more).collect();
        status(code, &headers, PRIMARY)
    };
    let words = "the requests that GitHub grants the token in an hour are used up";
    // A rest is of no use before the hour is over.
    for after in [None, Some(("Retry-After", "1"))] {
        for code in [403, 429] {
            let user = meet(&github, USER, limit(code, "1893456000", after));
            let told = format!("{words}, until 2030-01-01T00:00:00Z; run the step again then");
            assert!(
                user.ended(2, USER, 1).ran.log.contains(&told),
                "{}",
                user.ran.log
            );
            assert_eq!(user.requests.len(), 1);
        }
    }
    let door = meet(&github, DOOR, limit(403, "1893456000", None));
    let told = format!("{UNKNOWN}{words}, until 2030-01-01T00:00:00Z;");
    assert!(
        door.ended(1, DOOR, 1).ran.log.contains(&told),
        "{}",
        door.ran.log
    );
    let about = meet(&github, ABOUT, limit(403, "1893456000", None));
    about.ended(0, ABOUT, 1).says(ALLOWED);
    for reset in [
        "soon",
        "",
        "-1",
        "9223372036854775807",
        "18446744073709551615",
    ] {
        let user = meet(&github, USER, limit(403, reset, None));
        user.ended(2, USER, 1)
            .says(&format!("{words}; run the step again then"));
    }
}

#[test]
fn a_token_that_is_refused_is_asked_about_once() {
    let github = github();
    let refused = || status(401, &[JSON], r#"{"message":"Bad credentials"}"#);
    let over = meet(&github, USER, refused());
    over.ended(1, USER, 1).says("GitHub refuses the token");
    assert_eq!(over.requests.len(), 1);
    let taken = status(401, &[JSON], r#"{"message":"Requires authentication"}"#);
    let over = meet(&github, USER, taken);
    over.ended(2, USER, 1)
        .says("something between takes it out of the request");
    assert_eq!(over.requests.len(), 1);
    let text = status(401, &[TEXT], "Invalid username or token.");
    let over = meet(&github, DOOR, text);
    over.ended(1, DOOR, 1)
        .says("git's door does not take the token");
    let over = meet(&github, ABOUT, refused());
    over.ended(0, ABOUT, 1).says(ALLOWED);
}

#[test]
fn what_the_api_says_of_the_repository_never_fails_the_run() {
    let github = github();
    let said = |code| status(code, &[JSON], r#"{"message":"no"}"#);
    let told = |body| status(200, &[JSON], body);
    for fault in [
        said(400),
        said(403),
        said(451),
        status(404, &[HTML], "<html>"),
        status(407, &[HTML], "<html>"),
        status(418, &[], ""),
        told("null"),
        told("[]"),
        told(r#"{"full_name":"../..","archived":"?","visibility":7}"#),
    ] {
        meet(&github, ABOUT, fault).ended(0, ABOUT, 1).says(ALLOWED);
    }
}

#[test]
fn a_redirect_leads_nowhere_else() {
    let (github, other) = (github(), github());
    let host = |url: &str| url.split_once("://").unwrap().1.to_owned();
    let (own, there, tls) = (host(github.url()), host(other.url()), host(other.tls_url()));
    let meet = |path: &str, location: &str| {
        github.forget_requests();
        github.fault(path, vec![status(302, &[("Location", location)], "")]);
        // A certificate is not what keeps the token from going there.
        start(&github, judging().with("ca-certificates", other.ca_pem())).wait()
    };
    for base in [
        format!("http://{there}"),
        format!("//{there}"),
        format!("https://{tls}"),
        format!("http://{}", own.replace("127.0.0.1", "localhost")),
        format!("http://{own}@{there}"),
        format!("http://{own}.{there}"),
        format!("\\\\{there}"),
        format!("ftp://{own}"),
    ] {
        let user = meet(USER, &format!("{base}{USER}"));
        user.ended(2, USER, 1).says("where the token does not go");
        let door = meet(DOOR, &format!("{base}{DOOR}?service=git-receive-pack"));
        door.ended(1, DOOR, 1)
            .says("it is redirected to another host");
    }
    let about = meet(ABOUT, &format!("http://{there}{ABOUT}"));
    about.ended(0, ABOUT, 1).says(ALLOWED);
    assert_eq!(other.requests(), []);
}

#[test]
fn a_redirect_to_another_scheme_is_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(&client).lines();
        assert!(lines.any(|line| line.unwrap().is_empty()));
        let location = format!("https://{address}{USER}");
        let answer =
            format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        client.write_all(answer.as_bytes()).unwrap();
        listener
    });
    let mut job = Job::new(&format!("http://{address}"), &classic(0));
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    insta::assert_snapshot!(ran.log.replace(&address.to_string(), "github.test"), @"
    patgate 0.1.0
    ::error title=patgate::cannot inspect the token: what answers at `http://github.test/api/v3` leads elsewhere, to `https://github.test`, where the token does not go; give the address that it leads to as `server-url` or `api-url`, if that is your GitHub
    ");
    let listener = server.join().unwrap();
    listener.set_nonblocking(true).unwrap();
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn a_redirect_in_a_circle_ends() {
    for is_whole in [true, false] {
        let circling = |path: &str| {
            let github = github();
            let base = if is_whole { github.url() } else { "" };
            github.redirect(path, &format!("{base}{path}"));
            start(&github, judging()).wait()
        };
        circling(USER)
            .ended(2, USER, 4)
            .says("redirects in a circle");
        circling(DOOR)
            .ended(1, DOOR, 2)
            .says(&format!("{UNKNOWN}HTTP 302"));
        circling(ABOUT).ended(0, ABOUT, 4).says(ALLOWED);
    }
}

#[test]
fn hostile_words_stay_short_and_harmless() {
    let github = github();
    let token = classic(0);
    let control = r"a\u0000b\r\n::stop-commands::x\n\u001b]0;title\u0007\u009b31m\u2028\u202e";
    let raw = "a\u{0}b\r\n::stop-commands::x\n\u{1b}]0;title\u{7}\u{9b}31m\u{2028}\u{202e}";
    let echo = format!("you sent {token}, as Bearer {token}");
    let long = "never gonna give you up ".repeat(60_000);
    for (json, text) in [(control, raw), (&echo, &echo), (&long, &long)] {
        let json = format!(r#"{{"message":"{json}"}}"#);
        for code in [400, 403, 404] {
            harmless(&meet(&github, USER, status(code, &[JSON], &json)));
        }
        harmless(&meet(&github, DOOR, status(403, &[TEXT], text)));
        harmless(&meet(&github, ABOUT, status(403, &[JSON], &json)));
    }
}

#[track_caller]
fn harmless(over: &Over) {
    let Ran { log, summary, .. } = &over.ran;
    for (what, text) in [("log", log), ("summary", summary)] {
        assert!(text.len() < 3000, "the {what} has {} bytes", text.len());
        let odd = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{202e}".contains(c);
        assert!(!text.contains(odd), "the {what}: {text:?}");
    }
    let mut commands = log.lines().filter(|line| line.starts_with("::"));
    assert!(
        commands.all(|line| line.starts_with("::error title=patgate")),
        "{log}"
    );
}

#[test]
fn a_server_that_echoes_the_token_in_its_facts_is_not_echoed() {
    let token = classic(0);
    let github = github();
    let headers = [
        ("X-GitHub-Request-Id", "1"),
        ("X-OAuth-Scopes", &*format!("repo, {token}")),
        ("X-OAuth-Client-Id", &token),
        ("X-GitHub-Enterprise-Version", &token),
        ("GitHub-Authentication-Token-Expiration", &token),
    ];
    let user = format!(r#"{{"login":"{token}"}}"#);
    github.answer_with(USER, 200, &headers, &user);
    let about = format!(r#"{{"full_name":"acme/{token}"}}"#);
    github.answer_with(ABOUT, 200, &[JSON], &about);
    // The harness looks for the token in all that the run leaves.
    let over = start(&github, judging()).wait();
    assert_eq!(over.requests.len(), 3, "{}", over.log());
}

#[test]
fn the_bound_of_a_run_has_bounds() {
    let github = github();
    let with = |timeout: &str| {
        github.forget_requests();
        start(&github, judging().with("timeout", timeout)).wait()
    };
    for timeout in ["5s", "10m", " 1m30s "] {
        with(timeout).ended(0, USER, 1);
    }
    for timeout in [
        "4s",
        "601s",
        "0s",
        "-5s",
        "1d",
        "5",
        "soon",
        "9999999999999999h",
    ] {
        let over = with(timeout);
        insta::allow_duplicates! {
            insta::assert_snapshot!(over.ended(2, USER, 0).last(), @"::error title=patgate::the input `timeout` is no span of time from `5s` to `10m`; write it as `60s` or `2m`");
        }
    }
}

#[test]
fn a_run_that_is_cancelled_while_it_rests_ends_at_once() {
    for path in [USER, DOOR] {
        let github = github();
        github.fault(path, vec![limit(429, Some("300"), SECONDARY)]);
        let mut running = start(&github, Step::new().with("timeout", "10m"));
        wait_for(|| {
            github
                .requests()
                .iter()
                .any(|request| request.status == 429)
        });
        let id = running.child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status();
        assert!(kill.unwrap().success());
        // A run that rests on would be waited for too long.
        let child = RefCell::new(&mut running.child);
        wait_for(|| child.borrow_mut().try_wait().unwrap().is_some());
        let over = running.wait();
        over.ended(2, path, 1)
            .says("the run was cancelled; run the job again");
        assert_eq!(fs::read_dir(over.job.path("temp")).unwrap().count(), 0);
    }
}
