#!/usr/bin/env bash
# The package in a bare Debian under systemd, as an admin uses it: installed, a command given for a board that is away,
# upgraded, the command delivered when the board comes, purged. Wants root; installs debootstrap and systemd-container,
# and keeps the bare Debian in ${VENUE_CACHE:-~/.cache/venue}.
#
#   tests/package/run.sh [PACKAGE]    default: the one of this machine's architecture in target/debian
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/package/debian.sh
. "$here/debian.sh"

package=${1:-$(ls "$here"/../../target/debian/venued_*_"$(dpkg --print-architecture)".deb)}
[ -f "$package" ] || fail "there is no package $package: bins/venued/packaging/deb.sh builds one"
(cd "$here/../.." && cargo build -q -p device-sim)
target=$(cd "$here/../.." && cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

given=$(mktemp -d)
# The user under which apt reads files is not root.
chmod 755 "$given"
ended() {
  local code=$?
  if [ "$code" != 0 ] && [ -n "${leader:-}" ]; then
    say "it failed; the journal of the daemon:"
    inside journalctl --no-pager -u venued 2>/dev/null | tail -n 30 >&2 || true
  fi
  debian_stop
  rm -rf "$given"
}
trap ended EXIT

# The same programs under a higher version, as the next release would be for apt.
next_version() {
  local version tree=$given/next
  version=$(dpkg-deb -f "$package" Version)
  mkdir "$tree"
  dpkg-deb -R "$package" "$tree"
  sed -i "s/^Version: .*/Version: $version+next/" "$tree/DEBIAN/control"
  dpkg-deb -Zgzip -z1 --root-owner-group -b "$tree" "$given/next.deb" >/dev/null
  rm -r "$tree"
}
cp "$package" "$given/venued.deb"
cp "$target/debug/device-sim" "$given/"
next_version

# is WHAT EXPECTED ACTUAL
is() { [ "$2" = "$3" ] || fail "$1: $3 in place of $2"; }
has() { inside test "$1" "$2" || fail "after $3: test $1 $2 fails"; }
main_process() { inside systemctl show --value -p MainPID venued; }
installed() { inside dpkg-query -W -f '${Version}' venued; }
apt_install() { inside apt-get -qq install -y "$1" >"$work/apt.log" 2>&1 || { cat "$work/apt.log" >&2; fail "apt does not install $1"; }; }
serves() {
  is "the unit $1" active "$(inside systemctl is-active venued || true)"
  # Over the network as well as at the socket: the two ways in.
  inside venuectl -q --server http://127.0.0.1:8080 api GET /livez || fail "no answer over HTTP $1"
  inside venuectl -q api GET /readyz || fail "no answer at the socket $1"
}

debian_start "$given"
say "it runs: $(inside sh -c '. /etc/os-release; echo "$PRETTY_NAME"'), $(inside systemctl --version | head -n 1)"

# Installing starts it, as a user who is nobody else.
apt_install /given/venued.deb
serves "after the installation"
first=$(main_process)
[ "$(inside stat -c %u "/proc/$first")" != 0 ] || fail "it runs as root"
is "the owner of the database" "$(inside stat -c %u "/proc/$first")" "$(inside stat -c %u /var/lib/private/venued/venue.db)"
told=$(inside systemd-analyze verify --man=no /lib/systemd/system/venued.service 2>&1 | grep -i venued || true)
is "systemd-analyze verify" "" "$told"
for file in man1/venued.1.gz man1/venuectl.1.gz man5/venued.toml.5.gz; do
  has -s "/usr/share/man/$file" "the installation"
done
inside bash -c '. /usr/share/bash-completion/completions/venuectl && complete -p venuectl' >/dev/null || fail "no completions for bash"
for file in zsh/vendor-completions/_venuectl fish/vendor_completions.d/venuectl.fish; do
  has -s "/usr/share/$file" "the installation"
done

# A command for a board that is away is accepted, and waits.
inside venuectl -q device adopt ir-000001 --address 127.0.0.1:6053 --tvs 1
inside venuectl api POST /ir-000001/command '{"command": "power_on", "port": 1, "class": "bulk", "wait_for_device_s": 600}' >"$work/command"
id=$(sed -n 's/.*"command_id": *"\([^"]*\)".*/\1/p' "$work/command")
[ -n "$id" ] || { cat "$work/command" >&2; fail "the answer names no command"; }
status() { inside venuectl -o json command get "$id" | sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p' | head -n 1; }
is "the command" pending "$(status)"
inside sh -c 'echo "# edited" >>/etc/venued/venued.toml; touch /etc/venued/keys/ir-000009'

# An upgrade starts the new program, keeps what the admin wrote, and loses nothing.
apt_install /given/next.deb
case $(installed) in *+next) ;; *) fail "the version is $(installed)" ;; esac
serves "after the upgrade"
[ "$(main_process)" != "$first" ] || fail "the upgrade did not start the daemon again"
inside grep -q '^# edited' /etc/venued/venued.toml || fail "the upgrade replaced venued.toml"
is "the command after the upgrade" pending "$(status)"

# The board comes, and is told once.
: >"$work/board"
inside /given/device-sim --listen 127.0.0.1:6053 --name ir-000001 >"$work/board" 2>&1 </dev/null &
board=$!
for _ in $(seq 600); do
  grep -q '"event":"tv"' "$work/board" && [ "$(status)" = completed ] && break
  sleep 0.1
done
grep -q '"event":"tv"' "$work/board" || { cat "$work/board" >&2; fail "the board came, and its TV was not switched on"; }
is "the command after the board came" completed "$(status)"
is "how often the board was told" 1 "$(grep -c '"event":"action"' "$work/board")"
kill "$board" 2>/dev/null || true

# Removed, it is gone and its files are not; purged, its configuration is gone as well. What nobody can make again stays.
inside apt-get -qq remove -y venued >/dev/null 2>&1
[ "$(inside systemctl is-active venued || true)" != active ] || fail "it still runs after it was removed"
has -f /etc/venued/venued.toml "remove"
inside apt-get -qq purge -y venued >"$work/purge" 2>&1
for gone in /etc/venued/venued.toml /usr/bin/venued /usr/bin/venuectl /lib/systemd/system/venued.service \
  /etc/systemd/system/multi-user.target.wants/venued.service /usr/share/doc/venued; do
  inside test ! -e "$gone" || fail "$gone is left after purge"
done
has -s /var/lib/private/venued/venue.db "purge"
has -f /etc/venued/keys/ir-000009 "purge"
grep -q 'are kept.*/var/lib/private/venued' "$work/purge" || { cat "$work/purge" >&2; fail "purge does not say what is kept"; }
printf '\n1 passed, 0 failed\n'
