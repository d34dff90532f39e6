#!/usr/bin/env bash
# The page in headless Chromium. Installs what it needs: npm packages into ${VENUE_CACHE:-~/.cache/venue},
# Chromium with apt if there is none (VENUE_CHROMIUM names another).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}
say() { printf 'page: %s\n' "$*" >&2; }

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say "installing node and npm"
  (apt-get -qq update && apt-get -qq install -y nodejs npm) >&2
fi
chromium=${VENUE_CHROMIUM:-$(command -v chromium || true)}
if [ -z "$chromium" ]; then
  say "installing Chromium"
  (apt-get -qq update && apt-get -qq install -y chromium) >&2
  chromium=$(command -v chromium)
fi
packages=$cache/page-$(sha256sum "$here/package-lock.json" | cut -c1-16)
if [ ! -f "$packages/complete" ]; then
  say "installing playwright-core and axe-core"
  rm -rf "$packages"
  mkdir -p "$packages"
  cp "$here/package.json" "$here/package-lock.json" "$packages"
  (cd "$packages" && npm ci --ignore-scripts --no-audit --no-fund --silent) >&2
  touch "$packages/complete"
fi

cd "$here/../.."
cargo build -q -p venued -p device-sim
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
# Next to the packages, so that the tests find them wherever they are installed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.mjs "$work"
ln -s "$packages/node_modules" "$work/node_modules"
cd "$work"
VENUE_PAGE=$here/../../crates/venue-dashboard/page VENUE_TARGET=$target/debug VENUE_CHROMIUM=$chromium node --test --test-concurrency=1 "${@:-.}"
