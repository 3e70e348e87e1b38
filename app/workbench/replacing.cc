#include "app/workbench/replacing.h"

#include <algorithm>
#include <map>
#include <utility>

#include "app/workbench/text_tab.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"
#include "uaf/document/diff.h"
#include "uaf/document/edit.h"
#include "uaf/document/encoding.h"

namespace ameide::workbench {
namespace {

using uaf::document::Document;
using uaf::document::Format;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;
using uaf::document::TreeKind;

/// Elements whose text is written for people, in the notations of this program.
bool IsDocumentation(const Document& document, NodeIndex node) {
  static constexpr std::string_view kNames[] = {"documentation", "description", "question", "allowedAnswers",
                                                "annotation",    "purpose",     "content"};
  const std::string_view name = document.local_name(node);
  if (std::ranges::find(kNames, name) != std::end(kNames)) return true;
  const NodeIndex parent = document.parent(node);
  return name == "text" && parent != uaf::document::kNoNode &&
         document.local_name(parent) == "textAnnotation";
}

bool HasElements(const Document& document, NodeIndex node) {
  for (NodeIndex child = document.first_child(node); child != uaf::document::kNoNode;
       child = document.next_sibling(child)) {
    if (document.kind(child) == NodeKind::kElement) return true;
  }
  return false;
}

std::string NearestId(const Document& document, NodeIndex node) {
  for (NodeIndex at = node; at != uaf::document::kNoNode && document.kind(at) == NodeKind::kElement;
       at = document.parent(at)) {
    if (auto id = document.attribute(at, "id"); id && !id->empty()) return *id;
  }
  return {};
}

/// Attributes that say which element it is or how the file is written, not what it means.
bool IsFixed(std::string_view attribute) {
  return attribute == "id" || attribute.starts_with("xmlns") || attribute.starts_with("xml:") ||
         attribute.starts_with("xsi:") || attribute == "href" || attribute.ends_with("Ref") ||
         attribute == "targetNamespace";
}

/// Looks through artifacts.
class Finder {
 public:
  Finder(const ReplaceQuery& query, QRegularExpression expression, size_t limit)
      : query_(query), expression_(std::move(expression)), limit_(limit) {}

  bool full() const { return found_.size() >= limit_; }
  std::vector<Replacement> Take() { return std::move(found_); }

  void Elements(const uaf::Artifact& artifact, const Document& document, const Format& format) {
    std::vector<NodeIndex> places;
    const size_t begin = found_.size();
    for (const NodeIndex node : document.Descendants(uaf::document::kDocumentNode)) {
      if (full()) break;
      if (document.kind(node) != NodeKind::kElement || format.IsLayout(document, node)) continue;
      for (const uaf::document::Attribute& attribute : document.attributes(node)) {
        const std::string name(attribute.name);
        const PlaceKind kind = name == "name" ? PlaceKind::kName : PlaceKind::kValue;
        if (kind == PlaceKind::kName ? !query_.names : !query_.values) continue;
        if (IsFixed(name) || !format.ReferencesIn(document, node, name).empty()) continue;
        if (Add(artifact, kind, document.attribute(node, name).value_or(""), name)) places.push_back(node);
      }
      const PlaceKind kind = IsDocumentation(document, node) ? PlaceKind::kDocumentation : PlaceKind::kValue;
      if (kind == PlaceKind::kDocumentation ? !query_.documentation : !query_.values) continue;
      if (HasElements(document, node) || !format.ReferencesIn(document, node, "").empty()) continue;
      if (Add(artifact, kind, document.text(node), "")) places.push_back(node);
    }
    const std::vector<uaf::document::TextPosition> positions = document.positions(places);
    for (size_t i = 0; i < places.size(); ++i) {
      Replacement& replacement = found_[begin + i];
      replacement.node = document.id(places[i]);
      replacement.line = static_cast<int>(positions[i].line);
      replacement.element = NearestId(document, places[i]);
    }
  }

  void Lines(const uaf::Artifact& artifact, const Document& document) {
    if (!query_.lines) return;
    const QStringList lines =
        ToQString(ReadForEditor(document.Render())).split(QLatin1Char('\n'), Qt::KeepEmptyParts);
    for (qsizetype i = 0; i < lines.size() && !full(); ++i) {
      if (Add(artifact, PlaceKind::kLine, lines[i].toStdString(), ""))
        found_.back().line = static_cast<int>(i) + 1;
    }
  }

 private:
  bool Add(const uaf::Artifact& artifact, PlaceKind kind, const std::string& before,
           const std::string& attribute) {
    if (full()) return false;
    const QString text = ToQString(before);
    if (!text.contains(expression_)) return false;
    QString after = text;
    if (query_.regular) {
      after.replace(expression_, query_.replacement);
    } else {
      QString literal = query_.replacement;
      after.replace(expression_, literal.replace(QLatin1Char('\\'), QStringLiteral("\\\\")));
    }
    Replacement replacement;
    replacement.artifact = artifact.id;
    replacement.path = artifact.path;
    replacement.kind = kind;
    replacement.attribute = attribute;
    replacement.before = before;
    replacement.after = after.toStdString();
    found_.push_back(std::move(replacement));
    return true;
  }

  const ReplaceQuery& query_;
  QRegularExpression expression_;
  size_t limit_;
  std::vector<Replacement> found_;
};

/// The operations that change elements, and how many values they change.
absl::StatusOr<int> ElementOps(const Document& document, const std::vector<const Replacement*>& chosen,
                               std::vector<uaf::document::Op>& ops) {
  int made = 0;
  uint32_t ordinal = 0;
  for (const Replacement* replacement : chosen) {
    const auto node = document.Find(replacement->node);
    if (!node || document.InTrash(*node)) continue;
    std::vector<uaf::document::Op> own;
    if (!replacement->attribute.empty()) {
      if (document.attribute(*node, replacement->attribute) != replacement->before) continue;
      own = SetAttributeOps(document, *node, replacement->attribute, replacement->after);
    } else {
      if (document.text(*node) != replacement->before) continue;
      own = SetElementTextOps(document, *node, replacement->after, ordinal);
    }
    for (const uaf::document::Op& op : own)
      ordinal += std::holds_alternative<uaf::document::InsertNodeOp>(op) ? 1 : 0;
    ops.insert(ops.end(), own.begin(), own.end());
    made += own.empty() ? 0 : 1;
  }
  return made;
}

absl::StatusOr<int> LineOps(const Document& document, const Format& format,
                            const std::vector<const Replacement*>& chosen,
                            std::vector<uaf::document::Op>& ops) {
  std::map<int, const Replacement*> by_line;
  for (const Replacement* replacement : chosen) by_line.emplace(replacement->line, replacement);
  const std::string bytes = document.Render();
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string edited;
  size_t at = bytes.starts_with(kMark) ? kMark.size() : 0;
  edited.append(bytes, 0, at);
  int made = 0;
  // Every line keeps its own end.
  for (int line = 1; at <= bytes.size(); ++line) {
    const size_t end = std::min(bytes.find_first_of("\r\n", at), bytes.size());
    const size_t next = bytes.compare(end, 2, "\r\n") == 0 ? end + 2 : end + 1;
    const std::string_view text = std::string_view(bytes).substr(at, end - at);
    const auto replacement = by_line.find(line);
    const bool wanted = replacement != by_line.end() && replacement->second->before == text;
    edited.append(wanted ? std::string_view(replacement->second->after) : text);
    edited.append(bytes, end, next - end);
    made += wanted ? 1 : 0;
    at = next;
  }
  if (made == 0) return 0;
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Intake intake, format.Accept(edited));
  AMEIDE_ASSIGN_OR_RETURN(const Document changed,
                          Document::Import(intake.import, edited, uaf::EventId{{"replaced"}, 1}));
  AMEIDE_ASSIGN_OR_RETURN(ops, uaf::document::DiffDocuments(document, changed));
  return ops.empty() ? 0 : made;
}

}  // namespace

absl::StatusOr<QRegularExpression> ExpressionOf(const ReplaceQuery& query) {
  QString pattern = query.regular ? query.find : QRegularExpression::escape(query.find);
  if (query.whole_words) pattern = QStringLiteral("\\b(?:%1)\\b").arg(pattern);
  QRegularExpression expression(pattern, QRegularExpression::UseUnicodePropertiesOption);
  if (!query.match_case)
    expression.setPatternOptions(expression.patternOptions() | QRegularExpression::CaseInsensitiveOption);
  if (!expression.isValid()) {
    return absl::InvalidArgumentError(QStringLiteral("the expression is wrong at %1: %2")
                                          .arg(expression.patternErrorOffset() + 1)
                                          .arg(expression.errorString())
                                          .toStdString());
  }
  return expression;
}

absl::StatusOr<std::vector<Replacement>> FindReplacements(const uaf::Workspace& workspace,
                                                          const uaf::document::FormatRegistry& formats,
                                                          const ReplaceQuery& query, size_t limit) {
  if (query.find.isEmpty()) return std::vector<Replacement>();
  AMEIDE_ASSIGN_OR_RETURN(const QRegularExpression expression, ExpressionOf(query));
  if (expression.match(QString()).hasMatch())
    return absl::InvalidArgumentError("the expression fits everywhere, also where nothing is");
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  std::ranges::sort(artifacts, {}, &uaf::Artifact::path);
  Finder finder(query, expression, limit);
  for (const uaf::Artifact& artifact : artifacts) {
    const Format* format = formats.Named(artifact.format);
    if (finder.full() || format == nullptr || artifact.retired || !artifact.read_only_because.empty() ||
        artifact.kind == TreeKind::kOpaque)
      continue;
    const absl::StatusOr<Document> document = workspace.Load(artifact.id);
    // One that cannot be read has a problem of its own.
    if (!document.ok()) continue;
    if (artifact.kind == TreeKind::kXml) {
      finder.Elements(artifact, *document, *format);
    } else {
      finder.Lines(artifact, *document);
    }
  }
  return finder.Take();
}

absl::StatusOr<int> MakeReplacements(uaf::Workspace& workspace, const uaf::document::FormatRegistry& formats,
                                     const std::vector<Replacement>& chosen, const std::string& label) {
  std::map<uaf::ArtifactId, std::vector<const Replacement*>> by_artifact;
  for (const Replacement& replacement : chosen) by_artifact[replacement.artifact].push_back(&replacement);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  std::vector<uaf::Command> commands;
  int made = 0;
  for (const uaf::Artifact& artifact : artifacts) {
    const auto own = by_artifact.find(artifact.id);
    const Format* format = formats.Named(artifact.format);
    if (own == by_artifact.end() || format == nullptr) continue;
    AMEIDE_ASSIGN_OR_RETURN(const uaf::LoadedDocument loaded, workspace.LoadWithHead(artifact.id));
    uaf::Command command;
    command.artifact = artifact.id;
    command.label = label;
    command.expected_head = loaded.head;
    AMEIDE_ASSIGN_OR_RETURN(const int count,
                            artifact.kind == TreeKind::kXml
                                ? ElementOps(loaded.document, own->second, command.ops)
                                : LineOps(loaded.document, *format, own->second, command.ops));
    if (command.ops.empty()) continue;
    made += count;
    commands.push_back(std::move(command));
  }
  if (commands.empty()) return 0;
  AMEIDE_RETURN_IF_ERROR(workspace.SubmitAll(std::move(commands)).status());
  return made;
}

}  // namespace ameide::workbench
