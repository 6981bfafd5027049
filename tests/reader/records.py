"""The JSON members that several files of a store share, each checked for its type (sections 9 and 10)."""

import json
import re

from digests import HEX, Unreadable
from names import BadName, name_components, version_component

DIRECTORY_HEX = re.compile(r"(?:[0-9a-f]{8}){2,8}\Z")
NO_DIRECTORY = "none"


def parse_object(data):
    """One JSON object out of UTF-8 bytes."""
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def require(record, member, check, what):
    """The value of a member that must be there and pass `check`."""
    if member not in record:
        raise Unreadable(f"no member `{member}`")
    if not check(record[member]):
        raise Unreadable(f"`{member}` is not {what}")
    return record[member]


def is_text(value):
    """A string that has bytes in UTF-8; a lone surrogate has none."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def is_count(value):
    """An unsigned 64-bit integer."""
    return type(value) is int and 0 <= value < 1 << 64


def is_digest(value):
    """64 lowercase hex digits."""
    return isinstance(value, str) and HEX.match(value) is not None


def is_directory_hex(value):
    """The name of a published directory: 16, 24, … 64 lowercase hex digits."""
    return isinstance(value, str) and DIRECTORY_HEX.match(value) is not None


def is_texts(value):
    """A list of strings."""
    return isinstance(value, list) and all(map(is_text, value))


def require_version(record, member):
    """Checks the number that says which table the file follows."""
    value = require(record, member, lambda number: type(number) is int, "an integer")
    if value != 1:
        raise Unreadable(f"`{member}` {value} is unknown")


def bundle_components(record):
    """The escaped components of the bundle's name, and that of its version."""
    name = require(record, "name", is_text, "a string")
    version = require(record, "version", is_text, "a string")
    try:
        return name_components(name), version_component(version)
    except BadName as error:
        raise Unreadable(f"{name!r} {version!r}: {error}") from None


def require_layout(record):
    """Kind and globs of a layout; globs are in the order of their bytes, each once."""
    layout = require(record, "layout", lambda value: isinstance(value, dict), "an object")
    kind = require(layout, "kind", lambda value: value in ("linked", "isolated"), "`linked` or `isolated`")
    globs = require(layout, "private", is_texts, "a list of strings")
    raw = [glob.encode() for glob in globs]
    if raw != sorted(set(raw)):
        raise Unreadable("`layout.private` is not sorted, each glob once")
    if len(raw) > 0xFFFF or any(len(glob) > 0xFFFF for glob in raw):
        raise Unreadable("`layout.private` does not fit the encoding of a layout")
    return kind, globs
