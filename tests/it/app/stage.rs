//! A GitHub with an app, a job that has the app's key, and the step that uses it.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fake_github::{
    Account, App, Builder, FakeGitHub, Installed, Minted, Request, Right, Visibility,
};
use serde_json::{Value, json};

use crate::canary;
use crate::issue::{self, gate};
use crate::rsa::{RsaKey, pem};
use crate::runner::{Job, Ran, Step, installation};

pub(super) const APP_ID: u64 = 4242;

/// Of the form that GitHub gives out, and no app's.
pub(super) const CLIENT_ID: &str = "Iv23liPATGATEcanary0";

/// All that one test plays with.
pub(super) struct Stage {
    pub(super) github: FakeGitHub,
    pub(super) job: Job,
    pub(super) step: Step,
}

/// The app's key as GitHub hands it out.
pub(super) fn key() -> String {
    pem("RSA PRIVATE KEY", &RsaKey::of_app().pkcs1())
}

/// The inputs that name the app.
pub(super) fn step() -> Step {
    Step::new()
        .with("client-id", CLIENT_ID)
        .with("private-key", &key())
}

/// The app, installed nowhere.
pub(super) fn app() -> App {
    let public = RsaKey::of_app().public();
    App::new(APP_ID, CLIENT_ID, "gatekeeper", public)
}

/// An installation that may push to all repositories of acme.
pub(super) fn on_acme() -> Installed {
    Installed::on("acme")
        .permission("contents", "write")
        .permission("issues", "read")
}

/// The same for octo.
pub(super) fn on_octo() -> Installed {
    Installed::on("octo").permission("contents", "write")
}

/// A GitHub without an app.
pub(super) fn world() -> Builder {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Private)
        .repository("acme/vault", Visibility::Private)
        .repository("octo/parts", Visibility::Private)
}

/// A GitHub where the app is installed once.
pub(super) fn github(installed: Installed) -> Builder {
    world().app(app().installed_on(installed))
}

/// A GitHub where the app is installed on acme, with all that it needs there.
pub(super) fn on_github() -> Builder {
    github(on_acme())
}

impl Stage {
    pub(super) fn new(github: Builder, policy: &str) -> Self {
        let github = github.start().unwrap();
        let job = Job::on(&github, "", policy);
        Self {
            github,
            job,
            step: step(),
        }
    }

    /// After a main phase that made a lease.
    #[track_caller]
    pub(super) fn leased(github: Builder, policy: &str) -> Self {
        let mut stage = Self::new(github, policy);
        let ran = stage.main();
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        stage
    }

    /// Where an app's token was made, revoked, and forgotten, and the path that it was made at.
    pub(super) fn with_mint(github: Builder) -> (Self, String) {
        let mut stage = Self::leased(github, &gate(super::PUSH));
        let mint = stage.asked("POST")[0].path.clone();
        stage.post();
        stage.github.forget_requests();
        stage.job.env.clear();
        (stage, mint)
    }

    /// Where GitHub gives out [`installation`], which ends at that instant.
    pub(super) fn with_answer(expires_at: &str) -> Self {
        let token = installation();
        let account = Account::installation("acme").right("acme/site", Right::Push);
        let (stage, mint) = Self::with_mint(on_github().token(&token, account));
        let made = json!({
            "token": token,
            "expires_at": expires_at,
            "permissions": { "contents": "write" },
            "repositories": [{ "full_name": "acme/site" }],
        });
        stage.github.answer_with(&mint, 201, &[], &made.to_string());
        stage
    }

    /// The main phase, after which every token that was made must be hidden.
    #[track_caller]
    pub(super) fn main(&mut self) -> Ran {
        let before = self.github.minted().len();
        let ran = self.job.main(&mut self.step);
        for Minted { token, .. } in &self.github.minted()[before..] {
            assert_masked_at_once(&ran.stdout, token);
        }
        self.watch(&ran);
        ran
    }

    /// The post phase, likewise.
    #[track_caller]
    pub(super) fn post(&mut self) -> Ran {
        let ran = self.job.post(&mut self.step);
        self.watch(&ran);
        ran
    }

    /// Looks for the key, what it signed, and each token that was made, where none may be.
    #[track_caller]
    pub(super) fn watch(&self, ran: &Ran) {
        let key = key();
        let lines: Vec<_> = key.lines().collect();
        // Its first, one within, and its last.
        let lines = [lines[1], lines[lines.len() / 2], lines[lines.len() - 2]];
        let (minted, requests) = (self.github.minted(), self.github.requests());
        let shown = requests
            .iter()
            .filter_map(|request| request.authorization.as_deref());
        let jwts = shown.filter_map(|shown| shown.strip_prefix("Bearer eyJ"));
        // A new token's last part is as good as all of it to whoever has seen the rest.
        let tokens = minted
            .iter()
            .flat_map(|minted| [minted.token.as_str(), last_part(&minted.token)]);
        let disk = canary::entries(self.job.dir.path());
        let disk: Vec<_> = disk
            .into_iter()
            .flat_map(|(path, bytes)| [path.into_os_string().into_encoded_bytes(), bytes])
            .collect();
        let disk = disk.join(&b'\n');
        for secret in lines.into_iter().chain(tokens).chain(jwts) {
            canary::assert_clean("the log", ran.log.as_bytes(), secret);
            canary::assert_clean("a file of the job", &disk, secret);
        }
        if let Some(key) = self.step.state("key") {
            self.watch_key_of_post(ran, key);
        }
    }

    /// Looks for what opens the tokens that were made: `GITHUB_STATE` alone may have it.
    #[track_caller]
    fn watch_key_of_post(&self, ran: &Ran, key: &str) {
        canary::assert_clean("the log", ran.log.as_bytes(), key);
        canary::assert_clean("the summary", ran.summary.as_bytes(), key);
        for (name, value) in ran.outputs.iter().chain(&self.job.env) {
            canary::assert_clean(name, value.as_bytes(), key);
        }
        if self.job.home().exists() {
            canary::assert_clean_folder(&self.job.home(), key);
        }
    }

    /// What the main phase shows. git's door is asked about several repositories side by side, here by name.
    pub(super) fn transcript(&self, ran: &Ran) -> String {
        let shown = stable(&issue::transcript(&self.github, &self.job, ran));
        let mut lines: Vec<_> = shown.lines().collect();
        let is_at_door = |line: &str| line.starts_with("GET ") && line.contains("/info/refs?");
        for side_by_side in lines.chunk_by_mut(|a, b| is_at_door(a) && is_at_door(b)) {
            side_by_side.sort_unstable();
        }
        lines.join("\n")
    }

    /// 'text' of this job, without what changes from run to run.
    pub(super) fn stable(&self, text: &str) -> String {
        let host = self.github.url().trim_start_matches("http://");
        stable(&self.job.stable(text).replace(host, "github.test"))
    }

    /// The requests with 'method', in order.
    pub(super) fn asked(&self, method: &str) -> Vec<Request> {
        let mut requests = self.github.requests();
        requests.retain(|request| request.method == method);
        requests
    }

    /// For each token that was made, whether it was revoked.
    pub(super) fn revoked(&self) -> Vec<bool> {
        let minted = self.github.minted();
        minted.iter().map(|minted| minted.revoked).collect()
    }

    /// What lies in the directory that later steps see.
    pub(super) fn left(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.job.home()) else {
            return Vec::new();
        };
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The file that keeps the token for post.
    pub(super) fn kept(&self) -> PathBuf {
        let left = self.left();
        let name = left.iter().find(|name| name.ends_with(".minted"));
        self.job.home().join(name.unwrap())
    }

    /// Whether git can read 'repository' with what the lease left.
    pub(super) fn can_fetch(&self, repository: &str) -> bool {
        let url = format!("{}/{repository}", self.github.url());
        self.job.git(&["ls-remote", &url]).0
    }
}

/// 'text' without the numbers of installations, and without how long a token still lives.
pub(super) fn stable(text: &str) -> String {
    let is_number = |part: &str| part.parse::<u64>().is_ok();
    let parts = text.split('/');
    let parts: Vec<_> = parts
        .map(|part| if is_number(part) { "NUMBER" } else { part })
        .collect();
    let text = parts.join("/");
    let mut pieces = text.split(" minutes");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |before, after| {
        let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
        format!("{before}SOME minutes{after}")
    })
}

/// The claims of the JWT that 'request' shows.
pub(super) fn claims(request: &Request) -> Value {
    let authorization = request.authorization.as_deref().unwrap();
    let jwt = authorization.strip_prefix("Bearer ").unwrap();
    let parts: Vec<_> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3, "a JWT has three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap()
}

fn last_part(token: &str) -> &str {
    token.rsplit('.').next().unwrap()
}

/// Fails unless 'token' is masked, in each form, before a word is said of it.
#[track_caller]
fn assert_masked_at_once(stdout: &str, token: &str) {
    let is_mask = |line: &&str| line.starts_with("::add-mask::");
    let first = format!("::add-mask::{token}");
    let mut rest = stdout.lines().skip_while(|line| *line != first).peekable();
    let mut masks = Vec::new();
    while let Some(line) = rest.next_if(is_mask) {
        masks.push(&line["::add-mask::".len()..]);
    }
    for form in canary::forms(token) {
        let hidden = masks.iter().any(|mask| form.contains(mask));
        assert!(hidden || form.contains('%'), "{form} is printed as it is");
    }
    let next = rest.next().unwrap_or_default();
    assert!(next.starts_with("the app has a token of its own"), "{next}");
}
