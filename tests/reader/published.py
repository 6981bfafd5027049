"""One published directory against its receipt and tree (sections 8 and 16)."""

import os
import stat

from digests import EMPTY, Unreadable
from names import name_components, version_component
from objects import object_path, tree_path
from receipts import disagreements, parse_receipt
from seal import unusable_mode
from tree import DIRECTORY, LINK


class PublishedCheck:
    """Checks directories in `bundles/` with what was read of objects and trees before."""

    def __init__(self, disk, report, contents, objects, trees):
        self.disk, self.report, self.contents = disk, report, contents
        self.objects, self.trees = objects, trees

    def check(self, place, components, version):
        """Checks the directory at `place`; returns its summary, or None when it has no readable receipt and tree."""
        receipt = self._receipt(place, components, version)
        if receipt is None:
            return None
        entries = self.trees.get(receipt.tree)
        if entries is None:
            self.report.add("missing-tree", place, f"{tree_path(receipt.tree)} is absent or unsound")
            return None
        for what in disagreements(receipt, entries):
            self.report.add("receipt", f"{place}.json", what)
        return self._files(place, receipt, entries)

    def _receipt(self, place, components, version):
        path = f"{place}.json"
        if not self.disk.is_file(path):
            self.report.add("missing-receipt", path, "a published directory has a receipt")
            return None
        try:
            receipt = parse_receipt(self.disk.read(path))
            self._check_place(receipt, place, components, version)
        except Unreadable as error:
            self.report.add("receipt", path, error)
            return None
        return receipt

    @staticmethod
    def _check_place(receipt, place, components, version):
        if (name_components(receipt.name), version_component(receipt.version)) != (list(components), version):
            raise Unreadable(f"{receipt.name!r} {receipt.version!r} escapes to another place")
        if not receipt.directory.startswith(place.rpartition("/")[2]):
            raise Unreadable("`directory` does not begin with the digits on disk")

    def _files(self, place, receipt, entries):
        summary = {
            "name": receipt.name, "version": receipt.version, "directory": place, "files": receipt.files,
            "bytes": receipt.bytes, "layout": receipt.kind, "linked": 0, "twins": 0, "extra": 0,
        }  # fmt: skip
        optional = _directories_of_private_files(entries, receipt.private)
        broken = set()
        for path, entry in entries.items():
            if entry.is_file and entry.object_id != EMPTY:
                self._check_object_is_there(place, path, entry)
            if path in receipt.private or path.rpartition("/")[0] in broken:
                if entry.kind == DIRECTORY:
                    broken.add(path)
                continue
            if not self._check_entry(place, path, entry, optional, summary) and entry.kind == DIRECTORY:
                broken.add(path)
        summary["extra"] = self._count_extra(place, entries, receipt.host)
        return summary

    def _check_object_is_there(self, place, path, entry):
        needed = object_path(entry.object_id, entry.executable)
        status = self.objects.get(needed) or self.disk.status(needed)
        if status is None:
            self.report.add("missing-object", needed, f"needed by {place}/{path}")
        elif status.st_size != entry.size:
            self.report.add("object-size", needed, f"{status.st_size} bytes, the tree of {place} says {entry.size}")

    def _check_entry(self, place, path, entry, optional, summary):
        """Checks one entry; returns whether something of its kind is there."""
        full = f"{place}/{path}"
        status = self.disk.status(full)
        if status is None:
            if path not in optional:
                self.report.add("missing", full, "in the tree, not on disk")
            return False
        wanted = stat.S_IFDIR if entry.kind == DIRECTORY else stat.S_IFLNK if entry.kind == LINK else stat.S_IFREG
        if stat.S_IFMT(status.st_mode) != wanted:
            self.report.add("kind", full, "not of the kind that the tree says")
            return False
        if entry.kind == LINK and os.fsencode(self.disk.target(full)) != entry.target.encode():
            self.report.add("link-target", full, f"the tree says {entry.target!r}")
        if entry.is_file:
            self._check_file(full, entry, status, summary)
        return True

    def _check_file(self, full, entry, status, summary):
        if fault := unusable_mode(entry.executable, status):
            self.report.add("mode", full, fault)
        if status.st_size != entry.size:
            self.report.add("size", full, f"{status.st_size} bytes, the tree says {entry.size}")
            return
        if not entry.size:
            return
        sealed = self.objects.get(object_path(entry.object_id, entry.executable))
        same = sealed is not None and (sealed.st_dev, sealed.st_ino) == (status.st_dev, status.st_ino)
        summary["linked" if same else "twins"] += 1
        try:
            if (found := self.contents.digest(full, status)) != entry.object_id:
                self.report.add("content", full, f"hashes to {found}")
        except Unreadable as error:
            self.report.add("content", full, error)

    def _count_extra(self, place, entries, host):
        extra, pending = 0, [""]
        while pending:
            below = pending.pop()
            for name in self.disk.names(f"{place}/{below}"):
                path = f"{below}{name}"
                if self.disk.is_directory(f"{place}/{path}"):
                    pending.append(f"{path}/")
                elif path not in entries and path not in host:
                    extra += 1
        return extra


def _directories_of_private_files(entries, private):
    """Directories that hold private files and no others: they may be gone with what they held."""
    holding, needed = set(), set()
    for path, entry in entries.items():
        if entry.kind == DIRECTORY:
            continue
        chosen = holding if path in private else needed
        while path := path.rpartition("/")[0]:
            chosen.add(path)
    return holding - needed
