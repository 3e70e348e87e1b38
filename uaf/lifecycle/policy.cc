#include "uaf/lifecycle/policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/yaml/yaml.h"

namespace ameide::uaf::lifecycle {
namespace {

using yaml::At;
using yaml::CheckFields;
using yaml::ReadFlag;
using yaml::ReadText;
using yaml::ReadTexts;

// People write policies by hand. What a reader of YAML and we make of so much is some ten megabytes at most.
constexpr size_t kLargestPolicy = 64 * 1024;
constexpr size_t kMostStates = 100;
/// Over all gates: a role is copied into each gate that names it, so a small file could ask for gigabytes.
constexpr size_t kMostApprovers = 100'000;
constexpr uint32_t kMostApprovals = 100;
constexpr size_t kFingerprintDigits = 32;

constexpr std::string_view kOpenPolicy =
    "# Who approves what. This one asks for no approval.\n"
    "version: 1\n"
    "promotion:\n"
    "  review: {approvals: 0}\n"
    "  approved: {approvals: 0}\n"
    "  released: {approvals: 0}\n";

bool Contains(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool IsPerson(std::string_view text) {
  const size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

bool IsFingerprint(std::string_view text) {
  return text.size() == kFingerprintDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool IsStateName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

/// Reads one document into one Policy.
class Reader {
 public:
  explicit Reader(std::string_view bytes) {
    policy_.bytes = bytes;
    policy_.hash = Sha256(bytes);
  }

  absl::StatusOr<Policy> Read(const YAML::Node& root) {
    AMEIDE_RETURN_IF_ERROR(CheckFields(
        root, "a policy",
        {"version", "administrators", "roles", "promotion", "publishing", "redaction", "paths", "policy"}));
    AMEIDE_RETURN_IF_ERROR(CheckVersion(root));
    if (root["administrators"]) AMEIDE_RETURN_IF_ERROR(ReadAdministrators(root["administrators"]));
    if (root["roles"]) AMEIDE_RETURN_IF_ERROR(ReadRoles(root["roles"]));
    if (!root["promotion"]) return At(root, "`promotion` is missing: it lists the states, lowest first");
    AMEIDE_RETURN_IF_ERROR(ReadStates(root["promotion"]));
    if (root["publishing"]) {
      AMEIDE_ASSIGN_OR_RETURN(policy_.publish_from, ReadPublishing(root["publishing"]));
    }
    if (root["redaction"]) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(root["redaction"], "`redaction`", {"by"}));
      if (!root["redaction"]["by"]) return At(root["redaction"], "`redaction` needs `by`: who may redact");
      AMEIDE_ASSIGN_OR_RETURN(policy_.redact_by, ReadApprovers(root["redaction"]["by"]));
    } else if (!policy_.administrators.empty()) {
      policy_.redact_by = roles_[std::string(kAdministrators)];
    }
    if (root["paths"]) AMEIDE_RETURN_IF_ERROR(ReadPaths(root["paths"]));
    if (root["policy"]) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(root["policy"], "`policy`", {"approvals", "by", "four_eyes"}));
      AMEIDE_ASSIGN_OR_RETURN(policy_.change, ReadGate(root["policy"]));
    } else if (!policy_.administrators.empty()) {
      policy_.change.approvals = 1;
      policy_.change.by = roles_[std::string(kAdministrators)];
    }
    return std::move(policy_);
  }

 private:
  static absl::Status CheckVersion(const YAML::Node& root) {
    const YAML::Node version = root["version"];
    if (!version || !version.IsScalar()) return At(root, "`version: 1` is missing");
    if (version.Scalar() != "1") {
      return At(version, absl::StrCat("version ", version.Scalar(),
                                      " is newer than this program; install a newer Ameide"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadAdministrators(const YAML::Node& node) {
    if (!node.IsSequence()) return At(node, "`administrators` must be a list of persons with their keys");
    std::vector<std::string>& role = roles_[std::string(kAdministrators)];
    for (const YAML::Node& item : node) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(item, "an administrator", {"person", "keys"}));
      if (!item["person"]) return At(item, "an administrator needs a `person`: an e-mail address");
      AMEIDE_ASSIGN_OR_RETURN(const std::string person, ReadPerson(item["person"]));
      if (!item["keys"] || !item["keys"].IsSequence() || item["keys"].size() == 0) {
        return At(item, absl::StrCat(person, " needs `keys`: fingerprints, as `ameide key list` shows them"));
      }
      Administrator administrator{person, {}};
      AMEIDE_ASSIGN_OR_RETURN(administrator.keys, ReadTexts(item["keys"], "a key"));
      for (const std::string& key : administrator.keys) {
        if (!IsFingerprint(key)) {
          return At(item["keys"],
                    absl::StrCat("`", key, "` is no fingerprint; `ameide key list` shows them"));
        }
        if (!policy_.OwnerOfRootKey(key).empty())
          return At(item["keys"], absl::StrCat("key ", key, " is named twice"));
      }
      if (Contains(role, person)) return At(item, absl::StrCat(person, " is named twice"));
      role.push_back(person);
      policy_.administrators.push_back(std::move(administrator));
    }
    std::sort(role.begin(), role.end());
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadPerson(const YAML::Node& node) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string text, ReadText(node, "a person"));
    if (!IsPerson(text)) return At(node, absl::StrCat("`", text, "` is no e-mail address"));
    return PersonOf(text);
  }

  absl::Status ReadRoles(const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`roles`", {}));
    for (const auto& role : node) {
      const std::string name = role.first.Scalar();
      if (name.empty() || name == kAdministrators || IsPerson(name)) {
        return At(role.first, absl::StrCat("`", name, "` cannot be the name of a role"));
      }
      if (!role.second.IsSequence())
        return At(role.second, absl::StrCat("role `", name, "` must be a list of e-mail addresses"));
      std::set<std::string> persons;
      for (const YAML::Node& item : role.second) {
        AMEIDE_ASSIGN_OR_RETURN(std::string person, ReadPerson(item));
        persons.insert(std::move(person));
      }
      roles_[name] = {persons.begin(), persons.end()};
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Gate> ReadGate(const YAML::Node& node) {
    Gate gate;
    if (const YAML::Node approvals = node["approvals"]) {
      int count = -1;
      if (!approvals.IsScalar() || !YAML::convert<int>::decode(approvals, count) || count < 0 ||
          count > static_cast<int>(kMostApprovals)) {
        return At(approvals, absl::StrCat("`approvals` must be a number from 0 to ", kMostApprovals));
      }
      gate.approvals = static_cast<uint32_t>(count);
    }
    if (node["by"]) {
      AMEIDE_ASSIGN_OR_RETURN(gate.by, ReadApprovers(node["by"]));
      if (gate.approvals > gate.by.size()) {
        return At(node["by"], absl::StrCat(gate.approvals, " approvals are asked for, but only ",
                                           gate.by.size(), " persons may give them: nobody could pass"));
      }
    }
    for (const auto& [name, flag] :
         {std::pair("four_eyes", &gate.four_eyes), std::pair("no_change_requests", &gate.no_change_requests),
          std::pair("no_errors", &gate.no_errors)}) {
      if (!node[name]) continue;
      AMEIDE_ASSIGN_OR_RETURN(*flag, ReadFlag(node[name], absl::StrCat("`", name, "`")));
    }
    return gate;
  }

  absl::StatusOr<std::vector<std::string>> ReadApprovers(const YAML::Node& node) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ReadTexts(node, "`by`"));
    if (names.empty()) return At(node, "`by` names nobody; leave it out where anybody may approve");
    std::set<std::string> persons;
    for (const std::string& name : names) {
      if (IsPerson(name)) {
        persons.insert(PersonOf(name));
        continue;
      }
      const auto role = roles_.find(name);
      if (role == roles_.end())
        return At(node, absl::StrCat("`", name, "` is neither a role of this policy nor an e-mail address"));
      persons.insert(role->second.begin(), role->second.end());
    }
    // An empty list of persons would mean anybody.
    if (persons.empty()) return At(node, "`by` names nobody: its roles are empty");
    approvers_ += persons.size();
    if (approvers_ > kMostApprovers) {
      return At(node, absl::StrCat("the gates of this policy name persons more than ", kMostApprovers,
                                   " times in all; use fewer or smaller roles"));
    }
    return std::vector<std::string>(persons.begin(), persons.end());
  }

  absl::Status ReadStates(const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`promotion`", {}));
    std::string before(kFirstState);
    for (const auto& state : node) {
      StateRule rule;
      rule.name = state.first.Scalar();
      if (!IsStateName(rule.name) || rule.name == kFirstState) {
        return At(state.first, absl::StrCat("`", rule.name,
                                            "` cannot be the name of a state: lower-case "
                                            "letters, digits, - and _, and not `draft`"));
      }
      AMEIDE_RETURN_IF_ERROR(CheckFields(
          state.second, absl::StrCat("state `", rule.name, "`"),
          {"approvals", "by", "four_eyes", "no_change_requests", "no_errors", "from", "survives_edits"}));
      if (policy_.states.size() == kMostStates) {
        return At(state.first, absl::StrCat("a policy has at most ", kMostStates, " states"));
      }
      AMEIDE_ASSIGN_OR_RETURN(rule.gate, ReadGate(state.second));
      rule.from = {before};
      if (state.second["from"]) {
        AMEIDE_ASSIGN_OR_RETURN(rule.from, ReadTexts(state.second["from"], "`from`"));
      }
      if (state.second["survives_edits"]) {
        AMEIDE_ASSIGN_OR_RETURN(rule.survives_edits,
                                ReadFlag(state.second["survives_edits"], "`survives_edits`"));
      }
      before = rule.name;
      policy_.states.push_back(std::move(rule));
    }
    for (const StateRule& rule : policy_.states) {
      for (const std::string& from : rule.from) {
        if (from != kFirstState && policy_.Find(from) == nullptr)
          return At(node, absl::StrCat("state `", rule.name, "` comes from `", from, "`, which is no state"));
      }
    }
    return CheckReachable(node);
  }

  absl::Status CheckReachable(const YAML::Node& node) const {
    std::set<std::string> reached{std::string(kFirstState)};
    for (bool more = true; more;) {
      more = false;
      for (const StateRule& rule : policy_.states) {
        const bool open = std::any_of(rule.from.begin(), rule.from.end(),
                                      [&](const std::string& from) { return reached.contains(from); });
        if (open && reached.insert(rule.name).second) more = true;
      }
    }
    for (const StateRule& rule : policy_.states) {
      if (reached.contains(rule.name)) continue;
      return At(node,
                absl::StrCat("state `", rule.name, "` cannot be reached: no way leads there from draft"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> ReadPublishing(const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`publishing`", {"from"}));
    if (!node["from"]) return At(node, "`publishing` needs `from`: the states that may be published");
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> from, ReadTexts(node["from"], "`from`"));
    if (from.empty()) return At(node["from"], "`from` names no state: nothing could be published");
    for (const std::string& state : from) {
      if (state != kFirstState && policy_.Find(state) == nullptr)
        return At(node["from"], absl::StrCat("`", state, "` is no state of `promotion`"));
    }
    return from;
  }

  absl::Status ReadPaths(const YAML::Node& node) {
    if (!node.IsSequence()) {
      return At(node, "`paths` must be a list of rules with `match`, and `promotion` or `publishing`");
    }
    for (const YAML::Node& item : node) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(item, "a rule for paths", {"match", "promotion", "publishing"}));
      PathRule rule;
      if (!item["match"] || (!item["promotion"] && !item["publishing"])) {
        return At(item, "a rule needs `match`, and `promotion` or `publishing`");
      }
      AMEIDE_ASSIGN_OR_RETURN(rule.match, ReadText(item["match"], "`match`"));
      if (item["promotion"]) {
        AMEIDE_ASSIGN_OR_RETURN(rule.gates, ReadGates(item["promotion"]));
      }
      if (item["publishing"]) {
        AMEIDE_ASSIGN_OR_RETURN(rule.publish_from, ReadPublishing(item["publishing"]));
      }
      policy_.paths.push_back(std::move(rule));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::map<std::string, Gate>> ReadGates(const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`promotion`", {}));
    std::map<std::string, Gate> gates;
    for (const auto& state : node) {
      const std::string name = state.first.Scalar();
      if (policy_.Find(name) == nullptr)
        return At(state.first, absl::StrCat("`", name, "` is no state of `promotion` above"));
      AMEIDE_RETURN_IF_ERROR(
          CheckFields(state.second, absl::StrCat("state `", name, "`"),
                      {"approvals", "by", "four_eyes", "no_change_requests", "no_errors"}));
      AMEIDE_ASSIGN_OR_RETURN(gates[name], ReadGate(state.second));
    }
    return gates;
  }

  Policy policy_;
  std::map<std::string, std::vector<std::string>> roles_;
  size_t approvers_ = 0;  ///< persons in all gates so far
};

/// One row per piece of the pattern: which lengths of the path the pieces so far can mean. O(pattern × path),
/// whatever the pattern is.
bool Matches(std::string_view pattern, std::string_view path) {
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  while (!pattern.empty()) {
    std::vector<bool> next(path.size() + 1, false);
    const bool folders = pattern.starts_with("**");
    // `**/x` also means `x` itself.
    const bool none_too = pattern.starts_with("**/");
    if (pattern.front() == '*') {
      bool open = false;
      for (size_t at = 0; at <= path.size(); ++at) {
        open = open || reached[at];
        next[at] = none_too ? (reached[at] || (open && at > 0 && path[at - 1] == '/')) : open;
        if (!folders && at < path.size() && path[at] == '/') open = false;
      }
      pattern.remove_prefix(none_too ? 3 : folders ? 2 : 1);
    } else {
      const char wanted = absl::ascii_tolower(pattern.front());
      for (size_t at = 0; at < path.size(); ++at) {
        const bool same = wanted == '?' ? path[at] != '/' : absl::ascii_tolower(path[at]) == wanted;
        next[at + 1] = reached[at] && same;
      }
      pattern.remove_prefix(1);
    }
    reached = std::move(next);
  }
  return reached[path.size()];
}

}  // namespace

const StateRule* Policy::Find(std::string_view state) const {
  const auto found =
      std::find_if(states.begin(), states.end(), [&](const StateRule& rule) { return rule.name == state; });
  return found == states.end() ? nullptr : &*found;
}

const Gate* Policy::GateFor(std::string_view state, std::string_view path) const {
  const StateRule* rule = Find(state);
  if (rule == nullptr) return nullptr;
  for (const PathRule& other : paths) {
    if (!PathMatches(other.match, path)) continue;
    const auto gate = other.gates.find(std::string(state));
    return gate == other.gates.end() ? &rule->gate : &gate->second;
  }
  return &rule->gate;
}

const std::vector<std::string>& Policy::PublishableFrom(std::string_view path) const {
  for (const PathRule& rule : paths) {
    if (PathMatches(rule.match, path)) return rule.publish_from ? *rule.publish_from : publish_from;
  }
  return publish_from;
}

size_t Policy::RankOf(std::string_view state) const {
  const StateRule* rule = Find(state);
  return rule == nullptr ? 0 : static_cast<size_t>(rule - states.data()) + 1;
}

bool Policy::IsAdministrator(std::string_view person) const {
  return std::any_of(administrators.begin(), administrators.end(),
                     [&](const Administrator& administrator) { return administrator.person == person; });
}

std::string Policy::OwnerOfRootKey(std::string_view fingerprint) const {
  for (const Administrator& administrator : administrators) {
    if (Contains(administrator.keys, fingerprint)) return administrator.person;
  }
  return {};
}

absl::StatusOr<Policy> ParsePolicy(std::string_view bytes) {
  AMEIDE_ASSIGN_OR_RETURN(const YAML::Node root, yaml::ReadDocument(bytes, "a policy", kLargestPolicy));
  try {
    return Reader(bytes).Read(root);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::max(error.mark.line, 0) + 1, ": it is no YAML: ", error.msg));
  }
}

std::vector<std::string> RemarksOn(const Policy& policy) {
  std::vector<std::string> remarks;
  if (policy.administrators.empty()) {
    remarks.emplace_back(
        "it names no administrators: keys are trusted on first use, and who is first with an e-mail address "
        "is "
        "believed");
  }
  if (policy.change.approvals == 0) remarks.emplace_back("anybody may put another policy in its place");
  const auto remark = [&](const std::string& where, const Gate& gate) {
    if (!gate.four_eyes || gate.by.empty() || gate.approvals < gate.by.size()) return;
    remarks.push_back(absl::StrCat(where, " counts ", gate.approvals, " of ", gate.by.size(),
                                   " persons, and not an author: what one of them (",
                                   absl::StrJoin(gate.by, ", "), ") edits can never pass"));
  };
  for (const StateRule& rule : policy.states) remark(absl::StrCat("state `", rule.name, "`"), rule.gate);
  for (const PathRule& rule : policy.paths) {
    for (const auto& [state, gate] : rule.gates)
      remark(absl::StrCat("state `", state, "` of `", rule.match, "`"), gate);
  }
  return remarks;
}

std::string_view OpenPolicyText() { return kOpenPolicy; }

bool PathMatches(std::string_view pattern, std::string_view path) { return Matches(pattern, path); }

std::string PersonOf(std::string_view email) {
  return absl::AsciiStrToLower(absl::string_view(email.data(), email.size()));
}

}  // namespace ameide::uaf::lifecycle
