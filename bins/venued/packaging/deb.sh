#!/usr/bin/env bash
# Builds the Debian package, with manual pages and completions, into target/debian. Wants cargo-deb:
# cargo install cargo-deb
#
#   bins/venued/packaging/deb.sh [amd64|arm64|armhf]    default: the architecture of this machine
#
# Another architecture wants what docs/packaging.md names: the target of rustc, Debian's cross compiler, qemu-user.
set -euo pipefail
cd "$(dirname "$0")/../../.."
# shellcheck source=packaging/architectures.sh
. packaging/architectures.sh

native=$(here_architecture)
wanted=${1:-$native}
architecture "$wanted"
target=()
if [ "$wanted" != "$native" ]; then
  target=(--target "$rust")
  linker=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$rust")_LINKER
  export "$linker=$gnu-gcc"
fi
# The same sources make the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

cargo build --release --locked -p venued -p venuectl "${target[@]}"
made=target/package
rm -rf "$made"
mkdir -p "$made"
"${emulator[@]}" "$programs/venued" man "$made/man"
"${emulator[@]}" "$programs/venuectl" man "$made/man"
"${emulator[@]}" "$programs/venuectl" completion bash >"$made/venuectl.bash"
"${emulator[@]}" "$programs/venuectl" completion zsh >"$made/_venuectl"
"${emulator[@]}" "$programs/venuectl" completion fish >"$made/venuectl.fish"
mkdir -p target/debian
cargo deb --no-build --locked -p venued --output target/debian/ "${target[@]}"
# What the programs ask for, against what the package does.
stated=$(sed -n 's/^depends = "libc6 (>= \(.*\))"$/\1/p' bins/venued/Cargo.toml)
asked=$(readelf -W --dyn-syms "$programs/venued" "$programs/venuectl" | grep -o 'GLIBC_[0-9.]*' | cut -d_ -f2 | sort -uV | tail -n 1)
[ "$(printf '%s\n' "$stated" "$asked" | sort -V | tail -n 1)" = "$stated" ] ||
  { echo "the programs want libc6 $asked, and bins/venued/Cargo.toml says $stated" >&2; exit 1; }
