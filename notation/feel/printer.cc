// The one normal spelling of an expression.
#include <algorithm>

#include "notation/feel/builtins.h"
#include "notation/feel/lexer.h"
#include "notation/feel/parser.h"
#include "notation/feel/syntax.h"

namespace ameide::feel {
namespace {

/// How tightly what is written holds together; an operand that holds less goes into parentheses.
enum Level : int {
  kTest,
  kWhole,
  kOr,
  kAnd,
  kComparison,
  kSum,
  kProduct,
  kPower,
  kNegation,
  kInstance,
  kPostfix
};

struct Operator {
  NodeOp op;
  std::string_view text;
  Level level;
};

constexpr Operator kOperators[] = {{NodeOp::kAdd, " + ", kSum},
                                   {NodeOp::kSubtract, " - ", kSum},
                                   {NodeOp::kMultiply, " * ", kProduct},
                                   {NodeOp::kDivide, " / ", kProduct},
                                   {NodeOp::kPower, " ** ", kPower},
                                   {NodeOp::kEqual, " = ", kComparison},
                                   {NodeOp::kNotEqual, " != ", kComparison},
                                   {NodeOp::kLess, " < ", kComparison},
                                   {NodeOp::kLessEqual, " <= ", kComparison},
                                   {NodeOp::kGreater, " > ", kComparison},
                                   {NodeOp::kGreaterEqual, " >= ", kComparison},
                                   {NodeOp::kAnd, " and ", kAnd},
                                   {NodeOp::kOr, " or ", kOr}};

const Operator* FindOperator(NodeOp op) {
  const auto at = std::find_if(std::begin(kOperators), std::end(kOperators),
                               [&](const Operator& known) { return known.op == op; });
  return at == std::end(kOperators) ? nullptr : &*at;
}

/// One word, or several with single spaces between them, none of them a keyword.
bool IsPlain(std::string_view name, bool spaces) {
  size_t at = 0, word = 0;
  bool start = true;
  while (at < name.size()) {
    const size_t before = at;
    const uint32_t c = NextCharacter(name, at);
    if (c == ' ' && spaces && !start) {
      if (IsKeyword(name.substr(word, before - word)) || name.substr(word, before - word) == "?")
        return false;
      word = at;
      start = true;
      continue;
    }
    if (start ? !IsNameStart(c) : !IsNamePart(c)) return false;
    start = false;
  }
  return !start && !IsKeyword(name.substr(word)) && name.substr(word) != "?";
}

}  // namespace

/// Writes nodes; see Print.
class Printer {
 public:
  explicit Printer(const Expression& expression) : syntax_(*expression.syntax_) {}

  std::string Run() {
    Write(syntax_.root, syntax_.unary ? kTest : kWhole);
    return std::move(out_);
  }

 private:
  const Node& node(uint32_t index) const { return syntax_.nodes[index]; }
  std::span<const uint32_t> list(const Node& at) const {
    return std::span<const uint32_t>(syntax_.lists).subspan(at.b, at.c);
  }

  /// A name that is read. Backticks where it would be read as something else.
  void Name(uint32_t index) {
    const std::string& name = syntax_.names[index];
    const bool begins_longer =
        std::any_of(syntax_.names.begin(), syntax_.names.end(), [&](const std::string& other) {
          return other.size() > name.size() && other.starts_with(name) && !IsPlain(other, false);
        });
    const bool plain =
        IsPlain(name, false) && !begins_longer && name != "item" && FindBuiltin(name) == nullptr;
    if (plain || (name == "item" && !begins_longer)) {
      out_ += name;
    } else {
      out_ += Cat('`', name, '`');
    }
  }

  /// A name that is bound, up to a keyword or symbol.
  void NewName(std::string_view name) {
    if (IsPlain(name, true)) {
      out_ += name;
    } else {
      out_ += Cat('`', name, '`');
    }
  }

  void Key(std::string_view name) { out_ += IsPlain(name, true) ? std::string(name) : Quoted(name); }

  Level LevelOf(const Node& at) const {
    if (const Operator* known = FindOperator(at.op)) return known->level;
    switch (at.op) {
      case NodeOp::kTests:
      case NodeOp::kNotTests:
      case NodeOp::kCompareTest:
        return kTest;
      case NodeOp::kIf:
      case NodeOp::kFor:
      case NodeOp::kSome:
      case NodeOp::kEvery:
      case NodeOp::kFunction:
      case NodeOp::kSpan:
        return kWhole;
      case NodeOp::kBetween:
      case NodeOp::kIn:
        return kComparison;
      case NodeOp::kNegate:
        return kNegation;
      case NodeOp::kInstanceOf:
        return kInstance;
      default:
        return kPostfix;
    }
  }

  void Write(uint32_t index, Level wanted) {
    const Node& at = node(index);
    const bool open = LevelOf(at) < wanted;
    if (open) out_ += '(';
    Inside(at);
    if (open) out_ += ')';
  }

  void Listed(std::span<const uint32_t> items, Level level) {
    const char* separator = "";
    for (const uint32_t item : items) {
      out_ += separator;
      Write(item, level);
      separator = ", ";
    }
  }

  void Constant(const Value& value) {
    switch (value.kind()) {
      case Kind::kString:
        out_ += Quoted(*value.string());
        break;
      case Kind::kNull:
      case Kind::kBoolean:
      case Kind::kNumber:
        out_ += ToText(value);
        break;
      case Kind::kFunction: {
        for (const Builtin& builtin : AllBuiltins()) {
          if (builtin.value == value) out_ += builtin.name;
        }
        break;
      }
      default:
        out_ += Cat('@', Quoted(ToText(value)));
    }
  }

  /// What `.`, `[` or `(` follows.
  void Owner(uint32_t index) {
    const Node& at = node(index);
    const bool number = at.op == NodeOp::kConstant && syntax_.constants[at.a].number() != nullptr;
    Write(index, number ? static_cast<Level>(kPostfix + 1) : kPostfix);
  }

  void Tests(const Node& at) {
    const size_t begin = out_.size();
    Listed(list(at), kTest);
    // One call of not() is no negated test.
    if (at.op == NodeOp::kTests && at.c == 1 && out_.compare(begin, 4, "not(") == 0) {
      out_.insert(begin, "(");
      out_ += ')';
    }
  }

  void Inside(const Node& at) {
    if (const Operator* known = FindOperator(at.op)) {
      Write(at.a, known->level);
      out_ += known->text;
      Write(at.b, static_cast<Level>(known->level + 1));
      return;
    }
    switch (at.op) {
      case NodeOp::kConstant:
        Constant(syntax_.constants[at.a]);
        break;
      case NodeOp::kSlot:
      case NodeOp::kLocal:
      case NodeOp::kCaptured:
      case NodeOp::kSelf:
      case NodeOp::kItemEntry:
        Name(at.b);
        break;
      case NodeOp::kMissing:
        NewName(syntax_.names[at.b]);
        break;
      case NodeOp::kInput:
        out_ += '?';
        break;
      case NodeOp::kPath:
        Owner(at.a);
        out_ += '.';
        Name(at.b);
        break;
      case NodeOp::kFilter:
        Owner(at.a);
        out_ += '[';
        Write(at.b, kWhole);
        out_ += ']';
        break;
      case NodeOp::kNegate:
        out_ += '-';
        Write(at.a, kNegation);
        break;
      case NodeOp::kBetween:
        Write(at.a, kSum);
        out_ += " between ";
        Write(at.b, kSum);
        out_ += " and ";
        Write(at.c, kSum);
        break;
      case NodeOp::kIn:
        Write(at.a, kSum);
        out_ += " in (";
        Listed(list(at), kTest);
        out_ += ')';
        break;
      case NodeOp::kTests:
        Tests(at);
        break;
      case NodeOp::kNotTests:
        if (at.c == 0) {
          out_ += '-';
          break;
        }
        out_ += "not(";
        Tests(at);
        out_ += ')';
        break;
      case NodeOp::kCompareTest:
        out_ += FindOperator(static_cast<NodeOp>(at.flags))->text.substr(1);
        Write(at.a, kSum);
        break;
      case NodeOp::kRange:
        out_ += (at.flags & kStartIncluded) != 0 ? '[' : '(';
        Write(at.a, kSum);
        out_ += "..";
        Write(at.b, kSum);
        out_ += (at.flags & kEndIncluded) != 0 ? ']' : ')';
        break;
      case NodeOp::kSpan:
        Write(at.a, kSum);
        out_ += "..";
        Write(at.b, kSum);
        break;
      case NodeOp::kIf:
        out_ += "if ";
        Write(at.a, kWhole);
        out_ += " then ";
        Write(at.b, kWhole);
        out_ += " else ";
        Write(at.c, kWhole);
        break;
      case NodeOp::kFor:
      case NodeOp::kSome:
      case NodeOp::kEvery:
        Iteration(at);
        break;
      case NodeOp::kList:
        out_ += '[';
        Listed(list(at), kTest);
        out_ += ']';
        break;
      case NodeOp::kContext:
        ContextLiteral(at);
        break;
      case NodeOp::kCall:
        out_ += Cat(syntax_.builtins[at.a]->name, '(');
        Listed(list(at), kWhole);
        out_ += ')';
        break;
      case NodeOp::kInvoke:
        Invocation(at);
        break;
      case NodeOp::kInstanceOf:
        Write(at.a, kInstance);
        out_ += " instance of ";
        out_ += (at.flags & kUnknownType) != 0 ? syntax_.type_texts[at.b] : syntax_.types[at.b].ToString();
        break;
      case NodeOp::kFunction:
        FunctionLiteral(syntax_.functions[at.a]);
        break;
      default:
        break;
    }
  }

  void Iteration(const Node& at) {
    out_ += at.op == NodeOp::kFor ? "for " : at.op == NodeOp::kSome ? "some " : "every ";
    const std::span<const uint32_t> parts = list(at);
    for (size_t i = 0; i + 2 < parts.size(); i += 3) {
      if (i > 0) out_ += ", ";
      NewName(syntax_.names[parts[i]]);
      out_ += " in ";
      Write(parts[i + 2], kWhole);
    }
    out_ += at.op == NodeOp::kFor ? " return " : " satisfies ";
    Write(parts.back(), kWhole);
  }

  void ContextLiteral(const Node& at) {
    out_ += '{';
    const std::span<const uint32_t> parts = list(at);
    for (size_t i = 0; i + 2 < parts.size(); i += 3) {
      if (i > 0) out_ += ", ";
      Key(syntax_.names[parts[i]]);
      out_ += ": ";
      Write(parts[i + 2], kWhole);
    }
    out_ += '}';
  }

  void Invocation(const Node& at) {
    Owner(at.a);
    out_ += '(';
    const std::span<const uint32_t> parts = list(at);
    if ((at.flags & kNamedArguments) == 0) {
      Listed(parts, kWhole);
    } else {
      for (size_t i = 0; i + 1 < parts.size(); i += 2) {
        if (i > 0) out_ += ", ";
        NewName(syntax_.names[parts[i]]);
        out_ += ": ";
        Write(parts[i + 1], kWhole);
      }
    }
    out_ += ')';
  }

  void FunctionLiteral(const FunctionCode& code) {
    out_ += "function(";
    for (size_t i = 0; i < code.parameters.size(); ++i) {
      if (i > 0) out_ += ", ";
      NewName(code.parameters[i].name);
      if (code.typed[i] != 0) out_ += Cat(": ", code.parameters[i].type.ToString());
    }
    out_ += ") ";
    Write(code.body, kWhole);
  }

  const Syntax& syntax_;
  std::string out_;
};

std::string Print(const Expression& expression) { return Printer(expression).Run(); }

}  // namespace ameide::feel
