"""The entries of a bundle of very many very small files, all different.

The server is that of the `hello` fixture; the files are data that it never
reads. There are more of them than a zip can count without its 64-bit records.
"""

import hashlib
import json
import stat

import mcpb_manifest
import packing

COUNT = 100_000
SIZE = 200
PER_DIRECTORY = 500


def entries(hello, name, version):
    """Everything the bundle holds, sorted by name."""
    own = [entry for entry in packing.folder_entries(hello) if _wanted(entry)]
    generated = [packing.file_entry(_name(number), _content(number)) for number in range(COUNT)]
    manifest = packing.file_entry("manifest.json", _manifest(hello, name, version))
    return sorted([*own, *generated, manifest], key=lambda entry: entry[0])


def _wanted(entry):
    name, mode, _ = entry
    return name != "manifest.json" and stat.S_ISREG(mode) and "__pycache__" not in name


def _name(number):
    return f"many/{number // PER_DIRECTORY:03}/{number:06}.txt"


def _content(number):
    return hashlib.shake_128(f"file {number}".encode()).hexdigest(SIZE // 2).encode()


def _manifest(hello, name, version):
    manifest = json.loads((hello / "manifest.json").read_bytes())
    manifest |= {"name": name, "version": version, "description": "Very many very small files."}
    return mcpb_manifest.encoded(manifest)
