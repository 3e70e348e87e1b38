#include "notation/bpmn/lint_session.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>

#include "notation/bpmn/lint_rules.h"
#include "notation/bpmn/lint_touched.h"
#include "notation/bpmn/view_live.h"

namespace ameide::bpmn {
namespace {

using uaf::document::Document;
using uaf::document::NodeKind;
using uaf::document::Op;

/// More elements than these are checked faster all together.
constexpr size_t kMostTouched = 1'500;
constexpr size_t kMostChanged = 200;

bool IsElement(const Document& document, NodeIndex node) { return document.kind(node) == NodeKind::kElement; }

/// Whether an element only says how others are drawn.
bool IsDiagram(const Document& document, NodeIndex node) {
  const std::string_view space = document.namespace_uri(node);
  return space == kDiagramNamespace || space == kDcNamespace || space == kDiNamespace;
}

/// What an edit changes, as far as that can be read off its operations and one state of the document: once
/// before it, once after.
class Edit {
 public:
  explicit Edit(const Document& document) : document_(document) {}

  void Look(const Op& op) {
    std::visit([this](const auto& each) { Take(each); }, op);
  }
  /// Takes in what was inserted as `id`.
  void Inserted(const uaf::NodeId& id) {
    if (const auto node = Find(id)) Placed(*node);
  }
  /// Takes in what another look saw, as far as it is still there.
  void Join(const Edit& other) {
    for (const NodeIndex node : other.elements_) {
      if (!document_.InTrash(node)) Own(node);
    }
    for (const NodeIndex node : other.parents_) {
      if (!document_.InTrash(node)) parents_.push_back(node);
    }
    structural_ = structural_ || other.structural_;
    all_ = all_ || other.all_;
  }

  /// Live elements whose own attributes, text, type or place it changes.
  const std::vector<NodeIndex>& elements() const { return elements_; }
  /// Live elements that get or lose children by it.
  const std::vector<NodeIndex>& parents() const { return parents_; }
  /// It concerns all.
  bool all() const { return all_ || elements_.size() > kMostChanged; }
  /// It changes more than names, texts and drawings.
  bool structural() const { return structural_; }

 private:
  void Take(const uaf::document::ImportOp&) { all_ = true; }
  void Take(const uaf::document::InsertNodeOp& op) {
    if (const auto parent = Find(op.place.parent)) Children(*parent);
  }
  void Take(const uaf::document::MoveNodeOp& op) {
    if (op.to) {
      if (const auto parent = Find(op.to->parent)) Children(*parent);
    }
    if (const auto node = Find(op.node)) Placed(*node);
  }
  void Take(const uaf::document::SetNameOp& op) {
    if (const auto node = Find(op.node)) Placed(*node);
  }
  void Take(const uaf::document::SetAttributeOp& op) {
    if (const auto node = Find(op.node)) Attribute(*node, op.name);
  }
  void Take(const uaf::document::ShiftAttributesOp& op) {
    for (const auto& target : op.targets) {
      if (const auto node = Find(target.node)) Attribute(*node, target.name);
    }
  }
  void Take(const uaf::document::OrderAttributesOp& op) {
    if (const auto node = Find(op.node)) Own(*node);
  }
  void Take(const uaf::document::SetTextOp& op) {
    if (const auto node = Find(op.node)) Text(*node);
  }
  void Take(const uaf::document::SpliceTextOp& op) {
    if (const auto node = Find(op.node)) Text(*node);
  }
  void Take(const uaf::document::SetTriviaOp& op) {
    if (const auto node = Find(op.node)) Text(*node);
  }

  std::optional<NodeIndex> Find(const uaf::NodeId& id) const {
    const auto node = document_.Find(id);
    return node && !document_.InTrash(*node) ? node : std::nullopt;
  }

  void Own(NodeIndex node) {
    if (IsElement(document_, node) && seen_.insert(node).second) elements_.push_back(node);
  }

  /// Parents of text are read again with it.
  void Children(NodeIndex parent) {
    if (!IsElement(document_, parent)) {
      all_ = true;
      return;
    }
    parents_.push_back(parent);
    if (!HoldsMany(document_.local_name(parent))) Own(parent);
  }

  void Placed(NodeIndex node) {
    const NodeIndex parent = document_.parent(node);
    if (parent != kNoNode) Children(parent);
    if (!IsElement(document_, node)) return Text(node);
    if (document_.local_name(node) == "import" || node == document_.root_element()) all_ = true;
    for (const NodeIndex each : document_.Descendants(node)) {
      if (!IsElement(document_, each)) continue;
      structural_ = structural_ || !IsDiagram(document_, each);
      Own(each);
    }
  }

  void Attribute(NodeIndex node, std::string_view name) {
    if (!IsElement(document_, node)) return;
    const std::string_view type = document_.local_name(node);
    const bool diagram = IsDiagram(document_, node);
    // Where it is drawn concerns no rule.
    if (diagram && (name == "x" || name == "y" || name == "width" || name == "height")) return;
    const bool container =
        type == "process" || type == "subProcess" || type == "adHocSubProcess" || type == "transaction";
    if (name.starts_with("xmlns") || type == "import" || (HoldsMany(type) && !(container && name == "name")))
      all_ = true;
    structural_ =
        structural_ || name == "id" || (!diagram && (name != "name" || type.ends_with("EventDefinition")));
    Own(node);
  }

  void Text(NodeIndex node) {
    if (IsElement(document_, node)) Own(node);
    const NodeIndex parent = document_.parent(node);
    if (parent == kNoNode || !IsElement(document_, parent)) return;
    // White space between the many that a process holds is no text of it.
    if (HoldsMany(document_.local_name(parent))) return;
    Own(parent);
    structural_ = structural_ || Referrers::IsReference(document_.local_name(parent));
  }

  const Document& document_;
  std::vector<NodeIndex> elements_, parents_;
  std::unordered_set<NodeIndex> seen_;
  bool all_ = false, structural_ = false;
};

/// What the elements of an edit are called and what they name, before or after it.
struct Names {
  std::unordered_set<std::string> ids, named;
  std::unordered_set<std::string> drawn;  ///< of the ids, those of drawings

  void Add(const Element& element) {
    if (const auto id = element.attribute("id")) {
      ids.emplace(Trimmed(*id));
      if (IsDiagram(element.document(), element.node())) drawn.emplace(Trimmed(*id));
    }
    Referrers::ForEachName(element, [this](std::string_view name) { named.emplace(name); });
  }
};

}  // namespace

struct LintSession::State {
  State(Document taken, const LintOptions& chosen) : document(std::move(taken)), options(chosen) {}

  void CheckAll();
  void CheckNear(const Touched& touched);
  void CheckWhole(bool structural);
  void Run(const std::vector<size_t>& rules);
  std::vector<NodeIndex> Seeds(const Edit& edit, const Names& names) const;

  Document document;
  LintOptions options;
  std::unique_ptr<LiveDefinitions> live;
  std::unique_ptr<Referrers> referrers;
  std::vector<Found> found;
  size_t checked = 0;
};

void LintSession::State::Run(const std::vector<size_t>& rules) {
  const LintContext context(live->view(), options);
  Report report(found);
  for (const size_t rule : rules) {
    report.Begin(rule);
    AllRules()[rule]->check(context, report);
  }
}

void LintSession::State::CheckAll() {
  found.clear();
  live.reset();
  referrers.reset();
  checked = 0;
  if (!IsBpmn(document)) return;
  live = std::make_unique<LiveDefinitions>(document);
  referrers = std::make_unique<Referrers>();
  for (const Element& element : live->view().model_elements()) referrers->Add(element);
  for (const Element& element : live->view().diagram_elements()) referrers->Add(element);
  checked = live->view().model_elements().size() + live->view().diagram_elements().size();
  std::vector<size_t> rules;
  for (size_t i = 0; i < AllRules().size(); ++i) {
    if (Holds(*AllRules()[i], options.profile)) rules.push_back(i);
  }
  Run(rules);
}

void LintSession::State::CheckNear(const Touched& touched) {
  std::erase_if(found, [&](const Found& each) {
    return AllRules()[each.rule]->reach == Reach::kNear &&
           (touched.IsPlace(each.place) || document.InTrash(each.place));
  });
  std::vector<bool> wanted(touched.steps.size());
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = touched.steps[i] != 0;
  std::vector<size_t> rules;
  for (size_t i = 0; i < AllRules().size(); ++i) {
    if (AllRules()[i]->reach == Reach::kNear && Holds(*AllRules()[i], options.profile)) rules.push_back(i);
  }
  std::vector<Found> kept = std::exchange(found, {});
  live->Narrow(wanted);
  Run(rules);
  live->Widen();
  // At the rim not all that would report there was looked at; what is there is known already.
  std::erase_if(found, [&](const Found& each) { return !touched.IsPlace(each.place); });
  found.insert(found.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
}

void LintSession::State::CheckWhole(bool structural) {
  std::unordered_set<size_t> found_something;
  for (const Found& each : found) found_something.insert(each.rule);
  std::vector<size_t> rules;
  for (size_t i = 0; i < AllRules().size(); ++i) {
    const Rule& rule = *AllRules()[i];
    if (rule.reach != Reach::kWhole || !Holds(rule, options.profile)) continue;
    // Names decide nothing there, but findings tell them.
    if (structural || found_something.contains(i)) rules.push_back(i);
  }
  if (rules.empty()) return;
  std::erase_if(found, [&](const Found& each) {
    return std::find(rules.begin(), rules.end(), each.rule) != rules.end();
  });
  Run(rules);
}

std::vector<NodeIndex> LintSession::State::Seeds(const Edit& edit, const Names& names) const {
  std::vector<NodeIndex> seeds;
  const auto with_ancestors = [&](NodeIndex node) {
    for (; node != kNoNode && IsElement(document, node); node = document.parent(node)) seeds.push_back(node);
  };
  for (const NodeIndex node : edit.elements()) with_ancestors(node);
  for (const NodeIndex node : edit.parents()) with_ancestors(node);
  const Definitions& view = live->view();
  for (const std::string& id : names.ids) {
    for (const Element& element : view.WithId(id)) seeds.push_back(element.node());
    for (const Element& element : view.DrawnWithId(id)) seeds.push_back(element.node());
    for (const NodeIndex node : referrers->Of(id)) seeds.push_back(node);
  }
  for (const std::string& name : names.named) {
    if (const Element element = view.Find(name)) seeds.push_back(element.node());
  }
  // What has no id is called by the name of what it is in.
  for (const NodeIndex node : edit.elements()) {
    if (!HoldsMany(document.local_name(node))) continue;
    const std::string id = document.attribute(node, "id").value_or("");
    for (const Found& each : found) {
      if (each.finding.element == id && !document.InTrash(each.place)) seeds.push_back(each.place);
    }
  }
  return seeds;
}

LintSession::LintSession(Document document, const LintOptions& options)
    : state_(std::make_unique<State>(std::move(document), options)) {
  state_->CheckAll();
}

LintSession::~LintSession() = default;

absl::Status LintSession::Apply(std::span<const Op> ops, const uaf::EventId& event) {
  State& state = *state_;
  Document& document = state.document;
  bool all = state.live == nullptr;
  Names names;
  Edit before(document);
  for (const Op& op : ops) before.Look(op);
  all = all || before.all();
  std::pair<bool, bool> lists;
  if (!all) {
    const Definitions& view = state.live->view();
    lists = {view.Has("incoming"), view.Has("outgoing")};
    for (const NodeIndex node : before.elements()) {
      const Element element(&view, node);
      names.Add(element);
      state.referrers->Remove(element);
    }
    state.live->Forget(before.elements());
  }
  absl::Status applied;
  for (const Op& op : ops) {
    applied = document.Fold(op, event);
    if (!applied.ok()) break;
  }
  Edit after(document);
  for (const Op& op : ops) {
    after.Look(op);
    if (const auto* insert = std::get_if<uaf::document::InsertNodeOp>(&op))
      after.Inserted({event, insert->first_ordinal});
  }
  after.Join(before);
  if (all || !applied.ok() || after.all()) {
    state.CheckAll();
    return applied;
  }
  const Definitions& view = state.live->view();
  state.live->Take(after.elements());
  for (const NodeIndex node : after.elements()) {
    const Element element(&view, node);
    names.Add(element);
    state.referrers->Add(element);
  }
  // What an identifier stands for may be another element now.
  std::vector<NodeIndex> linked = after.elements();
  for (const std::string& id : names.ids) {
    for (const NodeIndex node : state.referrers->Of(id)) linked.push_back(node);
  }
  // A reference may be written as a child.
  for (size_t i = 0, end = linked.size(); i < end; ++i) {
    const NodeIndex around = document.parent(linked[i]);
    if (IsElement(document, around)) linked.push_back(around);
  }
  state.live->Relink(linked);
  // Drawings decide nothing, unless the model names one.
  const bool structural = after.structural() || std::ranges::any_of(names.drawn, [&](const std::string& id) {
                            return std::ranges::any_of(state.referrers->Of(id), [&](NodeIndex by) {
                              return !IsDiagram(document, by);
                            });
                          });
  if (structural) state.live->ListFlows();
  if (lists != std::pair(view.Has("incoming"), view.Has("outgoing"))) {
    state.CheckAll();
    return applied;
  }
  const Touched touched = FindTouched(view, *state.referrers, state.Seeds(after, names), kMostTouched);
  if (touched.elements > kMostTouched) {
    state.CheckAll();
    return applied;
  }
  state.checked = touched.elements;
  state.CheckNear(touched);
  state.CheckWhole(structural);
  return applied;
}

const Document& LintSession::document() const { return state_->document; }

std::vector<uaf::document::Finding> LintSession::Findings() const {
  return state_->found.empty() ? std::vector<uaf::document::Finding>()
                               : InOrder(state_->document, state_->found);
}

size_t LintSession::checked() const { return state_->checked; }

}  // namespace ameide::bpmn
