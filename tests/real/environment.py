#!/usr/bin/env python3
"""Make the Python environments of the real-bundle test.

One has the client and everything it needs, pinned to what bundle S pins. The
other has no package at all, for the servers: what they load must come from
their bundle, and what the machine adds to its own Python (start-up hooks,
say) cannot change their files. Environments that were made from the same pins
by the same Python are kept.

Run by itself it makes both and prints the client's Python.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))

import cache  # noqa: E402

PINS = cache.TESTS / "corpus" / "S.txt"
# The bundle's own dependency; the client does without.
NOT_THE_CLIENTS = ("pillow",)
# What the independent reader hashes with; it could do without, at a hundredth of the speed.
READERS = ("blake3==1.0.11",)
CLIENT = cache.ROOT / "venv"
SERVERS = cache.ROOT / "venv-bare"


def client_python():
    """The interpreter of an environment that has the client, and what the independent reader likes to have."""
    return _environment(CLIENT, _pins())


def server_path():
    """A folder for PATH whose `python3` has no packages."""
    return _environment(SERVERS, []).parent


def _environment(folder, pins):
    identity = f"{sys.version}\n{hashlib.sha256(repr(pins).encode()).hexdigest()}\n"
    made_from = folder / "made-from"
    with cache.locked():
        if not made_from.exists() or made_from.read_text() != identity:
            venv.create(folder, clear=True, symlinks=True, with_pip=bool(pins))
            if pins:
                _install(_interpreter(folder), pins)
            made_from.write_text(identity)
    return _interpreter(folder)


def _install(python, pins):
    command = [python, "-m", "pip", "install", "--quiet", "--no-deps", *pins]
    command += ["--cache-dir", cache.downloads("pip")]
    done = subprocess.run(list(map(os.fspath, command)), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the client's environment could not be made:\n{done.stderr}")


def _interpreter(folder):
    return folder / "bin" / "python3"


def _pins():
    pins = PINS.read_text().split()
    return [pin for pin in pins if pin.partition("==")[0] not in NOT_THE_CLIENTS] + list(READERS)


if __name__ == "__main__":
    server_path()
    print(client_python())
