//! The private key: each form in which people store it, and each mistake by its name.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

use crate::issue::gate;
use crate::rsa::{RsaKey, pem};
use crate::runner::{Ran, Step};

use super::PUSH;
use super::stage::{CLIENT_ID, Stage, key, on_github, step};

/// The key in one line, whose line ends are 'end'.
fn on_one_line(end: &str) -> String {
    key().trim_end().replace('\n', end)
}

/// 'pem' without its first and its last line.
fn body(pem: &str) -> String {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    lines.collect::<Vec<_>>().join("\n")
}

/// 'text' in lines of 76, as `base64` writes them.
fn in_lines(text: &str) -> String {
    let lines: Vec<_> = text.as_bytes().chunks(76).collect();
    String::from_utf8(lines.join(&b'\n')).unwrap()
}

/// Each form by its name, and the PEM text of the key in it.
fn forms() -> Vec<(&'static str, String, String)> {
    let pkcs1 = key();
    let pkcs8 = pem("PRIVATE KEY", &RsaKey::of_app().pkcs8());
    let padded = BASE64_STANDARD.encode(&pkcs1);
    let bare = BASE64_STANDARD_NO_PAD.encode(&pkcs1);
    assert_ne!(padded, bare, "this key's text needs padding");
    let crlf = pkcs1.replace('\n', "\r\n");
    let with_pkcs1 = [
        ("PKCS#1", pkcs1.clone()),
        ("without its last line end", pkcs1.trim_end().to_owned()),
        ("among blanks", format!("\n  {pkcs1}\n\n")),
        ("with `\\n`", on_one_line("\\n")),
        ("with `\\r\\n`", on_one_line("\\r\\n")),
        ("with CRLF", crlf.clone()),
        ("indented", pkcs1.replace('\n', "\n    ")),
        ("base64", padded.clone()),
        ("base64 without padding", bare),
        ("base64 in lines", in_lines(&padded)),
        ("base64 with `\\n`", in_lines(&padded).replace('\n', "\\n")),
        ("base64 of CRLF", BASE64_STANDARD.encode(crlf)),
        ("without armour", body(&pkcs1)),
        ("in quotes", format!("\"{pkcs1}\"")),
        ("in single quotes", format!("'{}'", on_one_line("\\n"))),
        ("quoted with `\\n`", format!("\"{}\"", on_one_line("\\n"))),
    ];
    let with_pkcs8 = [
        ("PKCS#8", pkcs8.clone()),
        ("base64 of PKCS#8", BASE64_STANDARD.encode(&pkcs8)),
        ("PKCS#8 without armour", body(&pkcs8)),
    ];
    let of = |pem: String| move |(form, stored)| (form, stored, pem.clone());
    let with_pkcs1 = with_pkcs1.into_iter().map(of(pkcs1));
    with_pkcs1
        .chain(with_pkcs8.into_iter().map(of(pkcs8)))
        .collect()
}

/// Those without any line end.
fn forms_on_one_line() -> Vec<(&'static str, String, String)> {
    let of = |(form, stored)| (form, stored, key());
    [
        ("with blanks", on_one_line(" ")),
        ("without blanks", on_one_line("")),
        ("without armour", body(&key()).replace('\n', "")),
    ]
    .map(of)
    .to_vec()
}

#[test]
fn every_form_in_which_a_key_is_stored_serves() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    for (form, stored, pem) in forms() {
        let ran = leased_with(&mut stage, form, &stored);
        assert_masked(form, stored.lines().map(str::trim), &ran);
        assert_masked(form, body(&pem).lines(), &ran);
    }
    for (form, stored, _) in forms_on_one_line() {
        let ran = leased_with(&mut stage, form, &stored);
        assert_masked(form, stored.lines(), &ran);
    }
}

#[test]
fn a_key_on_one_line_is_masked_as_pem_has_it_too() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    for (form, stored, pem) in forms_on_one_line() {
        let ran = leased_with(&mut stage, form, &stored);
        assert_masked(form, body(&pem).lines(), &ran);
    }
}

/// Runs both phases with a key that was 'stored' so.
#[track_caller]
fn leased_with(stage: &mut Stage, form: &str, stored: &str) -> Ran {
    let made = stage.github.minted().len();
    stage.step = step().with("private-key", stored);
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{form}: {}", ran.log);
    assert_eq!(stage.github.minted().len(), made + 1, "{form}");
    assert_eq!(stage.post().status, Some(0), "{form}");
    ran
}

/// Fails unless each of 'lines' is masked before a word is said.
#[track_caller]
fn assert_masked<'a>(form: &str, lines: impl Iterator<Item = &'a str>, ran: &Ran) {
    let is_mask = |line: &&str| line.starts_with("::add-mask::");
    let first = ran.stdout.lines().take_while(is_mask).count();
    let masks = &ran.masks[..first];
    for line in lines.filter(|line| line.len() >= 4) {
        let is_masked = masks.iter().any(|mask| mask == line);
        assert!(is_masked, "{form}: {line} is printed as it is");
    }
}

#[test]
fn every_mistake_has_its_name_and_nobody_is_asked() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let app = RsaKey::of_app();
    let pkcs1 = app.pkcs1();
    let der = |label: &str| pem(label, &pkcs1);
    let encrypted = key().replacen(
        '\n',
        "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
        1,
    );
    let elliptic =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
    let elliptic = elliptic.unwrap();
    let certificate = stage.github.ca_pem().to_owned();
    let weak = RsaKey::generate(1024, 1);
    let key = key();
    let mut said = Vec::new();
    for (mistake, stored) in [
        ("OpenSSH", der("OPENSSH PRIVATE KEY")),
        ("encrypted, of old", encrypted),
        ("encrypted, PKCS#8", der("ENCRYPTED PRIVATE KEY")),
        ("public half", pem("PUBLIC KEY", &app.public_info())),
        ("public half, PKCS#1", pem("RSA PUBLIC KEY", &app.public())),
        ("certificate", certificate),
        ("elliptic curve", pem("PRIVATE KEY", elliptic.as_ref())),
        (
            "elliptic curve, SEC 1",
            pem("EC PRIVATE KEY", elliptic.as_ref()),
        ),
        ("too few bits", pem("RSA PRIVATE KEY", &weak.pkcs1())),
        ("too few bits, PKCS#8", pem("PRIVATE KEY", &weak.pkcs8())),
        (
            "first line alone",
            "-----BEGIN RSA PRIVATE".to_owned() + " KEY-----",
        ),
        ("cut off", key[..key.len() / 2].to_owned()),
        ("cut in its first line", key[..20].to_owned()),
        (
            "cut off, base64",
            BASE64_STANDARD.encode(&key[..key.len() / 2]),
        ),
        ("a line lost", [&key[..400], &key[465..]].concat()),
        ("a byte changed", key.replacen("MII", "MIJ", 1)),
        ("stars within", key.replacen("MII", "***", 1)),
        ("body cut off", body(&key)[..650].to_owned()),
        ("a word", "hunter2hunter2hunter2".to_owned()),
        ("words", "the key is in the vault".to_owned()),
        ("a token", ["ghs", &"x".repeat(36)].join("_")),
        ("megabytes", "A".repeat(100_000)),
        (
            "the name of a file",
            "./gatekeeper.2026-11-22.pem".to_owned(),
        ),
        ("no expression", "${{ secrets.KEY }}".to_owned()),
        ("nothing", String::new()),
        ("blanks", " \n ".to_owned()),
        ("quotes alone", "\"\"".to_owned()),
    ] {
        let ran = refused(
            &mut stage,
            step().with("private-key", &stored),
            &[&stored, &key],
        );
        said.push(format!("{mistake}: {}", message(&ran)));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    OpenSSH: the input `private-key` is a key of OpenSSH, not of a GitHub App; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    encrypted, of old: the input `private-key` is encrypted with a password; take the password off with `openssl rsa`, or generate a new key in the app's settings
    encrypted, PKCS#8: the input `private-key` is encrypted with a password; take the password off with `openssl rsa`, or generate a new key in the app's settings
    public half: the input `private-key` is the public half of a key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    public half, PKCS#1: the input `private-key` is the public half of a key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    certificate: the input `private-key` is a certificate, not a private key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    elliptic curve: the input `private-key` is no RSA key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    elliptic curve, SEC 1: the input `private-key` is no RSA key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    too few bits: the input `private-key` has fewer than 2048 bits; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    too few bits, PKCS#8: the input `private-key` has fewer than 2048 bits; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    first line alone: the input `private-key` is cut off, or has something else in its lines; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    cut off: the input `private-key` is cut off, or has something else in its lines; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    cut in its first line: the input `private-key` is cut off, or has something else in its lines; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    cut off, base64: the input `private-key` is cut off, or has something else in its lines; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    a line lost: the input `private-key` is damaged: it is no whole RSA key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    a byte changed: the input `private-key` is damaged: it is no whole RSA key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    stars within: the input `private-key` is cut off, or has something else in its lines; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    body cut off: the input `private-key` is damaged: it is no whole RSA key; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    a word: the input `private-key` is neither a PEM text nor base64 of one; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    words: the input `private-key` is neither a PEM text nor base64 of one; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    a token: the input `private-key` is neither a PEM text nor base64 of one; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    megabytes: the input `private-key` is neither a PEM text nor base64 of one; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    the name of a file: the input `private-key` is neither a PEM text nor base64 of one; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    no expression: the input `private-key` is neither a PEM text nor base64 of one; generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA PRIVATE KEY-----` and what follows it
    nothing: the input `private-key` is empty, and `client-id` is not; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there
    blanks: the input `private-key` is empty, and `client-id` is not; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there
    quotes alone: the input `private-key` is empty, and `client-id` is not; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there
    ");
}

#[test]
fn inputs_that_do_not_go_together_are_told() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let key = key();
    let token = ["ghs", "patgateCANARYinstallation0123456789ab"].join("_");
    let mut said = Vec::new();
    for (mistake, step) in [
        ("no client id", step().with("client-id", "")),
        ("a blank client id", step().with("client-id", " ")),
        ("no key", step().with("private-key", "")),
        ("a token too", step().with("token", &token)),
        (
            "a token and a client id",
            step().with("token", &token).with("private-key", ""),
        ),
        (
            "a token and a key",
            step().with("token", &token).with("client-id", ""),
        ),
        (
            "swapped",
            step()
                .with("client-id", &key)
                .with("private-key", CLIENT_ID),
        ),
        (
            "swapped, base64",
            step()
                .with("client-id", &BASE64_STANDARD.encode(&key))
                .with("private-key", CLIENT_ID),
        ),
        ("the key twice", step().with("client-id", &key)),
        ("the app's name", step().with("client-id", "My Gatekeeper")),
        (
            "the app's page",
            step().with("client-id", "https://github.com/apps/gatekeeper"),
        ),
        (
            "no expression",
            step().with("client-id", "${{ vars.CLIENT_ID }}"),
        ),
        ("nothing at all", Step::new()),
    ] {
        let ran = refused(&mut stage, step, &[&key, &token]);
        said.push(format!("{mistake}: {}", message(&ran)));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    no client id: the input `client-id` is empty, and `private-key` is not; take the client id from the app's settings page; it is no secret, and belongs in the workflow or a variable
    a blank client id: the input `client-id` is empty, and `private-key` is not; take the client id from the app's settings page; it is no secret, and belongs in the workflow or a variable
    no key: the input `private-key` is empty, and `client-id` is not; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there
    a token too: the inputs have a token and a GitHub App; give `token`, or `client-id` with `private-key`, and not both
    a token and a client id: the inputs have a token and a GitHub App; give `token`, or `client-id` with `private-key`, and not both
    a token and a key: the inputs have a token and a GitHub App; give `token`, or `client-id` with `private-key`, and not both
    swapped: the input `client-id` holds a key: it belongs in `private-key`; give the client id as `client-id`, and the key as `private-key`
    swapped, base64: the input `client-id` holds a key: it belongs in `private-key`; give the client id as `client-id`, and the key as `private-key`
    the key twice: the input `client-id` holds a key: it belongs in `private-key`; give the client id as `client-id`, and the key as `private-key`
    the app's name: the input `client-id` is neither a client id, such as `Iv23` and what follows it, nor an app id, a number; take the client id from the app's settings page; it is no secret, and belongs in the workflow or a variable
    the app's page: the input `client-id` is neither a client id, such as `Iv23` and what follows it, nor an app id, a number; take the client id from the app's settings page; it is no secret, and belongs in the workflow or a variable
    no expression: the input `client-id` is neither a client id, such as `Iv23` and what follows it, nor an app id, a number; take the client id from the app's settings page; it is no secret, and belongs in the workflow or a variable
    nothing at all: the token is unusable: the token is empty; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there: `HAS_TOKEN: ${{ secrets.NAME != '' }}` in the job's `env`, and `if: env.HAS_TOKEN == 'true'`
    ");
}

/// Runs 'step', which must fail before anybody is asked, and without repeating any part of 'secrets'.
#[track_caller]
fn refused(stage: &mut Stage, step: Step, secrets: &[&str]) -> Ran {
    stage.step = step;
    let ran = stage.main();
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_eq!(stage.github.requests(), [], "{}", ran.log);
    assert_eq!(
        (ran.added.as_slice(), stage.left()),
        (&[][..], vec![]),
        "{}",
        ran.log
    );
    for part in secrets.iter().flat_map(|secret| parts(secret)) {
        assert!(!ran.log.contains(&part), "{part}: {}", ran.log);
    }
    let ran_post = stage.post();
    assert_eq!(ran_post.status, Some(0), "{}", ran_post.log);
    ran
}

/// Each run of eight characters that only the secret has: the first line of a key is no secret.
fn parts(secret: &str) -> Vec<String> {
    let lines = secret
        .lines()
        .filter(|line| !line.contains("-----") && !line.contains(' '));
    lines
        .flat_map(|line| line.as_bytes().windows(8))
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect()
}

/// The one error of a run.
#[track_caller]
fn message(ran: &Ran) -> String {
    let lines: Vec<_> = ran.log.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.log);
    lines[1]
        .strip_prefix("::error title=patgate::")
        .unwrap()
        .to_owned()
}
