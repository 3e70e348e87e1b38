// feel, compile, run
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "app/cli/collect.h"
#include "app/cli/console.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/text_argument.h"
#include "app/cli/verbs.h"
#include "backend/compiler/bundle.h"
#include "backend/compiler/call_library.h"
#include "backend/compiler/compile.h"
#include "backend/runtime/simulation/run.h"
#include "base/hash.h"
#include "base/status.h"
#include "notation/feel/duration.h"
#include "notation/feel/expression.h"
#include "notation/feel/json.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;

struct FeelArguments {
  std::string expression;
  std::string context;
  bool unary = false;
  bool json = false;
};

// Names for the expression: a JSON object. Unary tests take any other value as their input, or the object's
// "?".
struct FeelInput {
  feel::Scope scope;
  std::vector<feel::Value> slots;
  feel::Value input;
  bool has_input = false;
};

absl::StatusOr<FeelInput> ReadContext(const FeelArguments& arguments) {
  FeelInput out;
  if (arguments.context.empty()) return out;
  absl::StatusOr<feel::Value> value = feel::FromJson(arguments.context);
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--context is not JSON: ", std::string(value.status().message())));
  }
  if (const feel::Context* variables = value->context()) {
    for (const auto& [name, variable] : *variables) {
      if (name == "?") {
        out.input = variable;
        out.has_input = true;
        continue;
      }
      out.scope.Add(name, variable.is_null() ? feel::Type() : feel::TypeOf(variable),
                    static_cast<uint32_t>(out.slots.size()));
      out.slots.push_back(variable);
    }
  } else if (arguments.unary) {
    out.input = *std::move(value);
    out.has_input = true;
  } else {
    return absl::InvalidArgumentError("--context must be a JSON object that gives names their values");
  }
  return out;
}

/// Notes, as many as somebody reads.
template <typename Note>
void NoteFirst(Session& session, const std::vector<const Note*>& notes, std::string_view text,
               std::string_view what) {
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < std::min(kShown, notes.size()); ++i)
    session.console().Note(feel::Render(text, *notes[i], ""));
  if (notes.size() > kShown)
    session.console().Note(absl::StrCat("… and ", notes.size() - kShown, " more ", std::string(what)));
}

/// `{"value": …, "findings": […]}`; the value as it is written, with all its digits. Places are bytes of the
/// expression.
void PrintJson(Session& session, const std::string& value, std::span<const feel::Finding> findings,
               std::span<const feel::Diagnostic> reasons) {
  ordered_json list = ordered_json::array();
  const auto add = [&](std::string_view severity, std::string_view rule, const std::string& message,
                       const std::string& hint, feel::Span span) {
    list.push_back({{"severity", severity},
                    {"rule", rule},
                    {"message", message},
                    {"hint", hint},
                    {"begin", span.begin},
                    {"end", span.end}});
  };
  for (const feel::Finding& each : findings) {
    const bool error = each.severity == feel::Finding::Severity::kError;
    add(error ? "error" : "warning", each.rule, each.message, each.hint, each.span);
  }
  for (const feel::Diagnostic& each : reasons) add("null", "", each.message, "", each.span);
  session.console().Bytes(absl::StrCat("{\"value\":", value, ",\"findings\":", list.dump(), "}\n"));
}

absl::StatusOr<Exit> Feel(Session& session, const FeelArguments& arguments) {
  AMEIDE_RETURN_IF_ERROR(CheckUtf8("EXPR", arguments.expression));
  AMEIDE_RETURN_IF_ERROR(CheckUtf8("--context", arguments.context));
  AMEIDE_ASSIGN_OR_RETURN(const FeelInput input, ReadContext(arguments));
  feel::ParseOptions options;
  options.scope = &input.scope;
  options.has_input = input.has_input;
  if (!input.input.is_null()) options.input_type = feel::TypeOf(input.input);
  const feel::Parsed parsed = arguments.unary ? feel::ReadUnaryTests(arguments.expression, options)
                                              : feel::Read(arguments.expression, options);
  std::vector<const feel::Finding*> warnings;
  for (const feel::Finding& finding : parsed.findings) {
    if (arguments.json) break;
    if (finding.severity == feel::Finding::Severity::kWarning) {
      warnings.push_back(&finding);
    } else {
      session.console().Note(feel::Render(arguments.expression, finding, ""));
    }
  }
  NoteFirst(session, warnings, arguments.expression, "warnings");
  if (!parsed.expression) {
    if (arguments.json) PrintJson(session, "null", parsed.findings, {});
    return Exit::kFinding;
  }
  feel::Diagnostics diagnostics;
  const feel::DateTime now = feel::ToDateTime(session.clock().Now());
  feel::EvaluationOptions evaluation;
  evaluation.diagnostics = &diagnostics;
  evaluation.now = &now;
  evaluation.input = &input.input;
  const feel::Value value = feel::Evaluate(*parsed.expression, input.slots, evaluation);
  if (arguments.json) {
    PrintJson(session, feel::ToJson(value), parsed.findings, diagnostics.items);
    return diagnostics.exhausted ? Exit::kFinding : Exit::kSuccess;
  }
  session.console().Bytes(feel::ToJson(value) + "\n");
  std::vector<const feel::Diagnostic*> reasons;
  for (const feel::Diagnostic& diagnostic : diagnostics.items) {
    // What nothing is named after has been said before it was evaluated.
    const bool said =
        std::any_of(parsed.findings.begin(), parsed.findings.end(), [&](const feel::Finding& finding) {
          return (finding.rule.starts_with("unknown-") || finding.rule == "always-null") &&
                 finding.span.begin == diagnostic.span.begin;
        });
    if (!said) reasons.push_back(&diagnostic);
  }
  NoteFirst(session, reasons, arguments.expression, "reasons for null");
  return diagnostics.exhausted ? Exit::kFinding : Exit::kSuccess;
}

struct CompileArguments {
  std::string path;
  std::string output;
  std::string target = "embedded";
  bool json = false;
};

ordered_json ToJson(const std::string& path, const compiler::CompileFinding& finding) {
  return {{"file", path},
          {"element", finding.element},
          {"line", finding.line},
          {"message", finding.reason},
          {"clause", finding.clause},
          {"rule", finding.rule}};
}

void PrintFinding(const Console& console, const std::string& path, const compiler::CompileFinding& finding) {
  console.Error(absl::StrCat(path, finding.line > 0 ? absl::StrCat(":", finding.line) : "", ": ",
                             compiler::FormatFinding(finding)));
}

// Decisions and called processes: of the workspace around the file; of the file's folder when it is in none.
std::vector<runtime::RunOptions::OtherFile> OthersBeside(Session& session, const std::string& file) {
  std::error_code error;
  const std::filesystem::path place = std::filesystem::absolute(file, error).lexically_normal();
  std::filesystem::path root = place.parent_path();
  while (root.has_relative_path() && !std::filesystem::is_directory(root / ".uaf", error))
    root = root.parent_path();
  const bool in_workspace = std::filesystem::is_directory(root / ".uaf", error);
  if (!in_workspace) root = place.parent_path();
  std::vector<runtime::RunOptions::OtherFile> others;
  const absl::StatusOr<std::vector<std::string>> names = FilesBelow(session.formats(), root.string());
  if (!names.ok()) return others;  // nothing can be found there; what is missing is a finding
  for (const std::string& name : *names) {
    const std::filesystem::path path = std::filesystem::path(name).lexically_normal();
    if (path == place || (!in_workspace && path.parent_path() != root)) continue;
    const std::string_view format = session.formats().ForFile(name, "").name();
    if (format != "bpmn" && format != "dmn") continue;
    absl::StatusOr<std::string> bytes = session.files().Read(name, kLargestArtifact);
    if (bytes.ok()) others.push_back({path.lexically_relative(root).generic_string(), *std::move(bytes)});
  }
  return others;
}

// One file: its one plan is what is written.
absl::StatusOr<Exit> CompileFile(Session& session, const CompileArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(arguments.path, kLargestArtifact));
  const uaf::document::Format& format = session.formats().ForFile(arguments.path, FileHead(bytes));
  const absl::StatusOr<uaf::document::Intake> intake = format.Accept(bytes);
  compiler::CompileResult result;
  if (!intake.ok()) {
    result.findings.push_back({"", 0, std::string(intake.status().message()), ""});
  } else {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document,
                            uaf::document::Document::Import(intake->import, bytes, uaf::EventId{}));
    compiler::CompileOptions options;
    options.source_hash = Sha256(bytes).Hex();
    std::vector<engine::DecisionFile> decision_files;
    std::vector<compiler::CallLibrary::File> called_files;
    for (runtime::RunOptions::OtherFile& other : OthersBeside(session, arguments.path)) {
      if (session.formats().ForFile(other.path, "").name() == "dmn")
        decision_files.push_back({std::move(other.path), std::move(other.bytes)});
      else
        called_files.push_back({std::move(other.path), std::move(other.bytes)});
    }
    const engine::DecisionLibrary decisions(std::move(decision_files));
    const compiler::CallLibrary calls(std::move(called_files));
    options.decisions = &decisions;
    options.calls = &calls;
    result = compiler::Compile(document, options);
  }
  ordered_json plans = ordered_json::array();
  ordered_json findings = ordered_json::array();
  for (const compiler::CompileFinding& finding : result.findings) {
    if (arguments.json) findings.push_back(ToJson(arguments.path, finding));
    if (!arguments.json) PrintFinding(session.console(), arguments.path, finding);
  }
  for (const compiler::CompiledProcess& process : result.processes) {
    if (!result.ok()) break;
    plans.push_back(
        {{"process", process.plan.process_id()}, {"digest", process.digest}, {"size", process.bytes.size()}});
    if (!arguments.json) {
      session.console().Line(absl::StrCat(process.plan.process_id(), "  ", process.digest, "  ",
                                          process.bytes.size(), " bytes"));
    }
  }
  if (arguments.json) session.console().Json({{"plans", plans}, {"findings", findings}});
  if (!result.ok()) return Exit::kFinding;
  if (arguments.output.empty()) return Exit::kSuccess;
  if (result.processes.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.path, " has ", result.processes.size(),
                     " executable processes; compile its folder into a bundle"));
  }
  AMEIDE_RETURN_IF_ERROR(WriteOutput(session, arguments.output, result.processes.front().bytes));
  return Exit::kSuccess;
}

// A bundle lies in a folder like an OCI image: its manifest, and the blobs that it names by their SHA-256.
absl::Status WriteBundle(Session& session, const std::filesystem::path& folder,
                         const compiler::Bundle& bundle) {
  const std::filesystem::path blobs = folder / "blobs" / "sha256";
  AMEIDE_RETURN_IF_ERROR(CheckOutput(session, blobs));
  AMEIDE_RETURN_IF_ERROR(session.files().CreateFolders(blobs));
  for (const auto& [digest, bytes] : bundle.blobs) {
    AMEIDE_RETURN_IF_ERROR(WriteOutput(session, blobs / digest, bytes));
  }
  return WriteOutput(session, folder / "manifest.json", bundle.manifest);
}

absl::StatusOr<Exit> CompileFolder(Session& session, const CompileArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                          FilesBelow(session.formats(), arguments.path));
  std::vector<compiler::BundleArtifact> artifacts;
  for (const std::string& file : files) {
    AMEIDE_ASSIGN_OR_RETURN(std::string bytes, session.files().Read(file, kLargestArtifact));
    const std::string format(session.formats().ForFile(file, FileHead(bytes)).name());
    if (format != "bpmn" && format != "proto" && format != "dmn") continue;
    const std::string path = std::filesystem::path(file).lexically_relative(arguments.path).generic_string();
    artifacts.push_back({path, format, "", std::move(bytes)});
  }
  const compiler::Bundle bundle = compiler::BuildBundle(artifacts, compiler::CompileOptions{});
  ordered_json findings = ordered_json::array();
  for (const compiler::BundleFinding& found : bundle.findings) {
    if (arguments.json) findings.push_back(ToJson(found.path, found.finding));
    if (!arguments.json) PrintFinding(session.console(), found.path, found.finding);
  }
  if (arguments.json) {
    session.console().Json({{"bundle", bundle.digest}, {"findings", findings}});
  } else if (bundle.ok()) {
    session.console().Line(absl::StrCat("bundle ", bundle.digest, "  ", artifacts.size(), " artifacts"));
  }
  if (!bundle.ok()) return Exit::kFinding;
  if (!arguments.output.empty()) AMEIDE_RETURN_IF_ERROR(WriteBundle(session, arguments.output, bundle));
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Compile(Session& session, const CompileArguments& arguments) {
  if (arguments.target != "embedded") {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no target '", arguments.target, "'; this version compiles for: embedded"));
  }
  std::error_code error;
  return std::filesystem::is_directory(arguments.path, error) ? CompileFolder(session, arguments)
                                                              : CompileFile(session, arguments);
}

absl::StatusOr<Exit> Run(Session& session, const std::string& file, const runtime::RunOptions& options) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(file, kLargestArtifact));
  AMEIDE_ASSIGN_OR_RETURN(const int exit, runtime::Run(bytes, options, std::cout, std::cerr));
  std::cout.flush();
  return static_cast<Exit>(exit);
}

void AddRunVerb(CLI::App& app, Session& session) {
  const auto file = std::make_shared<std::string>();
  const auto options = std::make_shared<runtime::RunOptions>();
  CLI::App* run = app.add_subcommand("run", "Execute a BPMN file in a fresh engine in memory");
  // Each value is an option of its own: `--var a=1 FILE` must not take FILE as another variable.
  const auto add_list = [run](const char* name, std::vector<std::string>& values, const char* help) {
    return run->add_option(name, values, help)->expected(1)->take_all()->allow_extra_args(false);
  };
  const auto messages = std::make_shared<std::vector<std::string>>();
  const auto signals = std::make_shared<std::vector<std::string>>();
  run->add_option("FILE", *file, "The file")->required();
  add_list("--process", options->processes, "Start this process (default: the one executable process)");
  add_list("--var", options->variables, "NAME=JSON: a variable of every instance");
  add_list("--complete", options->complete, "TASK[=JSON]: completes one activation of a user task, in order");
  const CLI::Option* const message =
      add_list("--message", *messages, "NAME[:KEY][=JSON]: a message, sent after the start");
  const CLI::Option* const signal = add_list("--signal", *signals, "A signal, sent after the start");
  add_list("--throw", options->throws, "ELEMENT=CODE: this task throws that BPMN error");
  run->add_option("--advance", options->advance, "How far the virtual clock goes, an ISO 8601 duration");
  run->add_flag("--stub", options->stub,
                "Tasks with no implementation and user tasks complete by themselves");
  run->add_flag("--trace", options->trace, "One JSON line for each thing that happens to an element");
  run->callback([&session, run, file, options, messages, signals, message, signal] {
    // What is sent is sent in the order in which it was written.
    size_t next_message = 0, next_signal = 0;
    for (const CLI::Option* const option : run->parse_order()) {
      if (option == message) options->sent.push_back({false, (*messages)[next_message++]});
      if (option == signal) options->sent.push_back({true, (*signals)[next_signal++]});
    }
    options->start = session.clock().Now();
    options->others = [&session, file] { return OthersBeside(session, *file); };
    session.Finish(Run(session, *file, *options));
  });
}

}  // namespace

void AddModelVerbs(CLI::App& app, Session& session) {
  const auto feel_arguments = std::make_shared<FeelArguments>();
  CLI::App* feel = app.add_subcommand("feel", "Evaluate a FEEL expression; prints JSON");
  feel->add_option("EXPR", feel_arguments->expression, "The expression")->required();
  feel->add_option("--context", feel_arguments->context, "Values of names, a JSON object");
  feel->add_flag("--unary", feel_arguments->unary, "EXPR is unary tests; their input is the context's \"?\"");
  feel->add_flag("--json", feel_arguments->json, "Print what is wrong as JSON, too, beside the value");
  feel->callback([&session, feel_arguments] { session.Finish(Feel(session, *feel_arguments)); });

  const auto compile_arguments = std::make_shared<CompileArguments>();
  CLI::App* compile =
      app.add_subcommand("compile", "Compile a BPMN file into a plan, or a folder into a bundle");
  compile->add_option("PATH", compile_arguments->path, "A file or folder")->required();
  compile->add_option("-o,--output", compile_arguments->output,
                      "Where to write: a file for a plan, a folder for a bundle");
  compile->add_option("--target", compile_arguments->target, "What it will run on")->capture_default_str();
  compile->add_flag("--json", compile_arguments->json, "Print the result as JSON");
  compile->callback([&session, compile_arguments] { session.Finish(Compile(session, *compile_arguments)); });

  AddRunVerb(app, session);
}

}  // namespace ameide::cli
