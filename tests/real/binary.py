"""The command line under test, on one store."""

import json
import subprocess
import time
from pathlib import Path


class CommandFailed(Exception):
    """A command that must succeed did not; says which, and what it printed."""


class Linkstead:
    """Runs commands of one binary on one store, and only through its documented output."""

    def __init__(self, binary, store):
        self.binary, self.store = Path(binary).resolve(), store

    def install(self, archive):
        """The directory that the bundle was published in, and the seconds it took."""
        started = time.monotonic()
        done = self._run("install", archive)
        self._expect_success(done)
        return Path(done.stdout.strip()), time.monotonic() - started

    def usage(self):
        """What `du` says, as data."""
        return self.data("du")

    def ok(self, *arguments):
        """What a command that must succeed prints."""
        done = self._run(*arguments)
        self._expect_success(done)
        return done.stdout.strip()

    def data(self, *arguments):
        """The same, as data."""
        return json.loads(self.ok("--json", *arguments))

    def fails(self, *arguments):
        """What a command says that must fail."""
        done = self._run(*arguments)
        if done.returncode == 0:
            raise CommandFailed(f"{' '.join(done.args)}: succeeded\n{done.stdout}{done.stderr}")
        return done.stderr

    def verify(self):
        """Exit code and everything that was printed."""
        done = self._run("verify")
        return done.returncode, done.stdout + done.stderr

    def _run(self, *arguments):
        command = [self.binary, "--store", self.store, *arguments]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True)

    @staticmethod
    def _expect_success(done):
        if done.returncode != 0:
            command = " ".join(done.args)
            raise CommandFailed(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
