//! What the headers of GitHub's answers tell. Pure.

use std::collections::BTreeSet;

use http::HeaderMap;
use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};

use crate::facts::{Expiry, Fact, Why};
use crate::token::{Claims, TokenKind};

/// An expiry this near to the present, on a token that was just accepted, is GitHub's clock and
/// not the token's end. A wider window would take a token's last minutes for a mistake.
///
/// <https://github.com/google/go-github/issues/3708>
const SUSPICIOUS: SignedDuration = SignedDuration::from_secs(30);

/// GitHub documents one hour for installation tokens.
///
/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app>
const INSTALLATION: SignedDuration = SignedDuration::from_hours(1);

/// GitHub's clock.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = value(headers, "date")?.ok()?.strip_suffix("GMT")?.trim();
    let parsed = strtime::parse("%a, %d %b %Y %H:%M:%S %z", format!("{text} +0000"));
    parsed.ok()?.to_timestamp().ok()
}

/// A header's number.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

/// A header's text, if it has one and can be read.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    value(headers, name)?.ok()
}

/// What of `text` a version or a client id can be.
pub(super) fn word(text: &str) -> &str {
    let other = |c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c));
    let word = text.trim().split(other).next().unwrap_or_default();
    word.get(..64).unwrap_or(word)
}

/// When the token stops working. `now` is GitHub's.
pub(super) fn expiry(
    headers: &HeaderMap,
    kind: TokenKind,
    claims: Option<Claims>,
    now: Timestamp,
) -> Expiry {
    let told = value(headers, "github-authentication-token-expiration");
    if let Some(text) = told {
        return match text.ok().and_then(instant) {
            Some(end) if end.duration_since(now).abs() < SUSPICIOUS => {
                Expiry::Unknown(Why::Unreliable)
            }
            Some(end) => Expiry::At(end),
            None => Expiry::Unknown(Why::Unreadable),
        };
    }
    match kind {
        TokenKind::Installation => installation(claims, now),
        _ if is_filtered(headers) => Expiry::Unknown(Why::HeadersFiltered),
        TokenKind::Classic | TokenKind::FineGrained | TokenKind::Legacy | TokenKind::OAuth
            if tells_expiry(headers) =>
        {
            Expiry::Never
        }
        TokenKind::Classic
        | TokenKind::FineGrained
        | TokenKind::Legacy
        | TokenKind::OAuth
        | TokenKind::UserToServer => Expiry::Unknown(Why::NotTold),
    }
}

/// The OAuth scopes; an empty header is no scope, and a missing one is not the same.
pub(super) fn scopes(headers: &HeaderMap, kind: TokenKind) -> Fact<BTreeSet<String>> {
    if !kind.has_scopes() {
        return Fact::Known(BTreeSet::new());
    }
    let lines: Vec<_> = headers.get_all("x-oauth-scopes").iter().collect();
    if lines.is_empty() {
        let why = if is_filtered(headers) {
            Why::HeadersFiltered
        } else {
            Why::NotTold
        };
        return Fact::Unknown(why);
    }
    let texts: Option<Vec<_>> = lines.iter().map(|line| line.to_str().ok()).collect();
    texts.map_or(Fact::Unknown(Why::Unreadable), |texts| {
        let scopes = texts.iter().flat_map(|text| text.split(','));
        Fact::Known(
            scopes
                .map(str::trim)
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    })
}

/// A new installation token tells its end itself. That is a hint, taken if it is a sane one.
fn installation(claims: Option<Claims>, now: Timestamp) -> Expiry {
    let claimed = claims.and_then(|claims| Timestamp::from_second(claims.expires_at).ok());
    let latest = now
        .saturating_add(INSTALLATION)
        .expect("a signed duration has no calendar units");
    match claimed {
        Some(end) if now < end && end <= latest => Expiry::Within(end),
        Some(_) | None => Expiry::Within(latest),
    }
}

/// Every answer of GitHub's has an id. Without one, something between has taken headers out.
fn is_filtered(headers: &HeaderMap) -> bool {
    !headers.contains_key("x-github-request-id")
}

/// GHES tells a token's expiry from 3.3 on.
///
/// <https://docs.github.com/en/enterprise-server@3.3/admin/release-notes>
fn tells_expiry(headers: &HeaderMap) -> bool {
    let version = match value(headers, "x-github-enterprise-version") {
        None => return true,
        Some(version) => version.unwrap_or(""),
    };
    let mut numbers = version
        .split('.')
        .map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(3), Some(3))
}

/// Reads the forms of an instant that GitHub was seen to write: `2026-10-03 11:43:41 UTC`,
/// `2023-04-26 23:23:18 +0200`, and their like. What cannot be read is never "no expiry".
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // A date alone ends with its day.
    let text = if text.len() == 10 {
        &format!("{text} 23:59:59 UTC")
    } else {
        text
    };
    let mut words = text.splitn(2, ['T', ' ']);
    let (date, rest) = (words.next()?, words.next()?.trim());
    let zone = rest.find([' ', '+', '-', 'Z']).unwrap_or(rest.len());
    let (time, zone) = (rest[..zone].trim(), rest[zone..].trim());
    let zone = match zone {
        "UTC" | "GMT" | "Z" => "+0000".to_owned(),
        offset => offset.replace(':', ""),
    };
    let parsed = strtime::parse("%Y-%m-%d %H:%M:%S %z", format!("{date} {time} {zone}"));
    parsed.ok()?.to_timestamp().ok()
}

/// A header that is there and tells nothing.
#[derive(Debug)]
struct Unreadable;

/// A header's value. None at all is not the same as one that cannot be read, or two that differ.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<Result<&'a str, Unreadable>> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    let one = lines.all(|line| line == first);
    let text = one.then(|| first.to_str().ok()).flatten();
    Some(text.ok_or(Unreadable))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let id = ("x-github-request-id", "C0DE:1");
        [id].iter()
            .chain(pairs)
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const NOW: &str = "2026-09-01T00:00:00Z";

    #[test]
    fn every_recorded_form_of_an_expiry_is_read() {
        for (text, expected) in [
            ("2026-10-03 11:43:41 UTC", "2026-10-03T11:43:41Z"),
            ("2023-04-26 23:23:18 +0200", "2023-04-26T21:23:18Z"),
            ("2026-12-02 07:00:00 +0800", "2026-12-01T23:00:00Z"),
            ("2026-12-02 07:00:00 -0700", "2026-12-02T14:00:00Z"),
            ("2026-12-02 07:00:00 +05:30", "2026-12-02T01:30:00Z"),
            ("2026-12-02 07:00:00 GMT", "2026-12-02T07:00:00Z"),
            ("2026-12-02T07:00:00Z", "2026-12-02T07:00:00Z"),
            ("2026-12-02T07:00:00+02:00", "2026-12-02T05:00:00Z"),
            ("2026-12-02", "2026-12-02T23:59:59Z"),
        ] {
            assert_eq!(instant(text), Some(at(expected)), "{text}");
        }
        for text in [
            "",
            "never",
            "2026-12-02 07:00:00",
            "2026-12-02 07:00:00 EST",
            "2026-13-02 07:00:00 UTC",
            "12/02/2026",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn an_expiry_that_cannot_be_read_is_unknown_and_not_never() {
        let headers = headers(&[("github-authentication-token-expiration", "soon")]);
        assert_eq!(
            expiry(&headers, TokenKind::Classic, None, at(NOW)),
            Expiry::Unknown(Why::Unreadable)
        );
    }

    #[test]
    fn an_expiry_that_is_not_text_or_not_one_is_unknown_and_not_never() {
        let name = "github-authentication-token-expiration";
        let told = |headers: &HeaderMap| expiry(headers, TokenKind::Classic, None, at(NOW));
        let mut strange = headers(&[]);
        strange.append(name, HeaderValue::from_bytes(b"2026-12-02 \xe9").unwrap());
        assert_eq!(told(&strange), Expiry::Unknown(Why::Unreadable));
        let mut two = headers(&[(name, "2026-12-02 07:00:00 UTC")]);
        two.append(name, HeaderValue::from_static("2027-12-02 07:00:00 UTC"));
        assert_eq!(told(&two), Expiry::Unknown(Why::Unreadable));
        let version = headers(&[("x-github-enterprise-version", "\u{e9}")]);
        assert_eq!(told(&version), Expiry::Unknown(Why::NotTold));
    }

    #[test]
    fn a_token_in_its_last_minutes_is_no_mistake() {
        let headers = headers(&[(
            "github-authentication-token-expiration",
            "2026-09-01 00:01:00 UTC",
        )]);
        let told = expiry(&headers, TokenKind::Classic, None, at(NOW));
        assert_eq!(told, Expiry::At(at("2026-09-01T00:01:00Z")));
    }

    #[test]
    fn an_expiry_at_the_present_moment_is_not_relied_on() {
        let headers = headers(&[(
            "github-authentication-token-expiration",
            "2026-09-01 00:00:02 UTC",
        )]);
        assert_eq!(
            expiry(&headers, TokenKind::FineGrained, None, at(NOW)),
            Expiry::Unknown(Why::Unreliable)
        );
    }

    #[test]
    fn no_expiry_means_never_only_where_github_would_have_told() {
        let never = |headers| expiry(&headers, TokenKind::Classic, None, at(NOW));
        assert_eq!(never(headers(&[])), Expiry::Never);
        assert_eq!(
            never(headers(&[("x-github-enterprise-version", "3.17.2")])),
            Expiry::Never
        );
        assert_eq!(
            never(headers(&[("x-github-enterprise-version", "3.2.9")])),
            Expiry::Unknown(Why::NotTold)
        );
        assert_eq!(
            never(HeaderMap::new()),
            Expiry::Unknown(Why::HeadersFiltered)
        );
    }

    #[test]
    fn an_installation_token_lives_an_hour_at_most() {
        let claims = |expires_at: &str| Claims {
            expires_at: at(expires_at).as_second(),
            app_id: None,
        };
        let told = |claims| expiry(&headers(&[]), TokenKind::Installation, claims, at(NOW));
        assert_eq!(told(None), Expiry::Within(at("2026-09-01T01:00:00Z")));
        assert_eq!(
            told(Some(claims("2026-09-01T00:40:00Z"))),
            Expiry::Within(at("2026-09-01T00:40:00Z"))
        );
        assert_eq!(
            told(Some(claims("2027-09-01T00:40:00Z"))),
            Expiry::Within(at("2026-09-01T01:00:00Z")),
            "a claim is only a hint"
        );
    }

    #[test]
    fn scopes_are_told_missing_from_empty() {
        let read = |pairs: &[_]| scopes(&headers(pairs), TokenKind::Classic);
        let set =
            |names: &[&str]| Fact::Known(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            read(&[("x-oauth-scopes", "repo, workflow,gist ,")]),
            set(&["gist", "repo", "workflow"])
        );
        assert_eq!(read(&[("x-oauth-scopes", "")]), set(&[]));
        assert_eq!(read(&[]), Fact::Unknown(Why::NotTold));
        assert_eq!(
            scopes(&HeaderMap::new(), TokenKind::Classic),
            Fact::Unknown(Why::HeadersFiltered)
        );
        assert_eq!(
            scopes(&HeaderMap::new(), TokenKind::FineGrained),
            set(&[]),
            "it has permissions"
        );
    }

    #[test]
    fn the_date_is_read() {
        let headers = headers(&[("date", "Tue, 01 Sep 2026 00:00:00 GMT")]);
        assert_eq!(date(&headers), Some(at(NOW)));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,40}") {
            // Any answer is fine but a panic.
            let _ = instant(&text);
        }
    }
}
