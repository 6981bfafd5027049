"""Make the folder of a Node bundle from its package list and lock file.

The lock file pins what the list leaves open (the dependencies of the
dependencies). Install scripts do not run, so nothing is built here.
"""

import os
import shutil
import subprocess

import cache


def assemble(folder, package, lock, server, manifest):
    """Fill `folder` with `manifest.json`, `src/server.js` and `node_modules`."""
    shutil.copyfile(package, folder / "package.json")
    shutil.copyfile(lock, folder / "package-lock.json")
    _install(folder)
    (folder / "src").mkdir()
    shutil.copyfile(server, folder / "src" / "server.js")
    (folder / "manifest.json").write_bytes(manifest)


def _install(folder):
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    # Else the tree would say where it was downloaded from.
    command += ["--omit-lockfile-registry-resolved"]
    command += ["--cache", os.fspath(cache.downloads("npm"))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"npm ci failed:\n{done.stderr}")
