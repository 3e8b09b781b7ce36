//! The real `git http-backend`, run as a CGI program.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use hyper::body::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::answer::Answer;
use crate::repository::{Repository, folder, hermetic_git};
use crate::route::{GitCall, Step};

/// Where `git http-backend` is, and what it serves.
pub(crate) struct Backend {
    program: PathBuf,
    root: PathBuf,
    home: PathBuf,
}

impl Backend {
    /// Finds the program, which some systems package apart from git.
    pub(crate) fn find(root: &Path, home: &Path) -> io::Result<Self> {
        let output = hermetic_git("git", home).arg("--exec-path").output()?;
        let folder = String::from_utf8_lossy(&output.stdout);
        let program = Path::new(folder.trim()).join("git-http-backend");
        if !program.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no `{}`", program.display()),
            ));
        }
        Ok(Self {
            program,
            root: root.to_owned(),
            home: home.to_owned(),
        })
    }

    /// Runs 'call' on 'repository' for 'login'.
    pub(crate) async fn run(
        &self,
        repository: &Repository,
        call: &GitCall,
        login: Option<&str>,
        head: &Parts,
        body: Bytes,
    ) -> io::Result<Answer> {
        let mut command = Command::from(hermetic_git(&self.program, &self.home));
        let service = call.service.name();
        let (step, query) = match call.step {
            Step::Advertise => ("info/refs", format!("service={service}")),
            Step::Exchange => (service, String::new()),
        };
        command
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("SERVER_PROTOCOL", "HTTP/1.1")
            .env("REQUEST_METHOD", head.method.as_str())
            .env("QUERY_STRING", query)
            .env(
                "PATH_INFO",
                format!("/{}/{step}", folder(&repository.full_name)),
            )
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("REMOTE_ADDR", "127.0.0.1")
            .env("REMOTE_USER", login.unwrap_or_default());
        for (name, header) in [
            ("CONTENT_TYPE", CONTENT_TYPE),
            ("HTTP_CONTENT_ENCODING", CONTENT_ENCODING),
            ("GIT_PROTOCOL", HeaderName::from_static("git-protocol")),
        ] {
            if let Some(value) = text_of(&head.headers, &header) {
                command.env(name, value);
            }
        }
        answer_of(&feed(command, &body).await?)
    }
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Runs 'command' with 'body' on its stdin.
async fn feed(mut command: Command, body: &[u8]) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is piped above");
    // Both at once: a child that writes before it has read all would wait for ever.
    let ((), output) = tokio::join!(
        async {
            // A child that has read enough says so by its answer.
            let _ = stdin.write_all(body).await;
            drop(stdin);
        },
        child.wait_with_output(),
    );
    output
}

/// Turns a CGI program's output into an answer.
fn answer_of(output: &Output) -> io::Result<Answer> {
    let complaint = || {
        let stderr = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("{}, {}", output.status, stderr.trim()))
    };
    let (head, body) = split_head(&output.stdout).ok_or_else(complaint)?;
    let mut answer = Response::builder();
    for line in head.lines() {
        let (name, value) = line.split_once(": ").ok_or_else(complaint)?;
        if name.eq_ignore_ascii_case("status") {
            let status = value.split(' ').next().unwrap_or_default();
            let status = StatusCode::try_from(status);
            answer = answer.status(status.map_err(|_| complaint())?);
        } else {
            answer = answer.header(name, value);
        }
    }
    let body = Bytes::copy_from_slice(body).into();
    answer.body(body).map_err(io::Error::other)
}

/// The head as text, and what follows the empty line.
fn split_head(output: &[u8]) -> Option<(&str, &[u8])> {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = str::from_utf8(&output[..end]).ok()?;
    Some((head, &output[end + 4..]))
}
