#!/usr/bin/env bash
# Builds the Debian package, with manual pages and completions, into target/debian. Wants cargo-deb:
# cargo install cargo-deb
set -euo pipefail
cd "$(dirname "$0")/../../.."

cargo build --release --locked -p venued -p venuectl
made=target/package
rm -rf "$made"
mkdir -p "$made"
target/release/venued man "$made/man"
target/release/venuectl man "$made/man"
target/release/venuectl completion bash >"$made/venuectl.bash"
target/release/venuectl completion zsh >"$made/_venuectl"
target/release/venuectl completion fish >"$made/venuectl.fish"
cargo deb --no-build --locked -p venued
