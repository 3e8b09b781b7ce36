//! Who is known to leave a token in which file, and how to stop it.

/// A file that is known for keeping tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Culprit {
    /// What the file is, such as ``git's configuration of the repository in `site` ``.
    pub what: String,
    /// What keeps the token out of it.
    pub fix: &'static str,
}

const CHECKOUT: &str = "check out with `persist-credentials: false`, and run \
    `git config --unset-all http.https://HOST/.extraheader`; \
    if a remote's URL holds it, set that with `git remote set-url`";

const COMMITTED: &str = "do not `git add` it; while nothing is pushed, `git reset` and \
    `git gc --prune=now` take it out again";

/// Files by the end of their path, and what keeps a token out of each.
const FILES: &[(&str, &str, &str)] = &[
    (
        ".git-credentials",
        "the file of git's helper `store`",
        "do not use `credential.helper store`; take git's credentials from a lease",
    ),
    (
        ".config/git/credentials",
        "the file of git's helper `store`",
        "do not use `credential.helper store`; take git's credentials from a lease",
    ),
    (
        ".gitconfig",
        "git's configuration of the user",
        "do not run `git config --global` with a token in a header or a URL",
    ),
    (
        ".config/git/config",
        "git's configuration of the user",
        "do not run `git config --global` with a token in a header or a URL",
    ),
    (
        ".netrc",
        "the logins of curl and git",
        "do not write the token there; remove the file in the step that made it",
    ),
    (
        ".npmrc",
        "npm's configuration",
        "write `${NODE_AUTH_TOKEN}` in place of the token, and set that variable in the one step \
         that publishes",
    ),
    (
        ".yarnrc.yml",
        "Yarn's configuration",
        "write `${NODE_AUTH_TOKEN}` in place of the token, and set that variable in the one step \
         that publishes",
    ),
    (
        ".docker/config.json",
        "Docker's logins",
        "run `docker logout` behind the last push, or log in with docker/login-action, which does",
    ),
    (
        ".config/gh/hosts.yml",
        "the logins of `gh`",
        "set `GH_TOKEN` in the steps that call `gh`, and do not run `gh auth login`",
    ),
    (
        ".cargo/credentials.toml",
        "Cargo's logins",
        "set `CARGO_REGISTRY_TOKEN` in the step that publishes, and do not run `cargo login`",
    ),
    (
        ".cargo/credentials",
        "Cargo's logins",
        "set `CARGO_REGISTRY_TOKEN` in the step that publishes, and do not run `cargo login`",
    ),
    (
        "pip.conf",
        "pip's configuration",
        "set `PIP_INDEX_URL` in the steps that install",
    ),
    (
        ".pypirc",
        "the logins of twine",
        "set `TWINE_PASSWORD` in the step that publishes",
    ),
    (
        ".m2/settings.xml",
        "Maven's settings",
        "write `${env.GITHUB_TOKEN}` in place of the token, and set that variable in the steps \
         that call Maven",
    ),
    (
        ".gradle/gradle.properties",
        "Gradle's properties",
        "set `ORG_GRADLE_PROJECT_…` variables in the steps that call Gradle",
    ),
    (
        "auth.json",
        "Composer's logins",
        "set `COMPOSER_AUTH` in the steps that call Composer",
    ),
    (
        ".bundle/config",
        "Bundler's configuration",
        "set `BUNDLE_…` variables in the steps that call Bundler",
    ),
    (
        ".env",
        "a file of variables",
        "do not write the token there; set it under `env` of the steps that need it",
    ),
];

/// What files are, by their names' ends, where nothing better is known.
const ENDINGS: &[(&[&str], &str, &str)] = &[
    (
        &[".log"],
        "a log",
        "let the program that writes it say less: no `--verbose`, no `GIT_CURL_VERBOSE`, no `set -x`",
    ),
    (
        &[".zip", ".gz", ".tgz", ".whl", ".jar"],
        "an archive",
        "do not upload it as an artifact or a cache, and pack without `.git` and dotfiles",
    ),
];

impl Culprit {
    /// Whoever is known to write to `path`, which is relative to a root.
    pub fn of(path: &str) -> Option<Self> {
        let parts: Vec<_> = path.split('/').collect();
        git(&parts)
            .or_else(|| runner(&parts))
            .or_else(|| file(path))
            .or_else(|| ending(path))
    }

    fn new(what: impl Into<String>, fix: &'static str) -> Self {
        let what = what.into();
        Self { what, fix }
    }
}

/// What lies in a repository's own directory.
fn git(parts: &[&str]) -> Option<Culprit> {
    let at = parts.iter().rposition(|part| *part == ".git")?;
    let (above, below) = (&parts[..at], &parts[at + 1..]);
    let place = match above {
        [] => "the repository at the root".to_owned(),
        above => format!("the repository in `{}`", above.join("/")),
    };
    Some(match below {
        ["config" | "config.worktree"] | ["worktrees", _, "config.worktree"] => {
            Culprit::new(format!("git's configuration of {place}"), CHECKOUT)
        }
        ["modules", module @ .., "config" | "config.worktree"] if !module.is_empty() => {
            let module = module.join("/");
            let what = format!("git's configuration of the submodule `{module}` of {place}");
            Culprit::new(what, CHECKOUT)
        }
        [.., "objects", _, _] => Culprit::new(format!("an object of {place}"), COMMITTED),
        _ => return None,
    })
}

/// What lies where the runner keeps what steps share.
fn runner(parts: &[&str]) -> Option<Culprit> {
    let name = *parts.last()?;
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    if let Some(id) = stem.strip_prefix("git-credentials-")
        && is_uuid(id)
        && name.ends_with(".config")
    {
        return Some(Culprit::new(
            "the file in which actions/checkout keeps its token until its post step",
            "check out with `persist-credentials: false`",
        ));
    }
    if parts.contains(&"_runner_file_commands") {
        return Some(Culprit::new(
            "a file by which a step hands on variables and outputs",
            "do not write the token to `GITHUB_ENV`, `GITHUB_OUTPUT`, `GITHUB_STATE` or the \
             summary; set it under `env` of the steps that need it",
        ));
    }
    let is_script = [".sh", ".ps1", ".py", ".cmd"]
        .iter()
        .any(|ending| name.ends_with(ending));
    (is_script && is_uuid(stem)).then(|| {
        Culprit::new(
            "the script of a `run` step",
            "write no `${{ … }}` with a token into `run`; set it under `env` and read the variable",
        )
    })
}

fn file(path: &str) -> Option<Culprit> {
    let is_at = |end: &str| {
        path.strip_suffix(end)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let (_, what, fix) = FILES.iter().find(|(end, _, _)| is_at(end))?;
    Some(Culprit::new(*what, fix))
}

fn ending(path: &str) -> Option<Culprit> {
    let fits = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
    let (_, what, fix) = ENDINGS.iter().find(|(endings, _, _)| fits(endings))?;
    Some(Culprit::new(*what, fix))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b9f1f5e-7a86-4d51-8f0a-2f6c1f0d9e11";

    fn what(path: &str) -> Option<String> {
        Culprit::of(path).map(|culprit| culprit.what)
    }

    #[test]
    fn the_configuration_of_each_kind_of_repository_is_known() {
        for (path, told) in [
            (
                ".git/config",
                "git's configuration of the repository at the root",
            ),
            (
                "a/b/.git/config",
                "git's configuration of the repository in `a/b`",
            ),
            (
                "a/.git/worktrees/w/config.worktree",
                "git's configuration of the repository in `a`",
            ),
            (
                "a/.git/modules/libs/x/config",
                "git's configuration of the submodule `libs/x` of the repository in `a`",
            ),
        ] {
            let culprit = Culprit::of(path).unwrap();
            assert_eq!(culprit.what, told);
            assert!(culprit.fix.contains("persist-credentials: false"), "{path}");
        }
        assert_eq!(what("a/.git/hooks/post-checkout"), None);
        assert_eq!(what(".git/modules/config"), None);
    }

    #[test]
    fn what_the_runner_shares_is_told_by_its_names() {
        for (path, told) in [
            (format!("git-credentials-{ID}.config"), "actions/checkout"),
            (
                format!("_runner_file_commands/set_env_{ID}"),
                "a file by which a step hands on",
            ),
            (format!("_temp/{ID}.sh"), "the script of a `run` step"),
        ] {
            let what = what(&path).unwrap();
            assert!(what.contains(told), "{path}: {what}");
        }
        assert_eq!(what("git-credentials-patgate.config"), None);
        assert_eq!(what("scripts/build.sh"), None);
    }

    #[test]
    fn known_files_are_told_by_the_end_of_their_path() {
        for (path, told) in [
            (".docker/config.json", "Docker's logins"),
            ("home/.docker/config.json", "Docker's logins"),
            ("x/.npmrc", "npm's configuration"),
            (".config/gh/hosts.yml", "the logins of `gh`"),
            ("out/build.log", "a log"),
            ("dist/site.tar.gz", "an archive"),
        ] {
            assert_eq!(what(path).as_deref(), Some(told), "{path}");
        }
        assert_eq!(what("x.npmrc"), None, "another name");
        assert_eq!(what("src/config.json"), None);
    }
}
