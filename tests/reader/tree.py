"""The canonical encoding of a tree, and the strict decoder of it (section 7).

Promises: bytes that decode are the only encoding of their entries, and the entries keep every rule of the section.
"""

import struct
from dataclasses import dataclass

from digests import EMPTY, Unreadable
from path_rules import clash_key, path_fault
from tree_links import check_links

MAGIC = b"LKTR"
VERSION = 1
DIRECTORY, PLAIN, EXECUTABLE, LINK = range(4)
MAX_ENTRIES = 16_777_216
MAX_FILE_BYTES = 1 << 40
MAX_TREE_BYTES = 1 << 50
MAX_TARGET_BYTES = 4095


@dataclass(frozen=True)
class Entry:
    """One entry; `object_id` and `size` are of files, `target` is of symbolic links."""

    kind: int
    path: str
    object_id: str = ""
    size: int = 0
    target: str = ""

    @property
    def is_file(self):
        return self.kind in (PLAIN, EXECUTABLE)

    @property
    def executable(self):
        return self.kind == EXECUTABLE


class _Input:
    """A cursor over the bytes that never reads past their end."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if size > len(self.data) - self.at:
            raise Unreadable(f"truncated at byte {self.at}")
        self.at += size
        return self.data[self.at - size : self.at]

    def integer(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self):
        raw = self.take(self.integer("<H"))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise Unreadable(f"not UTF-8: {raw!r}") from None


def decode(data):
    """The entries of a tree, by path in the order of their bytes. Raises Unreadable on the first broken rule."""
    source = _Input(data)
    if source.take(4) != MAGIC:
        raise Unreadable("the magic is not LKTR")
    version = source.integer("<B")
    if version != VERSION:
        raise Unreadable(f"version {version} is unknown")
    count = source.integer("<I")
    if count > MAX_ENTRIES:
        raise Unreadable(f"{count} entries are over the cap")
    entries = _ascending(source, count)
    if source.at != len(data):
        raise Unreadable("bytes follow the last entry")
    _check_shape(entries)
    check_links({path: (entry.kind, entry.target) for path, entry in entries.items()}, DIRECTORY, LINK)
    return entries


def _ascending(source, count):
    entries, before = {}, b""
    for _ in range(count):
        entry = _entry(source)
        if fault := path_fault(entry.path):
            raise Unreadable(f"{entry.path!r}: {fault}")
        raw = entry.path.encode()
        if raw <= before:
            raise Unreadable(f"{entry.path!r}: not in strictly ascending order")
        entries[entry.path], before = entry, raw
    return entries


def _entry(source):
    kind, path = source.integer("<B"), source.text()
    if kind == DIRECTORY:
        return Entry(kind, path)
    if kind in (PLAIN, EXECUTABLE):
        return _file(kind, path, source.take(32).hex(), source.integer("<Q"))
    if kind == LINK:
        return _link(path, source.text())
    raise Unreadable(f"{path!r}: kind {kind} is unknown")


def _file(kind, path, object_id, size):
    if (size == 0) != (object_id == EMPTY):
        raise Unreadable(f"{path!r}: size and id disagree about being empty")
    if size > MAX_FILE_BYTES:
        raise Unreadable(f"{path!r}: {size} bytes are over the cap")
    return Entry(kind, path, object_id, size)


def _link(path, target):
    if len(target.encode()) > MAX_TARGET_BYTES:
        raise Unreadable(f"{path!r}: the target is over 4,095 bytes")
    return Entry(LINK, path, target=target)


def _check_shape(entries):
    """Parents, clashes and the total: the rules that need more than one entry."""
    seen, total = set(), 0
    for path, entry in entries.items():
        parent = path.rpartition("/")[0]
        if parent and (parent not in entries or entries[parent].kind != DIRECTORY):
            raise Unreadable(f"{path!r}: {parent!r} is not a directory of the tree")
        key = clash_key(path)
        if key in seen:
            raise Unreadable(f"{path!r}: equal to another path but for case or normalization")
        seen.add(key)
        total += entry.size
    if total > MAX_TREE_BYTES:
        raise Unreadable(f"{total} bytes in all are over the cap")
