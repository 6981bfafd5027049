"""The receipt of a published directory: every member, and the directory id recomputed (sections 5, 8 and 9)."""

import re
from dataclasses import dataclass
from datetime import datetime

from digests import Unreadable
from layout import directory_id
from records import (
    bundle_components, is_count, is_digest, is_text, is_texts, parse_object, require, require_layout, require_version,
)  # fmt: skip

SIGNATURES = ("absent", "present-not-checked")
SANITIZED = ("setuid", "setgid", "sticky", "write")
INSTALL = ("new", "linked", "reflinked", "copied", "not_inflated")
DIGEST_TEXT = re.compile(r"(?:[0-9a-f]{2})+\Z")
UTC = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|\+00:00)\Z")


@dataclass(frozen=True)
class Receipt:
    """The members that a reader uses further on."""

    name: str
    version: str
    tree: str
    directory: str
    kind: str
    private: frozenset
    host: frozenset
    copied: frozenset
    manifest: tuple | None
    files: int
    bytes: int


def is_utc(value):
    """RFC 3339 with the offset of UTC."""
    match = UTC.match(value) if isinstance(value, str) else None
    try:
        return match is not None and datetime.fromisoformat(f"{match[1]}T{match[2]}") is not None
    except ValueError:
        return False


def parse_receipt(data):
    """A receipt out of its bytes. Raises Unreadable on the first member that is not as section 9 says."""
    record = parse_object(data)
    require_version(record, "receipt")
    bundle_components(record)
    tree = require(record, "tree", is_digest, "64 hex digits")
    directory = require(record, "directory", is_digest, "64 hex digits")
    kind, globs = require_layout(record)
    if directory != (computed := directory_id(tree, kind, globs)):
        raise Unreadable(f"`directory` is {directory}, tree and layout make {computed}")
    private, host, copied = _exceptions(record)
    _check_provenance(record)
    files = require(record, "files", is_count, "a count")
    size = require(record, "bytes", is_count, "a count")
    return Receipt(
        record["name"], record["version"], tree, directory, kind, private, host, copied, _manifest(record), files, size
    )


def _exceptions(record):
    exceptions = require(record, "exceptions", lambda value: isinstance(value, dict), "an object")
    return (frozenset(require(exceptions, each, is_texts, "a list of paths")) for each in ("private", "host", "copied"))


def _check_provenance(record):
    """Where the bundle came from and when: read by people, so only the types are checked."""
    for archive in require(record, "archives", lambda value: isinstance(value, list), "a list"):
        if not isinstance(archive, dict):
            raise Unreadable("an archive is not an object")
        algorithm = require(archive, "algorithm", is_text, "a string")
        check = is_digest if algorithm in ("blake3", "sha256") else _is_digest_text
        require(archive, "digest", check, f"a digest of {algorithm} in hex")
    require(record, "signature", lambda value: value in SIGNATURES, "a known state")
    sanitized = require(record, "sanitized", lambda value: isinstance(value, dict), "an object")
    for member in SANITIZED:
        require(sanitized, member, is_count, "a count")
    require(record, "platform", lambda value: value is None or is_text(value), "a string or null")
    require(record, "installed", is_utc, "an RFC 3339 time in UTC")
    _check_install(record)


def _check_install(record):
    """The one optional member: what the install cost and reused."""
    if record.get("install") is None:
        return
    install = require(record, "install", lambda value: isinstance(value, dict), "an object")
    for member in INSTALL:
        amount = require(install, member, lambda value: isinstance(value, dict), "an object")
        require(amount, "files", is_count, "a count")
        require(amount, "bytes", is_count, "a count")


def _is_digest_text(value):
    return isinstance(value, str) and DIGEST_TEXT.match(value) is not None


def _manifest(record):
    manifest = require(record, "mcpb_manifest", lambda value: value is None or isinstance(value, dict), "an object or null")
    if manifest is None:
        return None
    return require(manifest, "object", is_digest, "64 hex digits"), require(manifest, "size", is_count, "a count")


def disagreements(receipt, entries):
    """What a receipt says about its tree and what the tree denies, one text each."""
    files = {path: entry for path, entry in entries.items() if entry.is_file}
    total = sum(entry.size for entry in files.values())
    if receipt.files != len(files):
        yield f"`files` is {receipt.files}, the tree has {len(files)}"
    if receipt.bytes != total:
        yield f"`bytes` is {receipt.bytes}, the tree has {total}"
    for path in sorted(receipt.private - files.keys()):
        yield f"`exceptions.private` names {path!r}, which is no file of the tree"
    for path in sorted(receipt.copied - files.keys()):
        yield f"`exceptions.copied` names {path!r}, which is no file of the tree"
    for path in sorted(receipt.host & entries.keys()):
        yield f"`exceptions.host` names {path!r}, which is in the tree"
    if receipt.manifest is not None:
        entry = files.get("manifest.json")
        if entry is None or (entry.object_id, entry.size) != receipt.manifest:
            yield "`mcpb_manifest` is not the tree's manifest.json"
