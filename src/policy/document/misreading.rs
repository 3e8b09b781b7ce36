//! What a word without quotes is to some reader of YAML.

/// What a scalar without quotes is to some reader of YAML, if it is not text to all of them.
///
/// <https://yaml.org/type/>, YAML 1.1's repository of types, and YAML 1.2's core schema.
pub(super) fn misreading(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false"
    ) {
        return Some("a boolean");
    }
    if matches!(lower.as_str(), "null" | "~" | "") {
        return Some("nothing");
    }
    if matches!(
        lower.as_str(),
        ".nan" | ".inf" | "-.inf" | "+.inf" | "=" | "<<"
    ) {
        return Some("a number or a sign");
    }
    let is_date = {
        let parts: Vec<_> = lower.splitn(3, '-').collect();
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 3
            && parts[0].len() == 4
            && digits(parts[0])
            && digits(parts[1])
            && parts[2].starts_with(|c: char| c.is_ascii_digit())
    };
    if is_date {
        return Some("a date");
    }
    is_number(&lower).then_some("a number")
}

/// With a sign, a base, an exponent, `_` or `:` between its digits.
fn is_number(lower: &str) -> bool {
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(lower);
    let all =
        |text: &str, allowed: &str| !text.is_empty() && text.chars().all(|c| allowed.contains(c));
    let based = |prefix: &str, allowed: &str| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| all(rest, allowed))
    };
    if based("0x", "0123456789abcdef_") || based("0o", "01234567_") || based("0b", "01_") {
        return true;
    }
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    mantissa.contains(|c: char| c.is_ascii_digit())
        && all(mantissa, "0123456789._:")
        && all(exponent, "0123456789")
}
