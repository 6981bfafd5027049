"""A tiny store, written by hand from `store-format.md` for the tests of the reader.

It shares with the reader only BLAKE3, so that a mistake of the reader is not repeated here unseen.
"""

import json
import os
import struct
from pathlib import Path

from digests import blake3_hex

RUN = b"#!/bin/sh\n"
MANIFEST = b"{}\n"
CACHED = b"bytecode"
GLOBS = ["*.pyc", "**/__pycache__/**"]


def _file(kind, path, content):
    return struct.pack("<BH", kind, len(path)) + path + bytes.fromhex(blake3_hex(content)) + struct.pack("<Q", len(content))


def tree_bytes():
    """The tree of section 7 and a private file beside it."""
    return b"".join([
        b"LKTR\x01", struct.pack("<I", 7),
        struct.pack("<BH", 0, 11) + b"__pycache__", _file(1, b"__pycache__/m.pyc", CACHED),
        struct.pack("<BH", 0, 3) + b"bin", _file(2, b"bin/run", RUN),
        _file(1, b"empty", b""), _file(1, b"manifest.json", MANIFEST),
        struct.pack("<BH", 3, 5) + b"start" + struct.pack("<H", 7) + b"bin/run",
    ])  # fmt: skip


class WrittenStore:
    """The store and the paths in it that the tests damage."""

    def __init__(self, root):
        self.root = Path(root)
        self.tree = tree_bytes()
        self.tree_id = blake3_hex(self.tree)
        layout = b"\x01\x00\x02\x00" + b"".join(struct.pack("<H", len(g)) + g.encode() for g in sorted(GLOBS))
        self.directory_id = blake3_hex(bytes.fromhex(self.tree_id) + layout)
        self.place = self.root / "bundles/@acme/+54ime/1.0.0+2bb" / self.directory_id[:16]
        self.receipt = self.place.with_name(self.place.name + ".json")
        self.version_ref = self.root / "refs/@acme/+54ime/versions/1.0.0+2bb.json"
        self.current_ref = self.root / "refs/@acme/+54ime/current.json"
        self.tree_file = self.root / "trees" / self.tree_id[:2] / self.tree_id[2:]
        self._write()

    def object_file(self, content, suffix=""):
        """Where the object of a content lies."""
        digest = blake3_hex(content)
        return self.root / "objects" / digest[:2] / (digest[2:] + suffix)

    def seal(self, path, content, mode):
        """Gives a file the seal of its content."""
        first = struct.unpack("<I", bytes.fromhex(blake3_hex(content)[:8]))[0]
        seconds = 315619200 + 2 * (first >> 3)
        os.chmod(path, mode)
        os.utime(path, ns=(seconds * 10**9, seconds * 10**9))

    def put_json(self, path, value):
        """Writes one of the small files."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))

    def change_json(self, path, **members):
        """Rewrites members of one of the small files."""
        self.put_json(path, {**json.loads(path.read_text()), **members})

    def _write(self):
        self.put_json(self.root / "store.json", {
            "format": "linkstead", "version": 1, "digest": "blake3-256", "lease": "directory",
            "roots": ["ref", "pin", "checkout", "use", "lease"],
            "features": {"compatible": ["later"], "read_only": [], "incompatible": []},
            "created": "2026-11-23T20:43:00Z",
        })  # fmt: skip
        for content, suffix, mode in ((RUN, ".x", 0o555), (MANIFEST, "", 0o444), (CACHED, "", 0o444)):
            path = self.object_file(content, suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.seal(path, content, mode)
        self.tree_file.parent.mkdir(parents=True)
        self.tree_file.write_bytes(self.tree)
        self.tree_file.chmod(0o444)
        self._publish()
        ref = {"ref": 1, "name": "@acme/Time", "version": "1.0.0+b", "directory": self.directory_id[:16]}
        self.put_json(self.version_ref, ref)
        self.put_json(self.current_ref, ref)

    def _publish(self):
        for folder in ("bin", "__pycache__"):
            (self.place / folder).mkdir(parents=True)
        os.link(self.object_file(RUN, ".x"), self.place / "bin/run")
        os.link(self.object_file(MANIFEST), self.place / "manifest.json")
        (self.place / "__pycache__/m.pyc").write_bytes(CACHED)
        (self.place / "empty").touch()
        (self.place / "start").symlink_to("bin/run")
        (self.place / "host.json").write_text("of the host")
        self.put_json(self.receipt, {
            "receipt": 1, "name": "@acme/Time", "version": "1.0.0+b", "tree": self.tree_id,
            "directory": self.directory_id, "layout": {"kind": "linked", "private": sorted(GLOBS)},
            "exceptions": {"private": ["__pycache__/m.pyc"], "host": ["host.json"], "copied": []},
            "archives": [{"algorithm": "sha256", "digest": "00" * 32}], "signature": "absent",
            "sanitized": {"setuid": 0, "setgid": 0, "sticky": 0, "write": 2},
            "mcpb_manifest": {"object": blake3_hex(MANIFEST), "size": 3}, "files": 4, "bytes": 21,
            "platform": None, "installed": "2026-11-23T20:43:00Z",
        })  # fmt: skip
