#!/usr/bin/env bash
# The container image, judged by the programs of others: skopeo reads it as both formats, umoci unpacks it, and runc runs it
# with a read-only root as a user that the image does not know. Wants root; installs these three.
#
#   tests/package/image.sh [ARCHIVE]    default: one that is written of the programs in target/release
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/package/debian.sh
. "$here/debian.sh"
cd "$here/../.."

wants skopeo=skopeo umoci=umoci runc=runc
work=$(mktemp -d)
name=venue-image-$$
ended() {
  local code=$?
  if [ "$code" != 0 ] && [ -f "$work/log" ]; then tail -n 30 "$work/log" >&2; fi
  runc delete --force "$name" 2>/dev/null || true
  rm -rf "$work"
}
trap ended EXIT

archive=${1:-}
if [ -z "$archive" ]; then
  archive=$work/image.tar
  write() {
    SOURCE_DATE_EPOCH=1 packaging/oci.py --architecture "$(dpkg --print-architecture)" --programs target/release --version test --output "$1"
  }
  write "$archive"
  write "$work/again.tar"
  cmp "$archive" "$work/again.tar" || fail "the same programs make another image"
fi

# Both formats that it has, with all digests.
skopeo inspect "docker-archive:$archive" >/dev/null
skopeo copy -q "oci-archive:$archive" "oci:$work/layout:image"
umoci unpack --image "$work/layout:image" "$work/bundle" >"$work/log" 2>&1
skopeo inspect --config --raw "oci:$work/layout:image" >"$work/image.json"

# Nothing to log in with, and nothing that gives rights.
found=$(find "$work/bundle/rootfs" \( -name sh -o -name bash -o -name dash -o -name busybox \) -o -type f -perm /6000)
[ -z "$found" ] || fail "the image has $found"

# As a cautious admin runs it: another user, no rights, nothing to write but two folders.
python3 - "$work/bundle/config.json" <<'PYTHON'
import json, sys
path = sys.argv[1]
bundle = json.load(open(path))
process = bundle["process"]
process["user"] = {"uid": 4242, "gid": 4242}
process["terminal"] = False
process["capabilities"] = {}
process["noNewPrivileges"] = True
bundle["root"]["readonly"] = True
bundle["linux"]["namespaces"] = [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]
bundle["linux"].pop("resources", None)
bundle["mounts"] = [mount for mount in bundle["mounts"] if mount["type"] != "cgroup"]
for folder in ("/var/lib/venued", "/run/venued"):
    options = ["nosuid", "nodev", "noexec", "mode=1777"]
    bundle["mounts"].append({"destination": folder, "type": "tmpfs", "source": "tmpfs", "options": options})
json.dump(bundle, open(path, "w"))
PYTHON
mapfile -t health < <(python3 -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1]))["config"]["Healthcheck"]["Test"][1:]))' "$work/image.json")
runc run --bundle "$work/bundle" --detach --pid-file "$work/pid" "$name" >"$work/log" 2>&1 </dev/null
in_image() { runc exec "$name" "$@"; }
for _ in $(seq 100); do
  in_image "${health[@]}" >/dev/null 2>&1 && break
  kill -0 "$(cat "$work/pid")" 2>/dev/null || fail "it ended"
  sleep 0.1
done
in_image "${health[@]}" >"$work/log" 2>&1 || fail "the image is not healthy by its own check"
in_image /usr/bin/venuectl -q api GET /readyz || fail "it is not ready"
process=$(cat "$work/pid")
[ "$(stat -c %u "/proc/$process")" = 4242 ] || fail "it runs as $(stat -c %u "/proc/$process")"
# Whoever comes over the network needs a token, which is made inside.
code=0
in_image /usr/bin/venuectl --server http://127.0.0.1:8080 device list >/dev/null 2>&1 || code=$?
[ "$code" = 4 ] || fail "over the network it answers with exit code $code in place of 4"
in_image /usr/bin/venuectl token create chief --role admin >/dev/null || fail "no token is made at the socket"
# It knows time zones, and stores.
in_image /usr/bin/venuectl -q venue set --tz Australia/Sydney || fail "it does not know time zones"
[ -s "/proc/$process/root/var/lib/venued/venue.db" ] || fail "it has no database"
runc kill "$name" TERM
for _ in $(seq 200); do
  kill -0 "$process" 2>/dev/null || break
  sleep 0.1
done
kill -0 "$process" 2>/dev/null && fail "it does not end on SIGTERM"
printf '\n1 passed, 0 failed\n'
