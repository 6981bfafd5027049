"""Pack a folder, or generated entries, into a `.mcpb` with the same bytes every time.

Entries are sorted by name and carry a fixed time, the Unix mode of the file
(0755 or 0644) and deflate level 6; a symlink is an entry of its own kind
that holds its target. Directories have no entries, as the usual packers for
this format write none. The bytes also depend on Python's zlib.
"""

import os
import stat
import zipfile

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
UNIX_HOST = 3
DEFLATE_LEVEL = 6


def pack(archive, entries):
    """Write `entries`, an iterable of (name, mode, content), to the path `archive`."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=DEFLATE_LEVEL) as target:
        for name, mode, content in entries:
            target.writestr(_header(name, mode), content() if callable(content) else content)


def folder_entries(folder):
    """What lies below `folder`, sorted by name; contents are read only when they are packed."""
    return sorted(_walk(folder, ""), key=lambda entry: entry[0])


def file_entry(name, content):
    """An entry for a plain file that exists nowhere on disk."""
    return (name, stat.S_IFREG | 0o644, content)


def _walk(folder, prefix):
    with os.scandir(folder) as found:
        for item in found:
            name = prefix + item.name
            if item.is_symlink():
                yield (name, stat.S_IFLNK | 0o777, os.fsencode(os.readlink(item.path)))
            elif item.is_dir():
                yield from _walk(item.path, name + "/")
            else:
                yield (name, stat.S_IFREG | _permissions(item), _reader(item.path))


def _permissions(item):
    return 0o755 if item.stat(follow_symlinks=False).st_mode & stat.S_IXUSR else 0o644


def _reader(path):
    def read():
        with open(path, "rb") as file:
            return file.read()

    return read


def _header(name, mode):
    header = zipfile.ZipInfo(name, FIXED_TIME)
    header.create_system = UNIX_HOST
    header.external_attr = mode << 16
    header.compress_type = zipfile.ZIP_STORED if stat.S_ISLNK(mode) else zipfile.ZIP_DEFLATED
    return header
