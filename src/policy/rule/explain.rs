//! A rule, explained on a screen of a terminal.

use super::super::Level;
use super::RuleName;

/// No line is longer, unless a single word is.
const WIDTH: usize = 100;

/// What is quoted is indented by this.
const INDENT: &str = "  ";

impl RuleName {
    /// The rule in plain text: what it demands, why, an example, and what a policy can do
    /// against it.
    pub fn explain(self) -> String {
        let mut parts = vec![
            format!("{self}\n{}\n", self.summary()),
            wrapped(&self.terms(), ""),
            wrapped(self.why(), ""),
            "Example, judged on 1 December 2026 at 9:00 UTC:\n".to_owned(),
            quoted(&self.example()),
        ];
        let failures = self.failures().iter().enumerate();
        parts.extend(failures.flat_map(|(index, (who, told))| {
            let who = match index {
                0 => format!("{} {who}", self.passes()),
                _ => (*who).to_owned(),
            };
            [wrapped(&who, ""), wrapped(told, INDENT)]
        }));
        parts.extend(self.remedies());
        parts.push(format!("{}\n", self.page()));
        parts.join("\n")
    }

    /// The rule's level, and who demands the rule, in sentences.
    pub fn terms(self) -> String {
        let level = self.level().word();
        let in_baseline = match self.baseline_level() {
            same if same == self.level() => String::new(),
            other => format!("; in the baseline, {}", other.word()),
        };
        let demand = match self.demanded_by() {
            [] => ", in every gate.".to_owned(),
            [only] => format!(". Demanded by `{only}`."),
            [first @ .., last] => {
                let first: Vec<_> = first.iter().map(|field| format!("`{field}`")).collect();
                format!(". Demanded by {} and `{last}`.", first.join(", "))
            }
        };
        let firmness = match (self.is_fixed(), self.can_be_waived()) {
            (true, _) => " No policy lowers it or sets it aside.",
            (false, false) => " No policy sets it aside.",
            (false, true) => "",
        };
        format!("Level: {level}{in_baseline}{demand}{firmness}")
    }

    /// Where the reference describes the rule.
    pub fn page(self) -> String {
        format!(
            "{}/blob/main/docs/rules.md#{}",
            env!("CARGO_PKG_REPOSITORY"),
            self.as_str().replace('/', "")
        )
    }

    /// What a gate can have against the rule, each with the line to write.
    fn remedies(self) -> Vec<String> {
        let mut remedies = Vec::new();
        if !self.is_fixed() {
            let (verb, level) = match self.level() {
                Level::Deny => ("lower", Level::Warn),
                Level::Warn => ("raise", Level::Deny),
            };
            remedies.push(format!("To {verb} it, write in the gate:\n"));
            remedies.push(quoted(&format!("levels: {{ {self}: {} }}", level.word())));
        }
        if self.can_be_waived() {
            remedies.push("To set it aside until the end of a day, with the reason:\n".to_owned());
            remedies.push(quoted(&format!(
                "waive: [{{ rule: {self}, until: 2027-01-31, reason: \"vendor bot, OPS-123\" }}]"
            )));
        }
        remedies
    }
}

fn quoted(text: &str) -> String {
    let lines = text.lines().map(|line| format!("{INDENT}{line}\n"));
    lines.collect()
}

/// `text` in lines that fit. Of a link its words are kept; what stands in backticks stays together.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    let mut within = false;
    for word in without_links(text).split(|c| {
        within ^= c == '`';
        c == ' ' && !within
    }) {
        let line = lines.last_mut().expect("there is a first line");
        if line.len() == indent.len() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines.join("\n") + "\n"
}

fn without_links(text: &str) -> String {
    let mut parts = text.split("](");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(')').expect("a link has an end");
        if let Some(start) = plain.rfind('[') {
            plain.remove(start);
        }
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_fits_a_screen_and_its_lines() {
        for rule in RuleName::ALL {
            let text = rule.explain();
            assert!(text.lines().count() <= 50, "{rule}:\n{text}");
            for line in text.lines() {
                let width = line.chars().count();
                assert!(
                    width <= WIDTH || !line.trim().contains(' '),
                    "{rule}: {line}"
                );
            }
            assert!(!text.contains("]("), "a terminal shows no links: {text}");
            assert!(!text.contains("\n\n\n") && text.ends_with('\n'), "{text}");
        }
    }

    #[test]
    fn a_link_is_its_words_on_a_terminal() {
        assert_eq!(
            without_links("in [the table](a.md#b), and `[x]` or [more](c)."),
            "in the table, and `[x]` or more."
        );
    }

    #[test]
    fn an_explanation_reads_as_one() {
        insta::assert_snapshot!(RuleName::ExpiryRequired.explain(), @r#"
        expiry/required
        The token never expires.

        Level: deny; in the baseline, warn. Demanded by `expiry.required`.

        A token without an end works for whoever finds it, years after everybody forgot it.

        Example, judged on 1 December 2026 at 9:00 UTC:

          version: 1
          gates:
            default:
              expiry: { required: true }

        A token that expires on 31 December passes. One without an expiry date fails:

          the token never expires, and an expiry is required; make a token with an expiry date

        To lower it, write in the gate:

          levels: { expiry/required: warn }

        To set it aside until the end of a day, with the reason:

          waive: [{ rule: expiry/required, until: 2027-01-31, reason: "vendor bot, OPS-123" }]

        https://github.com/patgate/patgate/blob/main/docs/rules.md#expiryrequired
        "#);
        insta::assert_snapshot!(RuleName::TokenRefused.explain(), @r"
        token/refused
        GitHub does not take the token.

        Level: deny, in every gate. No policy lowers it or sets it aside.

        Of such a token nothing else is known, so that this finding stands alone. GitHub is asked once and
        no more: it locks out an address that keeps trying.

        Example, judged on 1 December 2026 at 9:00 UTC:

          version: 1
          gates:
            default:
              kinds: [classic]

        A token that GitHub takes passes. One that was revoked fails:

          GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not
          tell which; make a new token in the owner's settings, and store it in the secret

        A fine-grained one on a GitHub Enterprise Server that does not know such tokens yet fails for that
        reason:

          GitHub refuses the token: GitHub Enterprise Server 3.9.12 has no fine-grained tokens, which came
          with 3.10; use a classic token of that server, or a GitHub App

        A legacy one fails with a word on what else 40 hexadecimal digits may be:

          GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not
          tell which (40 hexadecimal digits may also be a commit, or the secret of an OAuth app); make a new
          token in the owner's settings, and store it in the secret

        One that GitHub knows and forbids fails for the reason that GitHub gives, in quotes where patgate
        does not know what it means:

          GitHub knows the token and forbids its use: the account of the token is suspended; ask an
          administrator of this GitHub, or use a token of another account

        https://github.com/patgate/patgate/blob/main/docs/rules.md#tokenrefused
        ");
        insta::assert_snapshot!(RuleName::WaiverUnused.explain(), @r#"
        waiver/unused
        A waiver sets nothing aside.

        Level: warn. Demanded by `waive`. No policy sets it aside.

        A waiver that is no longer needed is a hole for the next token: take it out before something falls
        through.

        Example, judged on 1 December 2026 at 9:00 UTC:

          version: 1
          gates:
            default:
              expiry: { required: true }
              waive:
                - { rule: expiry/required, until: 2027-01-31, reason: "vendor bot, OPS-123" }

        A token without an expiry date passes, and the waiver has its use. For one that expires on 31
        December it has none:

          the waiver of `expiry/required` sets nothing aside: no such complaint is raised; take it out of
          the policy

        To raise it, write in the gate:

          levels: { waiver/unused: deny }

        https://github.com/patgate/patgate/blob/main/docs/rules.md#waiverunused
        "#);
    }
}
