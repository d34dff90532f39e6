# shellcheck shell=bash
# A bare Debian that runs systemd, in a container of this machine with nothing but a loopback interface; sourced.
#
#   debian_start FOLDER    boots it; what is in FOLDER is in /given there. Nothing in it outlasts its end.
#   inside COMMAND...      runs a command in it, as root
#   debian_stop            ends it

say() { printf 'package: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}
[ "$(id -u)" = 0 ] || fail "a container wants root: run this as root"

# wants PACKAGE=PROGRAM...: installs the packages whose programs are missing.
wants() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair#*=}" >/dev/null || missing+=("${pair%%=*}")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  (apt-get -qq update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get -qq install -y --no-install-recommends "${missing[@]}") >&2 </dev/null
}

# Made once: the release that runs here, because the package is built for the libraries of this machine.
debian_root() {
  local release
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  root=$cache/debian-$release-1
  [ ! -d "$root" ] || return 0
  say "making a bare Debian ($release)"
  mkdir -p "$cache"
  rm -rf "$root.new"
  debootstrap --variant=minbase --include=systemd,systemd-sysv "$release" "$root.new" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; fail "debootstrap failed"; }
  mv "$root.new" "$root"
}

debian_start() {
  wants debootstrap=debootstrap systemd-container=systemd-nspawn
  debian_root
  work=$(mktemp -d)
  # Without a service manager around it: none is asked for a scope or a name. The hierarchy of control groups of today,
  # whatever the machine has.
  UNIFIED_CGROUP_HIERARCHY=1 systemd-nspawn --quiet --boot --directory="$root" --volatile=overlay \
    --private-network --register=no --keep-unit --machine=venue-package --hostname=venue --timezone=off \
    --resolv-conf=off --link-journal=no --console=pipe --bind-ro="$1:/given" \
    </dev/null >"$work/boot.log" 2>&1 &
  container=$!
  leader=
  for _ in $(seq 300); do
    leader=$(pgrep -P "$container" || true)
    # The first process is the system, once it has made itself out.
    if [ -n "$leader" ] && booted; then return 0; fi
    kill -0 "$container" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/boot.log" >&2
  fail "the container did not boot"
}

booted() {
  local state
  state=$(inside systemctl is-system-running 2>/dev/null || true)
  [ "$state" = running ] || [ "$state" = degraded ]
}

inside() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wdns=/ -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive TERM=dumb "$@"
}

debian_stop() {
  [ -n "${container:-}" ] || return 0
  # To systemd-nspawn this is a request to power the system off.
  kill -TERM "$container" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$container" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$container" 2>/dev/null || true
  wait "$container" 2>/dev/null || true
  rm -rf "$work"
  container=
}
