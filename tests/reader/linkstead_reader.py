#!/usr/bin/env python3
"""Reads linkstead stores and says whether they are sound, from `store-format.md` alone: no code and no database of theirs.

Exit code 0: sound. 1: findings, one a line on stdout as `kind path: what`. 2: wrong usage.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from findings import printable  # noqa: E402
from store import read_store  # noqa: E402


def parse_arguments():
    """The command line; argparse itself exits with 2."""
    parser = argparse.ArgumentParser(description="Read linkstead stores and say whether they are sound.")
    parser.add_argument("stores", metavar="STORE", nargs="+", help="the root of a store")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    arguments = parser.parse_args()
    for root in arguments.stores:
        if not os.path.isdir(root):
            parser.error(f"{root}: not a directory")
    return arguments


def print_lines(reports):
    """Bundles, then findings, on stdout; notes on stderr."""
    for report in reports:
        for bundle in report.bundles:
            columns = ("name", "version", "directory", "files", "bytes")
            print("bundle", *(printable(str(bundle[column])) for column in columns), sep="\t")
        for finding in report.findings:
            print(finding.line())
        for note in report.notes:
            print("note:", note.line(), file=sys.stderr)


def main():
    """Reads each store; a reader of our output that goes away is no error."""
    arguments = parse_arguments()
    reports = [read_store(root) for root in arguments.stores]
    try:
        if arguments.json:
            print(json.dumps({"stores": [report.as_json() for report in reports]}, indent=2))
        else:
            print_lines(reports)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if any(report.findings for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
