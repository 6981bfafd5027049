"""The folders of objects and trees: every file hashes to its name and carries its seal (sections 3, 6, 7)."""

import re
import stat

from digests import EMPTY, HEX, Unreadable
from seal import wrong_mode, wrong_mtime
from tree import decode

FAN = re.compile(r"[0-9a-f]{2}\Z")
OBJECT = re.compile(r"([0-9a-f]{62})(\.x)?\Z")


def object_path(object_id, executable):
    """Where an object lies."""
    return f"objects/{object_id[:2]}/{object_id[2:]}{'.x' if executable else ''}"


def tree_path(tree_id):
    """Where a tree lies."""
    return f"trees/{tree_id[:2]}/{tree_id[2:]}"


def _fanned(disk, report, folder):
    """(two digits, name, path, status) of each regular file at its depth; anything else is a stray."""
    for fan in disk.names(folder):
        if not FAN.match(fan) or not disk.is_directory(f"{folder}/{fan}"):
            report.add("stray", f"{folder}/{fan}", "not a directory of two hex digits")
            continue
        for name in disk.names(f"{folder}/{fan}"):
            path = f"{folder}/{fan}/{name}"
            status = disk.status(path)
            if status is None:
                continue
            if stat.S_ISREG(status.st_mode):
                yield fan, name, path, status
            else:
                report.add("stray", path, "not a regular file")


class Contents:
    """Digests of the files seen, by inode, so that a linked farm is read once."""

    def __init__(self, disk):
        self.disk, self._known = disk, {}

    def digest(self, path, status):
        """The digest of the file at `path`, whose status is `status`."""
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._known:
            self._known[key] = self.disk.hash(path)
        return self._known[key]


def check_objects(disk, report, contents):
    """Checks each file in `objects/`; returns the status of each object by its path."""
    present = {}
    for fan, name, path, status in _fanned(disk, report, "objects"):
        match = OBJECT.match(name)
        if match is None:
            report.add("stray", path, "not named as an object")
            continue
        present[path] = status
        _check_object(report, contents, path, fan + match[1], match[2] is not None, status)
    return present


def _check_object(report, contents, path, object_id, executable, status):
    if object_id == EMPTY:
        report.add("stray", path, "the empty content is no object")
    if fault := wrong_mtime(object_id, status):
        report.add("seal", path, fault)
    if fault := wrong_mode(executable, status):
        report.add("mode", path, fault)
    try:
        found = contents.digest(path, status)
    except Unreadable as error:
        if contents.disk.status(path) is not None:
            report.add("unreadable-object", path, error)
        return
    if found != object_id:
        report.add("object-content", path, f"hashes to {found}")


def check_trees(disk, report, contents):
    """Decodes each file in `trees/`; returns the entries by tree id."""
    trees = {}
    for fan, name, path, status in _fanned(disk, report, "trees"):
        if not HEX.match(fan + name):
            report.add("stray", path, "not named as a tree")
            continue
        if fault := wrong_mode(False, status):
            report.add("mode", path, fault)
        try:
            if (found := contents.digest(path, status)) != fan + name:
                report.add("tree-content", path, f"hashes to {found}")
                continue
            trees[fan + name] = decode(disk.read(path))
        except Unreadable as error:
            if disk.status(path) is not None:
                report.add("tree", path, error)
    return trees
