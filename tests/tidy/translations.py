#!/usr/bin/env python3
"""Every text of the window is there in every language, and every text that people see goes through tr().

`translations.py` checks; `translations.py --update` takes new and changed texts of the sources into the .ts files, where
somebody then has to translate them; `translations.py --self-test` runs the checks on broken samples.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ["app/workbench", "modeler/host"]
FILES = "app/workbench/translations"

# What is shown by what: a literal among the arguments of one of these is seen by people.
SHOWS = (r"setText|setToolTip|setWindowTitle|setPlaceholderText|setAccessibleName|setAccessibleDescription|setTitle|setStatusTip|"
         r"setHeaderLabels|addItem|addAction|addMenu|addTab|setTabText|MakeLabel|MakeButton|Tell|Section|SetEmpty|"
         r"new QLabel|new QPushButton|new QAction|new QToolButton|new QCheckBox|new QRadioButton|new QGroupBox")
# Programs without a person, and the command line's own help.
NOT_SEEN = {"main.cc", "main_job.cc", "shots.cc"}
# Names that are the same in every language, and templates for code.
SAME_EVERYWHERE = {"Ameide Workbench", "English", "Deutsch"}


def lupdate():
    """The program that collects texts, or None."""
    return shutil.which("lupdate") or next((p for p in ["/usr/lib/qt6/bin/lupdate"] if pathlib.Path(p).exists()), None)


def update(program, ts):
    """Takes the texts of the sources into `ts`; those that are gone are dropped."""
    subprocess.run([program, "-silent", "-I", ".", *SOURCES, "-locations", "none", "-no-obsolete", "-source-language", "en",
                    "-ts", str(ts)], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)


def messages(ts):
    """(context, source, comment) -> (translation, is it finished)."""
    found = {}
    for context in ElementTree.parse(ts).getroot().findall("context"):
        for message in context.findall("message"):
            translation = message.find("translation")
            key = (context.findtext("name"), message.findtext("source"), message.findtext("comment") or "")
            found[key] = (translation.text or "", translation.get("type") is None)
    return found


def problems_of(source, translation):
    """What is wrong with a translation, by its form."""
    problems = []
    if sorted(re.findall(r"%L?\d|%n", source)) != sorted(re.findall(r"%L?\d|%n", translation)):
        problems.append("has other placeholders")
    if (source[:1].isspace(), source[-1:].isspace()) != (translation[:1].isspace(), translation[-1:].isspace()):
        problems.append("begins or ends with other white space")
    if source.endswith("…") != translation.endswith("…"):
        problems.append("has another end: “…” says that more is asked")
    if source.endswith(":") != translation.endswith(":"):
        problems.append("has another end: the colon")
    if source.count("&") != translation.count("&"):
        problems.append("has other accelerators")
    if re.search("[“”\"]", translation.replace("“", "", translation.count("„"))) and '"' not in source:
        problems.append("has quotation marks of another language")
    return problems


def strip_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def unwrapped(text):
    """(line, literal) of every literal that people see and that is not wrapped in tr()."""
    text = strip_comments(text)
    found = []
    literal = r'(?:QStringLiteral|QLatin1String|QLatin1StringView|QString)\(\s*"((?:\\.|[^"\\])*)"'
    for match in re.finditer(rf'\b(?:{SHOWS})\(\s*(?:{literal}|"((?:\\.|[^"\\])*)")', text):
        words = match.group(1) if match.group(1) is not None else match.group(2)
        # Place holders, signs, mark-up without words and examples of JSON are the same in every language.
        if re.search(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>|&\w+;|%\w|\\n", "", words)) and words not in SAME_EVERYWHERE and not words.startswith("{"):
            found.append((text[: match.start()].count("\n") + 1, words))
    # Whole sentences, whatever takes them.
    for match in re.finditer(literal, text):
        words = match.group(1)
        if re.match(r"[A-Z][a-z]+ [a-z]+\b", words) and "{" not in words and words not in SAME_EVERYWHERE:
            found.append((text[: match.start()].count("\n") + 1, words))
    return sorted(set(found))


def check():
    problems = []
    program = lupdate()
    if program is None:
        problems.append("lupdate is not there; install qt6-l10n-tools")
    for ts in sorted((ROOT / FILES).glob("*.ts")):
        name = ts.relative_to(ROOT)
        known = messages(ts)
        if program is not None:
            with tempfile.TemporaryDirectory() as folder:
                fresh = pathlib.Path(folder) / ts.name
                shutil.copy(ts, fresh)
                update(program, fresh)
                wanted = messages(fresh)
            for context, source, _ in sorted(set(wanted) - set(known)):
                problems.append(f"{name}: {context}: “{source}” is missing; run ./dev translate and translate it")
            for context, source, _ in sorted(set(known) - set(wanted)):
                problems.append(f"{name}: {context}: “{source}” is said nowhere any more; run ./dev translate")
        for (context, source, _), (translation, finished) in sorted(known.items()):
            if not finished or not translation:
                problems.append(f"{name}: {context}: “{source}” is not translated")
                continue
            problems += [f"{name}: {context}: “{translation}” for “{source}” {problem}" for problem in problems_of(source, translation)]
    for folder in SOURCES:
        for path in sorted((ROOT / folder).glob("*.cc")) + sorted((ROOT / folder).glob("*.h")):
            if path.name in NOT_SEEN:
                continue
            for line, words in unwrapped(path.read_text(encoding="utf-8")):
                problems.append(f"{path.relative_to(ROOT)}:{line}: “{words}” is seen by people; wrap it in tr()")
    return problems


def self_test():
    bad_forms = [("%1 of %2", "%1 von"), ("Open…", "Öffnen"), ("&Edit", "Bearbeiten"), (" more", "mehr"), ("Keep “%1”", "“%1” behalten"), ("By:", "Von")]
    good_forms = [("%1 of %2", "von %2 %1"), ("Keep “%1”", "„%1“ behalten"), ("Give {\"a\": 1}.", "Geben: {\"a\": 1}.")]
    bad_code = ['label->setText(QStringLiteral("Nothing"));', 'MakeButton("Save now", "plain", this)', 'const QString a = QStringLiteral("The file is gone");']
    good_code = ['label->setText(tr("Nothing"));', 'label->setText(QStringLiteral("%1 · %2").arg(a, b));', '// setText("Like this")']
    failures = [f"not found: {source} / {text}" for source, text in bad_forms if not problems_of(source, text)]
    failures += [f"found wrongly: {source} / {text}" for source, text in good_forms if problems_of(source, text)]
    failures += [f"not found: {code}" for code in bad_code if not unwrapped(code)]
    failures += [f"found wrongly: {code}" for code in good_code if unwrapped(code)]
    print("\n".join(failures) or "translations: the checks find what they should")
    print(f"cases: {len(bad_forms) + len(good_forms) + len(bad_code) + len(good_code) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


def main():
    if "--self-test" in sys.argv:
        return self_test()
    if "--update" in sys.argv:
        program = lupdate()
        if program is None:
            print("lupdate is not there; install qt6-l10n-tools", file=sys.stderr)
            return 2
        for ts in sorted((ROOT / FILES).glob("*.ts")):
            update(program, ts)
            missing = [key for key, (text, finished) in messages(ts).items() if not text or not finished]
            print(f"{ts.relative_to(ROOT)}: {len(missing)} to translate")
            for context, source, _ in missing:
                print(f"  {context}: {source}")
        return 0
    problems = check()
    print("\n".join(problems) or "translations: complete")
    print(f"cases: {0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
