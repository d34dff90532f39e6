# Every recipe is one command that also works without just.

# What a contributor runs before a commit.
default: fmt lint test

# The plain tests: Rust and a C compiler are enough.
test:
    cargo test --workspace

fmt:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

# Dependency arrows, file lengths, and what must not be in the tree.
tidy:
    cargo test -p venue-tidy

# The order proof: random stories over the real router, store, scheduler and lanes. A failure prints
# its VENUE_ORDER_SEED and the shortest story that fails.
order cases="100000":
    VENUE_ORDER_CASES={{ cases }} cargo test --release -p venue-order -- --nocapture

# The page without a browser: its types against docs/openapi.json, the linter, unit tests; wants Node and npm.
page-check:
    tests/page/check.sh

# The page in headless Chromium; fetches what it needs.
page:
    tests/page/run.sh

# Writes docs/openapi.json and the endpoints in docs/http-api.md anew; a test compares both with what is declared.
openapi:
    VENUE_WRITE_OPENAPI=1 cargo test -p venue-http --lib checked_in

# Takes the page's libraries anew from npm, in the versions that are named here.
vendor:
    crates/venue-dashboard/vendor.sh

# Builds real ESPHome firmware and drives it through venued and venuectl.
firmware-test:
    VENUE_FIRMWARE_DIR="$(tests/firmware/build.sh)" cargo test -p venued --test it firmware::

# ESPHome itself on each of the boards to build.
boards-check:
    boards/check.sh

# The reference client against device-sim.
interop:
    tests/interop/run.sh

# The plans and the cost of a claim with a million commands waiting; some seconds of filling.
store-million:
    cargo test -p venue-queue --lib -- --ignored

# The Debian package, in target/debian; wants cargo-deb.
deb:
    bins/venued/packaging/deb.sh

# The package in a bare Debian, the container image, the files beside them; as root, behind `just deb`.
package-test:
    tests/package/run.sh
    tests/package/image.sh
    tests/package/files.sh

# All files of a release for amd64, arm64 and armhf, in target/release-files; docs/packaging.md has what it wants.
release *architectures:
    packaging/release.sh {{ architectures }}

# Packs each library as it would be published, and builds it from what was packed.
crates:
    cargo package --locked $(ls crates | sed 's/^/--package=/')

# A simulated venue with its daemon.
demo:
    cargo run --release -p venued -- demo

# Kills the daemon a thousand times under load; a quarter of an hour. VENUE_CRASH_SEED repeats one.
crash runs="1000":
    VENUE_CRASH_RUNS={{ runs }} cargo test -p venued --test it crash:: -- --nocapture

# Chaos for so many minutes: boards that hang, flap, lie and flood, a store that is locked or full, kills,
# edits, clients who repeat themselves. A finding tells its seed (--seed) and its story.
chaos minutes="60" *arguments="":
    cargo build -p venued -p venue-chaos
    target/debug/venue-chaos --minutes {{ minutes }} {{ arguments }}

# Every benchmark with its baseline; docs/benchmarks.md says what they show.
bench:
    cargo bench -p venue-benches

# Each benchmark just long enough to see that it works.
bench-smoke:
    cargo bench -p venue-benches --profile dev -- --smoke

# Sizes, memory and all benchmarks of one build, with its commit: what docs/benchmarks.md states.
figures *benches:
    benches/figures.sh {{ benches }}

# Licences, sources and duplicates; needs cargo-deny.
deny:
    cargo deny check bans licenses sources

# Seconds of fuzzing per target; needs a nightly toolchain and cargo-fuzz.
fuzz seconds="60":
    cd fuzz && for target in message plain_session noise_session infrared_notation infrared_decode infrared_import; do cargo +nightly fuzz run --fuzz-dir . "$target" -- -max_total_time={{ seconds }}; done

# What the continuous integration runs.
ci:
    .ci/run
