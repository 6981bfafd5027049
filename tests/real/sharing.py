"""Which files of two bundles must be one file on disk, and whether they are.

Expected from the unzipped archives alone: equal content and exec bit means
equal object, except for what is never linked (empty files, private files).
"""

import fnmatch
import hashlib
import json

import unzipped

PRIVATE_DIRECTORIES = ("__pycache__",)
PRIVATE_NAMES = ("*.pyc", "*.pyo", "uv.lock", "*.db", "*.sqlite", "*.sqlite3", "*.log")


def linkable(folder):
    """The paths of an unzipped bundle that are links to objects, with what identifies the object."""
    entry_point = json.loads((folder / "manifest.json").read_bytes())["server"]["entry_point"]
    return {
        path: (hashlib.sha256((folder / path).read_bytes()).digest(), entry.executable)
        for path, entry in unzipped.entries(folder).items()
        if entry.kind == "file" and entry.size and path != entry_point and not is_private(path)
    }


def is_private(path):
    *directories, name = path.split("/")
    return any(part in PRIVATE_DIRECTORIES for part in directories) or any(
        fnmatch.fnmatch(name, pattern) for pattern in PRIVATE_NAMES
    )


def common(first, second):
    """Pairs of paths, of the second bundle and the first, that must be the same file."""
    holder = {identity: path for path, identity in linkable(first).items()}
    return [(path, holder[identity]) for path, identity in linkable(second).items() if identity in holder]


def not_one_file(pairs, first, second):
    """The pairs that are two files on disk."""
    return [
        f"{path} is not {other}" for path, other in pairs if not (second / path).samefile(first / other)
    ]


def linked_although_private(unzipped_folder, published):
    """Files that are the server's own, or empty, and yet have another name on disk."""
    links = linkable(unzipped_folder)
    return [
        f"{path} has {(published / path).lstat().st_nlink} names"
        for path, entry in unzipped.entries(unzipped_folder).items()
        if entry.kind == "file" and path not in links and (published / path).lstat().st_nlink != 1
    ]
