#!/usr/bin/env python3
"""The real-bundle test: real packages, real servers, a real client.

    python3 tests/real/run.py --linkstead target/release/linkstead

Installs real bundles into a fresh store, starts their servers at once, and
compares what is on disk with what unzip makes of the same archives. Needs
Python 3.11, pip and network at the first run, and unzip.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

import build  # noqa: E402
import cache  # noqa: E402
import environment  # noqa: E402
import sharing  # noqa: E402
import sizes  # noqa: E402
import story  # noqa: E402
import unzipped  # noqa: E402
from binary import CommandFailed, Linkstead  # noqa: E402
from checks import Checks  # noqa: E402

HELLO = cache.TESTS / "fixtures" / "hello-1.0.0.mcpb"
INDEPENDENT_READER = cache.TESTS / "reader" / "linkstead_reader.py"

# Label -> what a client asks its server, and what the answer must be; nothing where it cannot run here.
CALLS = {
    "hello": [("greet", {"name": "Ada", "language": "de"}, "Guten Tag, Ada!")],
    "S": [
        ("make_image", {"width": 320, "height": 200}, {"format": "PNG", "width": 320, "height": 200}),
        ("make_webp", {"width": 64, "height": 48}, {"format": "WEBP", "width": 64, "height": 48}),
    ],
    "S-macos-arm64": [],
    "C": [
        ("edges", {"width": 64, "height": 48}, {"edge_pixels": 108, "shape": [48, 64]}),
        ("area", {"points": [[0, 0], [4, 0], [4, 3]]}, 6.0),
    ],
}
# The tool by which a server of the corpus says where its modules come from.
ORIGINS = "origins"


class Run:
    """One fresh store, and next to it what unzip makes of each archive."""

    def __init__(self, binary, work):
        self.work, self.checks = work, Checks()
        self.linkstead = Linkstead(binary, work / "store")
        self.unzipped, self.published, self.identities = {}, {}, {}

    def everything(self):
        environment.client_python()
        environment.server_path()
        for label, archive in self._archives().items():
            self._attempt(self._install, label, archive)
            if CALLS[label] and label in self.published:
                self._attempt(self._use, label)
        for label in self.published:
            self._attempt(self._compare, label)
        for step in (self._sharing, self._sizes, self._soundness, self._story):
            self._attempt(step)

    def _attempt(self, step, *arguments):
        """A step that cannot be taken is one failed check; the others still tell something."""
        try:
            step(*arguments)
        except (CommandFailed, OSError, LookupError, ValueError) as failure:
            labels = [argument for argument in arguments if isinstance(argument, str)]
            self.checks.that(False, " ".join([step.__name__.strip("_"), *labels]), f"{type(failure).__name__}: {failure}")

    def _archives(self):
        built = {label: build.build(label) for label in ("S", "S-macos-arm64", "C")}
        return {"hello": HELLO, **built}

    def _install(self, label, archive):
        directory, seconds = self.linkstead.install(archive)
        self.published[label] = directory
        installed = f"install {label}: {archive.stat().st_size / 1e6:.1f} MB in {seconds:.2f} s"
        self.checks.that(directory.is_dir(), installed, f"no directory {directory}")

    def _use(self, label):
        calls = [(tool, arguments) for tool, arguments, _ in CALLS[label]]
        if label != "hello":
            calls.append((ORIGINS, {}))
        started = time.monotonic()
        outcome = _client(self.published[label], calls)
        seconds = time.monotonic() - started
        if not self.checks.that(outcome["ok"], f"client on {label}: answered in {seconds:.2f} s", str(outcome)):
            return
        answers = {answer["tool"]: answer["texts"] for answer in outcome["answers"]}
        for tool, _, expected in CALLS[label]:
            said = _decoded(answers[tool])
            self.checks.that(said == [expected], f"client on {label}: {tool}", f"{said} instead of {expected}")
        if ORIGINS in answers:
            self._own_modules(label, answers[ORIGINS])

    def _own_modules(self, label, files):
        """A server that found its packages elsewhere would hide a broken bundle."""
        own = [file for file in files if Path(file).is_relative_to(self.published[label].resolve())]
        foreign = [file for file in files if "-packages/" in file]
        self.checks.none(foreign, f"client on {label}: {len(own)} modules from the bundle, no package from elsewhere")

    def _compare(self, label):
        archive = self._archives()[label]
        self.unzipped[label] = unzipped.unzip(archive, self.work / "unzipped" / label)
        manifest = json.loads((self.unzipped[label] / "manifest.json").read_bytes())
        self.identities[label] = (manifest["name"], manifest["version"])
        found = unzipped.differences(self.unzipped[label], self.published[label])
        count = len(unzipped.entries(self.unzipped[label]))
        self.checks.none(found, f"{label}: all {count} files and directories as unzip makes them")
        mine = sharing.linked_although_private(self.unzipped[label], self.published[label])
        self.checks.none(mine, f"{label}: private and empty files are linked to nothing")

    def _sharing(self):
        pairs = sharing.common(self.unzipped["S"], self.unzipped["C"])
        apart = sharing.not_one_file(pairs, self.published["S"], self.published["C"])
        self.checks.that(pairs, "C and S have files in common")
        self.checks.none(apart, f"the {len(pairs)} files of C that are also in S are the same inodes")

    def _sizes(self):
        bundles = {
            identity: (self.unzipped[label], self.published[label]) for label, identity in self.identities.items()
        }
        wanted, said = sizes.expected(bundles, self.linkstead.store / "objects"), self.linkstead.usage()
        store = ", ".join(f"{field} {number / 1e6:.1f} MB" for field, number in wanted[sizes.STORE].items())
        self.checks.none(sizes.differences(wanted, said), f"du says what stat says: {store}")

    def _soundness(self):
        code, output = self.linkstead.verify()
        self.checks.that(code == 0, "verify finds nothing wrong", f"exit code {code}\n{output}")
        if INDEPENDENT_READER.exists():
            read = subprocess.run(
                [environment.client_python(), INDEPENDENT_READER, self.linkstead.store],
                capture_output=True,
                text=True,
            )
            self.checks.that(read.returncode == 0, "the independent reader agrees", read.stdout + read.stderr)

    def _story(self):
        story.tell(self.linkstead.binary, self._archives()["S"], self.work, self.checks)


def _client(directory, calls):
    command = [environment.client_python(), HERE / "client.py", directory]
    for tool, arguments in calls:
        command += ["--call", tool, json.dumps(arguments)]
    path = f"{environment.server_path()}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"ok": False, "error": done.stdout + done.stderr}


def _decoded(texts):
    """The texts of an answer, as data where they are JSON."""
    return [_from_json(text) for text in texts]


def _from_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--linkstead", required=True, type=Path, help="the binary under test")
    parser.add_argument("--work", type=Path, help="where to put the store; else a folder in the cache, removed at the end")
    options = parser.parse_args()
    if sys.version_info[:2] != (3, 11):
        sys.exit("Python 3.11 is needed: the bundles hold compiled packages for it")
    if not shutil.which("unzip"):
        sys.exit("unzip is missing: run tests/setup-apt.sh unzip")
    cache.ROOT.mkdir(exist_ok=True)
    parent = options.work or cache.ROOT
    parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="real-", dir=parent))
    run = Run(options.linkstead, work)
    try:
        run.everything()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    run.checks.finish()


if __name__ == "__main__":
    main()
