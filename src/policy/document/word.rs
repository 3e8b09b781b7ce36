//! What single words of a policy mean.

use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::facts::{Access, Glob, PermissionLevel, RepositoryPattern, TokenKind};

use super::super::known;
use super::super::rule::RuleName;
use super::super::{Level, Lifetime, Reference};
use super::shape::{Reader, Shape, Word};
use super::source::Placed;
use super::yaml::{Node, Value};

/// Words of which there are only these.
macro_rules! choices {
    ($(#[doc = $about:literal])* $name:ty, $expected:literal, { $($word:literal $doc:literal => $value:expr,)+ }) => {
        impl Word for $name {
            const EXPECTED: &str = $expected;
            const IS_FREE: bool = false;
            fn word(text: &str) -> Option<Self> {
                match text { $($word => Some($value),)+ _ => None }
            }
            fn known() -> Vec<&'static str> {
                vec![$($word,)+]
            }
            fn schema() -> Json {
                json!({ "oneOf": [$({ "const": $word, "description": $doc },)+] })
            }
        }
    };
}

choices!(TokenKind, "a kind of token", {
    "classic" "A classic personal access token, `ghp_`." => Self::Classic,
    "fine-grained" "A fine-grained personal access token, `github_pat_`." => Self::FineGrained,
    "installation" "An installation token of a GitHub App, `ghs_`; `GITHUB_TOKEN` is one." => Self::Installation,
    "legacy" "40 hexadecimal digits, from before April 2021." => Self::Legacy,
    "oauth" "A token of an OAuth app, `gho_`." => Self::OAuth,
    "user-to-server" "A token of a GitHub App that acts for a user, `ghu_`." => Self::UserToServer,
});

choices!(Access, "`push`, `fetch` or `none`", {
    "push" "The token can push to it, and the lease opens it." => Self::Push,
    "fetch" "The token can fetch from it, and the lease opens it." => Self::Fetch,
    "none" "The token cannot fetch from it, and the lease does not open it." => Self::None,
});

choices!(PermissionLevel, "`read`, `write`, `admin` or `none`", {
    "none" "Nothing." => Self::None,
    "read" "Reading." => Self::Read,
    "write" "Writing, and reading." => Self::Write,
    "admin" "Administration, and what comes before; few permissions have it." => Self::Admin,
});

choices!(Level, "`warn` or `deny`", {
    "warn" "A warning beside the run." => Self::Warn,
    "deny" "No lease." => Self::Deny,
});

/// The schema of a word in the form of `pattern`. The known ones stand in it for editors to
/// suggest; others are as good.
fn suggested<T: Word>(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern, "anyOf": [{ "enum": T::known() }, {}] })
}

/// A form of a lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Git,
    Netrc,
    Store,
}

choices!(Format, "`git`, `netrc` or `store`", {
    "git" "A sealed file, which git's helper opens." => Self::Git,
    "netrc" "Plain text in `.netrc`, for tools that know no helper." => Self::Netrc,
    "store" "Plain text in git's own credential store." => Self::Store,
});

impl Format {
    /// The format as policies and the input write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Netrc => "netrc",
            Self::Store => "store",
        }
    }
}

/// Whether forks may have a lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forks {
    Allow,
    Deny,
}

choices!(Forks, "`deny` or `allow`", {
    "deny" "No lease for a run that is for a fork." => Self::Deny,
    "allow" "A fork's run may have a lease." => Self::Allow,
});

/// Whose machine a job runs on, as the runner writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Machine {
    GitHubHosted,
    SelfHosted,
}

choices!(Machine, "`github-hosted` or `self-hosted`", {
    "github-hosted" "A machine of GitHub's, new for each job." => Self::GitHubHosted,
    "self-hosted" "A machine of one's own." => Self::SelfHosted,
});

impl Machine {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::GitHubHosted => "github-hosted",
            Self::SelfHosted => "self-hosted",
        }
    }
}

/// The version of the language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version;

/// A number, and so without quotes.
impl Shape for Placed<Version> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        const EXPECTED: &str = "`1`, the one version of the language that this patgate reads";
        match &node.value {
            Value::Scalar {
                text,
                is_plain: true,
            } if text == "1" => Some(Self {
                value: Version,
                at: node.at.clone(),
            }),
            // To other readers, and to a schema, it is the same number.
            Value::Scalar {
                text,
                is_plain: true,
            } if is_one(text) => reader.misread(node, "`1`", "1"),
            _ => reader.form(node, EXPECTED),
        }
    }

    fn schema() -> Json {
        json!({ "const": 1 })
    }
}

/// `1.0`, `0x1`, `+1` and the like.
fn is_one(text: &str) -> bool {
    let digits = text.trim_start_matches('+').replace('_', "");
    let digits = digits
        .strip_prefix("0x")
        .or(digits.strip_prefix("0o"))
        .or(digits.strip_prefix("0b"));
    text.parse::<f64>()
        .is_ok_and(|number| (number - 1.0).abs() < f64::EPSILON)
        || digits.is_some_and(|digits| digits.trim_start_matches('0') == "1")
}

/// The name of a gate.
#[derive(Clone, Debug)]
pub(crate) struct GateName(pub(crate) String);

impl Word for GateName {
    const EXPECTED: &str = "a gate's name, of letters, digits, `-`, `_` and `.`";
    const PAIR: &str = "default: { kinds: [fine-grained] }";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let first = text.bytes().next()?;
        (first.is_ascii_alphanumeric() && text.len() <= 100 && text.bytes().all(plain))
            .then(|| Self(text.to_owned()))
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$" })
    }
}

impl Word for Reference {
    const EXPECTED: &str = "a policy of another repository, `OWNER/REPO/PATH@REF`";
    const MEANS_NOTHING: &str = "no such path, or no such ref, can be";
    const IS_FREE: bool = false;
    fn word(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/[A-Za-z0-9._/-]+@[A-Za-z0-9._/+-]+$" })
    }
    fn is_in_form(text: &str) -> bool {
        let plain = |text: &str, more: &[u8]| {
            !text.is_empty()
                && text.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || b"._-".contains(&byte) || more.contains(&byte)
                })
        };
        text.split_once('@').is_some_and(|(file, revision)| {
            let mut parts = file.splitn(3, '/');
            let mut part = || parts.next().unwrap_or_default();
            plain(part(), b"")
                && plain(part(), b"")
                && plain(part(), b"/")
                && plain(revision, b"/+")
        })
    }
}

impl Word for Lifetime {
    const EXPECTED: &str = "a span of time, a number and a unit, such as `20m`, `2h` or `90d`";
    const MEANS_NOTHING: &str = "nothing, too long, or not from the largest unit to the smallest";
    const IS_FREE: bool = false;
    fn word(text: &str) -> Option<Self> {
        Self::parse(text)
            .ok()
            .filter(|span| span.to_string() == text)
    }
    fn is_in_form(text: &str) -> bool {
        Self::is_in_form(text)
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": Self::PATTERN })
    }
}

/// A login, or a pattern of it.
#[derive(Clone, Debug)]
pub(crate) struct Login(pub(crate) Glob);

impl Word for Login {
    const EXPECTED: &str = "a login, or a pattern such as `acme-*`";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        // `github-actions[bot]` has brackets, and managed users an underscore.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_[]*".contains(&byte);
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(Glob::new(text)))
    }
    fn meant(text: &str) -> Option<String> {
        let login = text.strip_prefix('@')?;
        Self::word(login).map(|_| login.to_owned())
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[A-Za-z0-9_*\[\]-]+$" })
    }
}

/// A permission's name.
#[derive(Clone, Debug)]
pub(crate) struct Permission(pub(crate) String);

impl Word for Permission {
    const EXPECTED: &str = "a permission, such as `contents` or `pull_requests`";
    const PAIR: &str = "contents: read";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
    fn known() -> Vec<&'static str> {
        known::permissions().collect()
    }
    fn doubt(text: &str) -> Option<String> {
        known::highest(text)
            .is_none()
            .then(|| format!("this patgate knows no permission `{text}`"))
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[a-z_]+$" })
    }
}

impl Word for RepositoryPattern {
    const EXPECTED: &str = "a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`";
    const MEANS_NOTHING: &str = "no repository can be called that";
    const PAIR: &str = "acme/site: push";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn is_in_form(text: &str) -> bool {
        // The schema cannot say that a name is neither `..` nor ends in `.git`.
        let plain = |text: &str, more: &[u8]| {
            (1..=100).contains(&text.len())
                && text.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || b"._-".contains(&byte) || more.contains(&byte)
                })
        };
        text.split_once('/')
            .is_some_and(|(owner, repository)| plain(owner, b"") && plain(repository, b"*"))
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._*-]{1,100}$" })
    }
}

impl Word for RuleName {
    const EXPECTED: &str = "a rule's name, such as `expiry/too-soon`";
    const PAIR: &str = "expiry/too-soon: warn";
    const IS_FREE: bool = false;
    fn word(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn known() -> Vec<&'static str> {
        Self::ALL.iter().map(|rule| rule.as_str()).collect()
    }
    fn schema() -> Json {
        let rules = Self::ALL
            .iter()
            .map(|rule| json!({ "const": rule.as_str(), "description": about(*rule) }));
        json!({ "oneOf": rules.collect::<Vec<_>>() })
    }
}

/// What editors show of a rule.
fn about(rule: RuleName) -> String {
    format!("{} {}", rule.summary(), rule.page())
}

/// A scope's name.
#[derive(Clone, Debug)]
pub(crate) struct Scope(pub(crate) String);

impl Word for Scope {
    const EXPECTED: &str = "a scope, such as `repo`";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":_-".contains(&byte);
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
    fn known() -> Vec<&'static str> {
        known::SCOPES.to_vec()
    }
    fn doubt(text: &str) -> Option<String> {
        (!known::SCOPES.contains(&text)).then(|| format!("this patgate knows no scope `{text}`"))
    }
    fn schema() -> Json {
        suggested::<Self>("^[a-z0-9:_-]+$")
    }
}

/// A scope's name or pattern.
#[derive(Clone, Debug)]
pub(crate) struct ScopePattern(pub(crate) Glob);

impl Word for ScopePattern {
    const EXPECTED: &str = "a scope, or a pattern such as `admin:*`";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        let letters = text.replace('*', "x");
        Scope::word(&letters).map(|_| Self(Glob::new(text)))
    }
    fn known() -> Vec<&'static str> {
        Scope::known()
    }
    fn doubt(text: &str) -> Option<String> {
        let glob = Glob::new(text);
        let fits = known::SCOPES.iter().any(|scope| glob.fits(scope));
        match (fits, text.contains('*')) {
            (true, _) => None,
            (false, false) => Scope::doubt(text),
            (false, true) => Some(format!("this patgate knows no scope that fits `{text}`")),
        }
    }
    fn schema() -> Json {
        suggested::<Self>("^[a-z0-9:_*-]+$")
    }
}

/// The name of an event.
#[derive(Clone, Debug)]
pub(crate) struct EventName(pub(crate) String);

impl Word for EventName {
    const EXPECTED: &str = "an event, such as `push` or `workflow_dispatch`";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
    fn known() -> Vec<&'static str> {
        known::EVENTS.to_vec()
    }
    fn doubt(text: &str) -> Option<String> {
        (!known::EVENTS.contains(&text)).then(|| format!("this patgate knows no event `{text}`"))
    }
    fn schema() -> Json {
        suggested::<Self>("^[a-z_]+$")
    }
}

/// Control characters, for a regular expression. Each is written out: what `\s` is, engines do not
/// agree on.
const CONTROLS: &str = r"\u0000-\u001f\u007f-\u009f";

/// What [`is_blank`], for a regular expression.
const BLANKS: &str = r"\u0000- \u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// A branch or a tag, or a pattern of it.
#[derive(Clone, Debug)]
pub(crate) struct RefPattern(pub(crate) Glob);

impl Word for RefPattern {
    const EXPECTED: &str =
        "a whole ref or a pattern of it, such as `refs/heads/main` or `refs/tags/v*`";
    const IS_FREE: bool = false;
    fn word(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("refs/")?;
        let plain = |c: char| !is_blank(c) && !"~^:?[\\".contains(c);
        (!rest.is_empty() && text.chars().count() <= 250 && rest.chars().all(plain))
            .then(|| Self(Glob::new(text)))
    }
    fn meant(text: &str) -> Option<String> {
        let whole = format!("refs/heads/{}", text.strip_prefix("heads/").unwrap_or(text));
        (!text.starts_with("refs/") && Self::word(&whole).is_some()).then_some(whole)
    }
    fn schema() -> Json {
        let pattern = format!(r"^refs/[^{BLANKS}~^:?\[\\]+$");
        json!({ "type": "string", "pattern": pattern, "maxLength": 250 })
    }
}

/// The file of a workflow, or a pattern of it.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowPattern(pub(crate) Glob);

impl Word for WorkflowPattern {
    const EXPECTED: &str = "a workflow's file, such as `acme/site/.github/workflows/release.yml@refs/heads/main`, or a pattern of it";
    const IS_FREE: bool = false;
    fn word(text: &str) -> Option<Self> {
        let (file, revision) = text.split_once('@').unwrap_or((text, "refs/*"));
        let good = file.split('/').count() >= 3
            && file.split('/').all(|part| !part.is_empty())
            && revision.starts_with("refs/")
            && text.chars().count() <= 250
            && !text.contains(is_blank);
        good.then(|| Self(Glob::new(format!("{file}@{revision}"))))
    }
    fn schema() -> Json {
        let part = format!("[^/@{BLANKS}]+");
        json!({
            "type": "string",
            "pattern": format!("^{part}/{part}(/{part})+(@refs/[^{BLANKS}]*)?$"),
            "maxLength": 250,
        })
    }
}

/// A day, in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day(pub(crate) Date);

impl Word for Day {
    const EXPECTED: &str = "a day, such as `2027-01-31`";
    const MEANS_NOTHING: &str = "there is no such day from 2000 on";
    const IS_FREE: bool = false;
    fn word(text: &str) -> Option<Self> {
        let day: Date = text.parse().ok()?;
        // One way to write it.
        (day.to_string() == text && (2000..=9998).contains(&day.year())).then_some(Self(day))
    }
    fn is_in_form(text: &str) -> bool {
        let parts: Vec<_> = text.split('-').collect();
        let digits =
            |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        parts.len() == 3 && digits(parts[0], 4) && digits(parts[1], 2) && digits(parts[2], 2)
    }
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

/// Why a rule is set aside.
#[derive(Clone, Debug)]
pub(crate) struct Reason(pub(crate) String);

impl Word for Reason {
    const EXPECTED: &str = "a reason, in words, on one line";
    const IS_FREE: bool = true;
    fn word(text: &str) -> Option<Self> {
        let good = text.trim() == text
            && (3..=300).contains(&text.chars().count())
            && !text.contains(char::is_control);
        good.then(|| Self(text.to_owned()))
    }
    fn schema() -> Json {
        let pattern = format!("^[^{BLANKS}][^{CONTROLS}]*[^{BLANKS}]$");
        json!({ "type": "string", "pattern": pattern, "minLength": 3, "maxLength": 300 })
    }
}
