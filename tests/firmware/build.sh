#!/usr/bin/env bash
# Builds real ESPHome firmware for Linux, from package registries only, and prints the folder with
# the binaries on the last line of standard output.
#
#   tests/firmware/build.sh [blaster|classic|legacy ...]      default: all
#
# Everything made goes to ${VENUE_CACHE:-~/.cache/venue}/firmware-<hash of the inputs>; a second
# call finds it there. ESPHome's C++ is GPLv3: neither generated sources nor binaries are committed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
current=2026.6.5 # the newest for Python 3.11
old=2024.12.4
cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}
inputs=$(cd "$here" && find . -type f ! -name '*.md' ! -path './noise/target/*' | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16)
work=$cache/firmware-$inputs
say() { printf '%(%H:%M:%S)T firmware: %s\n' -1 "$*" >&2; }
fail() { say "$*"; exit 1; }

need() { # command, Debian package
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "$1 is missing: install the package $2"
  say "installing $2"
  (apt-get -qq update && apt-get -qq install -y "$2") >&2
}

esphome() { # venv, version
  [ -x "$cache/$1/bin/esphome" ] && return
  say "installing esphome $2"
  python3 -m venv "$cache/$1" || { need no-such-command python3-venv; python3 -m venv "$cache/$1"; }
  "$cache/$1/bin/pip" install -q --disable-pip-version-check "esphome==$2" >&2
}

generate() { # kind, venv: the C++ that this configuration needs
  say "generating $1"
  HOME=$work/home ESPHOME_BUILD_PATH=$work/$1 ESPHOME_DATA_DIR=$work/home/data PLATFORMIO_CORE_DIR=$work/home/pio \
    "$cache/$2/bin/esphome" compile --only-generate "$work/$1.yaml" >"$work/$1.log" 2>&1 ||
    { tail -n 20 "$work/$1.log" >&2; fail "esphome refused $1.yaml"; }
}

noise_library() {
  say "building the Noise library"
  cargo build -q --release --locked --manifest-path "$here/noise/Cargo.toml" --target-dir "$work/noise-target"
}

compile() { # kind, libraries
  say "compiling $1"
  make -s -j"$(nproc)" -f "$here/firmware.mk" SRC="$work/$1/venue-blaster/src" OBJ="$work/$1/obj" \
    OUT="$work/bin/$1.new" INCLUDES="-I$here/noise/include" LIBS="$2" >&2
  mv "$work/bin/$1.new" "$work/bin/$1"
}

mac_from_environment() { # kind: releases up to 2025 compile the address in
  sed -i 's/^#define USE_ESPHOME_HOST_MAC_ADDRESS .*/extern "C" unsigned char venue_mac(int);\n#define USE_ESPHOME_HOST_MAC_ADDRESS {venue_mac(0), venue_mac(1), venue_mac(2), venue_mac(3), venue_mac(4), venue_mac(5)}/' \
    "$work/$1/venue-blaster/src/esphome/core/defines.h"
}

build() { # kind
  [ -x "$work/bin/$1" ] && return
  case $1 in
  blaster | classic)
    esphome "esphome-$current" "$current"
    noise_library
    generate "$1" "esphome-$current"
    compile "$1" "$work/noise-target/release/libvenue_test_noise.a -ldl -lm"
    ;;
  legacy)
    esphome "esphome-$old" "$old"
    generate "$1" "esphome-$old"
    mac_from_environment "$1"
    compile "$1" ""
    ;;
  *) fail "there is no kind $1: blaster, classic or legacy" ;;
  esac
}

need python3 python3
need g++ g++
need make make
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "esphome $current wants Python 3.11 or newer"
mkdir -p "$work/bin" "$work/home"
# One build at a time, also where two checkouts share the cache.
exec 9>"$work/lock"
flock 9
cp "$here/host_env.h" "$work/"
python3 "$here/firmware.py" "$work"
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(blaster classic legacy)
for kind in "${kinds[@]}"; do build "$kind"; done
echo "$work/bin"
