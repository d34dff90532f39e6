#!/usr/bin/env python3
"""Writes the container image as an OCI archive, without a daemon and without a shell in it.

    packaging/oci.py --architecture arm64 --programs target/.../release --libraries FOLDER --version 0.1.0 --output FILE

In the image are the two programs, the libraries that they name, certificates, time zones and a configuration. The libraries are
those in FOLDER, where packaging/libraries.sh laid them, or of this machine. The same inputs make the same bytes: times are
SOURCE_DATE_EPOCH, names are sorted.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USER = 65532
HEALTH = ["CMD", "/usr/bin/venuectl", "--quiet", "api", "GET", "/livez"]
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
# As `docker load` and the specification call them; `GNU` is what Debian calls their folders.
# Home Assistant runs on no 32-bit system any more.
ARCHITECTURES = {
    "amd64": {"oci": {"architecture": "amd64"}, "gnu": "x86_64-linux-gnu", "home_assistant": "amd64"},
    "arm64": {"oci": {"architecture": "arm64", "variant": "v8"}, "gnu": "aarch64-linux-gnu", "home_assistant": "aarch64"},
    "armhf": {"oci": {"architecture": "arm", "variant": "v7"}, "gnu": "arm-linux-gnueabihf", "home_assistant": None},
}


def fail(text: str):
    sys.exit(f"oci: {text}")


class Layer:
    """Files of one layer, by their path without the leading slash."""

    def __init__(self, epoch: int):
        self.epoch, self.entries = epoch, {}

    def folder(self, path: str, mode=0o755, uid=0):
        self._parents(path)
        self.entries[path] = (self._info(path, mode, uid, tarfile.DIRTYPE), None)

    def file(self, path: str, content: bytes, mode=0o644):
        self._parents(path)
        info = self._info(path, mode, 0, tarfile.REGTYPE)
        info.size = len(content)
        self.entries[path] = (info, content)

    def link(self, path: str, target: str):
        self._parents(path)
        info = self._info(path, 0o777, 0, tarfile.SYMTYPE)
        info.linkname = target
        self.entries[path] = (info, None)

    def tree(self, path: str, source: Path, without=()):
        """The files below `source`, with links as they are, but for what `without` names at its top."""
        for found in sorted(source.rglob("*")):
            below = found.relative_to(source)
            inside = f"{path}/{below}"
            if below.parts[0] in without:
                continue
            if found.is_symlink():
                self.link(inside, os.readlink(found))
            elif found.is_file():
                self.file(inside, found.read_bytes())

    def _parents(self, path: str):
        for parent in reversed(Path(path).parents):
            if str(parent) != "." and str(parent) not in self.entries:
                self.entries[str(parent)] = (self._info(str(parent), 0o755, 0, tarfile.DIRTYPE), None)

    def _info(self, path: str, mode: int, uid: int, kind: bytes) -> tarfile.TarInfo:
        info = tarfile.TarInfo(path)
        info.mode, info.uid, info.mtime, info.type = mode, uid, self.epoch, kind
        return info

    def tar(self) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for _, (info, content) in sorted(self.entries.items()):
                tar.addfile(info, io.BytesIO(content) if content is not None else None)
        return out.getvalue()


def needed(program: Path) -> tuple[str | None, list[str]]:
    """The interpreter and the libraries that a program names."""
    told = subprocess.run(["readelf", "-W", "-l", "-d", program], check=True, capture_output=True, text=True).stdout
    interpreter = re.search(r"program interpreter: (\S+?)\]", told)
    return interpreter and interpreter[1], re.findall(r"\(NEEDED\).*\[(.+)\]", told)


def libraries(layer: Layer, programs: list[Path], gnu: str, root: Path):
    """What the loader looks for, at the place where it looks."""
    places = [root / "lib" / gnu, root / "usr/lib" / gnu]

    def find(name: str) -> Path:
        for place in places:
            if (place / name).exists():
                return (place / name).resolve()
        fail(f"there is no {name} for {gnu} in {root}: packaging/libraries.sh lays it there")

    waiting, seen = list(programs), set()
    while waiting:
        interpreter, names = needed(waiting.pop())
        if interpreter:
            layer.file(interpreter.lstrip("/"), find(Path(interpreter).name).read_bytes(), 0o755)
        for name in names:
            if name not in seen and not name.startswith("ld-linux"):
                seen.add(name)
                waiting.append(find(name))
                layer.file(f"lib/{gnu}/{name}", find(name).read_bytes())


def base(epoch: int, programs: list[Path], gnu: str, root: Path) -> Layer:
    """What changes with Debian, and not with us."""
    layer = Layer(epoch)
    libraries(layer, programs, gnu, root)
    # Those of the package, and not those that this machine trusts: it may have authorities of its own.
    authorities = sorted(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
    zones = Path("/usr/share/zoneinfo")
    authorities or fail("there are no certificates on this machine: install ca-certificates")
    (zones / "UTC").exists() or fail("there are no time zones on this machine: install tzdata")
    layer.file(CERTIFICATES, b"".join(path.read_bytes() for path in authorities))
    layer.tree("usr/share/zoneinfo", zones, without=("posix", "right", "localtime"))
    for package in ["libc6", "libgcc-s1", "ca-certificates", "tzdata"]:
        copyright = Path("/usr/share/doc") / package / "copyright"
        layer.file(f"usr/share/doc/{package}/copyright", copyright.read_bytes())
    layer.file("etc/passwd", f"root:x:0:0:root:/:/none\nvenued:x:{USER}:{USER}:venued:/var/lib/venued:/none\n".encode())
    layer.file("etc/group", f"root:x:0:\nvenued:x:{USER}:\n".encode())
    layer.file("etc/nsswitch.conf", b"hosts: files dns\n")
    layer.folder("tmp", 0o1777)
    return layer


def ours(epoch: int, programs: list[Path], home_assistant: bool) -> Layer:
    layer = Layer(epoch)
    for program in programs:
        layer.file(f"usr/bin/{program.name}", program.read_bytes(), 0o755)
    configuration = ROOT / "packaging/image" / ("home-assistant.toml" if home_assistant else "venued.toml")
    layer.file("etc/venued/venued.toml", configuration.read_bytes())
    for licence in ("LICENSE-APACHE", "LICENSE-MIT"):
        layer.file(f"usr/share/doc/venued/{licence}", (ROOT / licence).read_bytes())
    # Open to any user that the container is given: what runs it gives a folder in memory the mode of this one, and root as
    # its owner. What the daemon writes there is its own.
    for folder in ("var/lib/venued", "run/venued"):
        layer.folder(folder, 0o1777, USER)
    return layer


def config(arguments, epoch: int, layers: list[Layer]) -> dict:
    here = ARCHITECTURES[arguments.architecture]
    labels = {
        "org.opencontainers.image.title": "venued",
        "org.opencontainers.image.description": "Commands for the TVs of a venue, over ESPHome boards with infrared outputs",
        "org.opencontainers.image.version": arguments.version,
        "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
    }
    state = "/var/lib/venued"
    if arguments.home_assistant:
        here["home_assistant"] or fail(f"Home Assistant does not run on {arguments.architecture}")
        state = "/data"
        labels |= {"io.hass.type": "addon", "io.hass.version": arguments.version, "io.hass.arch": here["home_assistant"]}
    return {
        "created": datetime.fromtimestamp(epoch, timezone.utc).isoformat().replace("+00:00", "Z"),
        **here["oci"],
        "os": "linux",
        "config": {
            # Home Assistant hands /data over as root's.
            "User": "0:0" if arguments.home_assistant else f"{USER}:{USER}",
            "Env": ["PATH=/usr/bin", "RUNTIME_DIRECTORY=/run/venued", f"SSL_CERT_FILE=/{CERTIFICATES}"],
            "Entrypoint": ["/usr/bin/venued"],
            "ExposedPorts": {"8080/tcp": {}},
            "Volumes": {state: {}},
            "WorkingDir": "/",
            "StopSignal": "SIGTERM",
            "Labels": labels,
            # No field of the specification, but one that Docker and Podman read. Times are in nanoseconds.
            "Healthcheck": {
                "Test": HEALTH,
                "Interval": 30 * 10**9,
                "Timeout": 10 * 10**9,
                "StartPeriod": 10 * 10**9,
                "Retries": 3,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer.tar()) for layer in layers]},
        "history": [
            {"created_by": "libraries, certificates and time zones of Debian"},
            {"created_by": "venued and venuectl"},
        ],
    }


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Archive:
    """An image layout, with what older versions of `docker load` want beside it."""

    def __init__(self, epoch: int):
        self.layer = Layer(epoch)

    def blob(self, content: bytes, media_type: str, **more) -> dict:
        name = digest(content)
        self.layer.file(f"blobs/{name.replace(':', '/')}", content)
        return {"mediaType": media_type, "digest": name, "size": len(content), **more}

    def json(self, document: dict, media_type: str, **more) -> dict:
        return self.blob(json.dumps(document, sort_keys=True).encode(), media_type, **more)

    def write(self, path: Path, manifest: dict, config: dict, layers: list[dict], tag: str):
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest]}
        where = lambda blob: f"blobs/{blob['digest'].replace(':', '/')}"
        for_docker = [{"Config": where(config), "RepoTags": [tag], "Layers": [where(layer) for layer in layers]}]
        self.layer.file("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
        self.layer.file("index.json", json.dumps(index, sort_keys=True).encode())
        self.layer.file("manifest.json", json.dumps(for_docker, sort_keys=True).encode())
        path.write_bytes(self.layer.tar())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architecture", choices=ARCHITECTURES, required=True)
    parser.add_argument("--programs", type=Path, required=True, help="the folder with venued and venuectl")
    parser.add_argument("--libraries", type=Path, default=Path("/"), help="the folder with the libraries; default: those of this machine")
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--home-assistant", action="store_true", help="as an add-on: root, with its state in /data")
    arguments = parser.parse_args()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    here = ARCHITECTURES[arguments.architecture]
    programs = [arguments.programs / name for name in ("venuectl", "venued")]
    layers = [base(epoch, programs, here["gnu"], arguments.libraries), ours(epoch, programs, arguments.home_assistant)]
    archive = Archive(epoch)
    image = archive.json(config(arguments, epoch, layers), "application/vnd.oci.image.config.v1+json")
    packed = [
        archive.blob(gzip.compress(layer.tar(), 9, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip") for layer in layers
    ]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": image, "layers": packed}
    tag = f"venued:{arguments.version}"
    named = archive.json(
        manifest,
        "application/vnd.oci.image.manifest.v1+json",
        platform={**here["oci"], "os": "linux"},
        annotations={"org.opencontainers.image.ref.name": arguments.version},
    )
    archive.write(arguments.output, named, image, packed, tag)
    print(f"{arguments.output}: {arguments.output.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
