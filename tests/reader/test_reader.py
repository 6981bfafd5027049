"""The reader against a store written by hand: sound as it is, and each planted damage is found."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from digests import blake3_hex  # noqa: E402
from written_store import MANIFEST, RUN, WrittenStore  # noqa: E402

SCRIPT = Path(__file__).with_name("linkstead_reader.py")


def run_reader(*arguments):
    """Runs the script as a person would."""
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True)


class StoreCase(unittest.TestCase):
    """A fresh store for each test."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.store = WrittenStore(Path(temporary.name) / "store")

    def read(self):
        """Exit code and findings of the store as it now is."""
        done = run_reader("--json", self.store.root)
        self.assertEqual(done.stderr, "")
        return done.returncode, json.loads(done.stdout)["stores"][0]

    def assert_sound(self):
        code, report = self.read()
        self.assertEqual((code, report["findings"]), (0, []))
        return report

    def assert_finds(self, *expected):
        """Exactly these (kind, absolute path) are found."""
        code, report = self.read()
        found = sorted((finding["kind"], finding["path"]) for finding in report["findings"])
        self.assertEqual(found, sorted((kind, str(path.relative_to(self.store.root))) for kind, path in expected))
        self.assertEqual(code, 1)


class Sound(StoreCase):
    def test_lists_the_bundle(self):
        bundle = self.assert_sound()["bundles"][0]
        self.assertEqual((bundle["name"], bundle["version"], bundle["files"], bundle["bytes"]), ("@acme/Time", "1.0.0+b", 4, 21))
        self.assertEqual((bundle["linked"], bundle["twins"], bundle["extra"]), (2, 0, 0))

    def test_private_host_and_extra_files_are_the_servers(self):
        (self.store.place / "__pycache__/m.pyc").write_bytes(b"newer")
        (self.store.place / "host.json").unlink()
        (self.store.place / "log.txt").write_text("extra")
        self.assertEqual(self.assert_sound()["bundles"][0]["extra"], 1)
        shutil.rmtree(self.store.place / "__pycache__")
        self.assert_sound()

    def test_a_twin_with_the_right_bytes(self):
        path = self.store.place / "bin/run"
        path.unlink()
        path.write_bytes(RUN)
        path.chmod(0o755)
        self.assertEqual(self.assert_sound()["bundles"][0]["twins"], 1)

    def test_drifted_modes_of_no_meaning(self):
        self.store.object_file(MANIFEST).chmod(0o664)
        self.assert_sound()

    def test_a_masked_name_is_no_bundle(self):
        for ref in (self.store.version_ref, self.store.current_ref):
            self.store.change_json(ref, directory="none", unknown=1)
        self.assertEqual(self.assert_sound()["bundles"], [])

    def test_a_receipt_without_a_directory_is_left_to_recovery(self):
        self.store.version_ref.unlink()
        self.store.current_ref.unlink()
        shutil.rmtree(self.store.place)
        self.assert_sound()


class DamagedContent(StoreCase):
    def test_a_write_through_a_link(self):
        victim = self.store.place / "manifest.json"
        victim.chmod(0o644)
        victim.write_bytes(b"[]\n")
        victim.chmod(0o444)
        named = self.store.object_file(MANIFEST)
        self.assert_finds(("seal", named), ("object-content", named), ("content", victim))

    def test_a_write_that_puts_the_mtime_back(self):
        named = self.store.object_file(MANIFEST)
        named.write_bytes(b"[]\n")
        self.store.seal(named, MANIFEST, 0o444)
        self.assert_finds(("object-content", named), ("content", self.store.place / "manifest.json"))

    def test_a_changed_mtime(self):
        os.utime(self.store.object_file(MANIFEST), (1, 1))
        self.assert_finds(("seal", self.store.object_file(MANIFEST)))

    def test_a_truncated_object(self):
        named = self.store.object_file(MANIFEST)
        os.truncate(named, 1)
        self.store.seal(named, MANIFEST, 0o444)
        self.assert_finds(
            ("object-content", named), ("object-size", named), ("size", self.store.place / "manifest.json")
        )

    def test_a_missing_object(self):
        self.store.object_file(RUN, ".x").unlink()
        self.assert_finds(("missing-object", self.store.object_file(RUN, ".x")))

    def test_the_wrong_exec_class(self):
        named = self.store.object_file(MANIFEST)
        named.chmod(0o555)
        # In the directory the added bit is the host's choice.
        self.assert_finds(("mode", named))

    def test_an_object_that_its_owner_cannot_read(self):
        twin = self.store.place / "manifest.json"
        twin.unlink()
        twin.write_bytes(MANIFEST)
        named = self.store.object_file(MANIFEST)
        named.chmod(0)
        _, report = self.read()
        self.assertIn(("mode", str(named.relative_to(self.store.root))), [(f["kind"], f["path"]) for f in report["findings"]])


class DamagedDirectory(StoreCase):
    def test_a_missing_file(self):
        (self.store.place / "empty").unlink()
        self.assert_finds(("missing", self.store.place / "empty"))

    def test_a_missing_directory_is_named_once(self):
        shutil.rmtree(self.store.place / "bin")
        self.assert_finds(("missing", self.store.place / "bin"))

    def test_an_empty_file_that_grew(self):
        (self.store.place / "empty").write_text("no")
        self.assert_finds(("size", self.store.place / "empty"))

    def test_another_link_target(self):
        link = self.store.place / "start"
        link.unlink()
        link.symlink_to("empty")
        self.assert_finds(("link-target", link))

    def test_a_directory_where_a_file_belongs(self):
        path = self.store.place / "empty"
        path.unlink()
        path.mkdir()
        self.assert_finds(("kind", path))

    def test_a_vanished_bundle(self):
        shutil.rmtree(self.store.place)
        self.assert_finds(("missing-directory", self.store.place))


class DamagedRecords(StoreCase):
    def test_a_damaged_tree(self):
        self.store.tree_file.write_bytes(self.store.tree[:-1])
        self.assert_finds(("tree-content", self.store.tree_file), ("missing-tree", self.store.place))

    def test_a_tree_that_hashes_and_lies(self):
        data = self.store.tree + b"\0"
        digest = blake3_hex(data)
        path = self.store.root / "trees" / digest[:2] / digest[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self.assert_finds(("tree", path))

    def test_a_missing_receipt(self):
        self.store.receipt.unlink()
        self.assert_finds(("missing-receipt", self.store.receipt))

    def test_receipt_members(self):
        for member, value in (
            ("receipt", 2), ("files", 5), ("bytes", 20), ("name", "other"), ("tree", "00" * 32), ("signature", "maybe"),
            ("layout", {"kind": "isolated", "private": []}), ("mcpb_manifest", {"object": "00" * 32, "size": 3}),
            ("installed", "yesterday"), ("sanitized", {}), ("archives", {}),
            ("exceptions", {"private": ["gone"], "host": [], "copied": []}),
        ):  # fmt: skip
            with self.subTest(member):
                before = self.store.receipt.read_text()
                self.store.change_json(self.store.receipt, **{member: value})
                _, report = self.read()
                self.assertIn("receipt", [finding["kind"] for finding in report["findings"]])
                self.store.receipt.write_text(before)

    def test_what_an_install_reused_may_be_told(self):
        amount = {"files": 1, "bytes": 2}
        told = {member: amount for member in ("new", "linked", "reflinked", "copied", "not_inflated")}
        for install, is_sound in ((told, True), (None, True), ({**told, "later": 1}, True), ({}, False), ([], False)):
            with self.subTest(install=install):
                self.store.change_json(self.store.receipt, install=install)
                _, report = self.read()
                self.assertEqual(report["findings"] == [], is_sound)

    def test_a_ref_at_the_wrong_place(self):
        wrong = self.store.version_ref.with_name("2.json")
        self.store.version_ref.rename(wrong)
        self.assert_finds(("ref", wrong))

    def test_a_ref_that_is_no_json(self):
        self.store.current_ref.write_text("{")
        self.assert_finds(("ref", self.store.current_ref))

    def test_a_newer_store_is_refused(self):
        newer = {"compatible": [], "read_only": [], "incompatible": ["z"]}
        for members in ({"version": 2}, {"format": "x"}, {"features": newer}):
            with self.subTest(members):
                before = (self.store.root / "store.json").read_text()
                self.store.change_json(self.store.root / "store.json", **members)
                self.assert_finds(("store", self.store.root / "store.json"))
                (self.store.root / "store.json").write_text(before)

    def test_a_bundle_that_no_ref_names_is_checked_too(self):
        self.store.version_ref.unlink()
        self.store.current_ref.unlink()
        (self.store.place / "empty").unlink()
        done = run_reader(self.store.root)
        self.assertEqual((done.returncode, done.stdout.split()[0]), (1, "missing"))

    def test_pins_and_checkouts(self):
        members = {"name": "@acme/Time", "version": "1.0.0+b"}
        pin = {"pin": 1, "label": "Keep me", "directory": self.store.place.name, **members}
        self.store.put_json(self.store.root / "pins/+4beep+20me.json", pin)
        checkout = {
            "checkout": 1, "path": "/somewhere", "tree": self.store.tree_id, "state": "complete",
            "layout": {"kind": "isolated", "private": []}, "directory": {"device": 1, "inode": 2}, **members,
        }  # fmt: skip
        path = self.store.root / "checkouts/0123456789abcdef.json"
        self.store.put_json(path, checkout)
        self.assert_sound()
        self.store.change_json(path, mount={"device": 1, "inode": 2, "born": 3})
        self.assert_sound()
        self.store.change_json(path, mount=1)
        self.assert_finds(("checkout", path))
        self.store.change_json(path, mount=None)
        self.store.change_json(path, tree="00" * 32)
        self.store.put_json(self.store.root / "pins/other.json", pin)
        self.assert_finds(("missing-tree", path), ("pin", self.store.root / "pins/other.json"))

    def test_stray_files(self):
        strays = [
            self.store.root / path
            for path in ("other", "objects/x", "objects/+ab", "trees/a7x", "refs/file", "pins/note.txt", "bundles/file")
        ]
        for stray in strays:
            stray.parent.mkdir(exist_ok=True)
            stray.touch()
        self.assert_finds(*(("stray", stray) for stray in strays))


class Usage(unittest.TestCase):
    def test_exit_codes(self):
        self.assertEqual(run_reader().returncode, 2)
        self.assertEqual(run_reader("/nonexistent").returncode, 2)

    def test_a_finding_is_one_line(self):
        with tempfile.TemporaryDirectory() as empty:
            done = run_reader(empty)
        self.assertEqual((done.returncode, done.stdout), (1, "store store.json: open: No such file or directory\n"))


if __name__ == "__main__":
    unittest.main()
