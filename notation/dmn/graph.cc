#include "notation/dmn/graph.h"

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"
#include "base/words.h"

namespace ameide::dmn {
namespace {

std::optional<NodeKind> KindOf(std::string_view type) {
  if (type == "inputData") return NodeKind::kInputData;
  if (type == "decision") return NodeKind::kDecision;
  if (type == "businessKnowledgeModel") return NodeKind::kBusinessKnowledgeModel;
  if (type == "decisionService") return NodeKind::kDecisionService;
  if (type == "knowledgeSource") return NodeKind::kKnowledgeSource;
  return std::nullopt;
}

std::string_view KindInWords(NodeKind kind) {
  switch (kind) {
    case NodeKind::kInputData:
      return "input data";
    case NodeKind::kDecision:
      return "a decision";
    case NodeKind::kBusinessKnowledgeModel:
      return "a business knowledge model";
    case NodeKind::kDecisionService:
      return "a decision service";
    case NodeKind::kKnowledgeSource:
      return "a knowledge source";
  }
  return "";
}

}  // namespace

ImportLoader LoaderAmong(std::vector<ImportedFile> files) {
  return [files = std::move(files)](std::string_view importing, std::string_view namespace_uri,
                                    std::string_view location) -> std::optional<ImportedFile> {
    const std::string_view wanted = location.substr(location.rfind('/') + 1);
    const ImportedFile* found = nullptr;
    for (const ImportedFile& file : files) {
      if (file.path == importing || Definitions(*file.document).target_namespace() != namespace_uri) continue;
      const bool at_location = !wanted.empty() && file.path.ends_with(wanted);
      if (found == nullptr || at_location) found = &file;
      if (at_location) break;
    }
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
}

Graph::Graph(const Document& document, std::string path, const ImportLoader& loader) {
  files_.push_back(std::make_unique<File>(File{std::move(path), nullptr, Definitions(document), {}}));
  LoadImports(loader);
  FindImportCycles();
  AddNodes();
  Connect();
  FindCycles();
}

void Graph::LoadImports(const ImportLoader& loader) {
  for (uint32_t i = 0; i < files_.size(); ++i) {  // grows while it goes
    for (const Element& element : files_[i]->view.imports()) {
      Import import{element, element.name(), element.attribute("namespace").value_or(""), std::nullopt};
      const std::string type = element.attribute("importType").value_or("");
      // Some tools name the schema's file instead of the namespace.
      const bool is_model = type.empty() || type.find("/spec/DMN/") != std::string::npos;
      for (uint32_t k = 0; k < files_.size() && is_model; ++k) {
        if (files_[k]->view.target_namespace() == import.namespace_uri) import.file = k;
      }
      if (is_model && !import.file && loader && files_.size() < kMostFiles) {
        const std::string location = element.attribute("locationURI").value_or("");
        if (auto found = loader(files_[i]->path, import.namespace_uri, location);
            found && IsDmn(*found->document)) {
          import.file = static_cast<uint32_t>(files_.size());
          Definitions view(*found->document);
          files_.push_back(
              std::make_unique<File>(File{std::move(found->path), found->document, std::move(view), {}}));
        } else {
          problems_.push_back(
              {"dmn/import-not-found", i, element,
               absl::StrCat(
                   "no model of the namespace ", import.namespace_uri, " was found",
                   location.empty() ? "" : absl::StrCat(" at ", location),
                   "; put its file beside this one, or mend the import's namespace and locationURI")});
        }
      } else if (!is_model) {
        problems_.push_back({"dmn/import-type", i, element,
                             absl::StrCat("imports ", type,
                                          ", of which only DMN models are read; what it "
                                          "defines is taken as unknown")});
      }
      files_[i]->imports.push_back(std::move(import));
    }
  }
}

void Graph::FindImportCycles() {
  enum : uint8_t { kNew, kOpen, kDone };
  std::vector<uint8_t> state(files_.size(), kNew);
  std::vector<std::pair<uint32_t, size_t>> path;
  const auto enter = [&](uint32_t file) {
    state[file] = kOpen;
    path.emplace_back(file, 0);
  };
  for (uint32_t start = 0; start < files_.size(); ++start) {
    if (state[start] == kNew) enter(start);
    while (!path.empty()) {
      auto& [at, next] = path.back();
      if (next == files_[at]->imports.size()) {
        state[at] = kDone;
        path.pop_back();
        continue;
      }
      const Import& import = files_[at]->imports[next++];
      if (!import.file || state[*import.file] == kDone) continue;
      if (state[*import.file] == kNew) {
        enter(*import.file);
        continue;
      }
      std::string circle;
      auto step = std::find_if(path.begin(), path.end(),
                               [&](const auto& each) { return each.first == *import.file; });
      for (; step != path.end(); ++step) absl::StrAppend(&circle, files_[step->first]->path, " → ");
      problems_.push_back({"dmn/cyclic-import", at, import.element,
                           absl::StrCat("the model imports itself: ", circle, files_[*import.file]->path,
                                        "; remove the import, a model sees its own names without one")});
    }
  }
}

void Graph::AddNodes() {
  by_id_.resize(files_.size());
  for (uint32_t i = 0; i < files_.size(); ++i) {
    for (const Element& element : files_[i]->view.drg_elements()) {
      const auto index = static_cast<uint32_t>(nodes_.size());
      Node node;
      node.kind = *KindOf(element.type());
      node.file = i;
      node.element = element;
      node.id = element.id();
      node.name = element.name();
      if (!node.id.empty()) by_id_[i].emplace(node.id, index);
      nodes_.push_back(std::move(node));
    }
  }
}

std::optional<uint32_t> Graph::Find(uint32_t file, std::string_view id) const {
  const auto found = by_id_[file].find(std::string(id));
  if (found == by_id_[file].end()) return std::nullopt;
  return found->second;
}

std::optional<Graph::Edge> Graph::Resolve(uint32_t file, const Element& reference,
                                          std::initializer_list<NodeKind> kinds) {
  const std::string href = NormalizedName(reference.attribute("href").value_or(""));
  const File& here = *files_[file];
  if (href.empty()) {
    problems_.push_back({"dmn/dangling-reference", file, reference,
                         absl::StrCat("the ", InWords(reference.type()),
                                      " has no href; let it name an element as href=\"#id\"")});
    return std::nullopt;
  }
  const size_t hash = href.rfind('#');
  const std::string space = hash == std::string::npos ? "" : href.substr(0, hash);
  const std::string id = hash == std::string::npos ? href : href.substr(hash + 1);
  std::optional<uint32_t> target;
  if (space.empty() || space == here.view.target_namespace()) {
    target = file;
  } else {
    for (uint32_t k = 0; k < files_.size() && !target; ++k) {
      const std::string& path = files_[k]->path;
      if (files_[k]->view.target_namespace() == space || path == space || path.ends_with("/" + space))
        target = k;
    }
    if (!target) {
      const bool imported = std::any_of(here.imports.begin(), here.imports.end(),
                                        [&](const Import& each) { return each.namespace_uri == space; });
      if (imported) return std::nullopt;  // that the file is not there has been said
      problems_.push_back({"dmn/dangling-reference", file, reference,
                           absl::StrCat("names ", href, ", but no import has the namespace ", space,
                                        "; import that model, or refer to an element of this one as #id")});
      return std::nullopt;
    }
  }
  const std::optional<uint32_t> node = Find(*target, id);
  if (!node) {
    const Element other = files_[*target]->view.Find(id);
    problems_.push_back(
        {"dmn/dangling-reference", file, reference,
         other ? absl::StrCat("names the ", LabelOf(other), ", which is no node of the requirements graph")
               : absl::StrCat("names ", href, ", which does not exist",
                              *target == file ? "" : absl::StrCat(" in ", files_[*target]->path),
                              "; let it name an existing element, or remove it")});
    return std::nullopt;
  }
  if (std::find(kinds.begin(), kinds.end(), nodes_[*node].kind) == kinds.end()) {
    problems_.push_back(
        {"dmn/wrong-reference", file, reference,
         absl::StrCat("the ", InWords(reference.type()), " names the ", LabelOf(nodes_[*node].element),
                      "; it must name ", std::string(KindInWords(*kinds.begin())))});
    return std::nullopt;
  }
  return Edge{reference, *node};
}

void Graph::Connect() {
  for (uint32_t i = 0; i < nodes_.size(); ++i) ConnectNode(i);
}

void Graph::ConnectNode(uint32_t index) {
  const uint32_t file = nodes_[index].file;
  const Element element = nodes_[index].element;
  const auto add = [&](std::vector<Edge> Node::*list, const Element& reference,
                       std::initializer_list<NodeKind> kinds) {
    if (!reference) return;
    if (const auto edge = Resolve(file, reference, kinds)) (nodes_[index].*list).push_back(*edge);
  };
  constexpr auto kDecision = NodeKind::kDecision, kInput = NodeKind::kInputData;
  for (const Element& requirement : element.children("informationRequirement")) {
    // Files mix the two up, and both say which value is meant.
    add(&Node::information, requirement.child("requiredDecision"), {kDecision, kInput});
    add(&Node::information, requirement.child("requiredInput"), {kInput, kDecision});
  }
  for (const Element& requirement : element.children("knowledgeRequirement")) {
    add(&Node::knowledge, requirement.child("requiredKnowledge"),
        {NodeKind::kBusinessKnowledgeModel, NodeKind::kDecisionService});
  }
  for (const Element& requirement : element.children("authorityRequirement")) {
    for (const Element& reference : requirement.children()) {
      if (reference.attribute("href")) {
        Resolve(file, reference,
                {NodeKind::kKnowledgeSource, kDecision, kInput, NodeKind::kBusinessKnowledgeModel});
      }
    }
  }
  if (nodes_[index].kind != NodeKind::kDecisionService) return;
  for (const Element& child : element.children("outputDecision"))
    add(&Node::output_decisions, child, {kDecision});
  for (const Element& child : element.children("encapsulatedDecision"))
    add(&Node::encapsulated_decisions, child, {kDecision});
  for (const Element& child : element.children("inputDecision"))
    add(&Node::input_decisions, child, {kDecision});
  for (const Element& child : element.children("inputData")) add(&Node::input_data, child, {kInput});
}

std::string Graph::NameFrom(uint32_t from, uint32_t node) const {
  std::string name;
  if (const auto path = PathTo(from, nodes_[node].file)) {
    for (const std::string& import : *path) absl::StrAppend(&name, import, ".");
  }
  return absl::StrCat(name, nodes_[node].name);
}

std::optional<std::vector<std::string>> Graph::PathTo(uint32_t from, uint32_t to) const {
  std::vector<std::optional<std::vector<std::string>>> paths(files_.size());
  paths[from].emplace();
  std::deque<uint32_t> next = {from};
  while (!next.empty() && !paths[to]) {
    const uint32_t at = next.front();
    next.pop_front();
    for (const Import& import : files_[at]->imports) {
      if (!import.file || paths[*import.file]) continue;
      std::vector<std::string> path = *paths[at];
      if (!import.name.empty()) path.push_back(import.name);
      paths[*import.file] = std::move(path);
      next.push_back(*import.file);
    }
  }
  return paths[to];
}

void Graph::FindCycles() {
  enum : uint8_t { kNew, kOpen, kDone };
  std::vector<uint8_t> state(nodes_.size(), kNew);
  struct Step {
    uint32_t node;
    size_t next = 0;
  };
  const auto edge_at = [&](uint32_t node, size_t i) -> const Edge* {
    const Node& each = nodes_[node];
    if (i < each.information.size()) return &each.information[i];
    i -= each.information.size();
    if (i < each.knowledge.size()) return &each.knowledge[i];
    i -= each.knowledge.size();
    return i < each.output_decisions.size() ? &each.output_decisions[i] : nullptr;
  };
  for (uint32_t start = 0; start < nodes_.size(); ++start) {
    if (state[start] != kNew) continue;
    std::vector<Step> path = {{start}};
    state[start] = kOpen;
    while (!path.empty()) {
      const uint32_t at = path.back().node;
      const Edge* const edge = edge_at(at, path.back().next++);
      if (edge == nullptr) {
        state[at] = kDone;
        path.pop_back();
        continue;
      }
      if (state[edge->node] == kNew) {
        state[edge->node] = kOpen;
        path.push_back({edge->node});
        continue;
      }
      if (state[edge->node] != kOpen) continue;
      // A business knowledge model that calls itself is recursion, which its own conditions end.
      const bool recursion = edge->node == at && nodes_[at].kind == NodeKind::kBusinessKnowledgeModel;
      if (recursion) continue;
      std::string circle;
      auto from =
          std::find_if(path.begin(), path.end(), [&](const Step& step) { return step.node == edge->node; });
      for (; from != path.end(); ++from) absl::StrAppend(&circle, "\"", nodes_[from->node].name, "\" → ");
      absl::StrAppend(&circle, "\"", nodes_[edge->node].name, "\"");
      problems_.push_back({"dmn/cyclic-requirement", nodes_[at].file, edge->at,
                           absl::StrCat("requirements lead in a circle: ", circle,
                                        "; remove one of them, a decision cannot depend on itself")});
    }
  }
}

}  // namespace ameide::dmn
