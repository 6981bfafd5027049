"""Where built archives are kept, and when one may be used again.

A finished archive is named after what it is made from: the digest of its
list and of every file of its recipe. It is built under a temporary name and
renamed, so whatever has a final name is complete. One lock serializes
builders: pip and npm share their download folders.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent / "corpus-cache"


def kept_name(bundle_name, version, ingredients):
    """The file name for a bundle that is made from these files, and from nothing else."""
    digest = hashlib.sha256()
    for path in ingredients:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"{bundle_name}-{version}-{digest.hexdigest()[:16]}.mcpb"


def downloads(kind):
    """A folder for downloads of one kind; it outlives builds."""
    folder = ROOT / "downloads" / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked():
    """Hold the cache alone; other builders wait."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with open(ROOT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def scratch():
    """A private folder on the cache's filesystem, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=ROOT))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(unfinished, name):
    """Give a complete archive its final name."""
    final = ROOT / name
    os.replace(unfinished, final)
    return final
