"""The encoding of a layout and the directory id that it makes with a tree id (sections 5 and 8)."""

import struct

from digests import blake3_hex

VERSION = 1
KINDS = {"linked": 0, "isolated": 1}


def encode_layout(kind, globs):
    """The canonical bytes of a layout; globs are taken in the order of their bytes."""
    raw = sorted(glob.encode() for glob in globs)
    head = struct.pack("<BBH", VERSION, KINDS[kind], len(raw))
    return head + b"".join(struct.pack("<H", len(glob)) + glob for glob in raw)


def directory_id(tree_id, kind, globs):
    """The directory id, 64 hex digits."""
    return blake3_hex(bytes.fromhex(tree_id) + encode_layout(kind, globs))
