#!/usr/bin/env bash
# The page in headless Chromium, behind the checks that need none (check.sh). Installs what it needs: npm packages
# into ${VENUE_CACHE:-~/.cache/venue}, Chromium with apt if there is none (VENUE_CHROMIUM names another). With names
# of files (`wall.test.mjs`) only these are run, in the browser alone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
say() { printf 'page: %s\n' "$*" >&2; }

packages=$("$here/packages.sh")
[ $# -gt 0 ] || "$here/check.sh"
chromium=${VENUE_CHROMIUM:-$(command -v chromium || true)}
if [ -z "$chromium" ]; then
  say "installing Chromium"
  (apt-get -qq update && apt-get -qq install -y chromium) >&2
  chromium=$(command -v chromium)
fi

cd "$here/../.."
cargo build -q -p venued -p device-sim --features device-sim/irp
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
# Next to the packages, so that the tests find them wherever they are installed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.mjs "$work"
ln -s "$packages/node_modules" "$work/node_modules"
cd "$work"
VENUE_TARGET=$target/debug VENUE_CHROMIUM=$chromium node --test --test-concurrency=1 "${@:-.}"
