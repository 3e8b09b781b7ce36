//! What a misspelt word may have meant.

/// The one of `known` that is nearest to `text`, if it is near enough to be meant.
pub(super) fn of<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let text = text.to_ascii_lowercase().replace('_', "-");
    let far =
        |known: &str| strsim::osa_distance(&text, &known.to_ascii_lowercase().replace('_', "-"));
    let (distance, near) = known
        .into_iter()
        .map(|known| (far(known), known))
        .min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong, and of a long word no more than three.
    let most = (text.chars().count() / 3).clamp(1, 3);
    (distance <= most).then_some(near)
}

/// Names that people bring along from other files.
const ALIASES: [(&str, &str); 20] = [
    ("base", "extends"),
    ("branch", "refs"),
    ("branches", "refs"),
    ("deny", "forbid"),
    ("duration", "ttl"),
    ("event", "events"),
    ("expires", "expiry"),
    ("fork", "forks"),
    ("formats", "format"),
    ("kind", "kinds"),
    ("max-age", "at-most"),
    ("min-left", "at-least"),
    ("on", "events"),
    ("owner", "owners"),
    ("policies", "gates"),
    ("repos", "repositories"),
    ("runs-on", "runners"),
    ("tags", "refs"),
    ("users", "actors"),
    ("waivers", "waive"),
];

/// The field that is meant by a name from elsewhere.
pub(super) fn alias(text: &str, names: &[&'static str]) -> Option<&'static str> {
    let (_, meant) = ALIASES.iter().find(|(alias, _)| *alias == text)?;
    names.contains(meant).then_some(*meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_near_is_meant() {
        let known = ["classic", "fine-grained", "installation"];
        assert_eq!(of("clasic", known), Some("classic"));
        assert_eq!(of("fine_grained", known), Some("fine-grained"));
        assert_eq!(of("Installation", known), Some("installation"));
        assert_eq!(of("github", known), None);
    }

    #[test]
    fn a_name_from_elsewhere_is_meant_where_there_is_such_a_field() {
        assert_eq!(alias("on", &["events", "refs"]), Some("events"));
        assert_eq!(alias("on", &["kinds"]), None);
        assert!(ALIASES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
