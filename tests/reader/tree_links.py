"""Symbolic links of a tree: each resolves, through the others, to an entry inside the tree (section 7)."""

from digests import Unreadable

# The document names no number of hops; more than this stands for a cycle.
HOPS = 4096


def check_links(entries, directory, link):
    """Checks every link of `entries`, a map from path to (kind, target). Raises Unreadable."""
    for path, (kind, target) in entries.items():
        if kind == link and (fault := _fault(entries, path, directory, link)):
            raise Unreadable(f"{path!r} -> {target!r}: {fault}")


def _fault(entries, path, directory, link):
    """Walks as the system would: an empty component and `.` stay, `..` goes up and never above the bundle."""
    pending, place, hops = path.split("/")[::-1], [], 0
    while pending:
        if place and entries["/".join(place)][0] != directory:
            return "goes through a file"
        component = pending.pop()
        if component in ("", "."):
            continue
        if component == "..":
            if not place:
                return "leaves the tree"
            place.pop()
            continue
        kind, target = entries.get("/".join([*place, component]), (None, ""))
        if kind is None:
            return "dangling"
        if kind != link:
            place.append(component)
            continue
        hops += 1
        if hops > HOPS:
            return "cyclic"
        if not target or target.startswith("/") or "\0" in target:
            return "not a relative path"
        pending += target.split("/")[::-1]
    return None if place else "resolves to the bundle itself, which is no entry"
