"""Count what was checked, and say each result in a line."""

import sys


class Checks:
    """A failed check does not end the run: the ones after it still tell something."""

    SHOWN = 10

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, holds, what, why=""):
        """Note one result; `why` is printed where it does not hold."""
        if holds:
            self.passed += 1
            print(f"ok    {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {what}{': ' if why else ''}{why}", flush=True)
        return holds

    def none(self, defects, what):
        """Note that a list of defects is empty; the first of them are printed."""
        shown = "".join(f"\n        {defect}" for defect in defects[: self.SHOWN])
        return self.that(not defects, what, f"{len(defects)} of them{shown}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)
