//! Each form is found wherever it lies, and nothing else is.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const ALL: Limits<'_> = Limits {
    bytes: u64::MAX,
    file: u64::MAX,
    inflated: u64::MAX,
    depth: 32,
    threads: 2,
    is_over: &|| false,
};

/// A classic token that no scanner takes for one: its parts meet at run time.
fn classic() -> String {
    ["ghp", "PATGATEtestVECTOR0123456789abc1ETiws"].join("_")
}

/// Another of the same kind.
fn another() -> String {
    ["ghp", "patgateVector0007zzzzzzzzzzzzz0bctXe"].join("_")
}

fn fine_grained() -> String {
    let tail = "0Kq3Zt7Vn1Bx5Mc9Lw2Hd6Rj4Fs8Gp0Ty3Ua7Ei1Oo5Pb9Nk2Xv6Cz4Dm8S";
    ["github_pat", "patgateCANARY012345678", &tail[..59]].join("_")
}

/// An installation token of the newer form. `signature` is all that differs between two of an app.
fn stateless(signature: &str) -> String {
    let claims =
        STANDARD_NO_PAD.encode("{\"aid\":\"15368\",\"iss\":\"github\",\"exp\":1777777777}");
    let header = STANDARD_NO_PAD.encode("{\"alg\":\"ES256\",\"typ\":\"JWT\"}");
    ["ghs", "15368", &[&header, &claims, signature].join(".")].join("_")
}

const SIGNATURE: &str =
    "a1-b2_c3-d4_e5f6g7h8i9j0k1l2m3n4o5p6-q7r8s9_t0u1v2w3x4y5z6A7B8C9-D0E1F2G3_H4I5J6K7L8M9";

const OTHER_SIGNATURE: &str =
    "Z9-Y8_X7-W6_V5U4T3S2R1Q0P9O8N7M6L5K4J3I2-H1G0F9E8_D7C6B5A4z3y2x1w0v9u8-t7s6r5q4_p3o2n1";

fn tokens() -> [String; 4] {
    let legacy = "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233f";
    [
        classic(),
        fine_grained(),
        stateless(SIGNATURE),
        legacy.to_owned(),
    ]
}

fn tripwire(token: &str) -> Tripwire {
    Tripwire::new(&[&SecretString::from(token)])
}

/// The least buffer there can be.
fn narrow(token: &str) -> Tripwire {
    Tripwire::with_buffer(&[&SecretString::from(token)], 0)
}

fn root(label: &str, path: &Path) -> Root {
    Root {
        label: label.to_owned(),
        path: path.to_owned(),
    }
}

fn search(tripwire: &Tripwire, tree: &Path, limits: &Limits<'_>) -> Found {
    tripwire.search(&[root("tree", tree)], limits)
}

fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let tree = TempDir::new().unwrap();
    for (path, bytes) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    tree
}

/// The form found in a file of these bytes.
fn form_in(tripwire: &Tripwire, bytes: &[u8]) -> Option<Form> {
    let tree = tree(&[("file", bytes)]);
    let found = search(tripwire, tree.path(), &ALL);
    assert_eq!(found.unread, 0);
    found.hits.first().map(|hit| hit.form)
}

fn each(text: &str, write: impl Fn(u8) -> String) -> String {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

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

    #[test]
    fn no_archive_however_broken_fails_the_search(
        mut noise in prop::collection::vec(any::<u8>(), 0..400),
        magic in prop::sample::select(vec![&b"PK\x03\x04"[..], b"\x1f\x8b\x08\x00", b"\x78\x9c", b"BZh"]),
        deflated in any::<bool>(),
    ) {
        noise.splice(0..0, magic.iter().copied());
        if deflated && noise.len() > 12 {
            noise[8] = 8;
        }
        let name = "objects/ab/0123456789abcdef0123456789abcdef012345";
        let tree = tree(&[(name, &noise), ("also", &noise)]);
        let found = search(&narrow(&classic()), tree.path(), &ALL);
        prop_assert_eq!((found.files, found.unread, found.hits.len()), (2, 0, 0));
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
    let line = |n: u8| STANDARD.encode([n; 48]);
    let body = [line(1), line(77), "c2hvcnQ=".to_owned()].join("\n");
    let (begin, end) = (
        ["-----BEGIN", "KEY-----"].join(" "),
        ["-----END", "KEY-----"].join(" "),
    );
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

#[test]
fn the_plainest_form_is_told_once_for_each_file_and_with_the_secrets_number() {
    let (one, other) = (SecretString::from(classic()), SecretString::from(another()));
    let tripwire = Tripwire::with_buffer(&[&other, &one], 0);
    let mut text = STANDARD.encode(classic()) + &" ".repeat(5000);
    text += &each(&classic(), |byte| format!("{byte:02x}"));
    let tree = tree(&[
        ("a", text.as_bytes()),
        ("b", (text.clone() + &classic()).as_bytes()),
    ]);
    let found = search(&tripwire, tree.path(), &ALL);
    let told: Vec<_> = found
        .hits
        .iter()
        .map(|hit| (&*hit.path, hit.form, hit.secret))
        .collect();
    assert_eq!(told, [("a", Form::Base64, 1), ("b", Form::AsItIs, 1)]);
    assert_eq!(found.hits[0].root, "tree");
    assert_eq!((found.files, found.cut), (2, None));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[derive(Clone, Copy, PartialEq)]
enum Zip {
    Stored,
    Deflated,
    /// As a stream is zipped: the length stands behind the member.
    Streamed,
}

fn zip(members: &[(&str, &[u8])], how: Zip) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, bytes) in members {
        let packed = if how == Zip::Stored {
            bytes.to_vec()
        } else {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let len = u32::try_from(packed.len()).unwrap().to_le_bytes();
        let is_streamed = how == Zip::Streamed;
        let (flags, told) = if is_streamed { (8, [0; 4]) } else { (0, len) };
        let method = u8::from(how != Zip::Stored) * 8;
        all.extend(b"PK\x03\x04\x14\0");
        all.extend([flags, 0, method, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        all.extend([told, told].concat());
        all.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        all.extend([4, 0]);
        all.extend(name.as_bytes());
        all.extend(b"more");
        all.extend(packed);
        if is_streamed {
            all.extend(b"PK\x07\x08\0\0\0\0");
            all.extend([len, len].concat());
        }
    }
    all.extend(b"PK\x01\x02 and so on");
    all
}

/// A tar of one file, as far as a stream needs it.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = name.as_bytes().to_vec();
    all.resize(512, 0);
    all.extend(bytes);
    all.resize(all.len().next_multiple_of(512) + 1024, 0);
    all
}

/// The only hit in a file of these bytes: its member and its form.
fn member_in(bytes: &[u8]) -> Option<(Option<String>, Form)> {
    let tree = tree(&[("archive", bytes)]);
    let found = search(&tripwire(&classic()), tree.path(), &ALL);
    assert_eq!(
        (found.unread, found.partial),
        (0, 0),
        "it was searched whole"
    );
    found.hits.first().map(|hit| (hit.member.clone(), hit.form))
}

#[test]
fn what_archives_hold_is_found_with_the_members_name() {
    let text = format!("{}token={}\n", "words ".repeat(20_000), classic());
    let text = text.as_bytes();
    let clean = "clean ".repeat(50);
    let clean = clean.as_bytes();
    let plain = |member: Option<&str>| Some((member.map(str::to_owned), Form::AsItIs));
    assert_eq!(member_in(&gzip(text)), plain(None));
    assert_eq!(
        member_in(&[gzip(clean), gzip(text)].concat()),
        plain(None),
        "several members"
    );
    assert_eq!(member_in(&gzip(&tar("a", text))), plain(None));
    for how in [Zip::Stored, Zip::Deflated, Zip::Streamed] {
        let archive = |name, bytes: &[u8]| zip(&[("x", clean), (name, bytes), ("y", clean)], how);
        assert_eq!(member_in(&archive("a/b.txt", text)), plain(Some("a/b.txt")));
        assert_eq!(
            member_in(&archive("x.gz", &gzip(text))),
            plain(Some("x.gz"))
        );
        if how != Zip::Streamed {
            let inner = zip(&[("i", clean), ("inner", text)], Zip::Streamed);
            assert_eq!(
                member_in(&archive("x.zip", &inner)),
                plain(Some("x.zip/inner"))
            );
        }
        assert_eq!(member_in(&archive("x", clean)), None);
    }
    let encoded = STANDARD.encode(classic());
    let base64 = Some((Some("e".to_owned()), Form::Base64));
    assert_eq!(
        member_in(&zip(&[("e", encoded.as_bytes())], Zip::Deflated)),
        base64
    );
}

#[test]
fn git_s_loose_objects_are_opened() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    writeln!(encoder, "blob 644\0{}{}", "words ".repeat(100), classic()).unwrap();
    let object = encoder.finish().unwrap();
    let path = ".git/objects/0a/0123456789abcdef0123456789abcdef012345";
    let tree = tree(&[(path, &object), ("objects/zz/0123", &object)]);
    let found = search(&tripwire(&classic()), tree.path(), &ALL);
    let paths: Vec<_> = found.hits.iter().map(|hit| &*hit.path).collect();
    assert_eq!(paths, [path]);
    assert!(
        found.hits[0]
            .culprit()
            .unwrap()
            .what
            .contains("an object of the repository")
    );
}

#[test]
fn a_broken_archive_is_searched_as_it_is_and_counted() {
    let noise: Vec<u8> = (0..60_000u32)
        .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes())
        .collect();
    let mut half = gzip(&noise);
    half.truncate(half.len() / 2);
    half.extend(classic().as_bytes());
    let mut zipped = zip(&[("x", &noise)], Zip::Deflated);
    zipped.truncate(1000);
    zipped.extend(classic().as_bytes());
    let other = [b"\x28\xb5\x2f\xfd", classic().as_bytes()].concat();
    let tree = tree(&[("a.gz", &half), ("b.zip", &zipped), ("c.zst", &other)]);
    let found = search(&tripwire(&classic()), tree.path(), &ALL);
    assert_eq!((found.hits.len(), found.partial, found.unread), (3, 3, 0));
}

#[test]
fn a_bomb_is_left_at_its_limit() {
    let mut bomb = vec![0; 64 << 20];
    bomb.extend(classic().as_bytes());
    let nested = zip(&[("bomb.gz", &gzip(&bomb))], Zip::Deflated);
    let tree = tree(&[("a.gz", &gzip(&bomb)), ("b.zip", &nested)]);
    let limits = Limits {
        inflated: 1 << 20,
        ..ALL
    };
    let found = search(&tripwire(&classic()), tree.path(), &limits);
    assert_eq!((found.hits.len(), found.partial), (0, 2));
    assert!(found.bytes < 4 << 20, "{}", found.bytes);
    let found = search(&tripwire(&classic()), tree.path(), &ALL);
    assert_eq!(
        (found.hits.len(), found.partial),
        (2, 0),
        "without one it is found"
    );
}

#[test]
fn links_pipes_and_loops_are_passed_over() {
    let outside = tree(&[("secret", classic().as_bytes())]);
    let tree = tree(&[("folder/clean", b"nothing")]);
    symlink(outside.path().join("secret"), tree.path().join("link")).unwrap();
    symlink(outside.path(), tree.path().join("folder/out")).unwrap();
    symlink("..", tree.path().join("folder/loop")).unwrap();
    let pipe = rustix::fs::FileType::Fifo;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, tree.path().join("pipe"), pipe, mode, 0).unwrap();
    let found = search(&tripwire(&classic()), tree.path(), &ALL);
    assert_eq!((found.files, found.unread, found.hits.len()), (1, 0, 0));
    let folder = folder::Folder::open(tree.path()).unwrap();
    assert!(
        folder.file(b"link").is_err(),
        "a link that came late is refused"
    );
    assert!(
        folder.file(b"pipe").unwrap().is_none(),
        "a pipe that came late is not waited for"
    );
    assert!(
        folder.below(b"folder/loop").is_err(),
        "a link in place of a directory is refused"
    );
}

#[test]
fn what_cannot_be_read_is_counted() {
    let tree = tree(&[
        ("closed", classic().as_bytes()),
        ("a/b/c/deep", classic().as_bytes()),
    ]);
    let closed = tree.path().join("closed");
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    let limits = Limits { depth: 2, ..ALL };
    let found = search(&tripwire(&classic()), tree.path(), &limits);
    // Root reads it all the same.
    let is_root = fs::File::open(&closed).is_ok();
    assert_eq!(found.unread, if is_root { 1 } else { 2 });
    assert_eq!(found.hits.len(), usize::from(is_root));
    let gone = search(&tripwire(&classic()), &tree.path().join("gone"), &ALL);
    assert_eq!((gone.unread, gone.files), (1, 0));
    let limits = Limits { depth: 3, ..ALL };
    let found = search(&tripwire(&classic()), tree.path(), &limits);
    assert!(found.hits.iter().any(|hit| hit.path == "a/b/c/deep"));
}

#[test]
fn no_file_is_searched_twice() {
    let tree = tree(&[
        ("a/one", classic().as_bytes()),
        ("a/temp/two", classic().as_bytes()),
    ]);
    fs::hard_link(tree.path().join("a/one"), tree.path().join("a/three")).unwrap();
    let (outer, inner) = (tree.path().join("a"), tree.path().join("a/temp"));
    let roots = [
        root("outer", &outer),
        root("inner", &inner),
        root("again", &outer),
    ];
    let found = tripwire(&classic()).search(&roots, &Limits { threads: 1, ..ALL });
    assert_eq!(found.files, 2);
    let told: Vec<_> = found
        .hits
        .iter()
        .map(|hit| (&*hit.root, &*hit.path))
        .collect();
    assert_eq!(told, [("inner", "two"), ("outer", "one")]);
}

#[test]
fn other_file_systems_are_not_entered() {
    let Ok(shared) = TempDir::new_in("/dev/shm") else {
        return;
    };
    fs::write(shared.path().join("file"), classic()).unwrap();
    let found = search(&tripwire(&classic()), Path::new("/dev"), &ALL);
    assert_eq!(found.hits, []);
    assert!(found.elsewhere > 0, "`/dev/shm` is a mount of its own");
    assert_eq!(
        search(&tripwire(&classic()), shared.path(), &ALL)
            .hits
            .len(),
        1
    );
}

#[test]
fn limits_cut_the_search_and_say_so() {
    let mut files = Vec::new();
    for n in 0..200 {
        files.push((format!("src/{n}"), vec![b'x'; 1000]));
    }
    files.push(("sub/.git/config".to_owned(), classic().into()));
    files.push(("node_modules/.git/config".to_owned(), another().into()));
    let files: Vec<_> = files
        .iter()
        .map(|(path, bytes)| (&**path, &**bytes))
        .collect();
    let tree = tree(&files);
    let secrets = [SecretString::from(classic()), SecretString::from(another())];
    let tripwire = Tripwire::new(&[&secrets[0], &secrets[1]]);
    let limits = Limits {
        bytes: 20_000,
        threads: 1,
        ..ALL
    };
    let found = search(&tripwire, tree.path(), &limits);
    assert_eq!(found.cut, Some(Cut::Bytes));
    assert!((20_000..22_000).contains(&found.bytes), "{}", found.bytes);
    let paths: Vec<_> = found.hits.iter().map(|hit| &*hit.path).collect();
    assert_eq!(
        paths,
        ["sub/.git/config"],
        "the likely file first, the unlikely one never"
    );

    let asked = AtomicUsize::new(0);
    let is_over = || asked.fetch_add(1, Ordering::Relaxed) > 50;
    let limits = Limits {
        is_over: &is_over,
        ..ALL
    };
    let found = search(&tripwire, tree.path(), &limits);
    assert_eq!(found.cut, Some(Cut::Time));
    assert!(found.files < 60, "{}", found.files);
    assert_eq!(search(&tripwire, tree.path(), &ALL).cut, None);
}

#[test]
fn a_long_file_is_searched_up_to_its_limit() {
    let mut long = vec![b' '; 100_000];
    long.extend(classic().as_bytes());
    let tree = tree(&[("long", &long)]);
    let limits = Limits {
        file: 50_000,
        ..ALL
    };
    let found = search(&narrow(&classic()), tree.path(), &limits);
    assert_eq!((found.hits.len(), found.partial), (0, 1));
    let limits = Limits {
        file: 100_100,
        ..ALL
    };
    let found = search(&narrow(&classic()), tree.path(), &limits);
    assert_eq!((found.hits.len(), found.partial), (1, 0));
}

#[test]
fn at_most_a_hundred_hits_are_kept() {
    let names: Vec<_> = (0..350).map(|n| format!("{n:03}")).collect();
    let token = classic();
    let files: Vec<_> = names
        .iter()
        .map(|name| (&**name, token.as_bytes()))
        .collect();
    let found = search(&tripwire(&token), tree(&files).path(), &ALL);
    assert_eq!((found.hits.len(), found.more), (100, 250));
    assert_eq!(found.hits[99].path, "099");
}

#[test]
fn no_part_of_a_token_is_told() {
    for token in tokens() {
        let shown = |text: &str| {
            text.as_bytes()
                .windows(10)
                .any(|part| token.as_bytes()[30..].windows(10).any(|own| own == part))
        };
        let secret = SecretString::from(token.clone());
        let tripwire = Tripwire::new(&[&secret]);
        let mut name = String::new();
        write!(
            name,
            "a\u{1b}[31m\n{}",
            &token[token.len() - 60.min(token.len())..]
        )
        .unwrap();
        let path = format!("{name}/{name}.txt");
        let archive = zip(&[(&path, token.as_bytes())], Zip::Deflated);
        let tree = tree(&[
            (&path, b"the name alone"),
            ("b", token.as_bytes()),
            ("c.zip", &archive),
        ]);
        let found = search(&tripwire, tree.path(), &ALL);
        assert_eq!(found.hits.len(), 3);
        assert_eq!(found.hits[0].path, "***/***");
        assert_eq!(found.hits[2].member.as_deref(), Some("***/***"));
        for told in [format!("{found:?}"), format!("{tripwire:?}")] {
            assert!(!shown(&told), "{}", told.replace(&token, "TOKEN"));
        }
        let culprits = found.hits.iter().map(|hit| format!("{:?}", hit.culprit()));
        assert!(culprits.into_iter().all(|told| !shown(&told)));
    }
}

#[test]
fn control_characters_of_names_are_not_told() {
    let tree = tree(&[("a\u{1b}[31m\nb", classic().as_bytes())]);
    let found = search(&tripwire(&classic()), tree.path(), &ALL);
    assert_eq!(found.hits[0].path, "a\u{fffd}[31m\u{fffd}b");
}
