"""Reads `refs/`, `pins/` and `checkouts/`; a stray file in them is a finding (sections 3 and 10)."""

from digests import Unreadable
from named_folders import name_folders
from roots import parse_checkout, parse_current_ref, parse_pin, parse_version_ref


class RootFiles:
    """The roots of one store that are files. `versions` maps the path of a ref to what it says, as do the others."""

    def __init__(self, disk, report):
        self.disk, self.report = disk, report
        self.versions, self.currents, self.pins, self.checkouts = {}, {}, {}, {}
        for components in name_folders(disk, report, "refs"):
            self._read_name("/".join(["refs", *components]))
        self._read_folder("pins", "pin", parse_pin, self.pins)
        self._read_folder("checkouts", "checkout", parse_checkout, self.checkouts)

    def _read_name(self, folder):
        for name in self.disk.names(folder):
            path = f"{folder}/{name}"
            if name == "current.json":
                self._read(path, "ref", parse_current_ref, self.currents)
            elif name == "versions" and self.disk.is_directory(path):
                self._read_folder(path, "ref", parse_version_ref, self.versions)
            else:
                self.report.add("stray", path, "neither `current.json` nor `versions`")

    def _read_folder(self, folder, kind, parse, into):
        for name in self.disk.names(folder):
            self._read(f"{folder}/{name}", kind, parse, into)

    def _read(self, path, kind, parse, into):
        if not path.endswith(".json") or not self.disk.is_file(path):
            if self.disk.status(path) is not None:
                self.report.add("stray", path, f"no file of a {kind}")
            return
        try:
            into[path] = parse(self.disk.read(path), path)
        except Unreadable as error:
            if self.disk.status(path) is not None:
                self.report.add(kind, path, error)

    def naming(self):
        """(path, what it names) of each ref and pin that names a directory."""
        for group in (self.versions, self.currents, self.pins):
            yield from ((path, ref) for path, ref in group.items() if not ref.masked)
