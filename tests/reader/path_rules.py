"""What a path in a tree may be, and which paths clash (section 7)."""

import unicodedata

from names import DEVICE_STEMS

COMPONENT_BYTES = 255
PATH_BYTES = 1024
DEPTH = 64
FORBIDDEN = frozenset("\\:")
# Control and format characters, and the two separators U+2028 and U+2029.
INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
DEVICES = DEVICE_STEMS | {"conin$", "conout$"} | {f"{port}{n}" for port in ("com", "lpt") for n in "¹²³"}


def component_fault(component):
    """The rule that one component breaks, or None."""
    if not 1 <= len(component.encode()) <= COMPONENT_BYTES:
        return "a component is not 1 to 255 bytes"
    if component in (".", ".."):
        return "a component is `.` or `..`"
    if any(char in FORBIDDEN or unicodedata.category(char) in INVISIBLE for char in component):
        return "a component has a forbidden character"
    if component[-1] in ". ":
        return "a component ends in a dot or a space"
    if component.partition(".")[0].rstrip(" ").lower() in DEVICES:
        return "a component is a Windows device name"
    return None


def path_fault(path):
    """The rule that a whole path breaks, or None."""
    if len(path.encode()) > PATH_BYTES:
        return "the path is over 1,024 bytes"
    components = path.split("/")
    if len(components) > DEPTH:
        return "the path is over 64 components deep"
    return next(filter(None, map(component_fault, components)), None)


def clash_key(path):
    """The form under which no other path of the tree may be equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
