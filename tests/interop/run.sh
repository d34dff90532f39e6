#!/usr/bin/env bash
# ESPHome's reference client, aioesphomeapi, against device-sim. Installs the client into
# ${VENUE_CACHE:-~/.cache/venue}, builds the simulator, and checks that each understands the other.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}
venv=$cache/interop-$(sha256sum "$here/requirements.txt" | cut -c1-16)
say() { printf 'interop: %s\n' "$*" >&2; }

need() { # command, Debian package
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { say "$1 is missing: install the package $2"; exit 1; }
  say "installing $2"
  (apt-get -qq update && apt-get -qq install -y "$2") >&2
}

need python3 python3
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Python 3.11 or newer is needed"; exit 1; }
if [ ! -f "$venv/complete" ]; then
  say "installing the reference client"
  rm -rf "$venv"
  mkdir -p "$cache"
  python3 -m venv "$venv" || { need no-such-command python3-venv; python3 -m venv "$venv"; }
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt" >&2
  touch "$venv/complete"
fi

cd "$here/../.."
cargo build -q -p device-sim
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
exec "$venv/bin/python" "$here/interop.py" "$target/debug/device-sim"
