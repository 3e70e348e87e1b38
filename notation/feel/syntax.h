#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "notation/feel/expression.h"

/// The parsed form, private to this folder: nodes in one array, children by index.
namespace ameide::feel {

struct Builtin;

/// What a node computes, and what its operands a, b and c are.
enum class NodeOp : uint8_t {
  kConstant,  ///< a: constants
  kVariable,  ///< a: names; nothing inside the expression can bind it
  kName,      ///< a: names; looked up in the scopes inside the expression first
  kInput,     ///< `?`
  kPath,      ///< a: node, b: names
  kFilter,    ///< a: list, b: condition
  kNegate,    ///< a
  kAdd,       ///< a, b; as are the next twelve
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kBetween,      ///< a between b and c
  kIn,           ///< a in any of the tests in list (b: first, c: count)
  kTests,        ///< unary tests: any of list (b, c)
  kNotTests,     ///< unary tests: none of list (b, c)
  kCompareTest,  ///< a test `<op> a`; flags holds the NodeOp of the comparison
  kRange,        ///< a..b; flags: kStartIncluded, kEndIncluded
  kIf,           ///< a then b else c
  kFor,          ///< list (b, c): name, domain, name, domain, …, body; flags: kReadsPartial
  kSome,         ///< as kFor
  kEvery,        ///< as kFor
  kSpan,         ///< the domain a..b of an iteration
  kList,         ///< list (b, c)
  kContext,      ///< list (b, c): name, node, name, node, …
  kCall,         ///< a: builtins; list (b, c): arguments
  kInstanceOf,   ///< a instance of Kind in flags; kAnyKind for Any
};

inline constexpr uint8_t kStartIncluded = 1;
inline constexpr uint8_t kEndIncluded = 2;
inline constexpr uint8_t kReadsPartial = 1;
inline constexpr uint8_t kAnyKind = 0xff;

/// One node of the tree.
struct Node {
  NodeOp op = NodeOp::kConstant;
  uint8_t flags = 0;
  bool reads_input = false;  ///< `?` occurs in it
  uint16_t depth = 1;        ///< of the tree below, itself included
  Span span;
  uint32_t a = 0, b = 0, c = 0;
};

/// A whole expression.
struct Syntax {
  std::string text;
  std::vector<Node> nodes;
  std::vector<uint32_t> lists;
  std::vector<Value> constants;
  std::vector<std::string> names;
  std::vector<const Builtin*> builtins;
  std::vector<std::string> variables;
  uint32_t root = 0;
};

}  // namespace ameide::feel
