#!/usr/bin/env python3
"""Build bundles of the corpus and print where they are.

    python3 tests/corpus/build.py S C

Needs Python 3.11 with pip; N needs npm. Archives and downloads are kept in
`corpus-cache` at the top of the repository.
"""

import argparse
import os
import sys
from pathlib import Path

import cache
import many_files
import mcpb_manifest
import node_bundle
import packing
import python_bundle

HERE = Path(__file__).resolve().parent
HELLO = cache.TESTS / "fixtures" / "hello"


class PythonBundle:
    """A list of wheels and a server that uses them."""

    def __init__(self, listed, name, version, server, description, platform="linux"):
        self.requirements = HERE / f"{listed}.txt"
        self.server = HERE / "servers" / server
        self.name, self.version, self.platform = name, version, platform
        self.manifest = mcpb_manifest.python_server(name, version, description, platform)

    def ingredients(self):
        return [self.requirements, self.server, *_recipe("python_bundle.py", "mcpb_manifest.py")]

    def pack(self, folder, archive):
        python_bundle.assemble(folder, self.requirements, self.platform, self.server, self.manifest)
        packing.pack(archive, packing.folder_entries(folder))


class NodeBundle:
    """A package list and a server that uses it."""

    name, version = "corpus-n", "1.0.0"
    package, lock = HERE / "N-package.json", HERE / "N-package-lock.json"
    server = HERE / "servers" / "lodash_tools.js"

    def ingredients(self):
        recipe = _recipe("node_bundle.py", "mcpb_manifest.py")
        return [self.package, self.lock, self.server, *recipe]

    def pack(self, folder, archive):
        manifest = mcpb_manifest.node_server(self.name, self.version, "Many small Node files.")
        node_bundle.assemble(folder, self.package, self.lock, self.server, manifest)
        packing.pack(archive, packing.folder_entries(folder))


class ManyFilesBundle:
    """Generated files, and the server of `hello`."""

    name, version = "corpus-k", "1.0.0"

    def ingredients(self):
        hello = sorted(path for path in HELLO.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return [*hello, *_recipe("many_files.py", "mcpb_manifest.py")]

    def pack(self, folder, archive):
        packing.pack(archive, many_files.entries(HELLO, self.name, self.version))


def _recipe(*modules):
    return [HERE / module for module in ("build.py", "packing.py", *modules)]


BUNDLES = {
    "S": PythonBundle("S", "corpus-s", "1.0.0", "pillow_tools.py", "Small: images."),
    "S-macos-arm64": PythonBundle(
        "S-macos-arm64", "corpus-s-macos-arm64", "1.0.0", "pillow_tools.py", "Small: images.", "darwin"
    ),
    "C": PythonBundle("C", "corpus-c", "1.0.0", "numpy_tools.py", "Numbers and images."),
    "L": PythonBundle("L", "corpus-l", "1.0.0", "pandas_tools.py", "Large: data science."),
    "L-upgrade": PythonBundle("L-upgrade", "corpus-l", "1.1.0", "pandas_tools.py", "Large: data science."),
    "N": NodeBundle(),
    "K": ManyFilesBundle(),
}


def build(label):
    """The path of the archive of this label; it is made if it is not there."""
    bundle = BUNDLES[label]
    name = cache.kept_name(bundle.name, bundle.version, bundle.ingredients())
    with cache.locked():
        if (cache.ROOT / name).exists():
            return cache.ROOT / name
        with cache.scratch() as scratch:
            folder = scratch / "bundle"
            folder.mkdir()
            bundle.pack(folder, scratch / name)
            return cache.keep(scratch / name, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("label", nargs="+", choices=BUNDLES)
    # The modes of what pip and npm write depend on it.
    os.umask(0o022)
    for label in parser.parse_args().label:
        try:
            print(build(label), flush=True)
        except (python_bundle.Unavailable, RuntimeError) as failure:
            sys.exit(f"{label}: {failure}")


if __name__ == "__main__":
    main()
