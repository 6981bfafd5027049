"""Findings: named defects, each with a path below the store; and notes, which are leftovers that mean no harm."""

from dataclasses import asdict, dataclass, field


def printable(text):
    """Text that fits one line, whatever bytes a file name has."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


@dataclass(frozen=True)
class Finding:
    """One defect (or one note). `path` is relative to the store."""

    kind: str
    path: str
    what: str

    def line(self):
        """The finding on one line."""
        return printable(f"{self.kind} {self.path}: {self.what}")


@dataclass
class Report:
    """What was read from one store."""

    store: str
    bundles: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def add(self, kind, path, what):
        """Records a defect."""
        self.findings.append(Finding(kind, str(path), str(what)))

    def note(self, kind, path, what):
        """Records what a person may like to know and what is no defect."""
        self.notes.append(Finding(kind, str(path), str(what)))

    def as_json(self):
        """The whole report as plain values."""
        return asdict(self)
