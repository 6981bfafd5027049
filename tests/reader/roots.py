"""Refs, pins and checkouts: the small files that say what names mean (section 10)."""

import re
from dataclasses import dataclass

from digests import Unreadable
from names import BadName, pin_component
from records import (
    NO_DIRECTORY, bundle_components, is_count, is_digest, is_directory_hex, is_text, parse_object, require,
    require_layout, require_version,
)  # fmt: skip

CHECKOUT_FILE = re.compile(r"[0-9a-f]{16}\.json\Z")
STATES = ("intended", "complete")


@dataclass(frozen=True)
class Ref:
    """What a ref or a pin names: the bundle, its directory on disk, and where that is below the store."""

    name: str
    version: str
    directory: str
    components: tuple
    version_component: str

    @property
    def masked(self):
        """Whether the name resolves to nothing on purpose."""
        return self.directory == NO_DIRECTORY

    @property
    def place(self):
        """The published directory, relative to the store."""
        return "/".join(["bundles", *self.components, self.version_component, self.directory])


def _named_directory(record):
    components, version = bundle_components(record)
    directory = require(record, "directory", lambda it: it == NO_DIRECTORY or is_directory_hex(it), "16 to 64 hex digits")
    return Ref(record["name"], record["version"], directory, tuple(components), version)


def parse_version_ref(data, path):
    """The ref of a version; its path must be what its name and version escape to."""
    ref = _parse_ref(data)
    _check_path(path, "/".join(["refs", *ref.components, "versions", ref.version_component + ".json"]))
    return ref


def parse_current_ref(data, path):
    """The ref of a name's current version."""
    ref = _parse_ref(data)
    _check_path(path, "/".join(["refs", *ref.components, "current.json"]))
    return ref


def _parse_ref(data):
    record = parse_object(data)
    require_version(record, "ref")
    return _named_directory(record)


def parse_pin(data, path):
    """A pin; its file is named by its label."""
    record = parse_object(data)
    require_version(record, "pin")
    label = require(record, "label", is_text, "a string")
    try:
        _check_path(path, f"pins/{pin_component(label)}.json")
    except BadName as error:
        raise Unreadable(f"label {label!r}: {error}") from None
    return _named_directory(record)


def parse_checkout(data, path):
    """A checkout; returns the tree id that it keeps alive."""
    if not CHECKOUT_FILE.match(path.rpartition("/")[2]):
        raise Unreadable("a checkout is named by 16 hex digits and `.json`")
    record = parse_object(data)
    require_version(record, "checkout")
    bundle_components(record)
    require(record, "path", lambda value: is_text(value) and value.startswith("/"), "an absolute path")
    require_layout(record)
    require(record, "state", lambda value: value in STATES, "a known state")
    require(record, "directory", _is_identity, "a device and an inode, or null")
    if "mount" in record:
        require(record, "mount", _is_identity, "a device and an inode, or null")
    return require(record, "tree", is_digest, "64 hex digits")


def _is_identity(value):
    return value is None or (
        isinstance(value, dict) and is_count(value.get("device")) and is_count(value.get("inode"))
    )


def _check_path(path, expected):
    if path != expected:
        raise Unreadable(f"its members belong at {expected}")
