//! What GitHub's refusals mean. Pure.
//!
//! GitHub's words vary with the years, so that they are known by fragments, in any case.
//! <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::facts::{Cause, Refusal};
use crate::token::TokenKind;

use super::header;
use super::quote::{quote, short, without_secret};
use super::trouble::GitHubError;

/// An answer that says no.
pub(super) struct No<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    /// The message of the API, or what git would show as `remote:`.
    pub(super) message: &'a str,
}

/// Finds what a refusal comes from. The order is that of what hides what: an organization's rule
/// is told before the permission that it takes away.
pub(super) fn refusal(no: &No<'_>, secret: &SecretString) -> Refusal {
    let words = Words::of(no.message);
    let cause = single_sign_on(no, &words)
        .or_else(|| lifetime(no.message, &words))
        .or_else(|| organization(no.message, &words))
        .or_else(|| account(&words))
        .or_else(|| repository(no, &words))
        .unwrap_or(Cause::Other);
    Refusal {
        cause: harmless(cause, secret),
        said: quote(no.message, secret),
    }
}

/// Whether a refusal speaks of how much was asked, and how long to wait, if it tells.
pub(super) fn limit(no: &No<'_>) -> Option<Limit> {
    let words = Words::of(no.message);
    let used_up = header::number(no.headers, "x-ratelimit-remaining") == Some(0);
    let after = header::number(no.headers, "retry-after");
    if words.have("secondary rate limit") || words.have("abuse detection") {
        return Some(Limit::Secondary { after });
    }
    if used_up {
        let reset = header::number(no.headers, "x-ratelimit-reset");
        return Some(Limit::Primary { reset });
    }
    let too_many = no.status == StatusCode::TOO_MANY_REQUESTS;
    if too_many || after.is_some() || words.have("rate limit") {
        return Some(Limit::Secondary { after });
    }
    None
}

/// Which of GitHub's two limits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Limit {
    /// So many requests an hour, until the instant `reset`, in seconds since 1970.
    Primary { reset: Option<u64> },
    /// So many requests at once; `after` so many seconds there may be more.
    Secondary { after: Option<u64> },
}

impl Limit {
    /// The same, for people.
    pub(super) fn error(self) -> GitHubError {
        match self {
            Self::Primary { reset } => GitHubError::Exhausted {
                reset: reset
                    .and_then(|seconds| i64::try_from(seconds).ok())
                    .and_then(|seconds| Timestamp::from_second(seconds).ok()),
            },
            Self::Secondary { after } => GitHubError::Limited {
                after: after.map(Duration::from_secs),
            },
        }
    }
}

/// What is said, in lower case.
struct Words(String);

impl Words {
    fn of(message: &str) -> Self {
        Self(message.to_ascii_lowercase())
    }

    fn have(&self, fragment: &str) -> bool {
        self.0.contains(fragment)
    }
}

/// On the API there is a header; git's door has the page in its text.
///
/// <https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#about-saml-sso-for-organizations>
fn single_sign_on(no: &No<'_>, words: &Words) -> Option<Cause> {
    let told = header::text(no.headers, "x-github-sso");
    let required = told.is_some_and(|told| told.trim_start().starts_with("required"));
    let said = words.have("saml enforcement") || words.have("saml sso");
    let said = said || words.have("re-authorize the oauth application");
    if !required && !said {
        return None;
    }
    let by_header = told.and_then(|told| {
        told.split(';')
            .find_map(|part| part.trim().strip_prefix("url="))
    });
    let by_text = urls(no.message).find(|url| url.contains("/sso"));
    let page = by_header.filter(|url| is_page(url)).or(by_text);
    Some(Cause::Sso {
        page: page.map(str::to_owned),
    })
}

/// `The 'ORG' organization forbids access via a … if the token's lifetime is greater than 366
/// days. … https://github.com/settings/personal-access-tokens/NNN`
fn lifetime(message: &str, words: &Words) -> Option<Cause> {
    if !words.have("lifetime is greater than") {
        return None;
    }
    let at = words.0.find("lifetime is greater than ")? + "lifetime is greater than ".len();
    let digits = words.0[at..]
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    let sort = if words.have("enterprise forbids") {
        "enterprise"
    } else {
        "organization"
    };
    let holder = between(message, "'").map_or_else(
        || sort.to_owned(),
        |name| format!("{sort} `{}`", plain(name)),
    );
    let page = urls(message).find(|url| url.contains("/settings/"));
    Some(Cause::Lifetime {
        holder,
        days: digits.parse().ok()?,
        page: page.map(str::to_owned),
    })
}

fn organization(message: &str, words: &Words) -> Option<Cause> {
    let organization = || between(message, "`").or_else(|| between(message, "'"));
    let organization = || organization().map(|name| plain(name).to_owned());
    let kind = if words.have("fine-grained") && !words.have("(classic)") {
        TokenKind::FineGrained
    } else {
        TokenKind::Classic
    };
    if words.have("forbids access via a personal access token")
        || words.have("forbids access via a fine-grained")
    {
        // `… (classic). Please use a … token with fine-grained permissions.`
        return Some(Cause::KindForbidden {
            organization: organization(),
            kind,
        });
    }
    if words.have("are forbidden from accessing this repository") {
        return Some(Cause::KindForbidden {
            organization: None,
            kind,
        });
    }
    if words.have("ip allow list") {
        let address = message
            .split_once("IP address ")
            .and_then(|(_, rest)| rest.split_whitespace().next())
            .filter(|word| word.contains(['.', ':']));
        return Some(Cause::IpAllowList {
            organization: organization(),
            address: address.map(|address| plain(address).to_owned()),
        });
    }
    words
        .have("oauth app access restrictions")
        .then(|| Cause::OAuthRestricted {
            organization: organization(),
        })
}

fn account(words: &Words) -> Option<Cause> {
    if words.have("installation has been suspended") {
        return Some(Cause::SuspendedInstallation);
    }
    if words.have("account was suspended") || words.have("account is suspended") {
        return Some(Cause::SuspendedAccount);
    }
    let locked = words.have("maximum number of login attempts") || words.have("too many login");
    locked.then_some(Cause::LoginLimit)
}

fn repository(no: &No<'_>, words: &Words) -> Option<Cause> {
    if words.have("repository access blocked")
        || no.status == StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
    {
        return Some(Cause::Blocked { reason: None });
    }
    if words.have("archived so it is read-only") {
        return Some(Cause::Archived);
    }
    if words.have("write access to repository not granted") {
        return Some(Cause::NoContents);
    }
    if words.have("must have admin rights") {
        return Some(Cause::AdministratorsOnly);
    }
    if let Some(at) = words.0.find(" denied to ") {
        // Lower case has the same length here: only ASCII was changed.
        let rest = &no.message[at + " denied to ".len()..];
        let login = rest.split_whitespace().next().unwrap_or_default();
        return Some(Cause::NoPush {
            login: plain(login.trim_end_matches('.')).to_owned(),
        });
    }
    let not_granted = words.have("not accessible by personal access token")
        || words.have("not accessible by integration");
    not_granted.then_some(Cause::NotGranted)
}

/// The text between the first two of `mark`.
fn between<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(mark)?;
    let (within, _) = rest.split_once(mark)?;
    (!within.is_empty()).then_some(within)
}

/// What of `word` a login or an address can be.
fn plain(word: &str) -> &str {
    let other = |c: char| !(c.is_ascii_alphanumeric() || "-_.:[]".contains(c));
    word.split(other).next().unwrap_or_default()
}

/// The https addresses in `text`.
fn urls(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "\"'<>()`".contains(c))
        .map(|word| word.trim_end_matches(['.', ',']))
        .filter(|word| is_page(word))
}

/// Whether `url` may be shown for a person to open.
fn is_page(url: &str) -> bool {
    url.starts_with("https://")
        && url.len() < 500
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Names that a server chose, made fit to be shown.
fn harmless(cause: Cause, secret: &SecretString) -> Cause {
    let clean = |text: String| short(&text, secret);
    match cause {
        Cause::Blocked { reason } => Cause::Blocked {
            reason: reason.map(clean),
        },
        Cause::IpAllowList {
            organization,
            address,
        } => Cause::IpAllowList {
            organization: organization.map(clean),
            address: address.map(clean),
        },
        Cause::KindForbidden { organization, kind } => Cause::KindForbidden {
            organization: organization.map(clean),
            kind,
        },
        Cause::Lifetime { holder, days, page } => Cause::Lifetime {
            holder: clean(holder),
            days,
            page: page.map(|page| without_secret(&page, secret)),
        },
        Cause::NoPush { login } => Cause::NoPush {
            login: clean(login),
        },
        Cause::OAuthRestricted { organization } => Cause::OAuthRestricted {
            organization: organization.map(clean),
        },
        Cause::Sso { page } => Cause::Sso {
            page: page.map(|page| without_secret(&page, secret)),
        },
        same @ (Cause::AdministratorsOnly
        | Cause::Archived
        | Cause::LoginLimit
        | Cause::NoContents
        | Cause::NotGranted
        | Cause::SuspendedAccount
        | Cause::SuspendedInstallation
        | Cause::Other) => same,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(message: &str) -> Refusal {
        with_headers(message, &HeaderMap::new())
    }

    fn with_headers(message: &str, headers: &HeaderMap) -> Refusal {
        let no = No {
            status: StatusCode::FORBIDDEN,
            headers,
            message,
        };
        refusal(&no, &SecretString::from("hunter2hunter2"))
    }

    #[test]
    fn a_lifetime_that_is_too_long_is_told_with_its_days_and_the_tokens_page() {
        let page = "https://github.com/settings/personal-access-tokens/42";
        let cause = |text: &str| found(&text.replace("PAGE", page)).cause;
        for (text, holder, days) in [
            (
                "The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days. Please adjust your token's lifetime at the following URL: PAGE",
                "organization `acme`",
                366,
            ),
            (
                "The 'ENT' enterprise forbids access via a personal access tokens (classic) if the token's lifetime is greater than 8 days. Please adjust your token's lifetime at the following URL: PAGE.",
                "enterprise `ENT`",
                8,
            ),
        ] {
            let wanted = Cause::Lifetime {
                holder: holder.to_owned(),
                days,
                page: Some(page.to_owned()),
            };
            assert_eq!(cause(text), wanted);
        }
        let one_day = "The 'a' organization forbids access via a personal access token (classic) if the token's lifetime is greater than 1 day.";
        assert!(matches!(
            cause(one_day),
            Cause::Lifetime {
                days: 1,
                page: None,
                ..
            }
        ));
    }

    #[test]
    fn a_forbidden_kind_is_the_one_that_is_forbidden_and_not_the_one_that_is_advised() {
        for (text, organization, kind) in [
            (
                "`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.",
                Some("acme"),
                TokenKind::Classic,
            ),
            (
                "`acme` forbids access via a personal access token with fine-grained permissions. Please use a GitHub App, or an OAuth App.",
                Some("acme"),
                TokenKind::FineGrained,
            ),
            (
                "Personal access tokens (classic) are forbidden from accessing this repository.",
                None,
                TokenKind::Classic,
            ),
        ] {
            let wanted = Cause::KindForbidden {
                organization: organization.map(str::to_owned),
                kind,
            };
            assert_eq!(found(text).cause, wanted, "{text}");
        }
    }

    #[test]
    fn single_sign_on_is_known_by_its_header_or_by_its_words() {
        let page = "https://github.com/orgs/acme/sso?authorization_request=A1";
        let wanted = Cause::Sso {
            page: Some(page.to_owned()),
        };
        let mut headers = HeaderMap::new();
        let header = format!("required; url={page}");
        headers.insert("x-github-sso", header.parse().unwrap());
        assert_eq!(with_headers("Resource protected", &headers).cause, wanted);
        let git = format!(
            "The 'acme' organization has enabled or enforced SAML SSO.\nTo access this repository, visit {page} and try your request again.\n"
        );
        assert_eq!(found(&git).cause, wanted);
        let bare = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";
        assert_eq!(found(bare).cause, Cause::Sso { page: None });
        let other = header.replace("https", "javascript");
        headers.insert("x-github-sso", other.parse().unwrap());
        assert_eq!(with_headers("", &headers).cause, Cause::Sso { page: None });
    }

    #[test]
    fn the_other_texts_are_known() {
        let acme = || Some("acme".to_owned());
        for (text, cause) in [
            (
                "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address 1.2.3.4 is not permitted to access this resource.",
                Cause::IpAllowList {
                    organization: acme(),
                    address: Some("1.2.3.4".to_owned()),
                },
            ),
            (
                "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
                Cause::IpAllowList {
                    organization: acme(),
                    address: None,
                },
            ),
            (
                "Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.",
                Cause::OAuthRestricted {
                    organization: acme(),
                },
            ),
            (
                "Sorry. Your account was suspended.",
                Cause::SuspendedAccount,
            ),
            (
                "Your account is suspended. Please visit https://support.github.com for more information.",
                Cause::SuspendedAccount,
            ),
            (
                "This installation has been suspended",
                Cause::SuspendedInstallation,
            ),
            (
                "Resource not accessible by personal access token",
                Cause::NotGranted,
            ),
            ("Resource not accessible by integration", Cause::NotGranted),
            (
                "Must have admin rights to Repository.",
                Cause::AdministratorsOnly,
            ),
            ("Repository access blocked", Cause::Blocked { reason: None }),
            (
                "This repository was archived so it is read-only.",
                Cause::Archived,
            ),
            ("Write access to repository not granted.", Cause::NoContents),
            (
                "Permission to acme/site.git denied to github-actions[bot].",
                Cause::NoPush {
                    login: "github-actions[bot]".to_owned(),
                },
            ),
            (
                "Maximum number of login attempts exceeded. Please try again later.",
                Cause::LoginLimit,
            ),
            ("Something new", Cause::Other),
        ] {
            assert_eq!(found(text).cause, cause, "{text}");
            let loud = found(&text.to_uppercase()).cause;
            assert_eq!(loud == Cause::Other, cause == Cause::Other, "{text}");
        }
    }

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        let limit = |message, pairs: &[(&'static str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            limit(&No {
                status: StatusCode::FORBIDDEN,
                headers: &headers,
                message,
            })
        };
        assert_eq!(limit("Resource not accessible by integration", &[]), None);
        assert_eq!(
            limit(
                "API rate limit exceeded for user ID 1.",
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1800000000")
                ]
            ),
            Some(Limit::Primary {
                reset: Some(1_800_000_000)
            })
        );
        let words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        for (message, after) in [
            (words, None),
            ("You have triggered an abuse detection mechanism.", Some(7)),
        ] {
            let told = after.map(|after: u64| after.to_string());
            let header: Vec<_> = told
                .iter()
                .map(|told| ("retry-after", told.as_str()))
                .collect();
            assert_eq!(limit(message, &header), Some(Limit::Secondary { after }));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_told_harmlessly(text in "(\\PC|\\n|\\r|`|'){0,60}hunter2hunter2(\\PC|\\n){0,400}") {
            let refusal = found(&text);
            let told = format!("{refusal} {} {:?}", refusal.help(), refusal.page());
            prop_assert!(!told.contains("hunter2hunter2"), "{}", told);
            prop_assert!(!refusal.to_string().contains(['\n', '\r']));
            prop_assert!(told.chars().count() < 2000);
        }
    }
}
