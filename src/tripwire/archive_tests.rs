//! What archives hold is found, and no archive harms the search.

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Zip {
    Stored,
    Deflated,
    /// As a stream is zipped: the length stands behind the member.
    Streamed,
}

pub(super) fn zip(members: &[(&str, &[u8])], how: Zip) -> Vec<u8> {
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
    let text: Vec<_> = (0..60_000).map(|n| n.to_string()).collect();
    let text = text.join("\n");
    let text = text.as_bytes();
    let mut half = gzip(text);
    half.truncate(half.len() / 2);
    half.extend(classic().as_bytes());
    let mut zipped = zip(&[("x", text)], Zip::Deflated);
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

proptest! {
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
