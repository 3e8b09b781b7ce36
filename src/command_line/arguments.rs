//! What stands behind the program's name. The only file that knows clap.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::facts::TokenKind;
use crate::policy::link::{Expires, NAME_LEN, ServerVersion};

/// Judges a GitHub token against a policy.
#[derive(Debug, Parser)]
#[command(
    name = "patgate",
    bin_name = "patgate",
    version,
    long_about = ABOUT,
    disable_help_subcommand = true,
    subcommand_required = true,
    after_help = EXAMPLES
)]
pub(super) struct CommandLine {
    /// When to use colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(super) color: Color,
    #[command(subcommand)]
    pub(super) command: Command,
}

// Nothing here is wrapped by clap, which would ask the terminal.
const ABOUT: &str = "\
Judges a GitHub token against a policy.

As a step of a workflow, patgate takes its inputs from the runner and no arguments.
At a shell and in scheduled jobs it judges tokens and policies, and leases nothing.";

const EXAMPLES: &str = "\
Examples:
  patgate check < token                   Judge a token by .github/patgate.yml
  patgate policy .github/patgate.yml      Look for mistakes in a policy
  patgate test .github/patgate.test.yml   Hold a policy against its tests
  patgate explain expiry/too-late         Say what a rule demands
  patgate link --gate release             Say where to make the token of a gate

Exit status: 0 for yes, 1 for no, 2 if that could not be told.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    // Each has its words at its arguments.
    Check(Check),
    Policy(Lint),
    Test(Test),
    Explain(Explain),
    /// Print the JSON Schema of policies, for editors
    Schema,
    Link(Link),
    Completions(Completions),
}

/// Judge a token by a policy, and lease nothing
#[derive(Debug, clap::Args)]
#[command(long_about = CHECK_ABOUT, after_help = CHECK_EXAMPLES)]
pub(super) struct Check {
    /// The policy, a file or OWNER/REPO/PATH@REF [default: .github/patgate.yml]
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<String>,
    /// Which gate of the policy
    #[arg(long, value_name = "GATE", default_value = "default")]
    pub(super) gate: String,
    /// Only this of the gate's repositories, or "OWNER/REPO: push"; repeatable
    #[arg(long, value_name = "OWNER/REPO")]
    pub(super) repositories: Vec<String>,
    #[arg(long, value_name = "URL", help = ASKED)]
    pub(super) server_url: Option<String>,
    /// Its API, where it does not follow from the server
    #[arg(long, value_name = "URL")]
    pub(super) api_url: Option<String>,
    /// Certificates to trust beside the system's, a PEM file
    #[arg(long, value_name = "FILE")]
    pub(super) ca_certificates: Option<PathBuf>,
    /// How long it may take, from 5s to 10m [default: 1m]
    #[arg(long, value_name = "SPAN")]
    pub(super) timeout: Option<String>,
    /// The form of the answer
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(super) format: CheckFormat,
}

const CHECK_ABOUT: &str = "\
Judge a token by a policy, and lease nothing

The token comes from the variable PATGATE_TOKEN or from standard input, and never from
an argument, which everybody on the machine can see. GitHub is asked what it is; nothing
is changed there, and nothing is written here. Without a policy the baseline judges.";

const ASKED: &str = "The GitHub to ask [default: $GITHUB_SERVER_URL, else github.com]";

const CHECK_EXAMPLES: &str = "\
Examples:
  patgate check < token
  pass show github/bot | patgate check --gate release
  patgate check --policy ci/patgate.yml --format sarif < token > patgate.sarif

Exit status: 0 if the token may pass, 1 if the policy denies it, 2 if it could not be judged.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people
    Text,
    /// The action's report
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Look for mistakes in policies
///
/// Nothing is asked of GitHub, but what `--fetch` needs.
#[derive(Debug, clap::Args)]
#[command(after_help = LINT_EXAMPLES)]
pub(super) struct Lint {
    /// The policies
    #[arg(value_name = "FILE", default_value = crate::input::DEFAULT_POLICY)]
    pub(super) files: Vec<PathBuf>,
    /// A copy of what the policy extends; again for what that extends
    #[arg(long, value_name = "FILE", conflicts_with = "fetch")]
    pub(super) base: Vec<PathBuf>,
    #[arg(long, help = FETCHED)]
    pub(super) fetch: bool,
    /// The form [default: text; in a workflow github]
    #[arg(long, value_name = "FORM")]
    pub(super) format: Option<LintFormat>,
}

const FETCHED: &str = "Fetch what the policies extend, with the token in GITHUB_TOKEN or GH_TOKEN";

const LINT_EXAMPLES: &str = "\
Examples:
  patgate policy
  patgate policy .github/patgate.yml ci/patgate.yml --format json

Exit status: 0 if all are fine, 1 if one has a mistake, 2 if one cannot be read.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LintFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a workflow: each mistake beside its line
    Github,
}

/// Hold a policy against facts and expected findings, without asking anybody
///
/// A file of tests names its policy; docs/testing-policies.md has its form.
#[derive(Debug, clap::Args)]
#[command(after_help = TEST_EXAMPLES)]
pub(super) struct Test {
    /// The files of tests
    #[arg(value_name = "FILE", default_value = ".github/patgate.test.yml")]
    pub(super) files: Vec<PathBuf>,
    /// The form [default: text; in a workflow github]
    #[arg(long, value_name = "FORM")]
    pub(super) format: Option<TestFormat>,
}

const TEST_EXAMPLES: &str = "\
Examples:
  patgate test
  patgate test ci/*.test.yml

Exit status: 0 if all pass, 1 if one fails, 2 if a file cannot be run.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum TestFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a workflow: text, and each failure beside its file
    Github,
}

/// Say what a rule demands, and what to do about its complaint
///
/// Without a rule, a table of all.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patgate explain
  patgate explain expiry/too-late")]
pub(super) struct Explain {
    /// The rule's name
    pub(super) rule: Option<String>,
}

/// Say where to make the token that a gate asks for
#[derive(Debug, clap::Args)]
#[command(long_about = LINK_ABOUT, after_help = LINK_EXAMPLES)]
pub(super) struct Link {
    /// The policy [default: .github/patgate.yml, else the baseline]
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    /// A copy of what the policy extends; again for what that extends
    #[arg(long, value_name = "FILE")]
    pub(super) base: Vec<PathBuf>,
    /// Which gate of the policy
    #[arg(long, value_name = "GATE", default_value = "default")]
    pub(super) gate: String,
    /// Which kind: fine-grained or classic [default: the first that can be]
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    pub(super) kind: Option<Kind>,
    #[arg(long, value_name = "URL", help = MAKER)]
    pub(super) server_url: Option<String>,
    /// Its version, if it is a GitHub Enterprise Server, such as 3.21
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(super) server_version: Option<ServerVersion>,
    /// What to call the token, in 40 characters at most
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(super) name: Option<String>,
    /// After how many days it ends, 1 to 366, or none [default: as the gate allows]
    #[arg(long, value_name = "DAYS", value_parser = expires)]
    pub(super) expires: Option<Expires>,
}

const LINK_ABOUT: &str = "\
Say where to make the token that a gate asks for

Prints the address of GitHub's page, which fills itself in as far as GitHub lets it, and
the same in words. No address can choose repositories.";

const MAKER: &str = "The GitHub to make it on [default: $GITHUB_SERVER_URL, else github.com]";

const LINK_EXAMPLES: &str = "\
Examples:
  patgate link
  patgate link --policy ci/patgate.yml --gate release --expires 30
  patgate link --kind classic --server-url https://ghes.example

Exit status: 0 if there is such a page, 1 if there is none, 2 if the policy cannot be used.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    Classic,
    FineGrained,
}

impl From<Kind> for TokenKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Classic => Self::Classic,
            Kind::FineGrained => Self::FineGrained,
        }
    }
}

/// Print a script that completes commands and options in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patgate completions bash > ~/.local/share/bash-completion/completions/patgate
  patgate completions fish > ~/.config/fish/completions/patgate.fish")]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: Shell,
}

fn version(text: &str) -> Result<ServerVersion, String> {
    ServerVersion::parse(text).ok_or_else(|| "a version is two numbers, such as 3.21".to_owned())
}

fn name(text: &str) -> Result<String, String> {
    let fits = (1..=NAME_LEN).contains(&text.chars().count());
    fits.then(|| text.to_owned())
        .ok_or_else(|| format!("a token's name has from 1 to {NAME_LEN} characters"))
}

fn expires(text: &str) -> Result<Expires, String> {
    Expires::parse(text).ok_or_else(|| "a number of days from 1 to 366, or none".to_owned())
}

/// What clap answers in our place: help, the version, or a complaint.
pub(super) struct Usage {
    pub(super) text: String,
    pub(super) is_wrong: bool,
}

pub(super) fn read(arguments: Vec<OsString>) -> Result<CommandLine, Usage> {
    CommandLine::try_parse_from(arguments).map_err(|error| Usage {
        text: error.render().to_string(),
        is_wrong: error.use_stderr(),
    })
}

/// The script for `shell`.
pub(super) fn completions(shell: Shell) -> String {
    // Into memory: on a pipe that breaks, clap would panic.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "patgate", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
