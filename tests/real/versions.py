"""Later versions of a real bundle: its archive with a new version, one module changed and one added."""

import hashlib
import json
import zipfile

ADDED = 3_000_000


def next_version(archive, version, folder):
    """The archive of `version`, in `folder`. Everything but three files is as it was."""
    later = folder / f"{version}.mcpb"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(later, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "manifest.json":
                content = json.dumps({**json.loads(content), "version": version}, indent=2).encode()
            if entry.filename == "src/server.py":
                content += f"\n# {version}\n".encode()
            new.writestr(entry, content)
        model = zipfile.ZipInfo("src/model.bin", (1980, 1, 1, 0, 0, 0))
        model.external_attr = 0o100644 << 16
        # Its own in each version, and no more compressible than a model is.
        new.writestr(model, _noise(version))
    return later


def _noise(seed):
    return hashlib.shake_128(seed.encode()).digest(ADDED)
