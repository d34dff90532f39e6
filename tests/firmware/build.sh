#!/usr/bin/env bash
# Builds real ESPHome firmware for Linux, from package registries only, and prints the folder with
# the binaries on the last line of standard output.
#
#   tests/firmware/build.sh [blaster|classic|legacy|infrared|infrared-edge|actions|foreign ...]      default: all
#
# infrared-edge wants Python 3.12 or newer, and is left out with a message where there is none.
# Everything made goes to ${VENUE_CACHE:-~/.cache/venue}/firmware-<hash of the inputs>; a second
# call finds it there. ESPHome's C++ is GPLv3: neither generated sources nor binaries are committed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/firmware/esphome.sh
. "$here/esphome.sh"
# Of what is in these files and folders.
digest() { find "$@" -type f ! -name '*.md' ! -path '*/target/*' ! -path '*/__pycache__/*' | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16; }
boards=$(cd "$here/../../boards" && pwd)
work=$cache/firmware-$(cd "$here" && digest . "$boards/parts")
noise=$cache/noise-$(cd "$here" && digest noise)
generate() { # kind, release: the C++ that this configuration needs
  say "generating $1"
  HOME=$work/home ESPHOME_BUILD_PATH=$work/$1 ESPHOME_DATA_DIR=$work/home/data PLATFORMIO_CORE_DIR=$work/home/pio \
    "$cache/esphome-$2/bin/esphome" compile --only-generate "$work/$1.yaml" >"$work/$1.log" 2>&1 ||
    { tail -n 20 "$work/$1.log" >&2; fail "esphome refused $1.yaml"; }
}

noise_library() {
  say "building the Noise library"
  cargo build -q --release --locked --manifest-path "$here/noise/Cargo.toml" --target-dir "$noise"
}

compile() { # kind, libraries
  say "compiling $1"
  make -s -j"$(nproc)" -f "$here/firmware.mk" SRC="$work/$1/venue-blaster/src" OBJ="$work/$1/obj" \
    OUT="$work/bin/$1.new" INCLUDES="-I$here/noise/include" LIBS="$2" >&2
  mv "$work/bin/$1.new" "$work/bin/$1"
}

leave_out() { # kind, why
  say "$1 is left out: $2"
  # The tests of this kind say so too, instead of missing it.
  echo "$1: $2" >"$work/bin/$1.left-out"
}

# Since 2026.10 esphome compiles for Linux by itself.
compile_edge() { # kind
  say "compiling $1"
  HOME=$work/home ESPHOME_BUILD_PATH=$work/$1 ESPHOME_DATA_DIR=$work/home/data \
    "$cache/esphome-$edge/bin/esphome" compile "$work/$1.yaml" >"$work/$1.log" 2>&1 ||
    { tail -n 20 "$work/$1.log" >&2; fail "esphome did not compile $1.yaml"; }
  cp "$work/$1/venue-blaster/.pioenvs/venue-blaster/program" "$work/bin/$1.new"
  mv "$work/bin/$1.new" "$work/bin/$1"
}

mac_from_environment() { # kind: releases up to 2025 compile the address in
  sed -i 's/^#define USE_ESPHOME_HOST_MAC_ADDRESS .*/extern "C" unsigned char venue_mac(int);\n#define USE_ESPHOME_HOST_MAC_ADDRESS {venue_mac(0), venue_mac(1), venue_mac(2), venue_mac(3), venue_mac(4), venue_mac(5)}/' \
    "$work/$1/venue-blaster/src/esphome/core/defines.h"
}

build() { # kind
  [ -x "$work/bin/$1" ] && return
  case $1 in
  blaster | classic | infrared | actions | foreign)
    esphome "$current" python3
    noise_library
    generate "$1" "$current"
    compile "$1" "$noise/release/libvenue_test_noise.a -ldl -lm"
    ;;
  legacy)
    esphome "$old" python3
    generate "$1" "$old"
    mac_from_environment "$1"
    compile "$1" ""
    ;;
  infrared-edge)
    local python
    python=$(newer_python) || { leave_out "$1" "esphome $edge wants Python 3.12 or newer, and none was found"; return 0; }
    esphome "$edge" "$python"
    compile_edge "$1"
    rm -f "$work/bin/$1.left-out"
    ;;
  *) fail "there is no kind $1: blaster, classic, legacy, infrared, infrared-edge, actions or foreign" ;;
  esac
}

need_python
need g++ g++
need make make
mkdir -p "$work/bin" "$work/home"
# One build at a time, also where two checkouts share the cache.
exec 9>"$work/lock"
flock 9
cp -r "$here/host_env.h" "$here/components" "$boards/parts" "$work/"
python3 "$here/firmware.py" "$work"
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(blaster classic legacy infrared infrared-edge actions foreign)
for kind in "${kinds[@]}"; do build "$kind"; done
echo "$work/bin"
