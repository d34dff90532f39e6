#!/usr/bin/env bash
# What is written by hand for others to read: the compose file and the add-on name the version of this tree, have what their
# readers want, and say what the image says. docker-compose reads the former, without a daemon; it is installed where it is
# missing, as is PyYAML.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=/usr/bin/python3
"$python" -c 'import yaml' 2>/dev/null || (apt-get -qq update && apt-get -qq install -y python3-yaml) >&2 </dev/null
command -v docker-compose >/dev/null || (apt-get -qq update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get -qq install -y --no-install-recommends docker-compose) >&2 </dev/null
docker-compose --file packaging/compose.yaml config --quiet
"$python" - <<'PYTHON'
import importlib.util, re, tomllib
import yaml

version = tomllib.load(open("Cargo.toml", "rb"))["workspace"]["package"]["version"]
spec = importlib.util.spec_from_file_location("oci", "packaging/oci.py")
oci = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oci)


def same(what, expected, actual):
    if expected != actual:
        raise SystemExit(f"{what}: {actual!r} in place of {expected!r}")


service = yaml.safe_load(open("packaging/compose.yaml"))["services"]["venued"]
same("compose.yaml: image", f"venued:{version}", service["image"])
same("compose.yaml: healthcheck", oci.HEALTH, service["healthcheck"]["test"])
same("compose.yaml: read_only", True, service["read_only"])

addon = yaml.safe_load(open("packaging/home-assistant/venued/config.yaml"))
same("config.yaml: version", version, addon["version"])
same("config.yaml: arch", sorted(filter(None, (one["home_assistant"] for one in oci.ARCHITECTURES.values()))), sorted(addon["arch"]))
# What the add-on store of Home Assistant refuses, and what it leaves out without a word: a key that it does not know. These
# are those of its documentation (developers.home-assistant.io, configuration of apps) that the add-on has.
KEYS = {
    **dict.fromkeys(("name", "version", "slug", "description", "image", "webui", "backup"), str),
    **dict.fromkeys(("init", "host_network"), bool), "arch": list, "timeout": int,
}
same("config.yaml: keys", sorted(KEYS), sorted(addon))
for key, kind in KEYS.items():
    same(f"config.yaml: {key} is of the kind {kind.__name__}", kind, type(addon[key]))
same("config.yaml: slug", True, bool(re.match(r"^[-_.A-Za-z0-9]+$", addon["slug"])))
same("config.yaml: webui", True, bool(re.match(r"^https?://\[HOST\]:\[PORT:\d+\]", addon["webui"])))
same("config.yaml: image", True, bool(re.match(r"^([\w.:-]+/)*[\w-]+/[\w{}-]+$", addon["image"])))
same("config.yaml: backup", True, addon["backup"] in ("hot", "cold"))
same("config.yaml: timeout", True, 10 <= addon["timeout"] <= 300)
for path in ("packaging/image/venued.toml", "packaging/image/home-assistant.toml"):
    same(f"{path}: require_tokens", True, tomllib.load(open(path, "rb"))["http"]["require_tokens"])
print("\n1 passed, 0 failed")
PYTHON
