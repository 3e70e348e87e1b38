#include "notation/feel/parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::feel {
namespace {

constexpr size_t kMaxText = 1 << 20;
constexpr uint16_t kMaxDepth = 1000;

}  // namespace

bool IsKeyword(std::string_view word) {
  static constexpr std::string_view kWords[] = {"and",  "or",     "if",   "then",     "else",      "for",
                                                "in",   "return", "some", "every",    "satisfies", "between",
                                                "true", "false",  "null", "instance", "function"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

absl::StatusOr<Expression> Parser::Run(std::string_view text, bool unary) {
  if (text.size() > kMaxText) return absl::InvalidArgumentError("1-1: the expression is longer than 1 MiB");
  Parser parser;
  parser.syntax_->text = std::string(text);
  const size_t first = text.find_first_not_of(" \t\r\n");
  std::string body(text);
  if (!unary && first != std::string::npos && body[first] == '=') body[first] = ' ';
  AMEIDE_ASSIGN_OR_RETURN(parser.tokens_, Tokenize(body));
  AMEIDE_ASSIGN_OR_RETURN(parser.syntax_->root, unary ? parser.UnaryTests() : parser.ParseExpression());
  if (parser.Peek().kind != TokenKind::kEnd)
    return parser.Unexpected("an operator or the end of the expression");
  for (const std::string& name : parser.free_) parser.syntax_->variables.push_back(name);
  return Expression(std::move(parser.syntax_));
}

const Token& Parser::Peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

bool Parser::IsSymbol(std::string_view symbol, size_t ahead) const {
  return Peek(ahead).kind == TokenKind::kSymbol && Peek(ahead).text == symbol;
}

bool Parser::IsWord(std::string_view word, size_t ahead) const {
  return Peek(ahead).kind == TokenKind::kName && Peek(ahead).text == word;
}

bool Parser::TakeSymbol(std::string_view symbol) {
  if (!IsSymbol(symbol)) return false;
  ++at_;
  return true;
}

bool Parser::TakeWord(std::string_view word) {
  if (!IsWord(word)) return false;
  ++at_;
  return true;
}

absl::Status Parser::Unexpected(std::string_view wanted) const {
  const Token& token = Peek();
  const std::string found =
      token.kind == TokenKind::kEnd ? "end" : absl::StrCat("'", token.text.substr(0, 40), "'");
  if (token.kind == TokenKind::kName && at_ > 0 && Peek().kind == TokenKind::kName &&
      tokens_[at_ - 1].kind == TokenKind::kName && !IsKeyword(tokens_[at_ - 1].text) &&
      !IsKeyword(token.text)) {
    return SyntaxError(token.span,
                       absl::StrCat("unexpected ", found, "; write a name with spaces between backticks: `",
                                    tokens_[at_ - 1].text, " ", token.text, "`"));
  }
  return SyntaxError(token.span, absl::StrCat("unexpected ", found, "; wanted ", std::string(wanted)));
}

absl::Status Parser::Want(std::string_view symbol) {
  if (TakeSymbol(symbol)) return absl::OkStatus();
  return Unexpected(absl::StrCat("'", std::string(symbol), "'"));
}

absl::Status Parser::WantWord(std::string_view word) {
  if (TakeWord(word)) return absl::OkStatus();
  return Unexpected(absl::StrCat("'", std::string(word), "'"));
}

uint32_t Parser::Begin() const { return Peek().span.begin; }

Node& Parser::node(uint32_t index) { return syntax_->nodes[index]; }

NodeOr Parser::Add(Node added, uint32_t begin, std::initializer_list<uint32_t> children,
                   std::span<const uint32_t> more) {
  added.span = {begin, at_ > 0 ? tokens_[at_ - 1].span.end : begin};
  const auto take = [&](uint32_t child) {
    added.depth = std::max<uint16_t>(added.depth, static_cast<uint16_t>(node(child).depth + 1));
    added.reads_input = added.reads_input || node(child).reads_input;
  };
  for (const uint32_t child : children) take(child);
  for (const uint32_t child : more) take(child);
  if (added.depth > kMaxDepth) return SyntaxError(added.span, "nested or chained deeper than 1,000 levels");
  syntax_->nodes.push_back(added);
  return static_cast<uint32_t>(syntax_->nodes.size() - 1);
}

NodeOr Parser::AddList(NodeOp op, uint32_t begin, const std::vector<uint32_t>& items, uint8_t flags,
                       uint32_t a) {
  Node added{op, flags};
  added.a = a;
  added.b = static_cast<uint32_t>(syntax_->lists.size());
  added.c = static_cast<uint32_t>(items.size());
  syntax_->lists.insert(syntax_->lists.end(), items.begin(), items.end());
  if (op == NodeOp::kIn) return Add(added, begin, {a}, items);
  return Add(added, begin, {}, items);
}

NodeOr Parser::AddConstant(Value value, uint32_t begin) {
  Node added{NodeOp::kConstant};
  added.a = static_cast<uint32_t>(syntax_->constants.size());
  syntax_->constants.push_back(std::move(value));
  return Add(added, begin, {});
}

NodeOr Parser::AddBinary(NodeOp op, uint32_t begin, uint32_t a, uint32_t b, uint8_t flags) {
  Node added{op, flags};
  added.a = a;
  added.b = b;
  return Add(added, begin, {a, b});
}

uint32_t Parser::NameIndex(const std::string& name) {
  const auto at = std::find(syntax_->names.begin(), syntax_->names.end(), name);
  if (at != syntax_->names.end()) return static_cast<uint32_t>(at - syntax_->names.begin());
  syntax_->names.push_back(name);
  return static_cast<uint32_t>(syntax_->names.size() - 1);
}

bool Parser::IsBound(std::string_view name) const {
  return std::find(bound_.begin(), bound_.end(), name) != bound_.end();
}

NodeOr Parser::AddName(const std::string& name, uint32_t begin) {
  const bool bound = IsBound(name);
  if (name == "partial" && bound) reads_partial_ = true;
  if (!bound) free_.insert(name);
  Node added{bound || filters_ > 0 ? NodeOp::kName : NodeOp::kVariable};
  added.a = NameIndex(name);
  return Add(added, begin, {});
}

const std::string& Expression::text() const { return syntax_->text; }
const std::vector<std::string>& Expression::variables() const { return syntax_->variables; }

absl::StatusOr<Expression> Parse(std::string_view text) { return Parser::Run(text, false); }
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text) { return Parser::Run(text, true); }

}  // namespace ameide::feel
