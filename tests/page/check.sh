#!/usr/bin/env bash
# The page without a browser and without a daemon: its types against docs/openapi.json, the linter, and the tests
# of its pure modules. Installs what it needs of npm (packages.sh).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dashboard=$root/crates/venue-dashboard
packages=$("$here/packages.sh")
step() { printf 'page: %s\n' "$*" >&2; }

step "unit tests"
node --test --disable-warning=MODULE_TYPELESS_PACKAGE_JSON "$here"/unit/*.test.mjs

# In a folder of its own, next to the packages: the declarations of what the page uses of others stand there in
# the place of the files themselves.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/page/vendor" "$work/page/texts" "$work/types" "$work/tests/unit"
cp "$dashboard"/page/*.js "$work/page"
cp "$dashboard"/page/texts/*.js "$work/page/texts"
cp "$dashboard"/types/*.d.ts "$work/types"
cp "$dashboard"/types/vendor/* "$work/page/vendor"
cp "$here"/*.mjs "$work/tests"
cp "$here"/unit/*.mjs "$work/tests/unit"
cp "$here/tsconfig.json" "$here/eslint.config.js" "$here/package.json" "$work"
ln -s "$packages/node_modules" "$work/node_modules"
cd "$work"
bin=node_modules/.bin

step "types of docs/openapi.json"
"$bin/openapi-typescript" "$root/docs/openapi.json" --output types/openapi.d.ts >/dev/null
step "type check"
"$bin/tsc" --project .
step "linter"
"$bin/eslint" --max-warnings 0 .
step "texts outside of page/texts"
node tests/texts.mjs page
