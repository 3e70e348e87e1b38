#include "base/yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace ameide::yaml {
namespace {

/// Takes no notice of anything.
class Ignore final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// Asks for two documents at most: YAML::LoadAll never ends where a document ends before a comma, because
/// nothing takes that comma in (yaml-cpp 0.7).
bool IsOneDocument(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Ignore ignore;
  return parser.HandleNextDocument(ignore) && !parser.HandleNextDocument(ignore);
}

}  // namespace

absl::StatusOr<YAML::Node> ReadDocument(std::string_view text, std::string_view what, size_t limit) {
  if (text.size() > limit) {
    return absl::InvalidArgumentError(
        absl::StrCat("1: ", std::string(what), " is larger than ", limit / 1024, " KiB"));
  }
  try {
    const std::string copy(text);
    if (!IsOneDocument(copy))
      return absl::InvalidArgumentError(
          absl::StrCat("1: ", std::string(what), " is exactly one YAML document"));
    return YAML::Load(copy);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::max(error.mark.line, 0) + 1, ": it is no YAML: ", error.msg));
  }
}

absl::Status At(const YAML::Node& node, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(node.Mark().line + 1, ": ", std::string(why)));
}

absl::Status CheckFields(const YAML::Node& node, std::string_view what,
                         const std::vector<std::string>& known) {
  if (!node.IsMap()) return At(node, absl::StrCat(std::string(what), " must be a mapping of fields"));
  std::set<std::string> seen;
  for (const auto& field : node) {
    const std::string name = field.first.IsScalar() ? field.first.Scalar() : "";
    if (!known.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
      return At(field.first, absl::StrCat("`", name, "` is no field of ", std::string(what),
                                          "; there are: ", absl::StrJoin(known, ", ")));
    }
    if (!seen.insert(name).second) return At(field.first, absl::StrCat("`", name, "` stands here twice"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadText(const YAML::Node& node, std::string_view what) {
  if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  return At(node, absl::StrCat(std::string(what), " must be a word"));
}

absl::StatusOr<std::vector<std::string>> ReadTexts(const YAML::Node& node, std::string_view what) {
  if (!node.IsSequence()) return At(node, absl::StrCat(std::string(what), " must be a list: [one, two]"));
  std::vector<std::string> texts;
  for (const YAML::Node& item : node) {
    AMEIDE_ASSIGN_OR_RETURN(std::string text, ReadText(item, what));
    texts.push_back(std::move(text));
  }
  return texts;
}

absl::StatusOr<bool> ReadFlag(const YAML::Node& node, std::string_view what) {
  if (node.IsScalar() && node.Scalar() == "true") return true;
  if (node.IsScalar() && node.Scalar() == "false") return false;
  return At(node, absl::StrCat(std::string(what), " must be true or false"));
}

}  // namespace ameide::yaml
