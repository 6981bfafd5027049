"""What the ordinary unzip makes of an archive, and how a published directory differs from it."""

import fnmatch
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

# What a server may leave beside its code when it was started; never damage.
LEFT_BY_SERVERS = ("__pycache__", "*.pyc")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file, directory or symlink, by what a bundle promises of it."""

    kind: str
    executable: bool = False
    target: str = ""
    size: int = 0


def unzip(archive, folder):
    """Extract with `unzip -q`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["unzip", "-q", str(archive), "-d", str(folder)], check=True)
    return folder


def entries(folder):
    """Everything below the folder, by relative path."""
    found = {}
    for parent, directories, files in os.walk(folder):
        for name in (*directories, *files):
            path = Path(parent, name)
            found[path.relative_to(folder).as_posix()] = _entry(path)
    return found


def differences(expected, published):
    """Sentences that say where `published` is not what `expected` is; empty if nowhere."""
    wanted, there = entries(expected), entries(published)
    found = [f"{path}: absent" for path in wanted.keys() - there.keys()]
    found += [f"{path}: extra" for path in there.keys() - wanted.keys() if not _left_by_server(path)]
    for path in wanted.keys() & there.keys():
        if wanted[path] != there[path]:
            found.append(f"{path}: {there[path]} instead of {wanted[path]}")
        elif wanted[path].kind == "file" and not _same_bytes(expected / path, published / path):
            found.append(f"{path}: other bytes")
    return sorted(found)


def _entry(path):
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        return Entry("symlink", target=os.readlink(path))
    if stat.S_ISDIR(found.st_mode):
        return Entry("directory")
    if stat.S_ISREG(found.st_mode):
        return Entry("file", executable=bool(found.st_mode & stat.S_IXUSR), size=found.st_size)
    return Entry("special")


def _same_bytes(left, right):
    with open(left, "rb") as one, open(right, "rb") as other:
        while True:
            ours, theirs = one.read(CHUNK), other.read(CHUNK)
            if ours != theirs:
                return False
            if not ours:
                return True


def _left_by_server(path):
    return any(fnmatch.fnmatch(part, pattern) for part in path.split("/") for pattern in LEFT_BY_SERVERS)
