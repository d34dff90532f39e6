#!/usr/bin/env bash
# Everything that a release consists of, in target/release-files/VERSION: for each architecture the Debian package, the programs
# as tar.gz, the container image, that for Home Assistant, and the parts list (SBOM); and the checksums of all. What each
# architecture wants is in docs/packaging.md.
#
#   packaging/release.sh [amd64|arm64|armhf ...]    default: all three
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/architectures.sh
. packaging/architectures.sh
[ $# -gt 0 ] || set -- amd64 arm64 armhf
for wanted in "$@"; do architecture "$wanted"; done

version=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json, sys
print(next(package["version"] for package in json.load(sys.stdin)["packages"] if package["name"] == "venued"))')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
out=$PWD/target/release-files/$version
mkdir -p "$out"

# Programs, manual, completions and unit, for a Linux without dpkg.
archive() { # architecture
  local name=venued-$version-$1 tree
  tree=$(mktemp -d)
  dpkg-deb -x "$out/venued_${version}-1_$1.deb" "$tree/$name"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$tree" -c "$name" | gzip -n9 >"$out/$name.tar.gz"
  rm -rf "$tree"
}

images() { # architecture
  local libraries given
  libraries=$(mktemp -d)
  packaging/libraries.sh "$1" "$libraries"
  given=(--architecture "$1" --programs "$programs" --libraries "$libraries" --version "$version")
  packaging/oci.py "${given[@]}" --output "$out/venued-$version-oci-$1.tar"
  # Home Assistant runs on no 32-bit system any more.
  [ "$1" = armhf ] || packaging/oci.py "${given[@]}" --home-assistant --output "$out/venued-$version-home-assistant-$1.tar"
  rm -rf "$libraries"
}

for wanted in "$@"; do
  architecture "$wanted"
  printf '\n=== %s\n' "$wanted"
  bins/venued/packaging/deb.sh "$wanted"
  mv target/debian/venued_"$version"-*_"$wanted".deb "$out/"
  tests/package/foreign.sh "$wanted"
  archive "$wanted"
  images "$wanted"
  packaging/sbom.sh "$out/sbom" "$rust"
  for program in venued venuectl; do mv "$out/sbom/$program.cdx.json" "$out/$program-$version-$wanted.cdx.json"; done
  rmdir "$out/sbom"
done

cd "$out"
sha256sum -- venue*-* venued_* >SHA256SUMS
sha256sum --quiet --check SHA256SUMS
printf '\n%s\n' "$out"
ls -l
