"""Names of bundles, versions and pins, and the path components that stand for them (section 4)."""

import re
import unicodedata

from digests import blake3_hex

NAME_BYTES = 255
HASHED_TAIL = 18
LITERAL = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")
DEVICE_STEMS = frozenset(
    ["con", "prn", "aux", "nul"] + [f"com{n}" for n in range(10)] + [f"lpt{n}" for n in range(10)]
)
PARTIAL_ESCAPE = re.compile(r"\+[0-9a-f]?\Z")

UNSCOPED_LIMIT = 48
SCOPE_LIMIT = 22
SCOPED_LIMIT = 25
VERSION_LIMIT = 22
PIN_LIMIT = 64


class BadName(ValueError):
    """A name, version or label that the rules of section 4 forbid."""


def _check_text(text):
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadName("not UTF-8") from None
    if not 1 <= size <= NAME_BYTES:
        raise BadName("not 1 to 255 bytes")
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise BadName("has a control character")


def _check_side(side):
    if side in ("", ".", ".."):
        raise BadName("a side is empty, `.` or `..`")
    if "/" in side:
        raise BadName("has a `/` too many")


def name_components(name):
    """The one component of a bundle name, or the two of `@scope/name`."""
    _check_text(name)
    if name.startswith("@") and "/" in name:
        scope, _, base = name[1:].partition("/")
        _check_side(scope)
        _check_side(base)
        return [_scope(scope), _component(base, SCOPED_LIMIT)]
    _check_side(name)
    return [_component(name, UNSCOPED_LIMIT)]


def version_component(version):
    """The component of a version."""
    _check_text(version)
    _check_side(version)
    return _component(version, VERSION_LIMIT)


def pin_component(label):
    """The component of a pin label, without its `.json`."""
    _check_text(label)
    _check_side(label)
    return _component(label, PIN_LIMIT)


def _escape(byte):
    return f"+{byte:02x}"


def _escaped(raw):
    """Rule 1, and rule 2 for a first and a last dot."""
    last = len(raw) - 1
    return "".join(
        chr(byte) if byte in LITERAL and not (byte == ord(".") and at in (0, last)) else _escape(byte)
        for at, byte in enumerate(raw)
    )


def _shortened(escaped, raw, limit):
    """Rule 4."""
    if len(escaped) <= limit:
        return escaped
    head = PARTIAL_ESCAPE.sub("", escaped[: limit - HASHED_TAIL])
    return f"{head}+_{blake3_hex(raw)[:16]}"


def _component(text, limit):
    raw = text.encode()
    escaped = _escaped(raw)
    if escaped.partition(".")[0] in DEVICE_STEMS:
        escaped = _escape(raw[0]) + escaped[1:]
    return _shortened(escaped, raw, limit)


def _scope(scope):
    """A scope keeps its `@`: what follows is no device name, but dots at its ends are escaped like any other."""
    raw = scope.encode()
    return _shortened("@" + _escaped(raw), raw, SCOPE_LIMIT)
