"""Write a zip of generated content.

    python3 generate.py ARCHIVE large BYTES
    python3 generate.py ARCHIVE small PART COUNT

Written under another name and renamed: what has the name is complete.
"""

import hashlib
import os
import sys
import zipfile

PIECE = 1 << 20
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def large(archive, size):
    """One entry that deflates well enough to be made quickly, and not so well as to be a bomb."""
    noise = hashlib.shake_128(b"large").digest(PIECE)
    piece = bytes(byte & 0x3F for byte in noise)
    with archive.open(_header("large.bin", zipfile.ZIP_DEFLATED), "w", force_zip64=True) as entry:
        for start in range(0, size, PIECE):
            entry.write(piece[: min(PIECE, size - start)])


def small(archive, part, count):
    """Files of 200 bytes, 500 in a directory; no two alike in any part."""
    for number in range(count):
        content = hashlib.shake_128(f"{part} {number}".encode()).hexdigest(100)
        name = f"small/{number // 500:04}/{number:07}.txt"
        archive.writestr(_header(name, zipfile.ZIP_STORED), content)


def _header(name, method):
    header = zipfile.ZipInfo(name, FIXED_TIME)
    header.create_system = 3
    header.external_attr = 0o100644 << 16
    header.compress_type = method
    header._compresslevel = 1
    return header


def main():
    path, kind, *numbers = sys.argv[1:]
    unfinished = f"{path}.unfinished"
    with zipfile.ZipFile(unfinished, "w") as archive:
        {"large": large, "small": small}[kind](archive, *map(int, numbers))
    os.replace(unfinished, path)


if __name__ == "__main__":
    main()
