// dmn eval, dmn tck
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "app/cli/add_verb.h"
#include "app/cli/decision_files.h"
#include "app/cli/text_argument.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "notation/dmn/model.h"
#include "notation/dmn/tck.h"
#include "notation/feel/duration.h"
#include "notation/feel/json.h"
#include "uaf/document/encoding.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;

struct EvalArguments {
  std::string file;
  std::string decision;
  std::string context;
  bool json = false;  // the result always is; taken so that scripts need not know
};

absl::StatusOr<feel::Context> ReadContext(const std::string& json) {
  AMEIDE_RETURN_IF_ERROR(CheckUtf8("--context", json));
  if (json.empty()) return feel::Context();
  const absl::StatusOr<feel::Value> value = feel::FromJson(json);
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--context is not JSON: ", std::string(value.status().message())));
  }
  if (value->context() == nullptr) {
    return absl::InvalidArgumentError("--context must be a JSON object that gives inputs their values");
  }
  return *value->context();
}

bool IsCallable(dmn::NodeKind kind) {
  return kind == dmn::NodeKind::kDecision || kind == dmn::NodeKind::kDecisionService ||
         kind == dmn::NodeKind::kBusinessKnowledgeModel;
}

/// What to say when there is no such decision: the nearest name, else all of them.
std::string NoDecision(const dmn::Model& model, const EvalArguments& arguments) {
  std::vector<std::string> names;
  std::string all;
  for (const dmn::NodeSummary& node : model.nodes()) {
    if (!IsCallable(node.kind) || node.imported) continue;
    names.push_back(node.name);
    if (names.size() <= 20) absl::StrAppend(&all, all.empty() ? "" : ", ", node.name);
  }
  const std::string near = feel::NearestName(arguments.decision, names);
  return absl::StrCat(arguments.file, ": there is no decision '", arguments.decision, "'; ",
                      !near.empty()   ? absl::StrCat("did you mean '", near, "'?")
                      : names.empty() ? "the model has none"
                                      : absl::StrCat("there are: ", all));
}

std::optional<uint32_t> FindCallable(const dmn::Model& model, const std::string& name) {
  const auto found = model.Find(name);
  if (found && IsCallable(model.nodes()[*found].kind)) return found;
  for (uint32_t i = 0; i < model.nodes().size(); ++i) {
    if (model.nodes()[i].name == dmn::NormalizedName(name) && IsCallable(model.nodes()[i].kind)) return i;
  }
  return std::nullopt;
}

/// "takes Age, Income", "takes none".
std::string InputsOf(const dmn::Model& model, uint32_t service) {
  std::string names;
  for (const uint32_t input : model.nodes()[service].requires_nodes)
    absl::StrAppend(&names, names.empty() ? "" : ", ", model.nodes()[input].name);
  return absl::StrCat("takes ", names.empty() ? "none" : names);
}

/// A line of a file that was read, as it is written.
std::string LineOf(DecisionFiles& files, const std::string& path, uint32_t number) {
  const auto document = files.Read(path);
  if (!document.ok()) return "";
  const uaf::document::ImportOp& import = (*document)->import();
  const auto text = uaf::document::DecodeText((*document)->Render(), import.encoding, import.byte_order_mark);
  if (!text.ok()) return "";
  std::string_view rest = *text;
  for (; number > 1 && !rest.empty(); --number)
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  rest = rest.substr(0, rest.find_first_of("\r\n"));
  return std::string(rest);
}

absl::StatusOr<Exit> Eval(Session& session, const EvalArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const feel::Context context, ReadContext(arguments.context));
  DecisionFiles files(session);
  const auto document = files.Read(arguments.file);
  if (!document.ok()) {
    session.console().Error(document.status());
    return absl::IsInvalidArgument(document.status()) ? Exit::kFinding : Exit::kError;
  }
  if (!dmn::IsDmn(**document)) {
    session.console().Error(std::string_view(
        absl::StrCat(arguments.file, ": is no DMN model: its root is not `definitions` of a DMN namespace")));
    return Exit::kFinding;
  }
  const dmn::Model model(dmn::Graph(**document, arguments.file, files.Loader()));
  const auto node = FindCallable(model, arguments.decision);
  if (!node) {
    session.console().Error(std::string_view(NoDecision(model, arguments)));
    return Exit::kFinding;
  }
  std::vector<dmn::Diagnostic> diagnostics;
  const feel::DateTime now = feel::ToDateTime(session.clock().Now());
  dmn::EvaluateOptions options;
  options.diagnostics = &diagnostics;
  options.now = &now;
  const auto note = [&](const std::string& text) {
    session.console().Note(absl::StrCat("note: ", text, "; its value is not used"));
  };
  feel::Value value;
  if (model.nodes()[*node].kind == dmn::NodeKind::kBusinessKnowledgeModel) {
    value = model.Call(*node, context, options);
  } else {
    std::vector<std::string> unknown;
    const dmn::Model::Inputs inputs = model.BindJson(context, &unknown);
    std::vector<std::string> names;
    for (const dmn::NodeSummary& each : model.nodes()) {
      if (each.kind == dmn::NodeKind::kInputData) names.push_back(each.name);
    }
    for (const std::string& name : unknown) {
      const std::string near = feel::NearestName(name, names);
      note(absl::StrCat("the model has no input '", name, "'",
                        near.empty() ? "" : absl::StrCat(" (did you mean '", near, "'?)")));
    }
    for (const uint32_t surplus : model.SurplusInputs(*node, inputs)) {
      note(absl::StrCat("'", model.nodes()[surplus].name, "' is none of the inputs of the decision service '",
                        model.nodes()[*node].name, "', which ", InputsOf(model, *node)));
    }
    value = model.Evaluate(*node, inputs, options);
  }
  session.console().Bytes(feel::ToJson(value) + "\n");
  for (const dmn::Diagnostic& diagnostic : diagnostics) {
    const bool whole = diagnostic.text.empty() && diagnostic.line > 0;
    std::string text =
        dmn::Render(diagnostic, whole ? LineOf(files, diagnostic.path, diagnostic.line) : std::string());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    session.console().Note(text);
  }
  return Exit::kSuccess;
}

struct TckArguments {
  std::vector<std::string> folders;
  bool json = false;
};

/// `*-test-*.xml` below a folder, sorted.
absl::StatusOr<std::vector<std::string>> TestFilesBelow(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  if (std::filesystem::is_regular_file(folder, error)) return std::vector<std::string>{folder};
  std::filesystem::recursive_directory_iterator walk(folder, error);
  for (const auto end = std::filesystem::end(walk); !error && walk != end; walk.increment(error)) {
    const std::string name = walk->path().filename().string();
    std::error_code unreadable;
    if (absl::StrContains(name, "-test-") && absl::EndsWith(name, ".xml") &&
        walk->is_regular_file(unreadable))
      found.push_back(walk->path().string());
  }
  if (error) return absl::NotFoundError(absl::StrCat("cannot read folder ", folder, ": ", error.message()));
  std::sort(found.begin(), found.end());
  return found;
}

/// The model of a test file: the one that it names, which must be there; without a name the one whose name
/// its own begins with, else the only one.
absl::StatusOr<std::string> ModelBeside(const std::string& test_file, const std::string& named) {
  const std::filesystem::path path(test_file);
  const std::filesystem::path folder = path.parent_path();
  std::error_code error;
  std::vector<std::string> models;
  std::filesystem::directory_iterator walk(folder.empty() ? "." : folder, error);
  for (const auto end = std::filesystem::end(walk); !error && walk != end; walk.increment(error)) {
    if (walk->path().extension() == ".dmn") models.push_back(walk->path().filename().string());
  }
  std::sort(models.begin(), models.end());
  if (!named.empty()) {
    if (std::filesystem::is_regular_file(folder / named, error)) return (folder / named).string();
    const std::string near = feel::NearestName(named, models);
    return absl::NotFoundError(absl::StrCat(
        "the test cases are of the model '", named, "' (<modelName>), which is not beside them; ",
        !near.empty()    ? absl::StrCat("did you mean '", near, "'?")
        : models.empty() ? "no .dmn file is"
                         : absl::StrCat("there is '", models.front(), "'")));
  }
  const std::string name = path.filename().string();
  const std::string same = name.substr(0, name.find("-test-")) + ".dmn";
  if (std::find(models.begin(), models.end(), same) != models.end()) return (folder / same).string();
  if (models.size() == 1) return (folder / models.front()).string();
  return absl::NotFoundError(absl::StrCat("the test cases do not say of which model they are, and ",
                                          models.empty() ? "no .dmn file is" : "several .dmn files are",
                                          " beside them; name it in <modelName>"));
}

/// Passed and failed cases so far, and what there is to say of the failed ones.
struct TckTally {
  size_t passed = 0, failed = 0;
  ordered_json failures = ordered_json::array();
};

void Fail(Session& session, const TckArguments& arguments, TckTally& tally, const std::string& file,
          const std::string& test, const std::vector<std::string>& reasons) {
  ++tally.failed;
  if (arguments.json) {
    tally.failures.push_back({{"file", file}, {"case", test}, {"reasons", reasons}});
    return;
  }
  session.console().Line(absl::StrCat("FAILED ", file, " case ", test));
  for (const std::string& reason : reasons) {
    for (std::string_view rest = reason; !rest.empty();) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      session.console().Line(absl::StrCat("  ", std::string(rest.substr(0, end))));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

void RunTestFile(Session& session, const TckArguments& arguments, const std::string& file, TckTally& tally) {
  DecisionFiles files(session);
  const auto document = files.Read(file);
  const auto tests = document.ok() ? dmn::ReadTests(**document) : document.status();
  if (!tests.ok()) {
    Fail(session, arguments, tally, file, "(all)", {std::string(tests.status().message())});
    return;
  }
  const auto fail_all = [&](const std::string& why) {
    for (const auto& test : tests->cases) Fail(session, arguments, tally, file, test.id, {why});
  };
  const absl::StatusOr<std::string> found = ModelBeside(file, tests->model);
  if (!found.ok()) return fail_all(std::string(found.status().message()));
  const std::string& model_file = *found;
  const auto model_document = files.Read(model_file);
  if (!model_document.ok()) return fail_all(std::string(model_document.status().message()));
  if (!dmn::IsDmn(**model_document)) return fail_all(absl::StrCat(model_file, " is no DMN model"));
  const dmn::Model model(dmn::Graph(**model_document, model_file, files.Loader()));
  const feel::DateTime now = feel::ToDateTime(session.clock().Now());
  for (const dmn::TestOutcome& outcome : dmn::RunTests(model, *tests, &now)) {
    if (outcome.failures.empty()) {
      ++tally.passed;
    } else {
      Fail(session, arguments, tally, file, outcome.id, outcome.failures);
    }
  }
}

absl::StatusOr<Exit> Tck(Session& session, const TckArguments& arguments) {
  std::vector<std::string> files;
  for (const std::string& folder : arguments.folders) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> below, TestFilesBelow(folder));
    files.insert(files.end(), below.begin(), below.end());
  }
  TckTally tally;
  for (size_t i = 0; i < files.size(); ++i) {
    session.console().Progress("cases", i, files.size());
    RunTestFile(session, arguments, files[i], tally);
  }
  session.console().EndProgress();
  if (files.empty()) {
    session.console().Note("no `*-test-*.xml` was found; name a folder that holds test cases");
  }
  if (arguments.json) {
    session.console().Json(
        {{"passed", tally.passed}, {"failed", tally.failed}, {"failures", tally.failures}});
  } else {
    session.console().Line(absl::StrCat("passed ", tally.passed, " failed ", tally.failed));
  }
  if (files.empty()) return Exit::kError;
  return tally.failed > 0 ? Exit::kFinding : Exit::kSuccess;
}

}  // namespace

void AddDecisionVerbs(CLI::App& app, Session& session) {
  CLI::App* dmn = app.add_subcommand("dmn", "Decisions: evaluate them, run test suites");
  dmn->require_subcommand(1);

  const auto eval_arguments = std::make_shared<EvalArguments>();
  CLI::App* eval =
      AddVerb(*dmn, "eval", "Make a decision; prints its value as JSON", session, eval_arguments, Eval);
  eval->add_option("FILE", eval_arguments->file, "The model")->required();
  eval->add_option("DECISION", eval_arguments->decision,
                   "A decision, decision service or business knowledge model, by name or id")
      ->required();
  eval->add_option("--context", eval_arguments->context, "Values of inputs, a JSON object");

  const auto tck_arguments = std::make_shared<TckArguments>();
  CLI::App* tck = AddVerb(*dmn, "tck", "Run test cases in the format of the DMN Technology Compatibility Kit",
                          session, tck_arguments, Tck);
  tck->add_option("DIR", tck_arguments->folders, "Folders with models and `*-test-*.xml` files")->required();
}

}  // namespace ameide::cli
