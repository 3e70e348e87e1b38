#!/usr/bin/env python3
"""Both themes keep WCAG 2.1's contrast (level AA): texts 4.5 : 1 on what they stand on (1.4.3), signs and edges of controls 3 : 1 (1.4.11).

Which colour stands on which is the table below; what the style sheet and the pages pair in one rule is found by itself. A disabled
control is exempt, as in the standard. `contrast.py --self-test` computes what the standard's own examples say.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLOURS = ROOT / "resources/theme/colours.json"
SHEETS = [ROOT / "resources/theme/workbench.qss", *sorted((ROOT / "modeler/web/src").rglob("*.css"))]

SURFACES = ["window", "surface", "raised", "canvas"]
BANNERS = ["info-soft", "warning-soft", "error-soft", "success-soft"]
# text role -> what it stands on
TEXTS = {
    "text": [*SURFACES, "sunken", "hover", "accent-soft", *BANNERS],
    "text-muted": [*SURFACES, "sunken", "hover", "accent-soft", *BANNERS],
    "link": [*SURFACES, "hover", "accent-soft", *BANNERS],
    "error": [*SURFACES, "error-soft"],
    "success": [*SURFACES, "success-soft"],
    "warning": [*SURFACES, "warning-soft"],
    "info": [*SURFACES, "info-soft"],
    "accent-text": ["accent", "accent-hover"],
    "token-text": ["token"],
    # Signs with a letter in the canvas's colour, and texts of compared elements.
    "canvas": ["error", "warning", "added", "removed", "changed", "moved"],
    "added": ["canvas"], "removed": ["canvas"], "changed": ["canvas"],
    "shape-stroke": ["canvas", "shape-fill"],
}
# edges and signs -> what they stand on
SIGNS = {
    "border-strong": ["surface", "window"],
    "focus": [*SURFACES, "sunken"],
    "accent": [*SURFACES, "sunken"],
    "shape-stroke": ["canvas", "shape-fill"],
    "token": ["canvas", "shape-fill"],
    "moved": ["canvas"],
    "text-muted": ["sunken", "window"],
}
TEXT_RATIO, SIGN_RATIO = 4.5, 3.0


def luminance(colour):
    channels = [int(colour[index:index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def paired(sheet):
    """(text role, background role) of every rule that sets both."""
    for body in re.findall(r"\{([^{}]*)\}", sheet):
        role = r"(?:@([\w-]+)@|var\(--ameide-([\w-]+)\))"
        text = re.search(rf"(?:^|[;\s])color:\s*{role}", body)
        ground = re.search(rf"background(?:-color)?:\s*{role}", body)
        if text and ground:
            yield text.group(1) or text.group(2), ground.group(1) or ground.group(2)


def check():
    roles = json.loads(COLOURS.read_text(encoding="utf-8"))["roles"]
    wanted = {(text, ground): TEXT_RATIO for text, grounds in TEXTS.items() for ground in grounds}
    for sign, grounds in SIGNS.items():
        for ground in grounds:
            wanted.setdefault((sign, ground), SIGN_RATIO)
    for sheet in SHEETS:
        for pair in paired(sheet.read_text(encoding="utf-8")):
            if pair[0] != "text-disabled":
                wanted[pair] = TEXT_RATIO
    problems, lowest = [], {}
    for theme, name in enumerate(("light", "dark")):
        for (front, ground), least in sorted(wanted.items()):
            missing = [role for role in (front, ground) if role not in roles]
            if missing:
                problems.append(f"there is no colour “{missing[0]}”")
                continue
            ratio = contrast(roles[front][theme], roles[ground][theme])
            lowest[name, least] = min(lowest.get((name, least), 99), ratio)
            if ratio < least:
                problems.append(f"{name}: {front} on {ground} has {ratio:.2f} : 1, less than {least} : 1")
    return problems, lowest, 2 * len(wanted)


def self_test():
    cases = [(contrast("#ffffff", "#000000"), 21.0), (contrast("#777777", "#ffffff"), 4.48), (contrast("#ff0000", "#ffffff"), 4.0)]
    failures = [f"{got:.2f} is not {expected}" for got, expected in cases if abs(got - expected) > 0.01]
    if list(paired("a { color: @text@; background: @accent@; } b { border-color: @text@; background: @x@ }")) != [("text", "accent")]:
        failures.append("the pairs of a style sheet are not found")
    print("\n".join(failures) or "contrast: computes what the standard says")
    print(f"cases: {len(cases) + 1 - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


def main():
    if "--self-test" in sys.argv:
        return self_test()
    problems, lowest, count = check()
    for (name, least), ratio in sorted(lowest.items()):
        print(f"{name}: lowest of those that need {least}: {ratio:.2f} : 1")
    print("\n".join(problems))
    print(f"cases: {count - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
