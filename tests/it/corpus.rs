//! The fuzz targets' corpus, replayed: what was found once stays found.

use std::fs;
use std::path::Path;

#[expect(unreachable_pub, reason = "the fuzz targets are crates of their own")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

#[test]
fn what_must_hold_of_requests_holds_of_the_corpus() {
    replay("request", fuzz::request);
}

#[test]
fn what_must_hold_of_sealed_credentials_holds_of_the_corpus() {
    replay("sealed", fuzz::sealed);
}

#[test]
fn what_must_hold_of_policies_holds_of_the_corpus() {
    replay("document", fuzz::document);
}

#[track_caller]
fn replay(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let entries = fs::read_dir(folder.join(target)).unwrap();
    let mut replayed = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let held = std::panic::catch_unwind(|| property(&bytes));
        assert!(held.is_ok(), "{}", path.display());
        replayed += 1;
    }
    assert!(replayed > 0, "there is a corpus");
}
