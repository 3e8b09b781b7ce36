//! Each form is found wherever it lies, and no other token is.

use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

pub(super) fn each(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

fn unless_plain(text: &str, write: impl Fn(u8) -> String) -> String {
    each(text, |byte| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            write(byte)
        }
    })
}

/// `text` as each encoder writes it, and the form that is to be told.
fn encoded(text: &str) -> Vec<(Form, Vec<u8>)> {
    let wide = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect();
    let mut all: Vec<(Form, Vec<u8>)> = vec![
        (Form::AsItIs, text.into()),
        (Form::Base64, STANDARD.encode(text).into()),
        (Form::Base64, URL_SAFE_NO_PAD.encode(text).into()),
        (
            Form::Hexadecimal,
            each(text, |byte| format!("{byte:02x}")).into(),
        ),
        (
            Form::Hexadecimal,
            each(text, |byte| format!("{byte:02X}")).into(),
        ),
        (
            Form::Percent,
            each(text, |byte| format!("%{byte:02X}")).into(),
        ),
        (
            Form::Percent,
            each(text, |byte| format!("%{byte:02x}")).into(),
        ),
        (
            Form::Escaped,
            each(text, |byte| format!("\\u{byte:04x}")).into(),
        ),
        (
            Form::Escaped,
            each(text, |byte| format!("\\u{byte:04X}")).into(),
        ),
        (
            Form::Escaped,
            each(text, |byte| format!("\\x{byte:02x}")).into(),
        ),
        (
            Form::QuotedPrintable,
            each(text, |byte| format!("={byte:02X}")).into(),
        ),
        (Form::Utf16, wide(u16::to_le_bytes)),
        (Form::Utf16, wide(u16::to_be_bytes)),
    ];
    for shift in 0..3 {
        let once = STANDARD.encode(format!("{}{text}", &"abc"[..shift]));
        for again in 0..3 {
            let more = format!("{}{once}", &"xyz"[..again]);
            all.push((Form::Base64Twice, URL_SAFE.encode(more).into()));
        }
    }
    all
}

#[test]
fn each_form_of_each_kind_is_found_at_each_alignment() {
    for token in tokens() {
        let tripwire = narrow(&token);
        let (needles, stride) = (&tripwire.needles, 64);
        for before in ["", "a", "ab", "abc", "x-access-token:", "https://x:"] {
            for behind in ["", "\n", "xy", "@github.com"] {
                for (form, bytes) in encoded(&format!("{before}{token}{behind}")) {
                    for shift in 0..stride {
                        let text = [&b"\n".repeat(shift)[..], &bytes].concat();
                        let found = needles.look(&text).map(|find| find.form);
                        assert_eq!(found, Some(form), "{before:?} {behind:?} {shift}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_escaped_only_where_it_must_be_is_found() {
    let token = stateless("-_._-_._-_._-_._-_._-_._-_._-_._-_._-_._-_._-_._-_");
    let tripwire = tripwire(&token);
    for (form, write) in [
        (
            Form::Percent,
            &(|byte| format!("%{byte:02X}")) as &dyn Fn(u8) -> String,
        ),
        (Form::Percent, &|byte| format!("%{byte:02x}")),
        (Form::Escaped, &|byte| format!("\\u{byte:04x}")),
        (Form::QuotedPrintable, &|byte| format!("={byte:02X}")),
    ] {
        assert_eq!(
            form_in(&tripwire, unless_plain(&token, write).as_bytes()),
            Some(form)
        );
    }
    let only_one = token.replace('_', "%5F");
    assert_eq!(form_in(&tripwire, only_one.as_bytes()), Some(Form::Percent));
    let passphrase = "correct \"horse\" / battery\\staple";
    let json = serde_json::to_string(passphrase).unwrap();
    let by_phrase = Tripwire::new(&[&SecretString::from(passphrase)]);
    assert_eq!(form_in(&by_phrase, json.as_bytes()), Some(Form::Escaped));
}

#[test]
fn no_line_break_hides_a_token() {
    for token in tokens() {
        let tripwire = tripwire(&token);
        for before in 0..80 {
            let text = format!("{}:{token}\n", "u".repeat(before));
            for (columns, form, line) in [
                (64, Form::Base64, STANDARD.encode(&text)),
                (76, Form::Base64, STANDARD.encode(&text)),
                (
                    60,
                    Form::Hexadecimal,
                    each(&text, |byte| format!("{byte:02x}")),
                ),
                (
                    64,
                    Form::Hexadecimal,
                    each(&text, |byte| format!("{byte:02x}")),
                ),
                (
                    64,
                    Form::Base64Twice,
                    STANDARD.encode(STANDARD.encode(&text)),
                ),
                (
                    76,
                    Form::Base64Twice,
                    STANDARD.encode(STANDARD.encode(&text)),
                ),
                (
                    75,
                    Form::QuotedPrintable,
                    each(&text, |byte| format!("={byte:02X}")),
                ),
                (72, Form::AsItIs, text.clone()),
            ] {
                let end = if form == Form::QuotedPrintable {
                    "=\r\n"
                } else {
                    "\n"
                };
                let lines: Vec<_> = line.as_bytes().chunks(columns).collect();
                let found = tripwire.needles.look(&lines.join(end.as_bytes()));
                assert_eq!(
                    found.map(|find| find.form),
                    Some(form),
                    "{columns} {before}"
                );
            }
        }
    }
}

#[test]
fn the_longest_piece_is_found_wherever_a_buffer_ends() {
    // Too short for two pieces: were there another, it would be found in place of this one.
    let secret = "abcdefghijklmnopqrstuvw";
    let tripwire = narrow(secret);
    let text = each(secret, |byte| format!("\\u{byte:04x}"));
    assert_eq!(tripwire.needles.overlap(), text.len() - 1);
    for at in 0..=2 * tripwire.buffer {
        let text = [&b" ".repeat(at)[..], text.as_bytes(), &b" ".repeat(500)].concat();
        assert_eq!(form_in(&tripwire, &text), Some(Form::Escaped), "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_form_is_found_wherever_a_buffer_ends(
        which in 0usize..4,
        form in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..2000),
        at in any::<prop::sample::Index>(),
    ) {
        let token = &tokens()[which];
        let forms = encoded(token);
        let (form, bytes) = form.get(&forms);
        let at = at.index(noise.len() + 1);
        let text = [&noise[..at], bytes, &noise[at..]].concat();
        prop_assert_eq!(form_in(&narrow(token), &text), Some(*form));
    }

    #[test]
    fn noise_is_no_token(noise in prop::collection::vec(any::<u8>(), 0..4000)) {
        for token in tokens() {
            prop_assert_eq!(narrow(&token).needles.look(&noise), None);
        }
    }
}

#[test]
fn another_token_of_the_same_kind_is_not_taken_for_it() {
    let one = tripwire(&classic());
    let app = tripwire(&stateless(SIGNATURE));
    for (_, bytes) in encoded(&another()) {
        assert_eq!(one.needles.look(&bytes), None);
    }
    for (_, bytes) in encoded(&stateless(OTHER_SIGNATURE)) {
        assert_eq!(
            app.needles.look(&bytes),
            None,
            "the header and the claims are the app's"
        );
    }
    assert_eq!(one.needles.look(&classic().as_bytes()[..20]), None);
}

#[test]
fn a_key_is_found_by_its_body_and_short_secrets_are_not_sought() {
    let line = |n: u8| STANDARD.encode([n; 18]);
    let body = [line(1), line(77), "c2hvcnQ=".to_owned()].join("\n");
    let frame = |word: &str| [&format!("-----{word}"), "KEY OF SOME KIND-----"].join(" ");
    let (begin, end) = (frame("BEGIN"), frame("END"));
    let key = tripwire(&format!("{begin}\n{body}\n{end}\n"));
    let found = |text: &str| key.needles.look(text.as_bytes()).is_some();
    assert!(found(&body), "the body alone");
    assert!(found(&body.replace('\n', "\\n")), "the body as JSON");
    assert!(!found(&format!("{begin}\n{end}")), "the frame is no secret");
    assert!(tripwire("short").needles.is_empty());
    assert!(search(&tripwire("short"), Path::new("/"), &ALL).files == 0);
    assert_eq!(
        form_in(&tripwire("8letters"), b"an 8letters b"),
        Some(Form::AsItIs)
    );
}
