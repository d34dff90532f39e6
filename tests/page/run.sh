#!/usr/bin/env bash
# The page in headless Chromium and Firefox, behind the checks that need none (check.sh). Installs what it needs: npm packages
# into ${VENUE_CACHE:-~/.cache/venue}, Chromium and Firefox with apt if there is none (VENUE_CHROMIUM and VENUE_FIREFOX
# name others). With names of files (`wall.test.mjs`) only these are run, in the browser alone; VENUE_BROWSER=firefox
# is the daily jobs in Firefox alone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
say() { printf 'page: %s\n' "$*" >&2; }

packages=$("$here/packages.sh")
[ "${VENUE_BROWSER:-}" != firefox ] || set -- firefox.test.mjs
[ $# -gt 0 ] || "$here/check.sh"
chromium=${VENUE_CHROMIUM:-$(command -v chromium || true)}
firefox=${VENUE_FIREFOX:-$(command -v firefox-esr || command -v firefox || true)}
if [ -z "$chromium" ] || [ -z "$firefox" ]; then
  say "installing Chromium and Firefox"
  (apt-get -qq update && apt-get -qq install -y chromium firefox-esr) >&2
  chromium=${chromium:-$(command -v chromium)}
  firefox=${firefox:-$(command -v firefox-esr)}
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
VENUE_TARGET=$target/debug VENUE_CHROMIUM=$chromium VENUE_FIREFOX=$firefox node --test --test-concurrency=1 "${@:-.}"
