#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/conflict.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// Says for people what conflicts are about.
class Describe {
 public:
  explicit Describe(const ConcurrentFold& fold) : fold_(fold) {}

  /// A conflict without sides, about `node`.
  Conflict About(ConflictKind kind, document::NodeIndex node) const;
  /// What people call a node: its name, else its id, else its type.
  std::string Named(document::NodeIndex node) const;
  /// The same, and the id in brackets where that says more.
  std::string Identified(document::NodeIndex node) const;
  /// "in Order handling (P_1)": of the parent that a place names.
  std::string Around(const NodeId& parent) const;
  /// "behind Check stock (T_1)".
  std::string Beside(const document::Place& place) const;
  /// "Check stock, Order": the first few of them.
  std::string InTurn(const std::vector<document::NodeIndex>& nodes) const;
  /// Raw text of a node as people read it.
  std::string PlainText(document::NodeIndex node, std::string_view raw) const;
  /// "file 3c1a9f…".
  static std::string File(const Hash256& blob);

 private:
  const ConcurrentFold& fold_;
};

}  // namespace ameide::uaf::merge
