#include "notation/feel/parser.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "notation/feel/fold.h"

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

Parsed Parser::Run(std::string_view text, const ParseOptions& options, bool unary) {
  Parser parser;
  parser.options_ = &options;
  parser.unary_ = unary;
  Parsed out;
  const auto finish = [&] {
    std::stable_sort(parser.findings_.begin(), parser.findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.span.begin < b.span.begin; });
    out.findings = std::move(parser.findings_);
  };
  if (text.size() > kMaxText) {
    (void)parser.Fail({0, 1}, "the expression is longer than 1 MiB", "split it into several expressions");
    finish();
    return out;
  }
  Syntax& syntax = *parser.syntax_;
  syntax.text = std::string(text);
  syntax.unary = unary;
  syntax.by_name = options.scope == nullptr;
  // A leading `=` is a marker of other notations; positions stay those of the text.
  std::string_view body = syntax.text;
  size_t skipped = body.find_first_not_of(" \t\r\n");
  skipped = !unary && skipped != std::string::npos && body[skipped] == '=' ? skipped + 1 : 0;
  parser.tokens_ = Tokenize(body.substr(skipped));
  for (Token& token : parser.tokens_) {
    token.span.begin += static_cast<uint32_t>(skipped);
    token.span.end += static_cast<uint32_t>(skipped);
  }
  for (const Scope* scope = options.scope; scope != nullptr; scope = scope->parent()) {
    for (const Scope::Name& name : scope->names()) parser.Know(name.type, 8);
  }
  NodeOr root = unary ? parser.UnaryTests() : parser.ParseExpression();
  if (root.ok() && parser.Peek().kind != TokenKind::kEnd) {
    const bool closes = parser.IsSymbol(")") || parser.IsSymbol("]") || parser.IsSymbol("}");
    root = closes ? parser.FailUnopened() : parser.Unexpected("an operator or the end of the expression");
  }
  if (!root.ok()) {
    finish();
    return out;
  }
  syntax.root = *root;
  syntax.type = parser.type(*root);
  syntax.frame = parser.frames_[0].most;
  // Variables were numbered as they were met.
  if (syntax.by_name) {
    std::vector<std::string> sorted = syntax.variables;
    std::sort(sorted.begin(), sorted.end());
    for (Node& node : syntax.nodes) {
      if (node.op != NodeOp::kSlot) continue;
      const auto at = std::lower_bound(sorted.begin(), sorted.end(), syntax.variables[node.a]);
      node.a = static_cast<uint32_t>(at - sorted.begin());
    }
    syntax.variables = std::move(sorted);
  } else {
    std::sort(syntax.variables.begin(), syntax.variables.end());
  }
  for (Diagnostic& reason : FoldConstants(syntax)) {
    const bool said = std::any_of(parser.findings_.begin(), parser.findings_.end(), [&](const Finding& each) {
      return reason.span.begin <= each.span.begin && each.span.end <= reason.span.end;
    });
    if (!said) parser.Warn("always-null", reason.span, Cat(reason.message, ": this part is always null"));
  }
  finish();
  out.expression = Expression(std::move(parser.syntax_));
  return out;
}

// ---- Tokens

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

absl::Status Parser::Want(std::string_view symbol) {
  if (TakeSymbol(symbol)) return absl::OkStatus();
  return Unexpected(Cat("'", symbol, "'"));
}

absl::Status Parser::WantWord(std::string_view word) {
  if (TakeWord(word)) return absl::OkStatus();
  return Unexpected(Cat("'", word, "'"));
}

// ---- Findings

absl::Status Parser::Fail(Span span, std::string message, std::string hint, std::optional<Fix> fix) {
  if (span.end <= span.begin) span.end = span.begin + 1;
  findings_.push_back(
      {Finding::Severity::kError, "syntax", span, std::move(message), std::move(hint), std::move(fix)});
  return absl::InvalidArgumentError("");
}

// ---- Nodes

NodeOr Parser::Add(Node added, Type type, uint32_t begin, std::initializer_list<uint32_t> children,
                   std::span<const uint32_t> more) {
  added.span = {begin, std::max(End(), begin)};
  const auto take = [&](uint32_t child) {
    const Node& part = node(child);
    added.depth = std::max<uint16_t>(added.depth, static_cast<uint16_t>(part.depth + 1));
    added.reads_input = added.reads_input || part.reads_input;
    added.varies = added.varies || part.varies;
  };
  for (const uint32_t child : children) take(child);
  for (const uint32_t child : more) take(child);
  if (added.depth > kMaxDepth)
    return Fail(added.span, "nested or chained deeper than 1,000 levels",
                "split it into several expressions");
  syntax_->nodes.push_back(added);
  types_.push_back(std::move(type));
  return static_cast<uint32_t>(syntax_->nodes.size() - 1);
}

NodeOr Parser::AddList(NodeOp op, Type type, uint32_t begin, const std::vector<uint32_t>& parts,
                       const std::vector<uint32_t>& children, uint8_t flags, uint32_t a) {
  Node added{op, flags};
  added.a = a;
  added.b = static_cast<uint32_t>(syntax_->lists.size());
  added.c = static_cast<uint32_t>(parts.size());
  syntax_->lists.insert(syntax_->lists.end(), parts.begin(), parts.end());
  return Add(added, std::move(type), begin, {}, children);
}

NodeOr Parser::AddConstant(Value value, uint32_t begin) {
  Node added{NodeOp::kConstant};
  added.a = static_cast<uint32_t>(syntax_->constants.size());
  added.folded = added.a;
  Type type = TypeOf(value);
  syntax_->constants.push_back(std::move(value));
  return Add(added, std::move(type), begin, {});
}

NodeOr Parser::AddBinary(NodeOp op, uint32_t begin, uint32_t a, uint32_t b, uint8_t flags) {
  Node added{op, flags};
  added.a = a;
  added.b = b;
  Type type = BinaryType(op, a, b);
  return Add(added, std::move(type), begin, {a, b});
}

uint32_t Parser::NameIndex(std::string_view name) {
  if (const auto at = name_index_.find(name); at != name_index_.end()) return at->second;
  const auto index = static_cast<uint32_t>(syntax_->names.size());
  syntax_->names.emplace_back(name);
  name_index_.emplace(name, index);
  return index;
}

// ---- What the header of the folder promises

const std::string& Expression::text() const { return syntax_->text; }
const std::vector<std::string>& Expression::variables() const { return syntax_->variables; }
std::optional<uint32_t> Expression::slot() const {
  const Node& root = syntax_->nodes[syntax_->root];
  return root.op == NodeOp::kSlot ? std::optional(root.a) : std::nullopt;
}
bool Expression::is_constant() const {
  return syntax_->variables.empty() && !syntax_->reads_clock && !syntax_->nodes[syntax_->root].reads_input;
}
bool Expression::reads_clock() const { return syntax_->reads_clock; }
bool Expression::is_unary() const { return syntax_->unary; }
const Type& Expression::type() const { return syntax_->type; }

namespace {

absl::Status StatusOf(const Finding& finding) {
  return absl::InvalidArgumentError(Cat(finding.span.begin + 1, "-", finding.span.end, ": ", finding.message,
                                        finding.hint.empty() ? "" : "; ", finding.hint));
}

/// Warnings that a process must not start with.
bool IsStrict(const Finding& finding) {
  return finding.severity == Finding::Severity::kError || finding.rule == "unknown-function" ||
         finding.rule == "arguments" || finding.rule == "duplicate";
}

absl::StatusOr<Expression> Strict(Parsed parsed) {
  for (const Finding& finding : parsed.findings) {
    if (IsStrict(finding)) return StatusOf(finding);
  }
  return *std::move(parsed.expression);
}

absl::StatusOr<Expression> Lenient(Parsed parsed) {
  AMEIDE_RETURN_IF_ERROR(parsed.status());
  return *std::move(parsed.expression);
}

}  // namespace

absl::Status Parsed::status() const {
  for (const Finding& finding : findings) {
    if (finding.severity == Finding::Severity::kError) return StatusOf(finding);
  }
  return absl::OkStatus();
}

Parsed Read(std::string_view text, const ParseOptions& options) { return Parser::Run(text, options, false); }
Parsed ReadUnaryTests(std::string_view text, const ParseOptions& options) {
  return Parser::Run(text, options, true);
}
absl::StatusOr<Expression> Parse(std::string_view text) { return Strict(Parser::Run(text, {}, false)); }
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text) {
  return Strict(Parser::Run(text, {}, true));
}
absl::StatusOr<Expression> Parse(std::string_view text, const Scope& scope) {
  ParseOptions options;
  options.scope = &scope;
  return Lenient(Read(text, options));
}
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text, const Scope& scope, Type input_type) {
  ParseOptions options;
  options.scope = &scope;
  options.input_type = std::move(input_type);
  return Lenient(ReadUnaryTests(text, options));
}

}  // namespace ameide::feel
