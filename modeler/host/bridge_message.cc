#include "modeler/host/bridge_message.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::modeler {
namespace {

constexpr size_t kLargestMessage = size_t{64} << 20;
constexpr int kMostElements = 1'000'000;

absl::Status Bad(std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the editor sent a message that makes no sense: ", std::string(what)));
}

absl::StatusOr<std::string> Text(const QJsonObject& object, const char* name) {
  const QJsonValue value = object[QLatin1String(name)];
  if (!value.isString()) return Bad(absl::StrCat("'", name, "' is not a text"));
  return value.toString().toStdString();
}

absl::StatusOr<std::vector<BridgeChild>> Children(const QJsonValue& value) {
  if (!value.isArray()) return Bad("a list of children is missing");
  std::vector<BridgeChild> children;
  for (const QJsonValueRef each : value.toArray()) {
    const QJsonObject object = each.toObject();
    BridgeChild child;
    if (object.contains(QLatin1String("key"))) {
      AMEIDE_ASSIGN_OR_RETURN(child.key, Text(object, "key"));
    } else {
      AMEIDE_ASSIGN_OR_RETURN(child.tag, Text(object, "tag"));
      AMEIDE_ASSIGN_OR_RETURN(child.text, Text(object, "text"));
    }
    children.push_back(std::move(child));
  }
  return children;
}

absl::StatusOr<ElementState> State(const QJsonObject& object) {
  ElementState state;
  AMEIDE_ASSIGN_OR_RETURN(state.tag, Text(object, "tag"));
  const QJsonObject attributes = object[QLatin1String("attributes")].toObject();
  for (auto it = attributes.begin(); it != attributes.end(); ++it) {
    if (!(*it).isString()) return Bad("an attribute's value is not a text");
    state.attributes.emplace_back(it.key().toStdString(), (*it).toString().toStdString());
  }
  state.text = object[QLatin1String("text")].toString().toStdString();
  AMEIDE_ASSIGN_OR_RETURN(state.children, Children(object[QLatin1String("children")]));
  return state;
}

absl::StatusOr<ElementChange> Change(const QJsonObject& object) {
  ElementChange change;
  AMEIDE_ASSIGN_OR_RETURN(change.key, Text(object, "key"));
  if (object.contains(QLatin1String("tag"))) {
    AMEIDE_ASSIGN_OR_RETURN(change.tag, Text(object, "tag"));
  }
  const QJsonObject attributes = object[QLatin1String("attributes")].toObject();
  for (auto it = attributes.begin(); it != attributes.end(); ++it) {
    if (!(*it).isString() && !(*it).isNull()) return Bad("an attribute's value is neither text nor null");
    change.attributes.emplace_back(
        it.key().toStdString(),
        (*it).isNull() ? std::nullopt : std::optional((*it).toString().toStdString()));
  }
  if (object.contains(QLatin1String("text")))
    change.text = object[QLatin1String("text")].toString().toStdString();
  if (object.contains(QLatin1String("children"))) {
    const QJsonObject children = object[QLatin1String("children")].toObject();
    change.children_changed = true;
    AMEIDE_ASSIGN_OR_RETURN(change.before, Children(children[QLatin1String("before")]));
    AMEIDE_ASSIGN_OR_RETURN(change.after, Children(children[QLatin1String("after")]));
  }
  return change;
}

}  // namespace

absl::StatusOr<Delta> ParseDelta(std::string_view json) {
  if (json.size() > kLargestMessage) return Bad("it is larger than 64 MiB");
  const QJsonDocument document =
      QJsonDocument::fromJson(QByteArray(json.data(), static_cast<qsizetype>(json.size())));
  if (!document.isObject()) return Bad("it is no JSON object");
  const QJsonObject object = document.object();
  Delta delta;
  delta.seq = static_cast<uint64_t>(object[QLatin1String("seq")].toDouble());
  delta.base = static_cast<uint64_t>(object[QLatin1String("base")].toDouble());
  AMEIDE_ASSIGN_OR_RETURN(delta.label, Text(object, "label"));
  const QJsonArray changes = object[QLatin1String("changes")].toArray();
  const QJsonObject created = object[QLatin1String("created")].toObject();
  if (changes.size() + created.size() > kMostElements) return Bad("more than a million elements");
  for (const QJsonValueConstRef each : changes) {
    AMEIDE_ASSIGN_OR_RETURN(ElementChange change, Change(each.toObject()));
    delta.changes.push_back(std::move(change));
  }
  for (auto it = created.begin(); it != created.end(); ++it) {
    AMEIDE_ASSIGN_OR_RETURN(ElementState state, State((*it).toObject()));
    delta.created.emplace(it.key().toStdString(), std::move(state));
  }
  return delta;
}

}  // namespace ameide::modeler
