#!/usr/bin/env python3
"""Keeps THIRD_PARTY.md true: every library that CMake finds has a row, and the table of what the editors' bundle holds is
written from the lock file. `third_party.py` checks, `third_party.py --write` renews the table."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "THIRD_PARTY.md"
BEGIN, END = "<!-- bundle: written by tests/tidy/third_party.py --write -->", "<!-- end of bundle -->"
# Found by CMake, but no library that a program of ours contains.
TOOLS = {"PkgConfig", "Threads"}


def bundled(lock):
    """(name, version, licence) of each package that may end up in the bundle, by name."""
    rows = {}
    for place, package in lock["packages"].items():
        if place and not package.get("dev"):
            name = place.split("node_modules/")[-1]
            rows[name, package["version"]] = package.get("license", "")
    return [(name, version, licence) for (name, version), licence in sorted(rows.items())]


def table(rows):
    lines = ["| package | version | licence |", "|---|---|---|"]
    for name, version, licence in rows:
        lines.append(f"| {name} | {version} | {'bpmn.io licence' if licence.startswith('SEE LICENSE') else licence} |")
    return "\n".join(lines)


def found_by_cmake(text):
    names = re.findall(r"find_package\((\S+)", text)
    names += [module for _, module in re.findall(r"pkg_check_modules\((\S+) REQUIRED IMPORTED_TARGET (\S+?)\)", text)]
    return [name for name in names if name not in TOOLS]


def problems(page, rows, cmake):
    out = []
    for name in found_by_cmake(cmake):
        if f"`{name}`" not in page:
            out.append(f"cmake/dependencies.cmake finds {name}, which THIRD_PARTY.md does not name; add a row with `{name}`")
    for name, version, licence in rows:
        if not licence:
            out.append(f"{name} {version} states no licence; it may not be bundled")
    if BEGIN not in page or END not in page:
        out.append("THIRD_PARTY.md has lost the marks around the bundle's table")
    elif page.split(BEGIN)[1].split(END)[0].strip() != table(rows):
        out.append("THIRD_PARTY.md differs from the lock file of modeler/web; run tests/tidy/third_party.py --write")
    return out


def main():
    rows = bundled(json.loads((ROOT / "modeler/web/package-lock.json").read_text(encoding="utf-8")))
    cmake = (ROOT / "cmake/dependencies.cmake").read_text(encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    if "--write" in sys.argv[1:]:
        head, rest = page.split(BEGIN)
        page = f"{head}{BEGIN}\n{table(rows)}\n{END}{rest.split(END)[1]}"
        PAGE.write_text(page, encoding="utf-8")
    found = problems(page, rows, cmake)
    for problem in found:
        print(problem)
    print(f"cases: {0 if found else 1} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
