//! The search trusts nothing in a directory, keeps to its limits, and tells no secret.

#[path = "archive_tests.rs"]
mod archives;
#[path = "forms_tests.rs"]
mod forms;

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
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

#[test]
fn the_plainest_form_is_told_once_for_each_file_and_with_the_secrets_number() {
    let (one, other) = (SecretString::from(classic()), SecretString::from(another()));
    let tripwire = Tripwire::with_buffer(&[&other, &one], 0);
    let mut text = STANDARD.encode(classic()) + &" ".repeat(5000);
    text += &forms::each(&classic(), |byte| format!("{byte:02x}"));
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
    files.push(("sub/.npmrc".to_owned(), classic().into()));
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
        ["sub/.git/config", "sub/.npmrc"],
        "likely files first, the unlikely one never"
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
        let archive = archives::zip(&[(&path, token.as_bytes())], archives::Zip::Deflated);
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
