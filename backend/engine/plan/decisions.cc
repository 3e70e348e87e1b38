#include "backend/engine/plan/decisions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/dmn/model.h"
#include "notation/feel/duration.h"
#include "notation/xml/intake.h"

namespace ameide::engine {

using uaf::document::Document;

namespace {

std::shared_ptr<const Document> ReadDmn(const std::string& bytes) {
  const auto intake = xml::Accept(bytes);
  if (!intake.ok()) return nullptr;
  absl::StatusOr<Document> document = Document::Import(intake->import, bytes, {});
  if (!document.ok() || !dmn::IsDmn(*document)) return nullptr;
  return std::make_shared<const Document>(*std::move(document));
}

bool IsCallable(const dmn::Element& element) {
  return element.type() == "decision" || element.type() == "decisionService";
}

std::string FileName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Nodes of the graph that a node needs, itself included.
std::set<uint32_t> NeededBy(const dmn::Graph& graph, uint32_t first) {
  std::set<uint32_t> needed;
  std::vector<uint32_t> open = {first};
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (!needed.insert(at).second) continue;
    const dmn::Graph::Node& node = graph.nodes()[at];
    for (const auto* edges :
         {&node.information, &node.knowledge, &node.output_decisions, &node.encapsulated_decisions}) {
      for (const dmn::Graph::Edge& edge : *edges) open.push_back(edge.node);
    }
  }
  return needed;
}

/// The node that an element is in; nullopt for what stands beside them (types, imports).
std::optional<uint32_t> NodeAround(const dmn::Graph& graph, dmn::Element at) {
  for (; at; at = at.parent()) {
    for (uint32_t i = 0; i < graph.nodes().size(); ++i) {
      if (graph.nodes()[i].element == at) return i;
    }
  }
  return std::nullopt;
}

}  // namespace

DecisionLibrary::DecisionLibrary(std::vector<DecisionFile> files) : files_(std::move(files)) {
  for (const DecisionFile& file : files_) {
    documents_.push_back(ReadDmn(file.bytes));
    namespaces_.emplace_back();
    decisions_.emplace_back();
    if (documents_.back() == nullptr) continue;
    const dmn::Definitions view(*documents_.back());
    namespaces_.back() = view.target_namespace();
    for (const dmn::Element& element : view.drg_elements()) {
      if (IsCallable(element)) decisions_.back().insert(element.id());
    }
  }
}

std::vector<size_t> DecisionLibrary::Declaring(const std::string& decision) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (decisions_[i].contains(decision)) found.push_back(i);
  }
  return found;
}

/// An import is the file that its location names, else the first of its namespace.
dmn::Graph DecisionLibrary::GraphOf(size_t root) const {
  const auto load = [this](std::string_view importing, std::string_view namespace_uri,
                           std::string_view location) -> std::optional<dmn::ImportedFile> {
    std::optional<size_t> best;
    const std::string name = FileName(std::string(location));
    for (size_t i = 0; i < files_.size(); ++i) {
      if (namespaces_[i] != namespace_uri || documents_[i] == nullptr || files_[i].path == importing)
        continue;
      const bool named = !name.empty() && FileName(files_[i].path) == name;
      if (named || !best) best = i;
      if (named) break;
    }
    if (!best) return std::nullopt;
    return dmn::ImportedFile{files_[*best].path, documents_[*best]};
  };
  return dmn::Graph(*documents_[root], files_[root].path, load);
}

absl::StatusOr<DecisionLibrary::Found> DecisionLibrary::Find(const std::string& decision) const {
  const std::vector<size_t> declaring = Declaring(decision);
  if (declaring.empty()) {
    return absl::NotFoundError(absl::StrCat("the decision ", decision,
                                            " is in none of the decision models (.dmn) of the workspace; add "
                                            "it or correct the id"));
  }
  if (declaring.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the decision ", decision, " is in both ", files_[declaring[0]].path, " and ",
                     files_[declaring[1]].path, "; give one of them another id"));
  }
  const dmn::Graph graph = GraphOf(declaring[0]);
  Found found;
  for (const auto& file : graph.files()) {
    const auto known = std::find_if(files_.begin(), files_.end(),
                                    [&](const DecisionFile& it) { return it.path == file->path; });
    found.files.push_back(*known);
  }
  const auto node = graph.Find(0, decision);
  const std::set<uint32_t> needed = node ? NeededBy(graph, *node) : std::set<uint32_t>();
  const auto tell = [&](uint32_t file, const dmn::Element& at, const std::string& message) {
    const std::optional<uint32_t> around = NodeAround(graph, at);
    if (around && !needed.contains(*around)) return;
    const uint32_t line = at ? at.document().positions(std::vector{at.node()})[0].line : 0;
    found.problems.push_back(
        absl::StrCat(graph.files()[file]->path, line == 0 ? "" : absl::StrCat(":", line), ": ", message));
  };
  for (const dmn::Graph::Problem& problem : graph.problems()) tell(problem.file, problem.at, problem.message);
  const dmn::Model model(graph);
  for (const dmn::ModelFinding& finding : model.findings()) {
    if (finding.severity == uaf::document::Severity::kError) tell(finding.file, finding.at, finding.message);
  }
  return found;
}

/// The decisions of one plan, compiled.
class CompiledDecisions final : public DecisionModel {
 public:
  absl::Status Add(const DecisionLibrary& library, const std::string& decision) {
    if (nodes_.contains(decision)) return absl::OkStatus();
    const std::vector<size_t> declaring = library.Declaring(decision);
    if (declaring.empty()) {
      return absl::DataLossError(absl::StrCat("the plan calls the decision ", decision,
                                              " but does not carry it; publish the model again"));
    }
    auto& model = models_[declaring[0]];
    if (model == nullptr) model = std::make_shared<const dmn::Model>(library.GraphOf(declaring[0]));
    for (uint32_t i = 0; i < model->nodes().size(); ++i) {
      const dmn::NodeSummary& node = model->nodes()[i];
      const bool callable =
          node.kind == dmn::NodeKind::kDecision || node.kind == dmn::NodeKind::kDecisionService;
      if (callable && !node.imported && node.id == decision) nodes_[decision] = {model.get(), i};
    }
    return absl::OkStatus();
  }

  /// A decision's result may be null: DMN has no errors (10.3.2.13). Variables were JSON, so texts become
  /// dates where the inputs' types say so.
  absl::StatusOr<feel::Value> Evaluate(const std::string& decision, const feel::Context& variables,
                                       WallTime at) const override {
    const auto found = nodes_.find(decision);
    if (found == nodes_.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the plan has no decision ", decision));
    }
    const auto& [model, node] = found->second;
    bool exhausted = false;
    const feel::DateTime now = feel::ToDateTime(at);
    dmn::EvaluateOptions options;
    options.now = &now;
    options.exhausted = &exhausted;
    feel::Value value = model->Evaluate(node, model->BindJson(variables), options);
    if (exhausted) {
      return absl::InvalidArgumentError(
          absl::StrCat("the decision ", decision, " takes more steps than an evaluation may"));
    }
    return value;
  }

 private:
  std::map<size_t, std::shared_ptr<const dmn::Model>> models_;  ///< by the file that declares the decision
  std::map<std::string, std::pair<const dmn::Model*, uint32_t>> nodes_;
};

absl::Status LoadDecisions(Plan& plan) {
  if (plan.decision_files.empty()) return absl::OkStatus();
  const DecisionLibrary library(plan.decision_files);
  auto decisions = std::make_shared<CompiledDecisions>();
  for (const Node& node : plan.nodes) {
    if (node.kind == NodeKind::kDecisionTask) AMEIDE_RETURN_IF_ERROR(decisions->Add(library, node.decision));
  }
  plan.decisions = std::move(decisions);
  return absl::OkStatus();
}

}  // namespace ameide::engine
