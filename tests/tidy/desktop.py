#!/usr/bin/env python3
"""Installs what a desktop knows of the workbench and has the desktops' own programs check it. usage: desktop.py BUILD_DIR"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ID = "com.ameide.Workbench"


def main():
    problems, checked = [], 0
    with tempfile.TemporaryDirectory() as prefix:
        subprocess.run(["cmake", "--install", sys.argv[1], "--component", "desktop", "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        share = pathlib.Path(prefix) / "share"
        entry = share / "applications" / f"{ID}.desktop"
        about = share / "metainfo" / f"{ID}.metainfo.xml"
        for path in (entry, about, share / "icons/hicolor/scalable/apps" / f"{ID}.svg"):
            checked += 1
            if not path.is_file():
                problems.append(f"{path.relative_to(prefix)} is not installed")
        text = entry.read_text(encoding="utf-8") if entry.is_file() else ""
        for line in ("Exec=ameide-workbench %u", f"Icon={ID}", "Comment[de]="):
            checked += 1
            if line not in text:
                problems.append(f"{entry.name} has no {line}")
        checked += 1
        if "x-scheme-handler/ameide;" not in text:
            problems.append(f"{entry.name} does not handle ameide:// links")
        for program, words in (("desktop-file-validate", [str(entry)]), ("appstreamcli", ["validate", "--no-net", str(about)])):
            if shutil.which(program) is None:
                print(f"{program} is not there: what it would check is not checked")
                continue
            checked += 1
            result = subprocess.run([program, *words], capture_output=True, text=True)
            if result.returncode != 0 or "error" in result.stdout:
                problems.append(f"{program}: {result.stdout}{result.stderr}")
    print("\n".join(problems) or "desktop: entry, page and icon are in order")
    print(f"cases: {checked - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
