#include "notation/feel/builtins.h"
#include "notation/feel/syntax.h"

namespace ameide::feel {

/// Reads cells that hold constants only, for tables that are indexed or checked for gaps.
struct ConstantTestsReader {
  static std::optional<ConstantTests> Read(const Expression& tests) {
    const Syntax& syntax = *tests.syntax_;
    const Node& root = syntax.nodes[syntax.root];
    if (root.op != NodeOp::kTests && root.op != NodeOp::kNotTests) return std::nullopt;
    ConstantTests out;
    out.negated = root.op == NodeOp::kNotTests;
    for (uint32_t i = 0; i < root.c; ++i) {
      const Node& test = syntax.nodes[syntax.lists[root.b + i]];
      if (test.folded == kNone || !Take(syntax.constants[test.folded], out.ranges, true)) return std::nullopt;
    }
    return out;
  }

 private:
  /// A value is itself, a list its items.
  static bool Take(const Value& value, std::vector<Range>& ranges, bool lists) {
    if (value.range() != nullptr) {
      const Range& range = *value.range();
      const bool open = range.start.is_null() || range.end.is_null();
      if (range.form == Range::Form::kNotEqual || (open && range.form == Range::Form::kInterval))
        return false;
      ranges.push_back(range);
      return true;
    }
    if (const List* items = value.list()) {
      if (!lists) return false;
      for (const Value& item : *items) {
        if (!Take(item, ranges, false)) return false;
      }
      return true;
    }
    if (value.is_null() || value.context() != nullptr || value.function() != nullptr) return false;
    ranges.push_back(Range{value, value, true, true});
    return true;
  }
};

std::optional<ConstantTests> ReadConstantTests(const Expression& tests) {
  return ConstantTestsReader::Read(tests);
}

}  // namespace ameide::feel
