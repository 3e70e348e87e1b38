#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "notation/feel/type.h"

namespace ameide::feel {

/// The names that an expression may use, each with its type and the slot where Evaluate finds its value.
/// Names may have spaces and `- + / * . '`; how much white space an expression has inside of a name does not
/// matter, and none is needed around those characters. A name hides those of the same text that were added
/// before and those of the parent. Only read while parsing, so it may be short-lived; the parent must outlive
/// it.
class Scope {
 public:
  struct Name {
    std::string name;
    Type type;
    uint32_t slot = 0;
  };

  explicit Scope(const Scope* parent = nullptr) : parent_(parent) {}

  void Add(std::string name, Type type, uint32_t slot) {
    names_.push_back({std::move(name), std::move(type), slot});
  }
  /// The innermost with exactly that name; nullptr when there is none.
  const Name* Find(std::string_view name) const;
  const std::vector<Name>& names() const { return names_; }
  const Scope* parent() const { return parent_; }

 private:
  const Scope* parent_;
  std::vector<Name> names_;
};

}  // namespace ameide::feel
