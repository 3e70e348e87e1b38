#!/usr/bin/env python3
"""Guards the house: who may include and link whom, what a folder and a header must have, which calls are banned.

The tables below are ARCHITECTURE.md's, in a form that can be checked. A new edge is an architecture decision: change
the page first, then the row here. `tidy.py --self-test` runs the checks on broken samples, each of which must be found.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# folder -> folders of ours that it may include (itself and base always). The longest matching row counts.
OURS = {
    "base": [],
    "uaf/document": [],
    "uaf": ["uaf/document", "proto"],
    "notation/xml": ["uaf/document"],
    "notation/feel": [],
    "notation/text": ["uaf/document"],
    "notation/bpmn": ["uaf/document", "notation/xml", "notation/feel"],
    "notation/dmn": ["uaf/document", "notation/xml", "notation/feel"],
    "notation/archimate": ["uaf/document", "notation/xml"],
    "notation/formats": ["uaf/document", "notation"],
    "sync/git": [],
    "sync": ["sync/git", "uaf", "uaf/document"],
    "backend/engine": ["notation/feel"],
    "backend/engine/plan": ["notation/feel", "notation/dmn", "notation/xml", "uaf/document", "backend/engine", "proto"],
    "backend/compiler": ["uaf/document", "backend/engine", "notation", "proto"],
    "backend/runtime": ["backend/engine", "notation/feel", "proto"],
    "backend/runtime/simulation": ["backend/engine", "backend/compiler", "notation", "uaf/document"],
    "backend/runtime/batch": ["backend/engine", "backend/compiler", "backend/runtime/simulation", "notation", "uaf/document"],
    "backend/telemetry": ["backend/runtime"],
    "backend/connectors": ["backend/runtime", "notation/feel"],
    "backend/domains": ["notation/feel", "proto"],
    "backend/server": ["backend", "notation", "uaf/document", "proto"],
    "modeler/host": ["uaf", "uaf/document", "notation"],
    "app/connection": ["proto"],
    "app/publishing": ["app/connection", "uaf", "uaf/document", "notation", "proto"],
    "app/workbench": ["app/connection", "app/publishing", "uaf", "uaf/document", "notation", "sync", "sync/git", "modeler", "proto"],
    "app/cli": ["app/connection", "app/publishing", "uaf", "uaf/document", "notation", "sync", "sync/git", "proto", "backend/compiler",
                "backend/engine", "backend/runtime/simulation", "backend/runtime/batch"],
    "tests": ["base", "uaf", "notation", "sync", "backend", "modeler", "app", "proto", "tests"],
}

# third party -> (how its headers are spelt, folders that may include it)
THIRD_PARTY = {
    "spdlog": (r"spdlog/", ["base"]),
    "libsodium": (r"sodium", ["base"]),
    "Xerces-C++": (r"xercesc/", ["notation/xml"]),
    "PCRE2": (r"pcre2", ["notation/feel"]),
    "SQLite": (r"sqlite3", ["uaf", "backend/runtime/embedded", "backend/domains"]),
    "zstd": (r"zstd", ["uaf"]),
    "yaml-cpp": (r"yaml-cpp/", ["base/yaml", "uaf", "notation/text", "backend/compiler"]),
    "libgit2": (r"git2", ["sync/git"]),
    "nlohmann-json": (r"nlohmann/", ["notation/text", "notation/form", "backend/compiler", "backend/connectors", "backend/telemetry", "backend/server", "app/cli"]),
    "prometheus-cpp": (r"prometheus/", ["backend/telemetry"]),
    "protobuf": (r"google/protobuf/|google/rpc/", ["uaf", "notation/text", "backend/engine/plan", "backend/compiler",
                                      "backend/domains", "backend/server", "app"]),
    "gRPC": (r"grpc|grpcpp/", ["backend/domains", "backend/server", "app"]),
    "libcurl": (r"curl/", ["backend/connectors", "backend/telemetry"]),
    "OpenSSL": (r"openssl/", ["base", "backend/server"]),
    "CLI11": (r"CLI/", ["app/cli"]),
    "Qt": (r"Q[A-Z]\w*(/\w+)?$|Qt", ["modeler", "app/workbench"]),
}

# CMake names -> row of THIRD_PARTY
LINKED = {
    "spdlog::": "spdlog", "PkgConfig::sodium": "libsodium", "XercesC::": "Xerces-C++", "PkgConfig::pcre2": "PCRE2",
    "SQLite::": "SQLite", "PkgConfig::zstd": "zstd", "yaml-cpp": "yaml-cpp", "PkgConfig::libgit2": "libgit2",
    "nlohmann_json": "nlohmann-json", "protobuf::": "protobuf", "gRPC::": "gRPC", "CURL::": "libcurl",
    "PkgConfig::prometheus": "prometheus-cpp", "OpenSSL::": "OpenSSL", "CLI11::": "CLI11", "Qt6::": "Qt",
}

PURE = ["uaf/document", "uaf/merge", "uaf/lifecycle", "uaf/diff", "notation", "backend/engine", "backend/compiler"]
PRODUCT = ["base", "uaf", "notation", "sync", "backend", "modeler/host", "app"]

BANNED_EVERYWHERE = [
    (r"\.value\(\)", "`.value()` throws or aborts; test, then dereference with `*`"),
    (r"\bstd::rand\b|\bsrand\s*\(", "std::rand; take a Random"),
]
BANNED_IN_PURE = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now|\btime\s*\(\s*(nullptr|NULL|0)\s*\)|gettimeofday|SystemClock",
     "wall clock in a pure target; time comes in as a value"),
    (r"\bstd::random_device|\bstd::mt19937|SystemRandom", "randomness in a pure target"),
    (r"\bstd::(i|o)?fstream\b|\bfopen\s*\(|\bstd::filesystem::|PosixFileSystem|::open\s*\(", "I/O in a pure target"),
    (r"\bstd::(jthread|thread|async|mutex|condition_variable)\b", "threads in a pure target"),
    (r"LoadTimeZone", "absl::LoadTimeZone reads the machine's zone tables; use the compiled-in ones"),
]
BANNED_IN_TESTS = [
    (r"\bQTest::qSleep\b|\bstd::this_thread::sleep|\b(u|nano)?sleep\s*\(|\btime\.sleep\s*\(|QThread::m?sleep",
     "sleeping in a test; wait for a condition"),
]
# Xerces must be initialised once per process, which needs a lock; the parse itself stays a function of its input.
ALLOWED = {("notation/xml/intake.cc", "threads in a pure target")}


def row_for(folder, table):
    best = None
    for name in table:
        if (folder == name or folder.startswith(name + "/")) and (best is None or len(name) > len(best)):
            best = name
    return best


def below(path, names):
    return any(path == name or path.startswith(name + "/") for name in names)


def strip_comments(text):
    """Blanks comments and string contents, keeping line numbers."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r'R"(\w*)\((?:.|\n)*?\)\1"', blank, text)
    return re.sub(r'//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"', blank, text)


class Tidy:
    def __init__(self, root, files):
        self.root = pathlib.Path(root)
        self.files = files
        self.problems = []

    def report(self, path, line, message):
        self.problems.append(f"{path}:{line}: {message}")

    def run(self):
        for path in self.files:
            if path.endswith((".cc", ".h")):
                text = (self.root / path).read_text(encoding="utf-8")
                self.includes(path, text)
                self.banned(path, strip_comments(text))
                if path.endswith(".h") and below(path, PRODUCT):
                    self.documented(path, text)
            elif path.endswith(".py") and path.startswith("tests/") and path != "tests/tidy/tidy.py":
                self.banned(path, (self.root / path).read_text(encoding="utf-8"))
            elif path.endswith("CMakeLists.txt"):
                self.links(path, (self.root / path).read_text(encoding="utf-8"))
        self.readmes()
        return self.problems

    def includes(self, path, text):
        folder = str(pathlib.PurePath(path).parent)
        row = row_for(folder, OURS)
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
            if not match or row is None:
                continue
            target = match.group(2)
            if match.group(1) == '"' and "/" in target:
                self.own_edge(path, number, row, target)
            elif match.group(1) == "<" or "/" not in target:
                self.foreign_edge(path, number, folder, target)

    def own_edge(self, path, number, row, target):
        if target.startswith(("absl/", "grpcpp/", "google/")):
            return self.foreign_edge(path, number, str(pathlib.PurePath(path).parent), target)
        if target.endswith((".pb.h",)):
            if not (below(row, ["tests"]) or "proto" in OURS[row]):
                self.report(path, number, f"{row} may not use messages generated from proto/ ({target})")
            return
        target_row = row_for(str(pathlib.PurePath(target).parent), OURS)
        if target_row is None or target_row in ("base", row) or row == "tests":
            return
        if below(target_row, [row]) and row not in ("uaf", "sync"):
            return  # a folder may use its own parts
        if not any(target_row == name or (below(target_row, [name]) and name not in ("uaf", "sync", "backend/runtime"))
                   for name in OURS[row]):
            self.report(path, number, f"{row} may not include {target_row} ({target}); see ARCHITECTURE.md")

    def foreign_edge(self, path, number, folder, target):
        if path.startswith("tests/"):
            return
        for library, (spelling, allowed) in THIRD_PARTY.items():
            if re.match(spelling, target) and not below(folder, allowed):
                self.report(path, number, f"{folder} may not use {library} (<{target}>); see ARCHITECTURE.md")

    def links(self, path, text):
        folder = str(pathlib.PurePath(path).parent)
        if folder == "." or below(folder, ["tests"]):
            return
        text = re.sub(r"#[^\n]*", "", text)
        for match in re.finditer(r"(ameide_library|ameide_program|target_link_libraries)\s*\(([^)]*)\)", text):
            number = text[: match.start()].count("\n") + 1
            for word in match.group(2).split():
                for prefix, library in LINKED.items():
                    if word.startswith(prefix) and not below(folder, THIRD_PARTY[library][1]):
                        self.report(path, number, f"{folder} may not link {library} ({word}); see ARCHITECTURE.md")

    def banned(self, path, text):
        rules = []
        if below(path, PRODUCT + ["tests"]) and path.endswith((".cc", ".h")):
            rules += BANNED_EVERYWHERE
        if below(path, PURE):
            rules += BANNED_IN_PURE
        if below(path, ["tests"]) and not below(path, ["tests/bench"]):
            rules += BANNED_IN_TESTS
        for number, line in enumerate(text.split("\n"), 1):
            for pattern, message in rules:
                if re.search(pattern, line) and (path, message) not in ALLOWED:
                    self.report(path, number, message)

    def documented(self, path, text):
        """Types and free functions of a public header have a doc comment (`///`) above them or on their group."""
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            is_type = re.match(r"(class|struct|enum class|enum)\s+\w+[^;]*(\{|$)", line) and "forward" not in line
            is_function = re.match(r"[A-Za-z_][\w:<>,&*\s]*\s[\w]+\([^)]*", line) and \
                not re.match(r"(using|namespace|template|typedef|return|class|struct|enum|extern|static_assert|inline constexpr|friend|Q_)", line)
            if not (is_type or is_function):
                continue
            above = number - 2
            while above >= 0 and re.match(r"\s*(template|requires|\[\[|#)", lines[above]):
                above -= 1
            while is_function and above >= 0 and lines[above].strip() and not lines[above].startswith("///") and \
                    not lines[above].startswith(("namespace", "}")):
                above -= 1  # the group's comment counts for each of its declarations
            if above < 0 or not lines[above].lstrip().startswith("///"):
                if line.startswith(("inline size_t", "template")) or "AbslHashValue" in line:
                    continue
                self.report(path, number, f"no doc comment (///) above `{line.strip()[:60]}`")

    def readmes(self):
        count = {}
        for path in self.files:
            if path.endswith((".cc", ".h", ".ts")) and not path.startswith("tests/"):
                folder = str(pathlib.PurePath(path).parent)
                count[folder] = count.get(folder, 0) + 1
        for folder, number in sorted(count.items()):
            if number > 3 and f"{folder}/README.md" not in self.files:
                self.report(folder, 1, "a folder with more than a few files opens with a README.md")


def tracked(root):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    return [path for path in listed if path and (pathlib.Path(root) / path).is_file()]


SAMPLES = [
    ("uaf/document/a.cc", '#include "notation/bpmn/view.h"\n', "may not include"),
    ("backend/engine/a.cc", '#include <sqlite3.h>\n', "may not use SQLite"),
    ("uaf/store/a.cc", '#include <QString>\n', "may not use Qt"),
    ("backend/engine/CMakeLists.txt", "ameide_library(engine PUBLIC SQLite::SQLite3)\n", "may not link SQLite"),
    ("app/cli/a.cc", "auto x = y.value();\n", "`.value()`"),
    ("notation/feel/a.cc", "auto t = std::chrono::system_clock::now();\n", "wall clock"),
    ("backend/compiler/a.cc", "std::ifstream in(path);\n", "I/O in a pure"),
    ("uaf/diff/a.cc", "std::mt19937 g;\n", "randomness"),
    ("backend/engine/b.cc", "std::thread t;\n", "threads"),
    ("tests/x/a_test.cc", "std::this_thread::sleep_for(1s);\n", "sleeping"),
    ("tests/x/a.py", "time.sleep(1)\n", "sleeping"),
    ("base/x.h", "#pragma once\nclass Bare {\n};\n", "no doc comment"),
    ("base/y.h", "#pragma once\nint Free(int a);\n", "no doc comment"),
    ("backend/server/a.cc", '#include "uaf/workspace.h"\n', "may not include"),
]


def self_test():
    failed = 0
    for path, text, wanted in SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            problems = Tidy(folder, [path]).run()
        if not any(wanted in problem for problem in problems):
            print(f"not found in {path}: {wanted!r}; found {problems}")
            failed += 1
    with tempfile.TemporaryDirectory() as folder:
        names = [f"base/{name}.cc" for name in "abcd"]
        for name in names:
            file = pathlib.Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n", encoding="utf-8")
        if not any("README.md" in problem for problem in Tidy(folder, names).run()):
            print("a missing README was not found")
            failed += 1
    print(f"cases: {len(SAMPLES) + 1 - failed} passed, {failed} failed")
    return failed


def main():
    if "--self-test" in sys.argv:
        return 1 if self_test() else 0
    root = pathlib.Path(__file__).resolve().parents[2]
    problems = Tidy(root, tracked(root)).run()
    for problem in problems:
        print(problem)
    print(f"cases: {0 if problems else 1} passed, {1 if problems else 0} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
