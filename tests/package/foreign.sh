#!/usr/bin/env bash
# The programs of an architecture start, serve and command: on this machine, or under qemu-user as the weakest processor of
# that architecture that is supported (Raspberry Pi 2 for armhf, Raspberry Pi 3 for arm64).
#
#   tests/package/foreign.sh arm64    the programs are those that bins/venued/packaging/deb.sh arm64 built
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/architectures.sh
. packaging/architectures.sh
say() { printf 'package: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

architecture "$1"
case ${emulator[0]:-} in
  qemu-arm) export QEMU_CPU=cortex-a7 ;;
  qemu-aarch64) export QEMU_CPU=cortex-a53 ;;
esac
venued() { "${emulator[@]}" "$programs/venued" "$@"; }
venuectl() { "${emulator[@]}" "$programs/venuectl" "$@"; }
work=$(mktemp -d)
daemon=
ended() {
  local code=$?
  [ "$code" = 0 ] || tail -n 20 "$work"/*.log >&2 || true
  stop
  rm -rf "$work"
}
stop() {
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  daemon=
}
trap ended EXIT

# The function runs in a shell of its own, which must not be what a signal ends.
start() { # log, arguments
  local log=$1
  shift
  "${emulator[@]}" "$programs/venued" "$@" >"$work/$log.out" 2>"$work/$log.log" </dev/null &
  daemon=$!
}
until_said() { # file, text
  for _ in $(seq 600); do
    grep -q "$2" "$work/$1" && return 0
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  fail "venued ($1) does not say $2"
}

version=$(venued --version)
[ "$(venuectl --version | cut -d' ' -f2)" = "${version#* }" ] || fail "venuectl has another version than $version"

# A simulated venue: sessions, lanes, the database, HTTP.
start demo demo --listen 127.0.0.1:0 --boards 2 --state "$work/demo"
until_said demo.out '^HTTP:'
server=$(sed -n 's/^HTTP: *//p' "$work/demo.out")
until_said demo.log 'the queue is recovered'
venuectl --server "$server" tv channel 501 ir-000001/2 >/dev/null || fail "the TV is not switched"
venuectl --server "$server" batch create on 'zone=bar' --watch >/dev/null 2>>"$work/venuectl.log" || fail "the batch is not delivered"
stop

# HTTPS: the signature, the handshake and the cipher, on both sides.
venued tls init --folder "$work/tls" --authority "$work/authority" >/dev/null
cat >"$work/venued.toml" <<TOML
[http]
listen = "127.0.0.1:0"
require_tokens = false
tls = { listen = "127.0.0.1:0", certificate_file = "$work/tls/server.pem", key_file = "$work/tls/server.key" }
[store]
path = "$work/venue.db"
TOML
start tls --config "$work/venued.toml"
until_said tls.log 'serving HTTPS'
server=$(sed -n '/serving HTTPS/s/.*address=\([0-9.:]*\).*/\1/p' "$work/tls.log")
venuectl --server "https://$server" --ca "$work/authority/ca.pem" -q api GET /livez || fail "no answer over HTTPS"
stop
printf '%s for %s runs\n\n1 passed, 0 failed\n' "$version" "$1"
