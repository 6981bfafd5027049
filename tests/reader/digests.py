"""BLAKE3-256 of bytes and of open files, by the package `blake3` where it is installed, else by `blake3_pure`."""

import re
import sys

from blake3_pure import Blake3

try:
    from blake3 import blake3 as _hasher
except ImportError:
    _hasher = None

HEX = re.compile(r"[0-9a-f]{64}\Z")
READ_BYTES = 1 << 20
SLOW_BYTES = 16 << 20


class Unreadable(Exception):
    """A file or its bytes are not what the document says; the message says how."""


class _SlowNote:
    """Says once, on stderr, why a large store takes so long."""

    hashed = 0

    @classmethod
    def count(cls, size):
        if _hasher is None and cls.hashed <= SLOW_BYTES < cls.hashed + size:
            print("note: the package blake3 is not installed; hashing in plain Python is slow", file=sys.stderr)
        cls.hashed += size


def _new():
    return _hasher() if _hasher else Blake3()


def blake3_hex(data):
    """The digest of `data` as 64 lowercase hex digits."""
    _SlowNote.count(len(data))
    return _new().update(data).digest().hex()


def blake3_of_file(file):
    """The digest of what is left of an open binary file, as 64 lowercase hex digits."""
    state = _new()
    while data := file.read(READ_BYTES):
        _SlowNote.count(len(data))
        state.update(data)
    return state.digest().hex()


EMPTY = blake3_hex(b"")
