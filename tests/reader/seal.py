"""The seal of an object: the mtime made from its digest, and what counts as a wrong mode (section 6)."""

BASE_SECONDS = 315619200
OWNER_READ = 0o400
OWNER_EXEC = 0o100
NANOSECONDS = 1_000_000_000


def seal_seconds(object_id):
    """The mtime that the object with this id carries, in seconds since 1970."""
    return BASE_SECONDS + 2 * (int.from_bytes(bytes.fromhex(object_id[:8]), "little") >> 3)


def wrong_mtime(object_id, status):
    """Why the mtime of an object breaks the seal, or None."""
    sealed = seal_seconds(object_id)
    if status.st_mtime_ns == sealed * NANOSECONDS:
        return None
    return f"mtime {status.st_mtime_ns / NANOSECONDS:.9f} is not the seal's {sealed}"


def unusable_mode(executable, status):
    """Why a file of a directory is of no use to its owner, or None. More bits than its class has are the host's choice."""
    return wrong_mode(executable or bool(status.st_mode & OWNER_EXEC), status)


def wrong_mode(executable, status):
    """Why the mode of an object is wrong for its class, or None. Other bits drift and mean nothing."""
    if not status.st_mode & OWNER_READ:
        return "its owner cannot read it"
    if bool(status.st_mode & OWNER_EXEC) != executable:
        return "executable, but of the plain class" if not executable else "not executable, but of that class"
    return None
