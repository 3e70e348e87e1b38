#!/usr/bin/env python3
"""Adds up what the test programs in ctest logs said and prints one closing line: 'N passed, N failed, N skipped'.

    summary.py LOG [SECOND_LOG]

SECOND_LOG is of programs that failed and were tried once more; what it says of them holds, and their names are printed.
"""
import re
import sys

PATTERNS = [
    # Qt Test: "Totals: 12 passed, 0 failed, 1 skipped, 0 blacklisted, 12ms"
    re.compile(r"^Totals: (?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped", re.M),
    # Python scripts and the TypeScript runner print this line.
    re.compile(r"^cases: (?P<passed>\d+) passed, (?P<failed>\d+) failed", re.M),
]


def programs(path: str) -> dict[str, str]:
    """What a log says of each program, by its name."""
    with open(path, encoding="utf-8", errors="replace") as file:
        log = re.sub(r"\x1b\[[0-9;]*m", "", file.read())
    parts = re.split(r"^\d+/\d+ Testing: (.*)$", log, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def passed(log: str) -> bool:
    return re.search(r"^Test Passed\.$", log, re.M) is not None


def main() -> int:
    logs = programs(sys.argv[1])
    if len(sys.argv) > 2:
        for name, log in programs(sys.argv[2]).items():
            if passed(log):
                print(f"passed at the second try only: {name}")
            logs[name] = log
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for log in logs.values():
        failed = totals["failed"]
        for pattern in PATTERNS:
            for match in pattern.finditer(log):
                for key, value in match.groupdict().items():
                    totals[key] += int(value or 0)
        # A program that crashed or timed out printed no totals: ctest's own verdict still counts as one failure.
        if not passed(log) and totals["failed"] == failed:
            totals["failed"] += 1
    skipped = {line for log in logs.values() for line in re.findall(r"^SKIP\s*: (.*)$", log, re.M)}
    for line in sorted(skipped):
        print(f"skipped: {line}")
    print(f"{len(logs)} test programs")
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
