//! The image: what is in it, and that nothing else is.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::engine::{Container, Engine};

/// What the engine itself puts into every container's root.
const STUBS: [&str; 6] = [".dockerenv", "dev/", "etc/", "proc/", "sys/", "run/"];

const MAX_SIZE: u64 = 12_000_000;

/// `mode owner name` of every file in the image.
fn files(engine: &Engine) -> Vec<String> {
    let container = Container::named(engine, "image");
    engine.ok(&["create", "--name", &container.name, &engine.image]);
    let mut export = engine.command();
    let mut export = export
        .args(["export", &container.name])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let listed = Command::new("tar")
        .args(["--list", "--verbose", "--numeric-owner"])
        .stdin(export.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(
        export.wait().unwrap().success(),
        "the image can be exported"
    );
    assert!(listed.status.success(), "{:?}", listed.stderr);
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut files: Vec<_> = listed.lines().filter_map(file).collect();
    files.sort();
    files
}

/// One line of tar's, as `name mode owner`; none for the engine's own.
fn file(line: &str) -> Option<String> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [mode, owner, _size, _date, _time, name @ ..] = &words[..] else {
        panic!("tar says `{line}`");
    };
    let name = name.join(" ");
    let is_stub = STUBS.iter().any(|stub| name.starts_with(stub));
    (!is_stub).then(|| format!("{name} {mode} {owner}"))
}

#[test]
fn the_image_has_the_two_programs_and_nothing_else() {
    let Some(engine) = Engine::find() else { return };
    assert_eq!(
        files(&engine),
        [
            "git-credential-patgate -rwxr-xr-x 0/0",
            "patgate -rwxr-xr-x 0/0",
            "patgate-post -> patgate lrwxrwxrwx 0/0",
        ]
    );
}

#[test]
fn the_image_is_small_and_asks_for_nothing() {
    let Some(engine) = Engine::find() else { return };
    let look = |format: &str| engine.ok(&["image", "inspect", "--format", format, &engine.image]);
    let config = "{{json .Config.User}} {{json .Config.Entrypoint}} {{json .Config.Cmd}} \
                  {{json .Config.Volumes}} {{json .Config.ExposedPorts}}";
    assert_eq!(
        look(config),
        r#""" ["/patgate"] null null null"#,
        "root, as the runner wants it; user, entrypoint, arguments, volumes, ports"
    );
    let size: u64 = look("{{.Size}}").parse().unwrap();
    assert!(
        size < MAX_SIZE,
        "{size} bytes; the release profile makes it small"
    );
}

#[test]
fn both_programs_run_where_there_is_nothing_but_them() {
    let Some(engine) = Engine::find() else { return };
    let version = engine.ok(&["run", "--rm", &engine.image, "--version"]);
    assert_eq!(version, concat!("patgate ", env!("CARGO_PKG_VERSION")));
    let mut helper = engine.command();
    helper.args([
        "run",
        "--rm",
        "--interactive",
        "--entrypoint",
        "/git-credential-patgate",
    ]);
    helper.args([&engine.image, "get"]).stdin(Stdio::piped());
    let helper = helper.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut helper = helper.unwrap();
    let request = b"protocol=https\nhost=ghes.test\npath=acme/site\n\n";
    helper.stdin.take().unwrap().write_all(request).unwrap();
    let output = helper.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("PATGATE_HOME is not set"), "{complaint}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "quit=1\n");
}
