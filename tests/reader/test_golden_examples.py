"""The worked examples of the document: names (section 4), the seal (6), the tree (7), the layout (8)."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from digests import blake3_hex  # noqa: E402
from layout import directory_id, encode_layout  # noqa: E402
from names import BadName, name_components, pin_component, version_component  # noqa: E402
from seal import seal_seconds  # noqa: E402
from tree import decode  # noqa: E402

TREE = bytes.fromhex(
    "4c4b54520105000000000300" + "62696e"
    + "02070062696e2f72756e"
    + "bc1f407a11c9377c8b9b13f956b279c8462775105eb958fc9ae3c40de87cc96e0a00000000000000"
    + "010500656d707479"
    + "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f32620000000000000000"
    + "010d006d616e69666573742e6a736f6e"
    + "a7c4d54776fcb179f048728766a52d75dc450cc2a5072b7e2c238aa9b2cff3b60300000000000000"
    + "03050073746172740700" + "62696e2f72756e"
)
TREE_ID = "236d23ffb9b463fb3c7e749356539f5238657daeddaddc6e131151a26af825d3"
GLOBS = ["*.pyc", "**/__pycache__/**"]


class Names(unittest.TestCase):
    def test_table(self):
        for name, components in (
            ("time", ["time"]), ("My Server", ["+4dy+20+53erver"]), ("@acme/time", ["@acme", "time"]),
            ("con.fig", ["+63on.fig"]), ("a" * 50, ["a" * 30 + "+_fa67810803e839cf"]),
        ):  # fmt: skip
            self.assertEqual(name_components(name), components)
        self.assertEqual(version_component("1.0.0+build"), "1.0.0+2bbuild")

    def test_rules(self):
        self.assertEqual(name_components("@plain"), ["+40plain"])
        self.assertEqual(name_components(".a.b."), ["+2ea.b+2e"])
        self.assertEqual(pin_component("CON"), "+43+4f+4e")

    def test_a_cut_never_splits_an_escape(self):
        head, _, _ = version_component("1.ü" + "9" * 20).partition("+_")
        self.assertEqual(head, "1.")

    def test_limits(self):
        for name, limits in (("ü" * 100, [48]), ("@" + "s" * 90 + "/" + "n" * 90, [22, 25])):
            for component, limit in zip(name_components(name), limits, strict=True):
                self.assertLessEqual(len(component), limit)
                self.assertGreater(len(component), limit - 3)

    def test_refused(self):
        for name in ("", ".", "..", "a/b", "@/b", "@a/", "@a/b/c", "@../a", "a\n", "x" * 256):
            with self.assertRaises(BadName, msg=name):
                name_components(name)


class Bytes(unittest.TestCase):
    def test_seal(self):
        for content, digest, seconds in (
            (b"{}\n", "a7c4d54776fcb179f048728766a52d75dc450cc2a5072b7e2c238aa9b2cff3b6", 616917160),
            (b"#!/bin/sh\n", "bc1f407a11c9377c8b9b13f956b279c8462775105eb958fc9ae3c40de87cc96e", 828374894),
        ):
            self.assertEqual((blake3_hex(content), seal_seconds(digest)), (digest, seconds))

    def test_tree(self):
        self.assertEqual((len(TREE), blake3_hex(TREE)), (186, TREE_ID))
        self.assertEqual(list(decode(TREE)), ["bin", "bin/run", "empty", "manifest.json", "start"])

    def test_layout(self):
        expected = "0100020011002a2a2f5f5f707963616368655f5f2f2a2a05002a2e707963"
        self.assertEqual(encode_layout("linked", GLOBS).hex(), expected)
        expected = "e7c78b8923ccf8b2e25ba7c1d27f92def19af14206396a2bd86d2c928a64c2eb"
        self.assertEqual(directory_id(TREE_ID, "linked", GLOBS), expected)


if __name__ == "__main__":
    unittest.main()
