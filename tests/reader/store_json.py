"""`store.json`: whether this reader may read the store at all (sections 12 and 19)."""

from digests import Unreadable
from records import is_text, is_texts, parse_object, require

VERSION = 1
LEASES = ("directory", "file")


def check_store_json(data):
    """Raises Unreadable for a store that this reader must refuse; returns the kind of its leases."""
    record = parse_object(data)
    require(record, "format", lambda value: value == "linkstead", "`linkstead`")
    require(record, "version", lambda value: type(value) is int and 1 <= value <= VERSION, f"at most {VERSION}")
    require(record, "digest", lambda value: value == "blake3-256", "`blake3-256`")
    require(record, "roots", is_texts, "a list of strings")
    require(record, "created", is_text, "a string")
    features = require(record, "features", lambda value: isinstance(value, dict), "an object")
    for member in ("compatible", "read_only"):
        require(features, member, is_texts, "a list of strings")
    require(features, "incompatible", lambda value: value == [], "empty: this reader knows no such feature")
    return require(record, "lease", lambda value: value in LEASES, "`directory` or `file`")
