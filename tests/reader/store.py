"""Reads a whole store as section 16 says, without a lock and without its database."""

import re

from digests import Unreadable
from disk import Disk
from findings import Report
from named_folders import name_folders, version_folders
from objects import Contents, check_objects, check_trees, object_path
from published import PublishedCheck
from records import is_directory_hex
from root_files import RootFiles
from store_json import check_store_json

FOLDERS = frozenset(
    "objects trees bundles refs pins checkouts uses staging parked trash quarantine locks".split()
)
FILES = frozenset(["store.json", "manifest.redb"])
LEFTOVERS = ("staging", "trash")
BESIDE = re.compile(r"(?P<hex>[0-9a-f]+)\.(?P<kind>json|lease)\Z")


def read_store(root):
    """Reads the store at `root`; returns its Report."""
    report = Report(root)
    disk = Disk(root)
    try:
        lease = check_store_json(disk.read("store.json"))
    except Unreadable as error:
        report.add("store", "store.json", error)
        return report
    try:
        _StoreReader(disk, report, lease).read()
    except Unreadable as error:
        report.add("unreadable", root, error)
    return report


class _StoreReader:
    def __init__(self, disk, report, lease):
        self.disk, self.report, self.lease = disk, report, lease

    def read(self):
        self._check_top()
        # Names come before trees and objects: what was whole when it was seen must be found whole afterwards.
        self.roots = RootFiles(self.disk, self.report)
        published = list(self._published_directories())
        contents = Contents(self.disk)
        self.trees = check_trees(self.disk, self.report, contents)
        self.objects = check_objects(self.disk, self.report, contents)
        self.check = PublishedCheck(self.disk, self.report, contents, self.objects, self.trees)
        self._check_named()
        for path, components, version in published:
            self._check_unnamed(path, components, version)
        self._check_checkouts()

    def _check_top(self):
        for name in self.disk.names("."):
            known = name in FOLDERS and self.disk.is_directory(name) or name in FILES and self.disk.is_file(name)
            # A file system keeps its own there, where the store is the root of a disk.
            if not known and name != "lost+found":
                self.report.add("stray", name, "not of a store")
        for folder in LEFTOVERS:
            if names := self.disk.names(folder):
                self.report.note("leftover", folder, f"{len(names)} names: work in progress, or for recovery to clear")
        if names := self.disk.names("quarantine"):
            self.report.note("quarantine", "quarantine", f"{len(names)} damaged files are kept for people")

    def _check_named(self):
        """Every directory that a ref or pin names, once; what was removed meanwhile is no damage."""
        self.named = {}
        for path, ref in self.roots.naming():
            if ref.place not in self.named:
                self.named[ref.place] = self._check_one(path, ref)
            if (summary := self.named[ref.place]) is not None:
                summary["refs"].append(path)

    def _check_one(self, path, ref):
        before = len(self.report.findings)
        summary = None
        if self.disk.is_directory(ref.place):
            summary = self.check.check(ref.place, ref.components, ref.version_component)
        else:
            self.report.add("missing-directory", ref.place, f"named by {path}")
        if len(self.report.findings) > before and self.disk.status(path) is None:
            del self.report.findings[before:]
            return None
        if summary is not None:
            summary["refs"] = []
            self.report.bundles.append(summary)
        return summary

    def _published_directories(self):
        """(path, components, version) of all directories in `bundles/`, named or not."""
        for components in name_folders(self.disk, self.report, "bundles"):
            for version in version_folders(self.disk, self.report, components):
                yield from self._directories_of_version(components, version)

    def _directories_of_version(self, components, version):
        folder = "/".join(["bundles", *components, version])
        for name in self.disk.names(folder):
            path = f"{folder}/{name}"
            if is_directory_hex(name) and self.disk.is_directory(path):
                yield path, components, version
            elif not self._belongs_beside(folder, name) and self.disk.status(path) is not None:
                self.report.add("stray", path, "neither a published directory nor a receipt")

    def _belongs_beside(self, folder, name):
        match = BESIDE.match(name)
        path = f"{folder}/{name}"
        if match is None or not is_directory_hex(match["hex"]) or not self.disk.is_file(path):
            return False
        if match["kind"] == "lease":
            return self.lease == "file"
        if not self.disk.is_directory(f"{folder}/{match['hex']}"):
            self.report.note("leftover", path, "a receipt without a directory, for recovery to delete")
        return True

    def _check_unnamed(self, path, components, version):
        """A directory that no ref names may still be recorded or leased, so with a receipt it must be whole (I2)."""
        if path in self.named or not self.disk.is_directory(path):
            return
        if not self.disk.is_file(f"{path}.json"):
            self.report.note("leftover", path, "neither a ref nor a receipt, for recovery to clear")
            return
        self.report.note("unnamed", path, "no ref names it: invisible, for gc or recovery")
        before = len(self.report.findings)
        self.check.check(path, components, version)
        if not self.disk.is_directory(path):
            del self.report.findings[before:]

    def _check_checkouts(self):
        """A checkout keeps its tree and the tree's objects; the directory outside is not this store's to judge."""
        for path, tree in self.roots.checkouts.items():
            if tree not in self.trees:
                self.report.add("missing-tree", path, f"the tree {tree} is absent or unsound")
                continue
            for entry in self.trees[tree].values():
                if entry.is_file and entry.size and object_path(entry.object_id, entry.executable) not in self.objects:
                    what = f"needed by {path} for {entry.path}"
                    self.report.add("missing-object", object_path(entry.object_id, entry.executable), what)
