# shellcheck shell=bash
# A bare Debian that runs systemd, in a container of this machine; sourced. Its network is one of its own, with another
# machine on it: where boards and tablets are.
#
#   debian_start FOLDER    boots it; what is in FOLDER is in /given there. Nothing in it outlasts its end.
#   inside COMMAND...      runs a command in it, as root
#   beside COMMAND...      runs a program of this machine on the network of the container, at $lan_beside
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

# The addresses of the container and of what is beside it, and the namespace of the latter.
lan_inside=10.77.0.1
lan_beside=10.77.0.2
lan=venue-lan-$$

# A cable between the container and the namespace beside it; nothing else is on it.
lan_start() {
  ip netns add "$lan"
  ip -n "$lan" link add lan0 type veth peer name host0 netns "$leader"
  ip -n "$lan" address add "$lan_beside/24" dev lan0
  ip -n "$lan" link set lo up
  ip -n "$lan" link set lan0 up
  nsenter --target "$leader" --net ip address add "$lan_inside/24" dev host0
  nsenter --target "$leader" --net ip link set host0 up
}

beside() { ip netns exec "$lan" "$@"; }

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
  wants debootstrap=debootstrap systemd-container=systemd-nspawn iproute2=ip
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
    if [ -n "$leader" ] && booted; then
      lan_start
      # debootstrap has given it the name of this machine.
      inside hostname venue
      return 0
    fi
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
  ip netns delete "$lan" 2>/dev/null || true
  rm -rf "$work"
  container=
}
