"""Reading below the root of a store, without ever following a symbolic link into a file.

Everything takes paths relative to the root. What is gone counts as absent, because a reader takes no lock (section 16).
"""

import errno
import os
import stat

from digests import Unreadable, blake3_of_file

# A tree of the largest permitted count of entries is far larger than any that was ever installed.
SMALL_FILE_BYTES = 1 << 30


class Disk:
    """The files of one store."""

    def __init__(self, root):
        self.root = root

    def status(self, path):
        """The status of a path itself, or None when nothing is there."""
        try:
            return os.lstat(os.path.join(self.root, path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unreadable(f"lstat: {error.strerror}") from None

    def is_directory(self, path):
        """Whether a real directory is there."""
        status = self.status(path)
        return status is not None and stat.S_ISDIR(status.st_mode)

    def is_file(self, path):
        """Whether a regular file is there."""
        status = self.status(path)
        return status is not None and stat.S_ISREG(status.st_mode)

    def names(self, path):
        """The sorted names in a directory; none when it is absent."""
        try:
            return sorted(os.listdir(os.path.join(self.root, path)))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise Unreadable(f"list: {error.strerror}") from None

    def target(self, path):
        """The target of a symbolic link."""
        return os.readlink(os.path.join(self.root, path))

    def _open(self, path):
        try:
            return os.fdopen(os.open(os.path.join(self.root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
        except OSError as error:
            what = "not a regular file" if error.errno == errno.ELOOP else error.strerror
            raise Unreadable(f"open: {what}") from None

    def read(self, path):
        """All bytes of a small file."""
        with self._open(path) as file:
            try:
                data = file.read(SMALL_FILE_BYTES + 1)
            except OSError as error:
                raise Unreadable(f"read: {error.strerror}") from None
        if len(data) > SMALL_FILE_BYTES:
            raise Unreadable("too large to be read at once")
        return data

    def hash(self, path):
        """The digest of a file's content as hex."""
        with self._open(path) as file:
            try:
                return blake3_of_file(file)
            except OSError as error:
                raise Unreadable(f"read: {error.strerror}") from None
