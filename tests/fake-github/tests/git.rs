//! git against the fake, by the real git.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::path::Path;
use std::thread;

use fake_github::{Account, FakeGitHub, Right, Visibility};
use support::{authorization, clone, complaint, get, git, git_well, header};
use tempfile::tempdir;

fn github() -> FakeGitHub {
    let octocat = Account::user("octocat")
        .right("acme/site", Right::Push)
        .right("acme/docs", Right::Fetch);
    let workflow = Account::installation("acme").right("acme/site", Right::Fetch);
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Public)
        .repository("acme/vault", Visibility::Private)
        .token("octocats", octocat)
        .token("workflows", workflow)
        .start()
        .unwrap()
}

/// Commits 'content' in 'directory'/clone.
fn commit(directory: &Path, content: &[u8]) {
    let work = directory.join("clone");
    std::fs::write(work.join("new"), content).unwrap();
    git_well(&work, &["add", "new"]);
    git_well(&work, &["commit", "--quiet", "--message", "Add a file"]);
}

fn advertisement(name: &str, service: &str) -> String {
    format!("/{name}/info/refs?service={service}")
}

#[test]
fn a_clone_has_the_readme() {
    let (github, directory) = (github(), tempdir().unwrap());
    clone(github.url(), "acme/site", "octocats", directory.path());
    let readme = std::fs::read_to_string(directory.path().join("clone/README.md"));
    assert_eq!(readme.unwrap(), "# acme/site\n");
    let branch = git_well(&directory.path().join("clone"), &["branch"]);
    assert_eq!(branch, "* main\n");
}

#[test]
fn a_clone_over_tls_needs_the_ca() {
    let (github, directory) = (github(), tempdir().unwrap());
    let remote = format!("{}/acme/site.git", github.tls_url());
    let ca = format!("http.sslCAInfo={}", github.ca_file().display());
    let ls_remote = ["-c", &header("octocats"), "ls-remote", &remote];
    let stranger = git(directory.path(), &ls_remote);
    assert!(!stranger.status.success(), "nobody else trusts this CA");
    assert!(github.requests().is_empty());

    let with_ca = [&["-c", ca.as_str()], &ls_remote[..]].concat();
    assert!(git_well(directory.path(), &with_ca).contains("refs/heads/main"));
    assert!(
        github
            .requests()
            .iter()
            .all(|request| request.scheme == "https")
    );
}

#[test]
fn a_push_lands_in_the_bare_repository() {
    let (github, directory) = (github(), tempdir().unwrap());
    let remote = clone(github.url(), "acme/site", "octocats", directory.path());
    commit(directory.path(), b"new\n");
    let work = directory.path().join("clone");
    git_well(
        &work,
        &[
            "-c",
            &header("octocats"),
            "push",
            "--quiet",
            &remote,
            "main",
        ],
    );
    let ours = git_well(&work, &["rev-parse", "main"]);
    let bare = github.repository_path("acme/site");
    assert_eq!(git_well(&bare, &["rev-parse", "main"]), ours);
}

#[test]
fn a_push_beyond_the_post_buffer_comes_in_chunks() {
    let (github, directory) = (github(), tempdir().unwrap());
    let remote = clone(github.url(), "acme/site", "octocats", directory.path());
    // Noise, which does not compress.
    let noise = std::iter::successors(Some(1_u64), |seed| {
        Some(
            seed.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    });
    let noise: Vec<u8> = noise
        .take(3 << 20)
        .map(|seed| seed.to_be_bytes()[0])
        .collect();
    commit(directory.path(), &noise);
    let work = directory.path().join("clone");
    git_well(
        &work,
        &[
            "-c",
            &header("octocats"),
            "push",
            "--quiet",
            &remote,
            "main",
        ],
    );

    let chunked = ("transfer-encoding".to_owned(), "chunked".to_owned());
    let mut requests = github.requests().into_iter();
    assert!(requests.any(|request| request.headers.contains(&chunked) && request.status == 200));
    let bare = github.repository_path("acme/site");
    assert_eq!(
        git_well(&bare, &["cat-file", "-s", "main:new"]),
        "3145728\n"
    );
}

#[test]
fn a_push_without_the_right_is_denied_by_name() {
    let (github, directory) = (github(), tempdir().unwrap());
    for (name, token, login) in [
        ("acme/docs", "octocats", "octocat"),
        ("ACME/Site", "workflows", "github-actions[bot]"),
    ] {
        let remote = format!("{}/{name}.git", github.url());
        git_well(directory.path(), &["init", "--quiet", "clone"]);
        commit(directory.path(), login.as_bytes());
        let push = ["-c", &header(token), "push", &remote, "HEAD:main"];
        let complaint = complaint(&git(&directory.path().join("clone"), &push));
        let name = name.to_lowercase();
        let denied = format!("remote: Permission to {name}.git denied to {login}.");
        assert!(complaint.contains(&denied), "{complaint}");
        assert!(complaint.contains("error: 403"), "{complaint}");
    }
}

#[test]
fn a_repository_out_of_reach_is_not_found() {
    let (github, directory) = (github(), tempdir().unwrap());
    for name in ["acme/vault", "acme/nothing"] {
        let remote = format!("{}/{name}", github.url());
        let ls_remote = ["-c", &header("octocats"), "ls-remote", &remote];
        let complaint = complaint(&git(directory.path(), &ls_remote));
        assert!(complaint.contains("remote: Repository not found."));
    }
    assert_eq!(github.requests()[0].status, 404);
}

#[test]
fn a_bad_token_is_refused_even_where_none_is_needed() {
    let (github, directory) = (github(), tempdir().unwrap());
    let remote = format!("{}/acme/docs.git", github.url());
    git_well(directory.path(), &["ls-remote", &remote]);
    git_well(
        directory.path(),
        &["-c", &header("octocats"), "ls-remote", &remote],
    );
    github.revoke("octocats");
    for token in ["octocats", "mistyped"] {
        let ls_remote = ["-c", &header(token), "ls-remote", &remote];
        assert!(!git(directory.path(), &ls_remote).status.success());

        // git shows GitHub's words only for a credential it has asked for.
        let site = github.url().replace("://", &format!("://octocat:{token}@"));
        let refused = git(
            directory.path(),
            &["ls-remote", &format!("{site}/acme/site")],
        );
        let complaint = complaint(&refused);
        assert!(complaint.contains("remote: Invalid username or token."));
    }
    let path = advertisement("acme/docs.git", "git-upload-pack");
    let answer = get(github.url(), &path, &[&authorization("mistyped")]);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.contains("www-authenticate: Basic realm=\"GitHub\"\r\n"));
}

#[test]
fn without_a_token_all_that_works_is_a_fetch_of_what_is_public() {
    let github = github();
    for (name, service, status, body) in [
        (
            "acme/docs",
            "git-upload-pack",
            200,
            "# service=git-upload-pack",
        ),
        (
            "acme/docs",
            "git-receive-pack",
            401,
            "No anonymous write access.",
        ),
        ("acme/site", "git-upload-pack", 401, "Repository not found."),
        (
            "acme/site",
            "git-receive-pack",
            401,
            "Repository not found.",
        ),
        ("no/thing", "git-upload-pack", 401, "Repository not found."),
    ] {
        let answer = get(github.url(), &advertisement(name, service), &[]);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        assert!(answer.contains(body), "{answer}");
    }
}

#[test]
fn git_asks_its_helper_once_it_is_challenged() {
    let (github, directory) = (github(), tempdir().unwrap());
    let helper = "credential.helper=!printf 'username=x-access-token\\npassword=octocats\\n' #";
    let remote = format!("{}/acme/site.git", github.url());
    git_well(directory.path(), &["-c", helper, "ls-remote", &remote]);
    let requests = github.requests();
    assert_eq!(
        (requests[0].status, &requests[0].authorization),
        (401, &None)
    );
    assert_eq!(requests[1].status, 200);
    let credential = authorization("octocats");
    let credential = credential.strip_prefix("Authorization: ");
    assert_eq!(requests[1].authorization.as_deref(), credential);
    let agent = requests[1].user_agent.as_deref();
    assert!(agent.is_some_and(|agent| agent.starts_with("git/")));
    assert_eq!(
        requests[0].to_string(),
        "GET /acme/site.git/info/refs?service=git-upload-pack"
    );
    github.forget_requests();
    assert!(github.requests().is_empty());
}

#[test]
fn two_authorization_headers_are_one_too_many() {
    let (github, directory) = (github(), tempdir().unwrap());
    let remote = format!("{}/acme/site.git", github.url());
    let header = header("octocats");
    let ls_remote = ["-c", &header, "-c", &header, "ls-remote", &remote];
    let complaint = complaint(&git(directory.path(), &ls_remote));
    assert!(complaint.contains("remote: Duplicate header: \"Authorization\""));
    assert!(complaint.contains("error: 400"), "{complaint}");
}

#[test]
fn a_path_with_dots_means_what_it_means_to_github() {
    let github = github();
    let service = "git-upload-pack";
    let authorization = authorization("octocats");
    for (name, status) in [
        ("Acme/SITE.git", 200),
        ("acme/docs/../site.git", 200),
        ("acme/docs/%2e%2E/site.git", 200),
        ("acme/vault/../site", 200),
        ("acme/site/../vault", 404),
        ("acme/..%2fsite.git", 404),
        ("acme/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc.git", 404),
    ] {
        let answer = get(
            github.url(),
            &advertisement(name, service),
            &[&authorization],
        );
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{name}: {answer}"
        );
    }
}

#[test]
fn many_clones_at_once_all_succeed() {
    let (github, directory) = (github(), tempdir().unwrap());
    thread::scope(|scope| {
        for number in 0..8 {
            let (url, directory) = (github.url(), directory.path().join(number.to_string()));
            scope.spawn(move || {
                std::fs::create_dir(&directory).unwrap();
                clone(url, "acme/site", "octocats", &directory);
            });
        }
    });
    assert!(
        github
            .requests()
            .iter()
            .all(|request| request.status == 200)
    );
}
