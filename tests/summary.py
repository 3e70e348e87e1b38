#!/usr/bin/env python3
"""Adds up what the test programs in a ctest log said and prints one closing line: 'N passed, N failed, N skipped'."""
import re
import sys

PATTERNS = [
    # Qt Test: "Totals: 12 passed, 0 failed, 1 skipped, 0 blacklisted, 12ms"
    re.compile(r"^Totals: (?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped", re.M),
    # Python scripts and the TypeScript runner print this line.
    re.compile(r"^cases: (?P<passed>\d+) passed, (?P<failed>\d+) failed", re.M),
]


def main() -> int:
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        log = re.sub(r"\x1b\[[0-9;]*m", "", file.read())
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for pattern in PATTERNS:
        for match in pattern.finditer(log):
            for key, value in match.groupdict().items():
                totals[key] += int(value or 0)
    # A program that crashed or timed out printed no totals: ctest's own verdict still counts as one failure.
    verdicts = re.findall(r"^Test (Passed|Failed)\.$", log, re.M)
    totals["failed"] = max(totals["failed"], verdicts.count("Failed"))
    skipped = re.findall(r"^SKIP\s*: (.*)$", log, re.M)
    for line in sorted(set(skipped)):
        print(f"skipped: {line}")
    print(f"{len(verdicts)} test programs")
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
