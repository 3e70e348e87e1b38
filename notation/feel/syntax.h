#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "notation/feel/expression.h"

/// The parsed form, private to this folder: nodes in one array, children (by index) before their parents.
namespace ameide::feel {

struct Builtin;

/// What a node computes, and what its operands a, b and c are.
enum class NodeOp : uint8_t {
  kConstant,   ///< a: constants
  kSlot,       ///< a: slot given by the caller, b: names
  kLocal,      ///< a: place in the frame, b: names
  kCaptured,   ///< a: place among what the function captured, b: names
  kSelf,       ///< the function that runs; b: names
  kMissing,    ///< b: names; nothing has that name
  kItemEntry,  ///< the entry named b of a filter's item a, when it has one; else c
  kInput,      ///< `?`
  kPath,       ///< a: node, b: names
  kFilter,     ///< a: list, b: condition, c: place of the item in the frame
  kNegate,     ///< a
  kAdd,        ///< a, b; as are the next twelve
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
  kFor,          ///< list (b, c): name, place, domain, …, body; flags: kReadsPartial, then a: its place
  kSome,         ///< as kFor
  kEvery,        ///< as kFor
  kSpan,         ///< the domain a..b of an iteration
  kList,         ///< list (b, c)
  kContext,      ///< list (b, c): name, place, node, …; flags: kDuplicateKey
  kCall,         ///< a: builtins; list (b, c): arguments
  kInvoke,       ///< a: function; list (b, c): arguments, or with kNamedArguments name, node, …
  kInstanceOf,   ///< a instance of types[b]; flags: kUnknownType
  kFunction,     ///< a: functions
};

inline constexpr uint8_t kStartIncluded = 1;
inline constexpr uint8_t kEndIncluded = 2;
inline constexpr uint8_t kReadsPartial = 1;
inline constexpr uint8_t kDuplicateKey = 1;
inline constexpr uint8_t kNamedArguments = 1;
inline constexpr uint8_t kUnknownType = 1;
inline constexpr uint32_t kNone = 0xffffffff;

/// One node of the tree.
struct Node {
  NodeOp op = NodeOp::kConstant;
  uint8_t flags = 0;
  bool reads_input = false;  ///< `?` occurs in it
  bool own_input = false;    ///< a test of `in`: `?` in it is the value tested
  bool varies = false;       ///< its value depends on a variable, the input, a clock or a frame
  uint16_t depth = 1;        ///< of the tree below, itself included
  Span span;
  uint32_t a = kNone, b = kNone, c = kNone;
  uint32_t folded = kNone;  ///< constants: the value, where it is known already
};

/// A function literal.
struct FunctionCode {
  std::vector<Function::Parameter> parameters;
  std::vector<uint8_t> typed;  ///< whether the text gives the parameter's type
  uint32_t body = 0;
  uint32_t frame = 0;              ///< places it needs; the parameters come first
  std::vector<uint32_t> captures;  ///< nodes that are evaluated where the literal stands
  std::string spelling;            ///< the body's tokens; empty when they are longer than 4 KiB
  Type result;
};

/// A whole expression.
struct Syntax {
  std::string text;
  std::vector<Node> nodes;
  std::vector<uint32_t> lists;
  std::vector<Value> constants;
  std::vector<std::string> names;
  std::vector<const Builtin*> builtins;
  std::vector<Type> types;
  std::vector<std::string> type_texts;  ///< of `types`, as written
  std::vector<FunctionCode> functions;
  std::vector<std::string> variables;  ///< sorted
  bool by_name = false;                ///< slot n is the value of variables[n]
  bool unary = false;
  bool reads_clock = false;
  Type type;
  uint32_t root = 0;
  uint32_t frame = 0;
};

}  // namespace ameide::feel
