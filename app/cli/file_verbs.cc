// roundtrip, lint
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "app/cli/collect.h"
#include "app/cli/console.h"
#include "app/cli/decision_files.h"
#include "app/cli/describe.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "notation/bpmn/lint.h"
#include "notation/bpmn/schema.h"
#include "notation/dmn/lint.h"
#include "notation/dmn/model.h"
#include "notation/dmn/view.h"
#include "uaf/document/document.h"
#include "uaf/document/encoding.h"
#include "uaf/document/text_edits.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::document::Document;
using uaf::document::Finding;
using uaf::document::Severity;

// The place of the first differing byte, counted as editors count: lines and code points from 1.
std::string FirstDifference(std::string_view one, std::string_view other) {
  uint64_t line = 1;
  uint64_t column = 1;
  for (size_t i = 0; i < std::min(one.size(), other.size()) && one[i] == other[i]; ++i) {
    if (one[i] == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(one[i]) & 0xc0) != 0x80) {
      ++column;
    }
  }
  return absl::StrCat(line, ":", column);
}

absl::StatusOr<Document> Parse(Session& session, const std::string& file, const std::string& bytes,
                               std::vector<Finding>* findings) {
  const uaf::document::Format& format = session.formats().ForFile(file, FileHead(bytes));
  AMEIDE_ASSIGN_OR_RETURN(uaf::document::Intake intake, format.Accept(bytes));
  if (findings != nullptr) *findings = std::move(intake.findings);
  return Document::Import(intake.import, bytes, uaf::EventId{});
}

Exit Roundtrip(Session& session, const std::vector<std::string>& names) {
  Exit exit = Exit::kSuccess;
  for (const std::string& file : names) {
    const absl::StatusOr<std::string> bytes = session.files().Read(file, kLargestArtifact);
    if (!bytes.ok()) {
      session.console().Error(bytes.status());
      exit = Exit::kError;
      continue;
    }
    const absl::StatusOr<Document> document = Parse(session, file, *bytes, nullptr);
    if (!document.ok()) {
      session.console().Line(absl::StrCat(file, ":", std::string(document.status().message())));
      exit = std::max(exit, Exit::kFinding);
      continue;
    }
    const std::string rendered = document->Render();
    if (rendered == *bytes) {
      session.console().Line(absl::StrCat(file, ": identical"));
    } else {
      session.console().Line(absl::StrCat(file, ": differs at ", FirstDifference(*bytes, rendered)));
      exit = std::max(exit, Exit::kFinding);
    }
  }
  return exit;
}

// `LINE:COLUMN: why`, as intake words what it refuses.
Finding NotWellFormed(std::string_view message) {
  Finding finding;
  finding.rule = "xml/not-well-formed";
  finding.message = message;
  const size_t first = message.find(':');
  const size_t second = first == std::string_view::npos ? first : message.find(':', first + 1);
  if (second == std::string_view::npos) return finding;
  if (absl::SimpleAtoi(std::string(message.substr(0, first)), &finding.line) &&
      absl::SimpleAtoi(std::string(message.substr(first + 1, second - first - 1)), &finding.column)) {
    message.remove_prefix(second + 1);
    while (!message.empty() && message.front() == ' ') message.remove_prefix(1);
    finding.message = message;
  } else {
    finding.line = 0;
  }
  return finding;
}

std::vector<Finding> LintFile(Session& session, const std::string& file, const std::string& bytes,
                              const bpmn::LintOptions& options) {
  std::vector<Finding> findings;
  const absl::StatusOr<Document> document = Parse(session, file, bytes, &findings);
  if (!document.ok()) {
    findings.push_back(NotWellFormed(
        std::string_view(document.status().message().data(), document.status().message().size())));
    return findings;
  }
  const bool is_bpmn = session.formats().ForFile(file, FileHead(bytes)).name() == "bpmn";
  for (Finding& finding :
       is_bpmn ? bpmn::LintWithSchema(*document, options) : bpmn::Lint(*document, options)) {
    findings.push_back(std::move(finding));
  }
  if (dmn::IsDmn(*document)) {
    DecisionFiles files(session);
    for (Finding& finding : dmn::Lint(*document, file, files.Loader()))
      findings.push_back(std::move(finding));
  }
  return findings;
}

struct LintArguments {
  std::vector<std::string> paths;
  std::string profile = "execution";
  bool json = false;
  bool fix = false;
  bool fix_all = false;
};

/// A fix may bring up what it hid, or be kept back by one beside it; more rounds than this no file needs.
constexpr int kMostRounds = 10;

/// Makes the fixes of a file's findings and writes it; `bytes` is then what was written. The number of fixes;
/// a file without any is not touched.
absl::StatusOr<size_t> FixFile(Session& session, const std::string& file, std::string& bytes,
                               const bpmn::LintOptions& options, uaf::document::FixChoice choice) {
  size_t made = 0;
  std::string fixed = bytes;
  for (int round = 0; round < kMostRounds; ++round) {
    const std::vector<uaf::document::TextEdit> edits =
        uaf::document::FixesOf(LintFile(session, file, fixed, options), choice);
    if (edits.empty()) break;
    AMEIDE_ASSIGN_OR_RETURN(const Document document, Parse(session, file, fixed, nullptr));
    const uaf::document::ImportOp& import = document.import();
    AMEIDE_ASSIGN_OR_RETURN(const std::string text,
                            uaf::document::DecodeText(fixed, import.encoding, import.byte_order_mark));
    AMEIDE_ASSIGN_OR_RETURN(const std::string edited, uaf::document::ApplyEdits(text, edits));
    const std::string encoded = uaf::document::EncodeText(edited, import.encoding, import.byte_order_mark);
    AMEIDE_RETURN_IF_ERROR(Parse(session, file, encoded, nullptr).status());
    fixed = encoded;
    made += edits.size();
  }
  if (fixed == bytes) return 0;
  AMEIDE_RETURN_IF_ERROR(WriteOutput(session, file, fixed));
  bytes = std::move(fixed);
  return made;
}

ordered_json ToJson(const std::string& file, const Finding& finding) {
  ordered_json json = {
      {"severity", Name(finding.severity)}, {"rule", finding.rule}, {"file", file},
      {"element", finding.element},         {"line", finding.line}, {"message", finding.message}};
  if (!finding.fix) return json;
  ordered_json edits = ordered_json::array();
  for (const uaf::document::TextEdit& edit : finding.fix->edits) {
    edits.push_back({{"line", edit.begin.line},
                     {"column", edit.begin.column},
                     {"endLine", edit.end.line},
                     {"endColumn", edit.end.column},
                     {"text", edit.text}});
  }
  json["fix"] = {
      {"title", finding.fix->title}, {"certain", finding.fix->certain}, {"edits", std::move(edits)}};
  return json;
}

/// Line `number` of a text, from 1, without its end.
std::string_view LineOf(std::string_view text, uint32_t number) {
  for (uint32_t line = 1; line < number; ++line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

/// The line that a finding is about with carets under the place, for UTF-8 files.
void PrintExcerpt(const Console& console, std::string_view bytes, const Finding& finding) {
  if (finding.line == 0 || finding.column == 0) return;
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const std::string_view line = LineOf(bytes, finding.line);
  const auto byte_of = [&](uint32_t column) {
    size_t at = 0;
    for (uint32_t left = column; left > 1 && at < line.size(); --left) {
      ++at;
      while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xc0) == 0x80) ++at;
    }
    return at;
  };
  // A finding says where it begins; the word there is underlined.
  const auto is_word = [](char c) {
    return (static_cast<unsigned char>(c) & 0x80) != 0 || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           c == '_';
  };
  const size_t begin = byte_of(finding.column);
  size_t end = begin;
  while (end < line.size() && is_word(line[end])) ++end;
  const std::string excerpt = dmn::RenderLine(line, finding.line, begin, end);
  for (std::string_view rest = excerpt; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    console.Line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void PrintFinding(const Console& console, const std::string& file, const Finding& finding) {
  std::string line = file;
  if (finding.line > 0) absl::StrAppend(&line, ":", finding.line);
  if (finding.line > 0 && finding.column > 0) absl::StrAppend(&line, ":", finding.column);
  absl::StrAppend(&line, ": ", std::string(Name(finding.severity)), ": ", finding.message, " [", finding.rule,
                  "]");
  if (!finding.element.empty()) absl::StrAppend(&line, " (", finding.element, ")");
  console.Line(line);
}

absl::StatusOr<Exit> Lint(Session& session, const LintArguments& arguments) {
  const std::optional<bpmn::LintProfile> profile = bpmn::ParseLintProfile(arguments.profile);
  if (!profile) {
    return absl::InvalidArgumentError(absl::StrCat("there is no lint profile '", arguments.profile,
                                                   "'; choose execution, documentation or camunda8"));
  }
  std::vector<std::string> files;
  for (const std::string& path : arguments.paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> below, FilesBelow(session.formats(), path));
    files.insert(files.end(), below.begin(), below.end());
  }
  ordered_json list = ordered_json::array();
  const bool excerpts = isatty(STDOUT_FILENO) != 0;
  size_t errors = 0;
  size_t warnings = 0;
  size_t certain = 0;
  size_t proposed = 0;
  size_t fixed = 0;
  bool unreadable = false;
  const bpmn::LintOptions options{*profile};
  for (const std::string& file : files) {
    absl::StatusOr<std::string> bytes = session.files().Read(file, kLargestArtifact);
    if (!bytes.ok()) {
      session.console().Error(bytes.status());
      unreadable = true;
      continue;
    }
    if (arguments.fix || arguments.fix_all) {
      const auto choice =
          arguments.fix_all ? uaf::document::FixChoice::kAll : uaf::document::FixChoice::kCertain;
      AMEIDE_ASSIGN_OR_RETURN(const size_t made, FixFile(session, file, *bytes, options, choice));
      fixed += made;
    }
    for (const Finding& finding : LintFile(session, file, *bytes, options)) {
      certain += finding.fix && finding.fix->certain ? 1 : 0;
      proposed += finding.fix && !finding.fix->certain ? 1 : 0;
      errors += finding.severity == Severity::kError ? 1 : 0;
      warnings += finding.severity == Severity::kWarning ? 1 : 0;
      if (!arguments.json) {
        PrintFinding(session.console(), file, finding);
        if (excerpts) PrintExcerpt(session.console(), *bytes, finding);
        continue;
      }
      list.push_back(ToJson(file, finding));
    }
  }
  if (arguments.json) {
    ordered_json result = {{"findings", list}};
    if (arguments.fix || arguments.fix_all) result["fixed"] = fixed;
    session.console().Json(result);
  } else {
    if (fixed > 0) session.console().Line(absl::StrCat(fixed, fixed == 1 ? " edit made" : " edits made"));
    if (errors + warnings > 0) {
      session.console().Line(absl::StrCat(
          errors, errors == 1 ? " error, " : " errors, ", warnings, warnings == 1 ? " warning" : " warnings",
          certain == 0 ? "" : absl::StrCat("; --fix mends ", certain, " of them"),
          proposed == 0 ? "" : absl::StrCat("; for ", proposed, " there are proposals: --fix-all")));
    }
  }
  if (unreadable) return Exit::kError;
  return errors > 0 ? Exit::kFinding : Exit::kSuccess;
}

}  // namespace

void AddFileVerbs(CLI::App& app, Session& session) {
  const auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* roundtrip =
      app.add_subcommand("roundtrip", "Check that files render to their own bytes; writes nothing");
  roundtrip->add_option("FILE", *files, "Files")->required();
  roundtrip->callback([&session, files] { session.Finish(Roundtrip(session, *files)); });

  const auto arguments = std::make_shared<LintArguments>();
  CLI::App* lint =
      app.add_subcommand("lint", "Check models against the standard, good practice and their target");
  lint->add_option("PATH", arguments->paths, "Files, or folders for all models below")->required();
  lint->add_option("--profile", arguments->profile, "execution, documentation or camunda8")
      ->capture_default_str();
  lint->add_flag("--fix", arguments->fix, "Make the edits that are surely meant, in the files themselves");
  lint->add_flag("--fix-all", arguments->fix_all,
                 "Make all edits that findings propose: near names, too, and taking away what has no effect");
  lint->add_flag("--json", arguments->json, "Print the result as JSON");
  lint->callback([&session, arguments] { session.Finish(Lint(session, *arguments)); });
}

}  // namespace ameide::cli
