# Names for what a person runs; the list of checks itself is .ci/run.

# everything CI does
check:
    .ci/run

# the tests alone; without the engine's images the container tests say that they skip
test *ARGS:
    cargo test --workspace --locked {{ ARGS }}

# the main job on a fake GitHub
demo:
    cargo run --locked --example demo

# looks through changed snapshots
review:
    cargo insta review

# one fuzz target, until it is interrupted; cargo-fuzz wants the compiler's unstable flags
fuzz TARGET:
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{ TARGET }}

# the action's image, as patgate:test
image:
    .ci/dist
    .ci/engine start
    .ci/engine action-image patgate:test
