//! The real programs, built in the profile that the demo has.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::screen::Screen;

/// Where the programs lie.
pub(crate) struct Programs(PathBuf);

impl Programs {
    /// Builds what is not built: cargo makes no program for an example that needs it.
    pub(crate) fn build(screen: &mut Screen) -> Result<Self> {
        screen.say("building patgate and git-credential-patgate, if need be")?;
        // `target/debug/examples/demo`
        let here = env::current_exe()?;
        let mut above = here.ancestors().skip(2);
        let (Some(profile), Some(target)) = (above.next(), above.next()) else {
            return Err("run the demo by `cargo run --example demo`".into());
        };
        let name = match profile.file_name().and_then(|name| name.to_str()) {
            // cargo's only profile whose directory has another name.
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        // `cargo run` names its package to this process. Build scripts, such as ring's, heed those
        // names: below them, everything would be built again.
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let of_package = names
            .filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        let mut cargo = Command::new(env!("CARGO"));
        of_package.for_each(|name| {
            cargo.env_remove(name);
        });
        let status = cargo
            // With the example, crates have the features that they were just built with.
            .args(["build", "--quiet", "--package", "patgate"])
            .args(["--bins", "--example", "demo", "--profile", name])
            .arg("--target-dir")
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()?;
        let programs = Self(profile.to_owned());
        if status.success() && programs.patgate().is_file() {
            Ok(programs)
        } else {
            Err("cargo does not build the programs".into())
        }
    }

    /// The action's program. It looks for git's helper beside itself.
    pub(crate) fn patgate(&self) -> PathBuf {
        self.0.join("patgate")
    }
}
