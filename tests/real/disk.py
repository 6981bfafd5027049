"""A filesystem of its own, so that what is freed can be measured by nobody else's doing."""

import contextlib
import os
import subprocess

BYTES = 1 << 30


@contextlib.contextmanager
def mounted(folder):
    """An ext4 with a journal, mounted below `folder`; needs root on Linux."""
    image, on = folder / "disk", folder / "on"
    on.mkdir()
    with open(image, "wb") as file:
        file.truncate(BYTES)
    _run("mkfs.ext4", "-q", "-F", image)
    _run("mount", "-o", "loop", image, on)
    try:
        yield on
    finally:
        _run("umount", "--lazy", on)
        image.unlink()


def free(on):
    """Bytes that are free, once everything is written back."""
    _run("sync", "-f", on)
    told = os.statvfs(on)
    return told.f_bfree * told.f_frsize


def _run(*command):
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
