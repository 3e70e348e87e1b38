#include "app/workbench/comparison.h"

#include <QCoreApplication>
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "app/workbench/element_types.h"
#include "app/workbench/workspace_service.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "sync/git/text_diff.h"

namespace ameide::workbench {
namespace {

using uaf::AttributedChange;
using uaf::diff::ChangeKind;
using uaf::diff::ElementChange;
using uaf::document::Document;
using uaf::document::Format;
using uaf::document::kDocumentNode;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;
using Kind = ComparedElement::Kind;

constexpr uint64_t kLargestFile = uint64_t{256} << 20;
constexpr qsizetype kLongestValue = 400;

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Comparison)
};

std::string IdOf(const Document& document, NodeIndex node) {
  if (document.kind(node) != NodeKind::kElement) return {};
  for (const char* name : {"id", "identifier"}) {
    if (auto id = document.attribute(node, name); id && !id->empty()) return *id;
  }
  return {};
}

/// The element that `node` draws, where it draws one.
std::string DrawnBy(const Document& document, NodeIndex node, const Format& format) {
  if (document.kind(node) != NodeKind::kElement) return {};
  for (const uaf::document::Attribute& attribute : document.attributes(node)) {
    const std::vector<std::string> drawn = format.ReferencesIn(document, node, attribute.name);
    if (!drawn.empty()) return drawn.front();
  }
  return {};
}

/// One of the two states, and what grouping asks of it.
class State {
 public:
  State(const Document& document, const Format& format, bool diagram) : document_(document), format_(format) {
    for (const NodeIndex node : document.Descendants(kDocumentNode)) {
      if (document.kind(node) != NodeKind::kElement) continue;
      if (std::string id = IdOf(document, node); !id.empty()) by_id_.emplace(std::move(id), node);
      if (diagram && format.IsLayout(document, node)) drawn_.insert(DrawnBy(document, node, format));
    }
    drawn_.erase(std::string());
  }

  const Document& document() const { return document_; }
  std::optional<NodeIndex> Find(const uaf::NodeId& id) const { return document_.Find(id); }

  /// The drawn element that a node of the drawing belongs to; `*own` is the node that draws it.
  std::string Drawn(NodeIndex node, NodeIndex* own) const {
    for (; node != kNoNode && node != kDocumentNode; node = document_.parent(node)) {
      if (!format_.IsLayout(document_, node)) return {};
      std::string drawn = DrawnBy(document_, node, format_);
      if (drawn.empty()) continue;
      *own = node;
      return drawn;
    }
    return {};
  }

  /// The element that people would say was changed when `node` was; kNoNode for none.
  NodeIndex Subject(NodeIndex node) const {
    NodeIndex nearest = kNoNode;
    for (NodeIndex at = node; at != kNoNode && at != kDocumentNode; at = document_.parent(at)) {
      const std::string id = IdOf(document_, at);
      if (id.empty()) continue;
      if (drawn_.contains(id)) return at;
      if (nearest == kNoNode) nearest = at;
    }
    return nearest;
  }

  NodeIndex ById(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? kNoNode : found->second;
  }

  /// What people call an element; of one without a name that ties two others, what those are called.
  QString Name(NodeIndex node) const {
    const QString name = ToQString(format_.DisplayName(document_, node));
    if (document_.attribute(node, "name").value_or("") != "") return name;
    QStringList ends;
    for (const uaf::document::Attribute& attribute : document_.attributes(node)) {
      for (const std::string& id : format_.ReferencesIn(document_, node, attribute.name)) {
        const NodeIndex end = ById(id);
        if (end != kNoNode) ends.append(ToQString(format_.DisplayName(document_, end)));
      }
    }
    return ends.size() == 2 ? ends.join(QStringLiteral(" → ")) : name;
  }
  QString Type(NodeIndex node) const { return TypeInWords(document_.local_name(node)); }

  /// What an element without a name of its own says, in short.
  QString Says(NodeIndex node) const {
    QStringList parts;
    for (const NodeIndex below : document_.Descendants(node)) {
      if (document_.kind(below) != NodeKind::kElement) continue;
      for (const uaf::document::Attribute& attribute : document_.attributes(below)) {
        if (attribute.name == "id" || attribute.name.starts_with("xmlns")) continue;
        parts.append(ToQString(document_.attribute(below, attribute.name).value_or("")));
      }
      const QString text = ToQString(document_.text(below)).simplified();
      if (!text.isEmpty()) parts.append(text);
    }
    return parts.join(QStringLiteral(", ")).left(kLongestValue);
  }

  bool IsOrdered(NodeIndex parent) const { return format_.IsOrdered(document_, parent); }
  std::vector<std::string> References(NodeIndex node, std::string_view attribute) const {
    return format_.ReferencesIn(document_, node, attribute);
  }

 private:
  const Document& document_;
  const Format& format_;
  std::map<std::string, NodeIndex> by_id_;
  std::set<std::string> drawn_;
};

std::optional<QString> Shown(const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  return ToQString(*value).left(kLongestValue);
}

class Grouping {
 public:
  Grouping(const Document& before, const Document& after, const Format& format, bool diagram)
      : before_(before, format, diagram), after_(after, format, diagram) {}

  std::vector<ComparedElement> Run(const std::vector<AttributedChange>& changes) {
    for (const AttributedChange& change : changes) NoteWhatCameOrWent(change.change);
    for (const AttributedChange& change : changes) {
      if (!change.change.layout) AddMeaning(change);
    }
    for (const AttributedChange& change : changes) {
      if (change.change.layout) AddLayout(change);
    }
    std::vector<ComparedElement> out;
    for (const std::string& key : order_) out.push_back(std::move(elements_.at(key)));
    std::ranges::stable_partition(out, [](const ComparedElement& element) { return !element.layout; });
    return out;
  }

 private:
  const State& StateOf(const ElementChange& change) const {
    return change.kind == ChangeKind::kRemoved ? before_ : after_;
  }

  void NoteWhatCameOrWent(const ElementChange& change) {
    if (change.layout) return;
    const State& state = StateOf(change);
    const auto top = state.Find(change.node);
    if (!top) return;
    if (change.kind == ChangeKind::kChanged) {
      const bool reconnected = std::ranges::any_of(change.values, [&](const uaf::diff::ValueChange& value) {
        return !value.name.starts_with('#') && !state.References(*top, value.name).empty();
      });
      if (reconnected) reconnected_.insert(IdOf(state.document(), *top));
    }
    if (change.kind != ChangeKind::kAdded && change.kind != ChangeKind::kRemoved) return;
    for (const NodeIndex below : state.document().Descendants(*top)) {
      if (std::string id = IdOf(state.document(), below); !id.empty()) came_or_went_.insert(std::move(id));
    }
  }

  ComparedElement& At(const std::string& key) {
    const auto [at, fresh] = elements_.try_emplace(key);
    if (fresh) order_.push_back(key);
    return at->second;
  }

  ComparedElement& Describe(const State& state, NodeIndex node) {
    const std::string id = IdOf(state.document(), node);
    ComparedElement& element = At(id);
    if (element.type.isEmpty()) {
      element.element = ToQString(id);
      element.type = state.Type(node);
      element.name = state.Name(node);
    }
    return element;
  }

  static void Blame(ComparedElement& element, const AttributedChange& change) {
    for (const uaf::ChangeSetSummary& event : change.events) {
      const auto same = [&](const uaf::ChangeSetSummary& each) { return each.id == event.id; };
      if (std::ranges::none_of(element.events, same)) element.events.push_back(event);
    }
    std::ranges::stable_sort(element.events, std::ranges::greater(), &uaf::ChangeSetSummary::time);
  }

  /// A reference that came or went with what it names, or with an end of that: its flow, its node. Nobody
  /// would call that a change.
  bool IsConsequence(const State& state, NodeIndex node) const {
    const std::vector<std::string> names = state.References(node, "");
    return !names.empty() && std::ranges::all_of(names, [&](const std::string& name) {
      return came_or_went_.contains(name) || reconnected_.contains(name);
    });
  }

  /// What the text named before came or went, too.
  bool OnlyTextThatWent(const ElementChange& change) const {
    return std::ranges::all_of(change.values, [&](const uaf::diff::ValueChange& value) {
      const QString id = ToQString(value.before.value_or("")).trimmed().section(QLatin1Char(':'), -1);
      return value.name == "#text" &&
             (came_or_went_.contains(id.toStdString()) || reconnected_.contains(id.toStdString()));
    });
  }

  void AddMeaning(const AttributedChange& attributed) {
    const ElementChange& change = attributed.change;
    const State& state = StateOf(change);
    const auto node = state.Find(change.node);
    if (!node || change.OnlyFollows()) return;
    if (state.document().kind(*node) == NodeKind::kLine) return AddLine(attributed);
    const NodeIndex subject = state.Subject(*node);
    if (subject == kNoNode) return AddNameless(attributed, state, *node);
    const bool whole = change.kind == ChangeKind::kAdded || change.kind == ChangeKind::kRemoved;
    if (subject == *node && whole) {
      ComparedElement& element = Describe(state, subject);
      element.kind = change.kind == ChangeKind::kAdded ? Kind::kAdded : Kind::kRemoved;
      element.inside = CountInside(state, subject);
      Blame(element, attributed);
      return;
    }
    // What is in something that came or went is told with that.
    if (came_or_went_.contains(IdOf(state.document(), subject))) return;
    if (subject != *node && IsConsequence(state, *node) && (whole || OnlyTextThatWent(change))) return;
    std::vector<ComparedValue> values = ValuesOf(change, state, *node, subject);
    if (values.empty()) return;
    ComparedElement& element = Describe(state, subject);
    for (ComparedValue& value : values) element.values.push_back(std::move(value));
    Blame(element, attributed);
  }

  int CountInside(const State& state, NodeIndex top) const {
    int count = -1;
    for (const NodeIndex below : state.document().Descendants(top)) {
      if (!IdOf(state.document(), below).empty() && state.Subject(below) == below) ++count;
    }
    return std::max(0, count);
  }

  std::vector<ComparedValue> ValuesOf(const ElementChange& change, const State& state, NodeIndex node,
                                      NodeIndex subject) const {
    const QString part = node == subject ? QString() : state.Type(node);
    std::vector<ComparedValue> values;
    if (change.kind == ChangeKind::kAdded) return {{part, std::nullopt, state.Says(node)}};
    if (change.kind == ChangeKind::kRemoved) return {{part, state.Says(node), std::nullopt}};
    for (const uaf::diff::ValueChange& value : change.values) {
      if (value.follows) continue;
      QString name = ToQString(value.name);
      if (value.name == "#text") name = part.isEmpty() ? Words::tr("text") : part;
      if (value.name == "#type") name = Words::tr("type");
      if (!value.name.starts_with('#') && !part.isEmpty())
        name = QStringLiteral("%1: %2").arg(part, ToQString(value.name));
      values.push_back({name, Shown(value.before), Shown(value.after)});
    }
    if (change.moved) AddPlace(change, node, part, values);
    return values;
  }

  /// Another parent, or another place where places say something.
  void AddPlace(const ElementChange& change, NodeIndex node, const QString& part,
                std::vector<ComparedValue>& values) const {
    const NodeIndex parent = after_.document().parent(node);
    const auto old_node = before_.Find(change.node);
    const NodeIndex old_parent = old_node ? before_.document().parent(*old_node) : kNoNode;
    const auto label = [](const State& state, NodeIndex at) {
      if (at == kNoNode || at == kDocumentNode) return QString();
      const QString name = state.Name(at);
      return name.isEmpty() ? state.Type(at) : name;
    };
    const bool other_parent =
        old_parent != kNoNode && before_.document().id(old_parent) != after_.document().id(parent);
    if (other_parent) {
      values.push_back({Words::tr("inside"), label(before_, old_parent), label(after_, parent)});
    } else if (after_.IsOrdered(parent)) {
      values.push_back({part.isEmpty() ? Words::tr("order") : Words::tr("order of %1").arg(part),
                        std::nullopt, Words::tr("moved")});
    }
  }

  void AddLine(const AttributedChange& attributed) {
    const ElementChange& change = attributed.change;
    ComparedElement& element = At(absl::StrCat("line ", order_.size()));
    element.type = Words::tr("line");
    element.name = ToQString(change.name).simplified().left(kLongestValue);
    switch (change.kind) {
      case ChangeKind::kAdded:
        element.kind = Kind::kAdded;
        break;
      case ChangeKind::kRemoved:
        element.kind = Kind::kRemoved;
        break;
      case ChangeKind::kChanged:
        element.kind = Kind::kChanged;
        break;
      case ChangeKind::kMoved:
        element.kind = Kind::kMoved;
        break;
    }
    for (const uaf::diff::ValueChange& value : change.values)
      element.values.push_back({Words::tr("text"), Shown(value.before), Shown(value.after)});
    Blame(element, attributed);
  }

  void AddNameless(const AttributedChange& attributed, const State& state, NodeIndex node) {
    std::vector<ComparedValue> values = ValuesOf(attributed.change, state, node, kNoNode);
    if (values.empty()) return;
    ComparedElement& element = At(absl::StrCat("nameless ", std::string(state.document().local_name(node))));
    element.type = state.Type(node);
    for (ComparedValue& value : values) element.values.push_back(std::move(value));
    Blame(element, attributed);
  }

  void AddLayout(const AttributedChange& attributed) {
    const ElementChange& change = attributed.change;
    const State& state = StateOf(change);
    const auto node = state.Find(change.node);
    if (!node || change.OnlyFollows()) return;
    NodeIndex shape = kNoNode;
    const std::string drawn = state.Drawn(*node, &shape);
    if (drawn.empty() || came_or_went_.contains(drawn)) return;
    const bool known = elements_.contains(drawn);
    const NodeIndex subject = state.ById(drawn);
    ComparedElement& element = subject == kNoNode ? At(drawn) : Describe(state, subject);
    if (!known) {
      element.element = ToQString(drawn);
      element.kind = Kind::kMoved;
      element.layout = true;
    }
    element.moved = true;
    // The numbers of the shape itself; those of its label and of bends say nothing to anybody.
    const bool own = *node == shape || state.document().parent(*node) == shape;
    const bool bend = *node != shape && IdOf(state.document(), *node).empty() && IsOneOfMany(state, *node);
    if (own && !bend) {
      for (const uaf::diff::ValueChange& value : change.values) {
        if (!value.follows)
          element.values.push_back({ToQString(value.name), Shown(value.before), Shown(value.after)});
      }
    }
    Blame(element, attributed);
  }

  /// It has siblings of its type: a bend among bends.
  static bool IsOneOfMany(const State& state, NodeIndex node) {
    const Document& document = state.document();
    for (NodeIndex at = document.first_child(document.parent(node)); at != kNoNode;
         at = document.next_sibling(at)) {
      if (at != node && document.local_name(at) == document.local_name(node)) return true;
    }
    return false;
  }

  State before_;
  State after_;
  std::set<std::string> came_or_went_;  ///< ids
  std::set<std::string> reconnected_;   ///< ids of what names other elements than before
  std::map<std::string, ComparedElement> elements_;
  std::vector<std::string> order_;
};

/// Takes the new path of an artifact out of `changes` and makes it the element that stands for it.
std::optional<ComparedElement> TakeRename(std::vector<AttributedChange>& changes) {
  if (changes.empty() || changes.front().change.kind != ChangeKind::kMoved ||
      changes.front().change.node != uaf::NodeId{})
    return std::nullopt;
  const AttributedChange change = std::move(changes.front());
  changes.erase(changes.begin());
  ComparedElement element;
  element.kind = Kind::kMoved;
  element.type = Words::tr("file");
  element.name = ToQString(change.change.name);
  for (const uaf::diff::ValueChange& value : change.change.values)
    element.values.push_back({Words::tr("path"), Shown(value.before), Shown(value.after)});
  element.events = change.events;
  return element;
}

bool IsDiagram(const std::string& format) { return format == "bpmn"; }

void FillIn(const std::vector<AttributedChange>& changes, const Document& before, const Document& after,
            const Format& format, ComparedArtifact& compared) {
  compared.elements = GroupByElement(changes, before, after, format, compared.diagram);
  compared.drawings_before = DrawingsOf(before, format.name());
  compared.drawings_after = DrawingsOf(after, format.name());
  if (!compared.diagram) return;
  compared.before = before.RenderSubtree(kDocumentNode);
  compared.after = after.RenderSubtree(kDocumentNode);
}

absl::Status FillInLines(ComparedArtifact& compared) {
  if (compared.diagram) return absl::OkStatus();
  const std::string path = compared.path.toStdString();
  const std::string old_path = compared.renamed_from.value_or(compared.path).toStdString();
  AMEIDE_ASSIGN_OR_RETURN(const std::string lines,
                          sync::git::DiffLines(old_path, compared.before, path, compared.after));
  // Without git's heading, which says what stands above it already; of a file that was only renamed it is
  // all.
  compared.lines = ToQString(lines);
  compared.lines.remove(0, std::max(qsizetype{0}, compared.lines.indexOf(QLatin1String("@@"))));
  return absl::OkStatus();
}

/// A file from outside as its notation reads it.
struct ReadFile {
  std::string bytes;
  Document document;
};

absl::StatusOr<ReadFile> ReadAs(const Format& format, const std::filesystem::path& file) {
  AMEIDE_ASSIGN_OR_RETURN(std::string bytes, PosixFileSystem().Read(file, kLargestFile));
  const absl::StatusOr<uaf::document::Intake> intake = format.Accept(bytes);
  if (!intake.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file.string(), ":", intake.status().message(),
                                                   "; mend the file, or choose another one"));
  }
  AMEIDE_ASSIGN_OR_RETURN(Document document,
                          Document::Import(intake->import, bytes, uaf::EventId{{"file"}, 1}));
  return ReadFile{std::move(bytes), std::move(document)};
}

absl::StatusOr<std::vector<ComparedArtifact>> CompareDocuments(const std::string& path, const Format& format,
                                                               const Document& then,
                                                               const std::string& before, const Document& now,
                                                               const std::string& after) {
  if (before == after) return std::vector<ComparedArtifact>();
  std::vector<AttributedChange> changes;
  for (ElementChange& change : uaf::diff::Compare(then, now, format))
    changes.push_back({std::move(change), {}});
  ComparedArtifact compared;
  compared.path = ToQString(path);
  compared.format = std::string(format.name());
  compared.diagram = IsDiagram(compared.format);
  compared.before = before;
  compared.after = after;
  FillIn(changes, then, now, format, compared);
  AMEIDE_RETURN_IF_ERROR(FillInLines(compared));
  return std::vector<ComparedArtifact>{std::move(compared)};
}

}  // namespace

std::vector<ComparedElement> GroupByElement(const std::vector<AttributedChange>& changes,
                                            const Document& before, const Document& after,
                                            const Format& format, bool diagram) {
  return Grouping(before, after, format, diagram).Run(changes);
}

absl::StatusOr<std::vector<uaf::Artifact>> TouchedBetween(const uaf::Workspace& workspace,
                                                          const std::string& before,
                                                          const std::string& after) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut earlier, workspace.ResolveCut(before));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut later, workspace.ResolveCut(after));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> then, workspace.ArtifactsAt(earlier));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> now, workspace.ArtifactsAt(later));
  std::map<uaf::ArtifactId, uaf::Artifact> touched;
  for (const uaf::Artifact& artifact : then) touched.emplace(artifact.id, artifact);
  for (const uaf::Artifact& artifact : now) {
    const auto [at, fresh] = touched.try_emplace(artifact.id, artifact);
    if (fresh) continue;
    if (at->second.head == artifact.head) {
      touched.erase(at);
    } else {
      at->second = artifact;
    }
  }
  std::vector<uaf::Artifact> out;
  for (auto& [id, artifact] : touched) out.push_back(std::move(artifact));
  std::ranges::sort(out, {}, &uaf::Artifact::path);
  return out;
}

absl::StatusOr<std::vector<ComparedArtifact>> CompareStates(const uaf::Workspace& workspace,
                                                            const uaf::document::FormatRegistry& formats,
                                                            const std::string& before,
                                                            const std::string& after,
                                                            const std::optional<uaf::ArtifactId>& only) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut earlier, workspace.ResolveCut(before));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut later, workspace.ResolveCut(after));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::ArtifactComparison> found,
                          uaf::CompareWorkspace(workspace, earlier, later, formats, only));
  std::vector<ComparedArtifact> out;
  for (uaf::ArtifactComparison& each : found) {
    ComparedArtifact compared;
    compared.path = ToQString(each.artifact.path);
    compared.format = each.artifact.format;
    compared.diagram = IsDiagram(compared.format);
    compared.before = std::move(each.before);
    compared.after = std::move(each.after);
    if (each.renamed_from) compared.renamed_from = ToQString(*each.renamed_from);
    const std::optional<ComparedElement> renamed = TakeRename(each.changes);
    const bool tree = each.artifact.kind != uaf::document::TreeKind::kOpaque;
    if (compared.before && compared.after && tree) {
      AMEIDE_ASSIGN_OR_RETURN(const Document then, workspace.Load(each.artifact.id, earlier));
      AMEIDE_ASSIGN_OR_RETURN(const Document now, workspace.Load(each.artifact.id, later));
      const Format* named = formats.Named(each.artifact.format);
      const Format& format = named != nullptr ? *named : formats.ForFile(each.artifact.path, "");
      FillIn(each.changes, then, now, format, compared);
    } else {
      for (const AttributedChange& change : each.changes) {
        compared.events.insert(compared.events.end(), change.events.begin(), change.events.end());
      }
      if (compared.diagram) {
        AMEIDE_ASSIGN_OR_RETURN(const Document one,
                                workspace.Load(each.artifact.id, compared.before ? earlier : later));
        (compared.before ? compared.before : compared.after) = one.RenderSubtree(kDocumentNode);
      }
    }
    if (renamed) compared.elements.insert(compared.elements.begin(), *renamed);
    if (tree) AMEIDE_RETURN_IF_ERROR(FillInLines(compared));
    out.push_back(std::move(compared));
  }
  return out;
}

absl::StatusOr<std::vector<ComparedArtifact>> CompareWithFile(const uaf::Workspace& workspace,
                                                              const uaf::document::FormatRegistry& formats,
                                                              const uaf::Artifact& artifact,
                                                              const std::filesystem::path& file) {
  const Format* format = formats.Named(artifact.format);
  if (format == nullptr || artifact.kind == uaf::document::TreeKind::kOpaque)
    return absl::InvalidArgumentError(absl::StrCat(artifact.path, " has no elements that could be compared"));
  AMEIDE_ASSIGN_OR_RETURN(const ReadFile then, ReadAs(*format, file));
  AMEIDE_ASSIGN_OR_RETURN(const Document now, workspace.Load(artifact.id));
  return CompareDocuments(artifact.path, *format, then.document, then.bytes, now, now.Render());
}

absl::StatusOr<std::vector<ComparedArtifact>> CompareFiles(const uaf::document::FormatRegistry& formats,
                                                           const std::filesystem::path& before,
                                                           const std::filesystem::path& after) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string one, PosixFileSystem().Read(before, kLargestFile));
  AMEIDE_ASSIGN_OR_RETURN(const std::string two, PosixFileSystem().Read(after, kLargestFile));
  const Format& format = formats.ForFile(before.string(), one);
  const Format& other = formats.ForFile(after.string(), two);
  if (format.name() != other.name()) {
    return absl::InvalidArgumentError(
        absl::StrCat(before.filename().string(), " is ", std::string(format.name()), " and ",
                     after.filename().string(), " is ", std::string(other.name()), "; choose two of a kind"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const ReadFile then, ReadAs(format, before));
  AMEIDE_ASSIGN_OR_RETURN(const ReadFile now, ReadAs(format, after));
  return CompareDocuments(after.filename().string(), format, then.document, then.bytes, now.document,
                          now.bytes);
}

QString KindInWords(Kind kind) {
  switch (kind) {
    case Kind::kAdded:
      return Words::tr("Added");
    case Kind::kRemoved:
      return Words::tr("Removed");
    case Kind::kChanged:
      return Words::tr("Changed");
    case Kind::kMoved:
      return Words::tr("Moved");
  }
  return {};
}

QString RoleOf(Kind kind) {
  switch (kind) {
    case Kind::kAdded:
      return QStringLiteral("added");
    case Kind::kRemoved:
      return QStringLiteral("removed");
    case Kind::kChanged:
      return QStringLiteral("changed");
    case Kind::kMoved:
      return QStringLiteral("moved");
  }
  return {};
}

}  // namespace ameide::workbench
