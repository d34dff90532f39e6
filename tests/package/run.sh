#!/usr/bin/env bash
# The package in a bare Debian under systemd, as a venue uses it: installed on a machine of a network, set up over HTTPS with
# the code from the log, a board adopted, a TV switched, a backup fetched; a command given for a board that is away, the
# package upgraded, the command delivered when the board comes; removed and purged. Then the backup is restored on a second
# machine. Wants root; installs debootstrap, systemd-container, iproute2 and curl, and keeps the bare Debian in
# ${VENUE_CACHE:-~/.cache/venue}.
#
#   tests/package/run.sh [PACKAGE]    default: the one of this machine's architecture in target/debian
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/package/debian.sh
. "$here/debian.sh"

package=${1:-$(ls "$here"/../../target/debian/venued_*_"$(dpkg --print-architecture)".deb)}
[ -f "$package" ] || fail "there is no package $package: bins/venued/packaging/deb.sh builds one"
wants curl=curl
(cd "$here/../.." && cargo build -q -p device-sim)
target=$(cd "$here/../.." && cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

given=$(mktemp -d)
# What the admin has on a laptop: venuectl, the certificate of the authority, a password, and the backup.
laptop=$(mktemp -d)
# The user under which apt reads files is not root.
chmod 755 "$given"
board=
ended() {
  local code=$?
  if [ "$code" != 0 ] && [ -n "${leader:-}" ]; then
    say "it failed; the journal of the daemon:"
    inside journalctl --no-pager -u venued 2>/dev/null | tail -n 30 >&2 || true
  fi
  board_stop
  debian_stop
  rm -rf "$given" "$laptop"
}
trap ended EXIT

# The same programs under a higher version, as the next release would be for apt.
next_version() {
  local version tree=$given/next
  version=$(dpkg-deb -f "$package" Version)
  mkdir "$tree"
  dpkg-deb -R "$package" "$tree"
  cp "$tree/usr/bin/venuectl" "$laptop/"
  sed -i "s/^Version: .*/Version: $version+next/" "$tree/DEBIAN/control"
  dpkg-deb -Zgzip -z1 --root-owner-group -b "$tree" "$given/next.deb" >/dev/null
  rm -r "$tree"
}
cp "$package" "$given/venued.deb"
next_version

# is WHAT EXPECTED ACTUAL
is() { [ "$2" = "$3" ] || fail "$1: $3 in place of $2"; }
has() { inside test "$1" "$2" || fail "after $3: test $1 $2 fails"; }
main_process() { inside systemctl show --value -p MainPID venued; }
installed() { inside dpkg-query -W -f '${Version}' venued; }
apt_install() { inside apt-get -qq install -y "$1" >"$work/apt.log" 2>&1 || { cat "$work/apt.log" >&2; fail "apt does not install $1"; }; }
secure=https://$lan_inside:8443
serves() {
  is "the unit $1" active "$(inside systemctl is-active venued || true)"
  # All ways in: plain HTTP on the machine, the socket, and HTTPS for the network, which trusts the authority.
  inside venuectl -q --server http://127.0.0.1:8080 api GET /livez || fail "no answer over HTTP $1"
  inside venuectl -q api GET /readyz || fail "no answer at the socket $1"
  https -o /dev/null "$secure/livez" || fail "no answer over HTTPS $1"
  ! beside curl -s -m 5 -o /dev/null "http://$lan_inside:8080/livez" || fail "plain HTTP is served to the network $1"
}
# A browser of the laptop, and its command line, both by the certificate of the authority alone.
https() { beside curl -sS -f -m 20 --cacert "$laptop/ca.pem" -b "$laptop/cookies" -c "$laptop/cookies" -H "Origin: $secure" "$@"; }
send() { https -H 'Content-Type: application/json' --data-binary @- "$@"; }
ctl() { beside env HOME="$laptop" "$laptop/venuectl" "$@"; }
# The file of the authority comes to the laptop on a stick.
fetch_ca() { inside cat /etc/venued/authority/ca.pem >"$laptop/ca.pem"; }
field() { sed -n "s/.*\"$1\": *\"\\([^\"]*\\)\".*/\\1/p" | head -n 1; }
board_start() {
  : >"$work/board"
  # Not by the function, whose shell would be what a signal ends.
  ip netns exec "$lan" "$target/debug/device-sim" --listen "$lan_beside:6053" --name ir-000001 >"$work/board" 2>&1 </dev/null &
  board=$!
}
board_online() {
  for _ in $(seq 300); do
    [ "$(ctl -o json device get ir-000001 | field presence)" = online ] && return 0
    sleep 0.1
  done
  fail "the board has no session"
}
board_stop() {
  [ -z "$board" ] || { kill "$board" 2>/dev/null || true; wait "$board" 2>/dev/null || true; }
  board=
}
until_board_says() { # what it is, text
  for _ in $(seq 600); do
    grep -q "$2" "$work/board" && return 0
    sleep 0.1
  done
  cat "$work/board" >&2
  fail "$1"
}

debian_start "$given"
say "it runs: $(inside sh -c '. /etc/os-release; echo "$PRETTY_NAME"'), $(inside systemctl --version | head -n 1)"
# What the system keeps of each package is not the package's.
files() {
  inside find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /given -o -path /dev -o -path /root \
    -o -path /var/log -o -path /var/cache -o -path /var/tmp -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd \
    \) -prune -o -print | sort
}
files >"$laptop/before"

# Installing starts it, as a user who is nobody else, and says how one gets in.
apt_install /given/venued.deb
grep -q "the page is at https://venue:8443/" "$work/apt.log" || { cat "$work/apt.log" >&2; fail "the installation does not say where the page is"; }
fetch_ca
serves "after the installation"
first=$(main_process)
[ "$(inside stat -c %u "/proc/$first")" != 0 ] || fail "it runs as root"
for file in venue.db tls/server.key; do
  is "the owner of $file" "$(inside stat -c %u "/proc/$first")" "$(inside stat -c %u "/var/lib/private/venued/$file")"
done
told=$(inside systemd-analyze verify --man=no /lib/systemd/system/venued.service 2>&1 | grep -i venued || true)
is "systemd-analyze verify" "" "$told"
for file in man1/venued.1.gz man1/venuectl.1.gz man5/venued.toml.5.gz; do
  has -s "/usr/share/man/$file" "the installation"
done
inside bash -c '. /usr/share/bash-completion/completions/venuectl && complete -p venuectl' >/dev/null || fail "no completions for bash"
for file in zsh/vendor-completions/_venuectl fish/vendor_completions.d/venuectl.fish; do
  has -s "/usr/share/$file" "the installation"
done
inside venued tls trust | grep -q iPad || fail "venued tls trust does not say how tablets come to trust the certificate"

# Set-up over HTTPS, by its name and with the code of the log. Nobody else gets in.
code=$(inside journalctl --no-pager -o cat -u venued | sed -n 's/.*give the code \([0-9A-Z-]*\),.*/\1/p' | head -n 1)
[ -n "$code" ] || fail "the log has no code"
beside curl -sS -f -m 20 -o /dev/null --cacert "$laptop/ca.pem" --resolve "venue.local:8443:$lan_inside" https://venue.local:8443/ ||
  fail "the page does not open under the name of the machine"
[ "$(https "$secure/api/v1/setup" | field tablets)" = "https://venue:8443/" ] || fail "it does not say where tablets open the page"
status=$(beside curl -s -o /dev/null -w '%{http_code}' -m 20 --cacert "$laptop/ca.pem" "$secure/api/v1/devices")
is "who comes without a token" 401 "$status"
printf 'long enough\n' >"$laptop/password"
send -o /dev/null "$secure/api/v1/setup" <<JSON || fail "the venue is not set up over HTTPS"
{"code": "$code", "venue": {"name": "The Oak", "time_zone": "Australia/Sydney", "zones": [{"id": "bar", "name": "Bar"}]},
 "admin": {"name": "Rosa", "pin": "long enough"}, "staff": {"name": "Bar", "pin": "273951", "zones": ["bar"]}}
JSON

# Signed in on the laptop; a board is adopted, and its TV is switched.
ctl -q --server "$secure" --ca "$laptop/ca.pem" login Rosa --password-file "$laptop/password"
is "who signed in" Rosa "$(ctl -o json whoami | field name)"
board_start
ctl -q device adopt ir-000001 --address "$lan_beside:6053" --tvs 1 --zone bar
board_online
ctl -q tv on ir-000001/1 || fail "the TV is not switched"
until_board_says "the TV was not switched on" '"event":"tv"'

# A backup comes to the laptop.
ctl -q backup create
backup=$(ctl -o name backup list | head -n 1)
(cd "$laptop" && ctl -q backup download "$backup" backup.db)
is "who can read the backup" 600 "$(stat -c %a "$laptop/backup.db")"

# A command for a board that is away is accepted, and waits.
board_stop
printf '{"command": "power_on", "port": 1, "class": "bulk", "wait_for_device_s": 600}' >"$laptop/command"
id=$(ctl api POST /ir-000001/command "$(cat "$laptop/command")" | field command_id)
[ -n "$id" ] || fail "the answer names no command"
status() { ctl -o json command get "$id" | field status; }
is "the command" pending "$(status)"
inside sh -c 'echo "# edited" >>/etc/venued/venued.toml; touch /etc/venued/keys/ir-000009'
certificate=$(inside sha256sum /var/lib/venued/tls/server.pem)

# An upgrade starts the new program, keeps what the admin wrote, and loses nothing: who is signed in stays so.
apt_install /given/next.deb
case $(installed) in *+next) ;; *) fail "the version is $(installed)" ;; esac
serves "after the upgrade"
[ "$(main_process)" != "$first" ] || fail "the upgrade did not start the daemon again"
inside grep -q '^# edited' /etc/venued/venued.toml || fail "the upgrade replaced venued.toml"
is "the certificate after the upgrade" "$certificate" "$(inside sha256sum /var/lib/venued/tls/server.pem)"
is "the command after the upgrade" pending "$(status)"

# The board comes, and is told once.
board_start
until_board_says "the board came, and its TV was not switched on" '"event":"tv"'
for _ in $(seq 100); do
  [ "$(status)" = completed ] && break
  sleep 0.1
done
is "the command after the board came" completed "$(status)"
is "how often the board was told" 1 "$(grep -c '"event":"action"' "$work/board")"
board_stop

# Removed, it is gone and its files are not; purged, its configuration is gone as well. What nobody can make again stays.
inside apt-get -qq remove -y venued >/dev/null 2>&1
[ "$(inside systemctl is-active venued || true)" != active ] || fail "it still runs after it was removed"
has -f /etc/venued/venued.toml "remove"
inside apt-get -qq purge -y venued >"$work/purge" 2>&1
files >"$laptop/after"
left=$(comm -13 "$laptop/before" "$laptop/after" | grep -v -E '^/(etc/venued|var/lib/private/venued)(/|$)|^/var/lib/(venued|private)$' || true)
is "what purge leaves beside what it keeps" "" "$left"
inside test ! -e /etc/venued/venued.toml || fail "purge leaves venued.toml"
for file in /var/lib/private/venued/venue.db /var/lib/private/venued/tls/server.key /etc/venued/authority/ca.key; do
  has -s "$file" "purge"
done
has -f /etc/venued/keys/ir-000009 "purge"
grep -q 'are kept.*/var/lib/private/venued' "$work/purge" || { cat "$work/purge" >&2; fail "purge does not say what is kept"; }
debian_stop

# A second machine, of which nothing is known: with the backup it is the same venue, with its people and its history.
cp "$laptop/backup.db" "$given/"
debian_start "$given"
apt_install /given/venued.deb
rm "$laptop/cookies"
fetch_ca
serves "on the second machine"
inside systemctl stop venued
inside venued restore /given/backup.db --database /var/lib/venued/venue.db >/dev/null
# What the machine knew before the backup came; here it is nothing.
inside rm /var/lib/venued/venue.db.configuration.json
inside systemctl start venued
serves "after the backup was restored"
is "whether the restored venue can be claimed" closed "$(https "$secure/api/v1/setup" | field state)"
ctl -q --server "$secure" --ca "$laptop/ca.pem" login Rosa --password-file "$laptop/password" || fail "the admin of the backup does not get in"
is "the venue of the backup" "The Oak" "$(ctl -o json venue show | field name)"
ctl -o json person list | grep -q '"name": *"Bar"' || fail "the staff of the backup are not there"
is "the board of the backup" ir-000001 "$(ctl -o name device list)"
ctl -o json history | grep -q '"power_on"' || fail "the history of the backup is not there"
board_start
board_online
ctl -q tv off ir-000001/1 || fail "the TV is not switched from the second machine"
until_board_says "the TV was not switched off" '"event":"action"'
board_stop
printf '\n1 passed, 0 failed\n'
