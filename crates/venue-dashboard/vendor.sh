#!/usr/bin/env bash
# What the page uses of others, as npm has it: copied, summed, with its licences. The only step that needs Node.
set -euo pipefail
vendor=$(cd "$(dirname "$0")" && pwd)/page/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent preact@11.2.0 htm@3.1.1 uplot@1.6.32
cd node_modules
cp preact/dist/preact.mjs preact/hooks/dist/hooks.mjs htm/dist/htm.module.js \
  uplot/dist/uPlot.iife.min.js uplot/dist/uPlot.min.css "$vendor"
for package in preact htm uplot; do cp "$package/LICENSE" "$vendor/$package.LICENSE.txt"; done
cd "$vendor"
sha256sum -- *.js *.mjs *.css >SHA256SUMS.txt
