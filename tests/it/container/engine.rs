//! The container engine, and what is removed from it in the end.

use std::env;
use std::io::{self, Write as _};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A docker client, and the images under test.
pub(super) struct Engine {
    client: String,
    /// The action's image.
    pub(super) image: String,
    /// A job container's image, with git and the users 1000 and 1001.
    pub(super) job_image: String,
}

const VARIABLES: [&str; 3] = [
    "PATGATE_TEST_DOCKER",
    "PATGATE_TEST_IMAGE",
    "PATGATE_TEST_JOB_IMAGE",
];

impl Engine {
    /// The engine that the environment names. `None`, after a line that says so: there is none.
    ///
    /// Where `CI_REQUIRE_ENGINE` is 1, no test may be skipped.
    pub(super) fn find() -> Option<Self> {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        if let [Some(client), Some(image), Some(job_image)] = VARIABLES.map(set) {
            return Some(Self {
                client,
                image,
                job_image,
            });
        }
        let missing: Vec<_> = VARIABLES.into_iter().filter(|v| set(v).is_none()).collect();
        let missing = format!("no container engine ({} not set)", missing.join(", "));
        assert_ne!(
            set("CI_REQUIRE_ENGINE").as_deref(),
            Some("1"),
            "{missing}, where CI_REQUIRE_ENGINE wants one"
        );
        // Past libtest's capture: whoever reads the log must see it. If stderr is closed, nobody does.
        let _ = writeln!(io::stderr(), "skipped: {missing}");
        None
    }

    /// The job container's image `tag` among those with other gits. `None`, after a line that
    /// says so: they were not made.
    pub(super) fn job_image(tag: &str) -> Option<String> {
        let name = env::var("PATGATE_TEST_JOB_IMAGES").ok();
        let name = name.filter(|name| !name.is_empty());
        if name.is_none() {
            // As above.
            let _ = writeln!(
                io::stderr(),
                "skipped: no image with another git (PATGATE_TEST_JOB_IMAGES not set)"
            );
        }
        Some(format!("{}:{tag}", name?))
    }

    /// The client, without arguments.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.client);
        command.stdin(Stdio::null());
        command
    }

    /// Runs the client, which must succeed; what it prints.
    #[track_caller]
    pub(super) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Removes something, if it is there.
    fn remove(&self, arguments: &[&str]) {
        // What is not there need not be removed, and a failing test has its own reason already.
        let _ = self.command().args(arguments).output();
    }
}

/// A name that no other test has, nor another run of the tests.
pub(super) fn fresh_name(what: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("patgate_test_{what}_{}_{n}", process::id())
}

/// A container's name; no container has it once this is dropped.
pub(super) struct Container<'a> {
    engine: &'a Engine,
    pub(super) name: String,
}

impl<'a> Container<'a> {
    /// Takes a name; a command of the caller's makes the container.
    pub(super) fn named(engine: &'a Engine, what: &str) -> Self {
        let name = fresh_name(what);
        Self { engine, name }
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.engine
            .remove(&["rm", "--force", "--volumes", &self.name]);
    }
}

/// A network with no way out, and names for its containers; gone once this is dropped.
pub(super) struct Network<'a> {
    engine: &'a Engine,
    pub(super) name: String,
}

impl<'a> Network<'a> {
    pub(super) fn create(engine: &'a Engine) -> Self {
        let name = fresh_name("network");
        engine.ok(&["network", "create", "--internal", &name]);
        Self { engine, name }
    }
}

impl Drop for Network<'_> {
    fn drop(&mut self) {
        self.engine.remove(&["network", "rm", &self.name]);
    }
}

/// Waits until `condition` holds, and fails if it does not in half a minute.
#[track_caller]
pub(super) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end, "{what}: not within 30 seconds");
        thread::sleep(Duration::from_millis(20));
    }
}
