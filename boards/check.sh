#!/usr/bin/env bash
# Checks each board of this folder with ESPHome itself, which it installs: with all its outputs, and with the
# first one only. No address, key or file of yours is used. That what the boards send is right, the firmware tests
# show: they compile the parts for Linux and drive them (tests/firmware/README.md).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/firmware/esphome.sh
. "$here/../tests/firmware/esphome.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/parts" "$here"/*.yaml "$work"
mv "$work/secrets.example.yaml" "$work/secrets.yaml"

valid() { # release, file
  HOME=$work/home ESPHOME_DATA_DIR=$work/data "$cache/esphome-$1/bin/esphome" config "$work/$2" >"$work/said" 2>&1 ||
    { tail -n 20 "$work/said" >&2; fail "esphome $1 refuses boards/$2"; }
}

has() { # what, how often
  local found
  found=$(grep -c -- "$1" "$work/said" || true)
  [ "$found" = "$2" ] || fail "$board: $found times \"$1\", not $2 times"
}

check() { # release
  local board outputs
  for board in esp32 esp32-eye esp8266 blaster; do
    valid "$1" "$board.yaml"
    outputs=$(grep -c '^  port_' "$here/$board.yaml")
    has 'remote_transmitter_id: output_' "$outputs"
    has '  power_save_mode: NONE' 1
    has '^  reboot_timeout: 0s' 1
    has 'name_add_mac_suffix: true' 1
    has 'action: diagnostic_signal' 1
    say "$board.yaml: valid for esphome $1, with $outputs outputs"
    # The blaster's actions name all of its outputs.
    [ "$board" = blaster ] && continue
    sed '/^  port_[2-8]:/d' "$here/$board.yaml" >"$work/one.yaml"
    valid "$1" one.yaml
    has 'remote_transmitter_id: output_' 1
  done
}

need_python
esphome "$current" python3
check "$current"
if python=$(newer_python); then
  esphome "$edge" "$python"
  check "$edge"
else
  say "esphome $edge is left out: it wants Python 3.12 or newer, and none was found"
fi
