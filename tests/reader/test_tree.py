"""Each rule of section 7, broken by a tree made for it."""

import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from digests import EMPTY, Unreadable  # noqa: E402
from tree import decode  # noqa: E402


def entry(kind, path, tail=b""):
    """One entry with the raw bytes that follow its path."""
    raw = path.encode() if isinstance(path, str) else path
    return struct.pack("<BH", kind, len(raw)) + raw + tail


def file(path, size=1, digest="11" * 32):
    return entry(1, path, bytes.fromhex(digest) + struct.pack("<Q", size))


def link(path, target):
    return entry(3, path, struct.pack("<H", len(target.encode())) + target.encode())


def directory(path):
    return entry(0, path)


def tree(*entries, magic=b"LKTR", version=1):
    return magic + struct.pack("<BI", version, len(entries)) + b"".join(entries)


REFUSED = {
    "magic": tree(magic=b"LKTS"),
    "version": tree(version=2),
    "kind": tree(entry(4, "a")),
    "truncated": tree(file("a"))[:-1],
    "trailing bytes": tree() + b"\0",
    "count too high": b"LKTR\x01" + struct.pack("<I", 16_777_217),
    "order": tree(file("b"), file("a")),
    "twice": tree(file("a"), file("a")),
    "no parent": tree(file("a/b")),
    "below a file": tree(file("a"), file("a/b")),
    "below a link": tree(directory("d"), link("l", "d"), file("l/x")),
    "empty path": tree(file("")),
    "slash at the end": tree(directory("a/")),
    "double slash": tree(directory("a"), file("a//b")),
    "dot": tree(file(".")),
    "dot dot": tree(file("..")),
    "absolute": tree(file("/a")),
    "not UTF-8": tree(file(b"\xff")),
    "control": tree(file("a\n")),
    "format character": tree(file("a\u202eb")),
    "backslash": tree(file("a\\b")),
    "colon": tree(file("a:b")),
    "dot at the end": tree(file("a.")),
    "space at the end": tree(file("a ")),
    "device": tree(file("Con.txt")),
    "console device": tree(file("CONIN$")),
    "superscript device": tree(file("Com\u00b9 .txt")),
    "line separator": tree(file("a\u2028b")),
    "long component": tree(file("a" * 256)),
    "case": tree(file("A"), file("a")),
    "case of a directory": tree(directory("A"), file("A/x"), directory("a")),
    "NFC": tree(file("e\u0301"), file("\u00e9")),
    "case and NFC at once": tree(file("e\u0301"), file("\u00c9")),
    "deep": tree(*(directory("/".join("a" * depth)) for depth in range(1, 66))),
    "long path": tree(*(directory("/".join(["b" * 200] * depth)) for depth in range(1, 7))),
    "empty size, other id": tree(file("a", 0)),
    "empty id, other size": tree(file("a", 1, EMPTY)),
    "file too large": tree(file("a", (1 << 40) + 1)),
    "link escapes": tree(link("l", "../x")),
    "link is absolute": tree(link("l", "/x")),
    "link dangles": tree(link("l", "x")),
    "link is empty": tree(link("l", "")),
    "links in a circle": tree(link("l", "m"), link("m", "l")),
    "link to the root": tree(directory("d"), link("d/l", "..")),
    "link through a file": tree(file("f"), link("l", "f/../f")),
    "long target": tree(file("f"), link("l", ".//" + "./" * 2046 + "f")),
}

ACCEPTED = {
    "empty": tree(),
    "order by bytes": tree(directory("a"), file("a-b"), file("a/b")),
    "empty file": tree(file("a", 0, EMPTY)),
    "64 deep": tree(*(directory("/".join("a" * depth)) for depth in range(1, 65))),
    "link through a link": tree(directory("d"), file("d/f"), link("e", "d"), link("l", "e/../d/./f")),
}


class Rules(unittest.TestCase):
    def test_refused(self):
        for rule, data in REFUSED.items():
            with self.subTest(rule), self.assertRaises(Unreadable):
                decode(data)

    def test_accepted(self):
        for what, data in ACCEPTED.items():
            with self.subTest(what):
                decode(data)


if __name__ == "__main__":
    unittest.main()
