#!/usr/bin/env bash
# Installs what the checks and tests of the page need of npm, once for each package-lock.json, into
# ${VENUE_CACHE:-~/.cache/venue}; prints the folder with node_modules.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}
say() { printf 'page: %s\n' "$*" >&2; }

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say "installing node and npm"
  (apt-get -qq update && apt-get -qq install -y nodejs npm) >&2
fi
packages=$cache/page-$(sha256sum "$here/package-lock.json" | cut -c1-16)
if [ ! -f "$packages/complete" ]; then
  say "installing the packages of tests/page/package-lock.json"
  rm -rf "$packages"
  mkdir -p "$packages"
  cp "$here/package.json" "$here/package-lock.json" "$packages"
  (cd "$packages" && npm ci --ignore-scripts --no-audit --no-fund --silent) >&2
  touch "$packages/complete"
fi
printf '%s\n' "$packages"
