"""Make the folder of a Python bundle from a pinned list of wheels.

The wheels are chosen for the bundle's platform, whatever machine this runs
on. Nothing of this machine stays in the result: the console scripts, which
pip points at its own interpreter, are pointed at `python3` from the path.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cache

# Newest first: pip takes the first tag for which a wheel exists.
PLATFORM_TAGS = {
    "linux": [
        *(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17)),
        "manylinux2014_x86_64",
        "manylinux_2_12_x86_64",
        "manylinux2010_x86_64",
        "manylinux_2_5_x86_64",
        "manylinux1_x86_64",
        "any",
    ],
    "darwin": [
        "macosx_12_0_arm64",
        "macosx_11_0_arm64",
        "macosx_11_0_universal2",
        "macosx_10_12_universal2",
        "macosx_10_9_universal2",
        "any",
    ],
}
WHOEVER_RUNS_IT = b"#!/usr/bin/env python3"
PIP_NAMES_THE_MISSING = re.compile(r"No matching distribution found for (\S+)")


class Unavailable(Exception):
    """A pinned package could not be had for the platform."""


def assemble(folder, requirements, platform, server, manifest):
    """Fill `folder` with `manifest.json`, `src/server.py` and `deps`."""
    wheels = cache.downloads(f"wheels-{platform}")
    _download(requirements, platform, wheels)
    _install(requirements, platform, wheels, folder / "deps")
    _forget_this_interpreter(folder / "deps")
    (folder / "src").mkdir()
    shutil.copyfile(server, folder / "src" / "server.py")
    (folder / "manifest.json").write_bytes(manifest)


def _download(requirements, platform, wheels):
    _pip("download", *_selection(platform), "--dest", wheels, "--requirement", requirements)


def _install(requirements, platform, wheels, deps):
    _pip(
        "install",
        *_selection(platform),
        *("--no-index", "--find-links", wheels),
        "--no-compile",
        *("--target", deps),
        *("--requirement", requirements),
    )


def _selection(platform):
    tags = (part for tag in PLATFORM_TAGS[platform] for part in ("--platform", tag))
    return [
        "--no-deps",
        "--only-binary=:all:",
        *("--python-version", "3.11"),
        *("--implementation", "cp"),
        *tags,
    ]


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", *map(str, arguments), "--quiet"]
    command += ["--cache-dir", str(cache.downloads("pip"))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return
    missing = PIP_NAMES_THE_MISSING.findall(done.stderr)
    if missing:
        raise Unavailable(f"no wheel for {', '.join(missing)}\n{done.stderr}")
    raise RuntimeError(f"pip {arguments[0]} failed:\n{done.stderr}")


def _forget_this_interpreter(deps):
    changed = [script for script in sorted((deps / "bin").glob("*")) if _repoint(script)]
    for record in deps.glob("*.dist-info/RECORD"):
        rows = record.read_text().splitlines(keepends=True)
        record.write_text("".join(_refreshed(row, changed) for row in rows))


def _repoint(script):
    first, newline, rest = script.read_bytes().partition(b"\n")
    if not first.startswith(b"#!" + os.fsencode(Path(sys.executable).parent)):
        return False
    script.write_bytes(WHOEVER_RUNS_IT + newline + rest)
    return True


def _refreshed(row, scripts):
    """A row of RECORD with the digest and size that its script has now."""
    for script in scripts:
        path = f"../../bin/{script.name}"
        if row.startswith(path + ","):
            content = script.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            return f"{path},sha256={digest.decode()},{len(content)}\n"
    return row
