"""A host's year in a minute: three versions of a real bundle, an old server that goes on, and a gc with each policy.

The store lies on a filesystem of its own. What a plan says is compared with
what that filesystem has free before and after; the server that was started
from the oldest version answers to the end.
"""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import disk
import environment
import versions
from binary import Linkstead

SESSION = Path(__file__).resolve().parent / "session.py"
NAME = "corpus-s"
CALL = ["make_image", {"width": 64, "height": 40}]
ANSWER = {"format": "PNG", "width": 64, "height": 40}
# Directories and the manifest grow and shrink by blocks.
ROUNDING = 64 << 10
PATIENCE_SECONDS = 60


def tell(binary, archive, work, checks):
    """Tell the story with version 1.0.0 in `archive`."""
    if os.geteuid() != 0:
        print("skipped: the story needs root, to mount a filesystem of its own", flush=True)
        return
    folder = work / "story"
    folder.mkdir()
    later = [versions.next_version(archive, version, folder) for version in ("1.1.0", "1.2.0")]
    with disk.mounted(folder) as on:
        Story(Linkstead(binary, on / "store"), on, [archive, *later], checks).tell()


class Story:
    """The store, and what was checked of it."""

    def __init__(self, linkstead, on, archives, checks):
        self.linkstead, self.on, self.archives, self.checks = linkstead, on, archives, checks

    def tell(self):
        oldest, _ = self.linkstead.install(self.archives[0])
        with _server(self.linkstead, f"{NAME}@1.0.0") as server:
            self._answers(server, "as it starts")
            self._update_and_go_back(server)
            for policies in (
                ["--keep-versions", "2"],
                ["--max-age", "0s"],
                ["--max-size", "1MB"],
                ["--min-free", "100GB"],
            ):
                self._collect(server, policies)
            self._remove(server, oldest)
        self._after_the_end(oldest)

    def _update_and_go_back(self, server):
        self.linkstead.install(self.archives[1])
        self._means("1.1.0", "an install makes its version current")
        self.linkstead.ok("install", "--no-activate", self.archives[2])
        self._means("1.1.0", "an install may leave what the name means")
        self.linkstead.ok("use", f"{NAME}@1.2.0")
        self._means("1.2.0", "use switches")
        self.linkstead.ok("use", f"{NAME}@1.1.0")
        self._means("1.1.0", "and back")
        self._answers(server, "after two updates and a way back")

    def _collect(self, server, policies):
        """The newest goes, for it is neither current nor held; the oldest stays, for a server runs from it."""
        what = " ".join(policies)
        # The least recently used is the newest, which nobody started.
        self.linkstead.ok("path", f"{NAME}@1.0.0")
        command = ["gc", *policies, "--grace", "0s"]
        plan = self.linkstead.data(*command, "--dry-run")["plan"]
        going = [bundle["version"] for bundle in plan["bundles"]]
        self.checks.that(going == ["1.2.0"], f"gc {what}: plans to take what nobody uses", json.dumps(plan))
        before = disk.free(self.on)
        swept = self.linkstead.data(*command)["swept"]
        freed = disk.free(self.on) - before
        self.checks.that(
            abs(freed - plan["bytes"]) <= ROUNDING and plan["bytes"] > 2 * ROUNDING and swept["bytes"] == plan["bytes"],
            f"gc {what}: frees the {plan['bytes']} bytes that it planned",
            f"planned {plan['bytes']}, swept {swept['bytes']}, {freed} on the filesystem",
        )
        self._means("1.1.0", f"gc {what}: what is current stays")
        self._answers(server, f"after gc {what}")
        self.linkstead.ok("install", "--no-activate", self.archives[2])

    def _remove(self, server, oldest):
        refused = self.linkstead.fails("remove", f"{NAME}@1.0.0")
        self.checks.that("python" in refused, "remove says who holds the oldest", refused)
        self.linkstead.ok("remove", f"{NAME}@1.0.0", "--when-idle")
        self._answers(server, "after its version was marked for removal")
        self.linkstead.ok("gc")
        self.checks.that(oldest.is_dir(), "gc leaves the directory that a server runs from")
        self._answers(server, "to the end")

    def _after_the_end(self, oldest):
        plan = self.linkstead.data("gc", "--dry-run")["plan"]
        before = disk.free(self.on)
        self.linkstead.ok("gc")
        freed = disk.free(self.on) - before
        self.checks.that(not oldest.exists(), "the oldest directory goes when its server has ended")
        self.checks.that(
            abs(freed - plan["bytes"]) <= ROUNDING, "and with it what was planned", f"{plan['bytes']} planned, {freed} freed"
        )
        code, output = self.linkstead.verify()
        self.checks.that(code == 0, "verify finds nothing wrong with what is left", output)

    def _means(self, version, what):
        found = self.linkstead.ok("path", NAME)
        self.checks.that(f"/{version}/" in found, what, f"{found} instead of {version}")

    def _answers(self, server, when):
        said = server(CALL)
        self.checks.that([json.loads(text) for text in said] == [ANSWER], f"the old server answers {when}", str(said))


@contextmanager
def _server(linkstead, bundle):
    """A running server and its client: a function that calls a tool. It has ended when this is over."""
    command = [environment.client_python(), SESSION, linkstead.binary, "--store", linkstead.store, "run", bundle]
    path = f"{environment.server_path()}{os.pathsep}{os.environ['PATH']}"
    client = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PATH": path},
    )

    def call(tool_and_arguments):
        client.stdin.write(json.dumps(tool_and_arguments) + "\n")
        client.stdin.flush()
        return json.loads(client.stdout.readline())

    try:
        assert json.loads(client.stdout.readline()) == "ready"
        yield call
    finally:
        client.stdin.close()
        client.wait(PATIENCE_SECONDS)
