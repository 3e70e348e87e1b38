// merge, difftool
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/changes.h"
#include "app/cli/collect.h"
#include "app/cli/console.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/values.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "uaf/diff/diff.h"
#include "uaf/document/encoding.h"
#include "uaf/merge/merge.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::document::Document;
using uaf::document::Format;
using uaf::document::TreeKind;
using uaf::merge::Conflict;
using uaf::merge::FileMerge;
using uaf::merge::Note;

// What git names in place of a file that is not there.
constexpr char kNoFile[] = "/dev/null";

absl::StatusOr<std::string> ReadVersion(Session& session, const std::string& file) {
  if (file == kNoFile) return std::string();
  return session.files().Read(file, kLargestArtifact);
}

struct MergeArguments {
  std::string base;
  std::string ours;
  std::string theirs;
  std::string out;
  std::string path;
  bool json = false;
};

// The notation by the first of the names that tells one, else by content: git's temporary files have no
// ending, and the head of an XML file is enough to merge it by element.
const Format& FormatFor(Session& session, const std::vector<std::string>& names,
                        const std::vector<const std::string*>& contents) {
  const uaf::document::FormatRegistry& formats = session.formats();
  for (const std::string& name : names) {
    for (const std::string* bytes : contents) {
      const Format& format = formats.ForFile(name, FileHead(*bytes));
      if (format.name() != "opaque") return format;
    }
  }
  for (const std::string* bytes : contents) {
    const size_t first = bytes->find_first_not_of(std::string_view("\xef\xbb\xbf\xff\xfe\0 \t\r\n", 10));
    if (first != std::string::npos && (*bytes)[first] == '<') return *formats.Named("xml");
  }
  return *formats.Named("opaque");
}

// `task T "Check stock"`, as much of it as there is.
std::string Subject(const Conflict& conflict) {
  std::string subject = conflict.type;
  const auto add = [&](const std::string& words) {
    if (!words.empty()) absl::StrAppend(&subject, subject.empty() ? "" : " ", words);
  };
  add(conflict.element);
  if (!conflict.name.empty() && conflict.name != conflict.element)
    add(absl::StrCat("\"", conflict.name, "\""));
  return subject;
}

std::string Valued(const std::optional<std::string>& value) { return value ? InQuotes(*value) : "removed"; }

std::string_view SideName(const FileMerge& merged, size_t side) {
  return (side == 0) == merged.a_is_ours ? "ours" : "theirs";
}

// More than these are counted: nobody reads on.
constexpr size_t kMostShown = 200;

std::string Shortened(std::string text) {
  constexpr size_t kLongest = 300;
  if (text.size() <= kLongest) return text;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

// What a person must decide, on standard error: element, attribute and both values.
void Report(const Console& console, const std::string& file, const FileMerge& merged) {
  const size_t shown = std::min(merged.conflicts.size(), kMostShown);
  for (const Conflict& conflict : std::span(merged.conflicts).first(shown)) {
    std::string line = absl::StrCat(file, ": conflict: ", std::string(NameOf(conflict.kind)));
    if (!conflict.attribute.empty()) absl::StrAppend(&line, " ", conflict.attribute);
    absl::StrAppend(&line, " of ", Subject(conflict), ": ");
    for (size_t side = 0; side < conflict.sides.size(); ++side) {
      absl::StrAppend(&line, side == 0 ? "" : ", ", std::string(SideName(merged, side)), " ",
                      Shortened(Valued(conflict.sides[side].value)));
    }
    absl::StrAppend(&line, "; ", std::string(SideName(merged, conflict.standing)), " stands in the result");
    console.Note(line);
  }
  if (merged.conflicts.size() > shown)
    console.Note(absl::StrCat(file, ": … and ", merged.conflicts.size() - shown, " more conflicts"));
}

// "ours" or "theirs", by the event of a side: A's folds first; "base".
std::string_view SideOf(const FileMerge& merged, const uaf::EventId& event) {
  if (event.stream.name == "base") return "base";
  return SideName(merged, event.stream.name == "side-a" ? 0 : 1);
}

// Of a note that says that elements were merged as lines why; empty for other notes.
std::string_view WhyAsLines(const Note& note) {
  constexpr std::string_view kLines = "lines: ";
  return note.what.starts_with(kLines) ? std::string_view(note.what).substr(kLines.size())
                                       : std::string_view();
}

// What was decided without asking. Where both did the same, nobody's edit is missing.
void ReportNotes(const Console& console, const std::string& file, const FileMerge& merged) {
  size_t shown = 0, left_out = 0;
  for (const Note& note : merged.notes) {
    if (note.what.starts_with("same change")) continue;
    if (const std::string_view why = WhyAsLines(note); !why.empty()) {
      console.Note(absl::StrCat(file, ": note: merged line by line, not element by element: ",
                                std::string(SideOf(merged, note.event)), ": ", Shortened(std::string(why)),
                                "; check the result"));
      continue;
    }
    if (shown == kMostShown) {
      ++left_out;
      continue;
    }
    ++shown;
    console.Note(absl::StrCat(file, ": note: ", note.what, ": ", std::string(SideOf(merged, note.by)),
                              " stands in the result"));
  }
  if (left_out > 0) console.Note(absl::StrCat(file, ": … and ", left_out, " more notes"));
}

ordered_json ToJson(const FileMerge& merged, const Note& note) {
  if (const std::string_view why = WhyAsLines(note); !why.empty())
    return {
        {"what", "lines"}, {"version", SideOf(merged, note.event)}, {"about", why}, {"standing", nullptr}};
  const size_t colon = note.what.find(": ");
  return {{"what", note.what.substr(0, colon)},
          {"about", colon == std::string::npos ? "" : note.what.substr(colon + 2)},
          {"standing", SideOf(merged, note.by)}};
}

ordered_json ToJson(const FileMerge& merged, const Conflict& conflict) {
  ordered_json out = {{"kind", NameOf(conflict.kind)},   {"element", conflict.element},
                      {"type", conflict.type},           {"name", conflict.name},
                      {"attribute", conflict.attribute}, {"key", conflict.key.Hex()}};
  const auto value = [](const std::optional<std::string>& text) {
    return text ? ordered_json(*text) : ordered_json(nullptr);
  };
  out["base"] = value(conflict.base);
  for (size_t side = 0; side < conflict.sides.size(); ++side)
    out[std::string(SideName(merged, side))] = value(conflict.sides[side].value);
  out["standing"] = SideName(merged, conflict.standing);
  return out;
}

absl::StatusOr<Exit> Merge(Session& session, const MergeArguments& arguments) {
  const std::array<const std::string*, 3> names = {&arguments.base, &arguments.ours, &arguments.theirs};
  std::array<std::string, 3> bytes;
  for (size_t i = 0; i < names.size(); ++i) {
    AMEIDE_ASSIGN_OR_RETURN(bytes[i], ReadVersion(session, *names[i]));
  }
  const std::string& shown = arguments.path.empty() ? arguments.ours : arguments.path;
  const Format& format = FormatFor(session, {shown, arguments.ours, arguments.theirs, arguments.base},
                                   {&bytes[1], &bytes[2], &bytes[0]});
  const FileMerge merged = uaf::merge::MergeFiles(bytes[0], bytes[1], bytes[2], format);
  const bool to_file = !arguments.out.empty();
  if (to_file) {
    AMEIDE_RETURN_IF_ERROR(WriteOutput(session, arguments.out, merged.bytes));
  } else {
    session.console().Bytes(merged.bytes);
  }
  if (arguments.json) {
    ordered_json conflicts = ordered_json::array();
    for (const Conflict& conflict : merged.conflicts) conflicts.push_back(ToJson(merged, conflict));
    ordered_json notes = ordered_json::array();
    for (const Note& note : merged.notes) notes.push_back(ToJson(merged, note));
    const ordered_json report = {
        {"path", shown}, {"format", format.name()}, {"conflicts", conflicts}, {"notes", notes}};
    // Standard output is taken where the merged file goes there.
    if (to_file)
      session.console().Json(report);
    else
      session.console().Note(JsonText(report));
  }
  if (!arguments.json || to_file) {
    Report(session.console(), shown, merged);
    ReportNotes(session.console(), shown, merged);
  }
  return merged.conflicts.empty() ? Exit::kSuccess : Exit::kFinding;
}

// A file as a tree of its notation; as lines where it is not well-formed; nullopt for what is no text.
std::optional<Document> Read(const Format& format, const std::string& bytes, const uaf::EventId& version,
                             bool as_lines) {
  absl::StatusOr<uaf::document::Intake> intake = format.Accept(bytes);
  if (as_lines || !intake.ok()) {
    if (!uaf::document::IsValidUtf8(bytes) || bytes.find('\0') != std::string::npos) return std::nullopt;
    intake = uaf::document::Intake{};
    intake->import.kind = TreeKind::kLines;
  }
  if (intake->import.kind == TreeKind::kOpaque && !bytes.empty() && !as_lines)
    return Read(format, bytes, version, true);
  absl::StatusOr<Document> document = Document::Import(intake->import, bytes, version);
  if (!document.ok()) return std::nullopt;
  return *std::move(document);
}

struct DifftoolArguments {
  std::string a;
  std::string b;
  std::string path;
  bool json = false;
};

absl::StatusOr<Exit> Difftool(Session& session, const DifftoolArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string a, ReadVersion(session, arguments.a));
  AMEIDE_ASSIGN_OR_RETURN(const std::string b, ReadVersion(session, arguments.b));
  const bool added = arguments.a == kNoFile;
  const bool removed = arguments.b == kNoFile;
  const std::string& named = removed ? arguments.a : arguments.b;
  const std::string& shown = arguments.path.empty() ? named : arguments.path;
  const Format& format = FormatFor(session, {shown, arguments.b, arguments.a}, {&b, &a});
  const uaf::EventId before_file{{"a"}, 1};
  const uaf::EventId after_file{{"b"}, 1};
  std::vector<uaf::diff::ElementChange> changes;
  if (added != removed) {
    uaf::diff::ElementChange whole;
    whole.kind = added ? uaf::diff::ChangeKind::kAdded : uaf::diff::ChangeKind::kRemoved;
    whole.type = "file";
    whole.name = shown;
    changes.push_back(whole);
  } else if (a != b) {
    std::optional<Document> before = Read(format, a, before_file, false);
    std::optional<Document> after = Read(format, b, after_file, false);
    if (before && after && before->kind() != after->kind()) {
      before = Read(format, a, before_file, true);
      after = Read(format, b, after_file, true);
    }
    if (before && after) {
      changes = uaf::diff::Compare(*before, *after, format);
    } else {
      uaf::diff::ElementChange whole;
      whole.type = "file";
      whole.name = shown;
      changes.push_back(whole);
    }
  }
  if (arguments.json) {
    ordered_json list = ordered_json::array();
    for (const uaf::diff::ElementChange& change : changes) list.push_back(cli::ToJson(change));
    session.console().Json({{"path", shown}, {"format", format.name()}, {"changes", list}});
  } else if (a != b || !changes.empty()) {
    session.console().Line(shown);
    PrintChanges(session.console(), changes);
    if (changes.empty()) PrintInvisible(session.console(), a, b);
  }
  return a == b && changes.empty() ? Exit::kSuccess : Exit::kFinding;
}

}  // namespace

void AddMergeVerbs(CLI::App& app, Session& session) {
  const auto merging = std::make_shared<MergeArguments>();
  CLI::App* merge =
      app.add_subcommand("merge", "Merge two versions of a file element by element; exit 1 with a conflict");
  merge->add_option("BASE", merging->base, "The version that both began with")->required();
  merge->add_option("OURS", merging->ours, "One of the two versions")->required();
  merge->add_option("THEIRS", merging->theirs, "The other one")->required();
  merge->add_option("-o,--output", merging->out, "Write the result here (default: standard output)");
  merge->add_option("--path", merging->path, "What the file is called, where the three names do not say");
  merge->add_flag("--json", merging->json,
                  "Print the conflicts as JSON (on standard error where the result goes to standard output)");
  merge->callback([&session, merging] { session.Finish(Merge(session, *merging)); });

  const auto comparing = std::make_shared<DifftoolArguments>();
  CLI::App* difftool = app.add_subcommand(
      "difftool", "What differs between two files, element by element; exit 1 if anything");
  difftool->add_option("A", comparing->a, "The earlier version")->required();
  difftool->add_option("B", comparing->b, "The later one")->required();
  difftool->add_option("--path", comparing->path, "What the file is called, where the two names do not say");
  difftool->add_flag("--json", comparing->json, "Print the result as JSON");
  difftool->callback([&session, comparing] { session.Finish(Difftool(session, *comparing)); });
}

}  // namespace ameide::cli
