#!/usr/bin/env bash
# Writes what the programs are made of, as CycloneDX (JSON): venued.cdx.json and venuectl.cdx.json. Of the commit, not of
# what lies beside it. Wants cargo-cyclonedx: cargo install cargo-cyclonedx
#
#   packaging/sbom.sh FOLDER [TARGET]    TARGET as rustc calls it; default: that of this machine
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
target=${2:-$(rustc -vV | sed -n 's/^host: //p')}
cd "$(dirname "$0")/.."
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# The tool writes beside each Cargo.toml: into a copy.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git archive HEAD | tar -x -C "$copy"
cargo cyclonedx --manifest-path "$copy/bins/venued/Cargo.toml" --format json --spec-version 1.5 --target "$target" --quiet
for program in venued venuectl; do
  # The copy's own name is nobody's business.
  sed "s|$copy|.|g" "$copy/bins/$program/$program.cdx.json" >"$folder/$program.cdx.json"
done

python3 - "$folder" Cargo.lock <<'PYTHON'
import json, sys, tomllib
folder, lock = sys.argv[1:]
locked = {(package["name"], package["version"]) for package in tomllib.load(open(lock, "rb"))["package"]}
for program in ("venued", "venuectl"):
    document = json.load(open(f"{folder}/{program}.cdx.json"))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5"), program
    assert document["metadata"]["component"]["name"] == program
    parts = document["components"]
    references = [part["bom-ref"] for part in parts] + [document["metadata"]["component"]["bom-ref"]]
    assert len(set(references)) == len(references), f"{program}: a reference is there twice"
    unknown = {wanted for entry in document["dependencies"] for wanted in [entry["ref"], *entry.get("dependsOn", [])]} - set(references)
    assert not unknown, f"{program}: {unknown} are named and not described"
    for part in parts:
        named = f"{program}: {part['name']} {part['version']}"
        assert (part["name"], part["version"]) in locked, f"{named} is not in Cargo.lock"
        assert part.get("licenses"), f"{named} has no licence"
        foreign = part.get("purl", "").startswith("pkg:cargo/") and "?" not in part["purl"]
        assert not foreign or part.get("hashes"), f"{named} has no checksum"
    assert any(part["name"] == "rusqlite" for part in parts) == (program == "venued"), f"{program}: rusqlite"
    print(f"{folder}/{program}.cdx.json: {len(parts)} parts")
PYTHON
