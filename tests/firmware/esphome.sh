# Shared by build.sh and boards/check.sh: sourced, not run. Releases of ESPHome, and how to get them.
# shellcheck shell=bash

current=2026.6.5 # the newest for Python 3.11
old=2024.12.4
edge=2026.10.0 # wants Python 3.12
cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}

say() { printf '%(%H:%M:%S)T firmware: %s\n' -1 "$*" >&2; }
fail() { say "$*"; exit 1; }

need() { # command, Debian package
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "$1 is missing: install the package $2"
  say "installing $2"
  (apt-get -qq update && apt-get -qq install -y "$2") >&2
}

need_python() {
  need python3 python3
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "esphome $current wants Python 3.11 or newer"
}

# Installs a release into a venv of its own, once: $cache/esphome-<version>.
esphome() { # version, python
  local venv=$cache/esphome-$1
  mkdir -p "$cache"
  # One at a time, also where two checkouts share the cache.
  (
    flock 8
    [ -x "$venv/bin/esphome" ] && exit
    say "installing esphome $1"
    "$2" -m venv "$venv" || { need no-such-command python3-venv; "$2" -m venv "$venv"; }
    "$venv/bin/pip" install -q --disable-pip-version-check "esphome==$1" >&2
  ) 8>"$venv.lock"
}

# A Python that esphome $edge runs on: under the names of distributions, or where pyenv puts it.
newer_python() {
  local python
  for python in python3.12 python3.13 python3.14 python3 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9].*/bin/python3; do
    # It must run (a shim of pyenv may not), and be able to make a venv.
    "$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue
    echo "$python"
    return
  done
  return 1
}
