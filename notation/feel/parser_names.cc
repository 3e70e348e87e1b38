// What a name means: names may hold spaces and operators, so the longest one in scope wins
// (DMN 1.5, 10.3.1.4).
#include <algorithm>
#include <utility>

#include "base/status.h"
#include "notation/feel/parser.h"

namespace ameide::feel {
namespace {

constexpr size_t kMostBindings = 4'096;  // in sight at one place: each name is compared with all of them
constexpr size_t kMostKnown = 2'000;

/// Whether a function type can say all about what a built-in takes.
bool HasOneForm(const Builtin& builtin) {
  if (builtin.overloads.size() != 1 || builtin.overloads[0].variadic) return false;
  const std::vector<BuiltinParameter>& parameters = builtin.overloads[0].parameters;
  return std::none_of(parameters.begin(), parameters.end(),
                      [](const BuiltinParameter& parameter) { return parameter.optional; });
}

constexpr uint64_t kSlotKey = uint64_t{1} << 40;
constexpr uint64_t kInputKey = uint64_t{1} << 41;

bool IsSpaceByte(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsPartByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '?' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Whether a word has its part at `at`; what it has there else is a sign (rule 30), `length` bytes long.
bool IsPartAt(std::string_view name, size_t at, size_t& length) {
  constexpr std::string_view kApostrophe = "’";
  length = name.substr(at).starts_with(kApostrophe) ? kApostrophe.size() : 1;
  return length == 1 && IsPartByte(name[at]);
}

/// Whether a filter's item of that type may have entries.
bool MayHaveEntries(const Type& type) {
  return type.is_any() || type.kind() == Type::Kind::kNull || type.kind() == Type::Kind::kContext;
}

}  // namespace

uint32_t Parser::NewPlace() {
  Frame& frame = frames_.back();
  const uint32_t place = frame.top++;
  frame.most = std::max(frame.most, frame.top);
  return place;
}

absl::Status Parser::Bind(Binding::What what, std::string name, Type type, uint32_t place,
                          std::optional<size_t> owner) {
  if (bindings_.size() >= kMostBindings)
    return Fail(Peek().span, Cat("more than ", kMostBindings, " names are bound around this place"));
  bindings_.push_back(
      {what, std::move(name), std::move(type), place, frames_.size() - 1, owner.value_or(bindings_.size())});
  return absl::OkStatus();
}

void Parser::Unbind(size_t bindings, uint32_t top) {
  bindings_.resize(bindings);
  frames_.back().top = top;
}

size_t Parser::Spells(std::string_view name) const {
  const std::string_view text = syntax_->text;
  size_t at = Peek().span.begin, n = 0;
  if (name.empty() || at >= text.size() || text[at] != name[0]) return 0;
  bool after_word = false;  // the last byte matched belongs to a word
  while (n < name.size()) {
    const size_t name_before = n, text_before = at;
    while (n < name.size() && IsSpaceByte(name[n])) ++n;
    while (at < text.size() && IsSpaceByte(text[at])) ++at;
    if (n == name.size()) break;
    if (at == text.size()) return 0;
    // Between two words white space separates in both or in neither; around operators it has no meaning.
    size_t length = 0;
    const bool part = IsPartAt(name, n, length);
    if (after_word && part && (n > name_before) != (at > text_before)) return 0;
    if (name.substr(n, length) != text.substr(at, length)) return 0;
    after_word = part;
    n += length;
    at += length;
  }
  // The name has to end where a token ends.
  size_t tokens = 0;
  while (at_ + tokens < tokens_.size() && tokens_[at_ + tokens].span.end < at) ++tokens;
  const bool ends = at_ + tokens < tokens_.size() && tokens_[at_ + tokens].span.end == at;
  return ends ? tokens + 1 : 0;
}

bool Parser::Consider(Match& best, std::string_view name, const Type& type, bool entry, size_t owner) const {
  const size_t tokens = Spells(name);
  const auto written = [&](std::string_view spelling) {
    return std::string_view(syntax_->text).substr(Peek().span.begin).starts_with(spelling);
  };
  // Keys of one context may differ in the spaces around signs alone: the one that is written so is meant.
  const bool closer =
      tokens > 0 && tokens == best.tokens && owner == best.owner && written(name) && !written(best.name);
  if (tokens <= best.tokens && !closer) return false;
  best = {tokens, std::string(name), type, entry, owner};
  return true;
}

void Parser::ConsiderFields(Match& best, const Type& type, size_t owner) const {
  const std::span<const Type::Field> fields = type.fields();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field)
    Consider(best, field->name, field->type, true, owner);
}

Parser::Match Parser::LongestName() const {
  Match best;
  bool open = false;  // a filter around here has items whose entries are not known
  for (size_t i = bindings_.size(); i-- > 0;) {
    const Binding& binding = bindings_[i];
    if (binding.what == Binding::What::kItem) {
      ConsiderFields(best, binding.type, i);
      open = open || (MayHaveEntries(binding.type) && binding.type.fields().empty());
    }
    Consider(best, binding.name, binding.type, false, binding.owner);
  }
  size_t owner = kMostBindings;  // of names from elsewhere
  if (open) {
    for (const std::string& name : known_) Consider(best, name, {}, true, owner);
  }
  for (const Scope* scope = options_->scope; scope != nullptr; scope = scope->parent()) {
    ++owner;
    for (auto at = scope->names().rbegin(); at != scope->names().rend(); ++at)
      Consider(best, at->name, at->type, false, owner);
  }
  return best;
}

std::string Parser::Words(size_t tokens) const {
  std::string out;
  for (size_t i = 0; i < tokens; ++i) {
    if (i > 0 && Peek(i).span.begin > Peek(i - 1).span.end) out += ' ';
    out += Peek(i).text;
  }
  return out;
}

NodeOr Parser::ReadFrom(size_t frame, size_t home, uint64_t key, Node direct, const Type& type,
                        uint32_t begin) {
  direct.varies = true;
  if (frame == home) return Add(direct, type, begin, {});
  size_t place = 0;
  while (place < frames_[frame].captured.size() && frames_[frame].captured[place] != key) ++place;
  if (place == frames_[frame].captured.size()) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t source, ReadFrom(frame - 1, home, key, direct, type, begin));
    frames_[frame].captured.push_back(key);
    frames_[frame].nodes.push_back(source);
  }
  Node read{NodeOp::kCaptured};
  read.a = static_cast<uint32_t>(place);
  read.b = direct.b;
  read.reads_input = direct.reads_input;
  read.varies = true;
  return Add(read, type, begin, {});
}

NodeOr Parser::ReadBinding(size_t index, uint32_t begin) {
  const Binding binding = bindings_[index];
  Node direct{binding.what == Binding::What::kSelf ? NodeOp::kSelf : NodeOp::kLocal};
  direct.a = binding.place;
  direct.b = NameIndex(binding.name);
  return ReadFrom(frames_.size() - 1, binding.frame, index, direct, binding.type, begin);
}

NodeOr Parser::ReadSlot(uint32_t slot, std::string_view name, const Type& type, uint32_t begin) {
  Node direct{NodeOp::kSlot};
  direct.a = slot;
  direct.b = NameIndex(name);
  return ReadFrom(frames_.size() - 1, 0, kSlotKey | slot, direct, type, begin);
}

NodeOr Parser::Input() {
  const Token token = Peek();
  if (tested_.empty() && !unary_ && !options_->has_input)
    return Fail(token.span, "'?' has a meaning in unary tests only", "name the value itself");
  ++at_;
  Node direct{NodeOp::kInput};
  direct.reads_input = true;
  if (tested_.empty())
    return ReadFrom(frames_.size() - 1, 0, kInputKey, direct, options_->input_type, token.span.begin);
  const Tested& tested = tested_.back();
  return ReadFrom(frames_.size() - 1, tested.frame, kInputKey + tested.number, direct, tested.type,
                  token.span.begin);
}

NodeOr Parser::Lookup(const std::string& name, uint32_t begin) {
  std::vector<size_t> items;  // filters between here and what binds the name, innermost first
  std::optional<uint32_t> base;
  for (size_t i = bindings_.size(); i-- > 0 && !base;) {
    const bool item = bindings_[i].what == Binding::What::kItem;
    if (item && MayHaveEntries(bindings_[i].type)) items.push_back(i);
    if (bindings_[i].name != name) continue;
    AMEIDE_ASSIGN_OR_RETURN(base, ReadBinding(i, begin));
  }
  if (!base) {
    const Scope::Name* known = options_->scope != nullptr ? options_->scope->Find(name) : nullptr;
    const Builtin* builtin = known == nullptr ? FindBuiltin(name) : nullptr;
    if (known != nullptr) {
      const auto at = std::find(syntax_->variables.begin(), syntax_->variables.end(), name);
      if (at == syntax_->variables.end()) syntax_->variables.push_back(name);
      AMEIDE_ASSIGN_OR_RETURN(base, ReadSlot(known->slot, name, known->type, begin));
    } else if (builtin != nullptr && options_->scope != nullptr) {
      AMEIDE_ASSIGN_OR_RETURN(base, AddConstant(builtin->value, begin));
      if (!HasOneForm(*builtin)) types_[*base] = Type::Kind::kFunction;
    } else if (options_->scope == nullptr) {
      const auto next = static_cast<uint32_t>(syntax_->variables.size());
      const auto [at, added] = variable_index_.emplace(name, next);
      if (added) syntax_->variables.push_back(name);
      AMEIDE_ASSIGN_OR_RETURN(base, ReadSlot(at->second, name, {}, begin));
    } else {
      Node missing{NodeOp::kMissing};
      missing.b = NameIndex(name);
      AMEIDE_ASSIGN_OR_RETURN(base, Add(missing, {}, begin, {}));
    }
  }
  uint32_t result = *base;
  for (size_t i = items.size(); i-- > 0;) {
    const Type* field = bindings_[items[i]].type.field(name);
    Type of = field != nullptr ? *field : Type();
    // Where an item is null or has no such entry, the name means what it means around the filter.
    const NodeOp around = node(result).op;
    if (around != NodeOp::kMissing && around != NodeOp::kConstant) of = CommonType(of, type(result));
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t item, ReadBinding(items[i], begin));
    Node entry{NodeOp::kItemEntry};
    entry.a = item;
    entry.b = NameIndex(name);
    entry.c = result;
    AMEIDE_ASSIGN_OR_RETURN(result, Add(entry, std::move(of), begin, {item, result}));
  }
  return result;
}

std::vector<std::string> Parser::VisibleNames() const {
  std::vector<std::string> names;
  for (const Binding& binding : bindings_) {
    if (binding.what != Binding::What::kItem) names.push_back(binding.name);
    for (const Type::Field& field : binding.type.fields()) {
      if (binding.what == Binding::What::kItem) names.push_back(field.name);
    }
  }
  for (const Scope* scope = options_->scope; scope != nullptr; scope = scope->parent()) {
    for (const Scope::Name& name : scope->names()) names.push_back(name.name);
  }
  return names;
}

std::optional<std::string> Parser::InSight(const std::string& name) const {
  std::optional<std::string> found;
  size_t of = 0;
  const auto consider = [&](const std::string& known, size_t owner) {
    const bool closer = found && owner == of && known == name;  // as in Consider
    if ((found && !closer) || !IsSameName(known, name)) return;
    found = known;
    of = owner;
  };
  for (auto binding = bindings_.rbegin(); binding != bindings_.rend(); ++binding)
    consider(binding->name, binding->owner);
  size_t owner = kMostBindings;
  for (const Scope* scope = options_->scope; scope != nullptr; scope = scope->parent()) {
    ++owner;
    for (auto at = scope->names().rbegin(); at != scope->names().rend(); ++at) consider(at->name, owner);
  }
  return found;
}

NodeOr Parser::Unknown(const std::string& name, uint32_t begin) {
  const bool open = std::any_of(bindings_.begin(), bindings_.end(), [](const Binding& binding) {
    return binding.what == Binding::What::kItem && MayHaveEntries(binding.type);
  });
  const Builtin* const builtin = FindBuiltin(name);
  if (options_->scope != nullptr && builtin != nullptr && !IsSymbol("("))
    WarnUnlessCalled(*builtin, {begin, End()});
  if (options_->scope != nullptr && !open && builtin == nullptr) {
    WarnUnknownName(name, {begin, End()});
  }
  return Lookup(name, begin);
}

NodeOr Parser::Name() {
  const Token token = Peek();
  const uint32_t begin = token.span.begin;
  const Match match = LongestName();
  const Builtin* builtin = nullptr;
  const size_t words = BuiltinWords(builtin);
  const bool callable = match.type.kind() == Type::Kind::kFunction || (match.type.is_any() && !match.entry);
  if (words > match.tokens || (words > 0 && words == match.tokens && !callable))
    return CallOf(*builtin, begin);
  if (match.tokens > 0) {
    at_ += match.tokens;
    return Lookup(match.name, begin);
  }
  if (token.text == "true" || token.text == "false") {
    ++at_;
    return AddConstant(Value(token.text == "true"), begin);
  }
  if (token.text == "null") {
    ++at_;
    return AddConstant(Value(), begin);
  }
  if (token.text == "if" || token.text == "for" || token.text == "some" || token.text == "every" ||
      token.text == "function")
    return ParseExpression();
  if (IsKeyword(token.text)) return Unexpected("an expression");
  size_t count = 1;
  while (Peek(count).kind == TokenKind::kName && !IsKeyword(Peek(count).text)) ++count;
  const std::string name = Words(count);
  at_ += count;
  if (IsSymbol("(")) {
    AMEIDE_RETURN_IF_ERROR(FailMiswrittenFunction(name, {begin, End()}));
    WarnUnknownFunction(name, {begin, End()});
    Node missing{NodeOp::kMissing};
    missing.b = NameIndex(name);
    return Add(missing, {}, begin, {});
  }
  return Unknown(name, begin);
}

absl::StatusOr<std::string> Parser::NewName(std::string_view what,
                                            std::initializer_list<std::string_view> until) {
  if (Peek().kind == TokenKind::kQuotedName) return std::string(tokens_[at_++].text);
  size_t count = 0;
  const auto ends = [&](const Token& token) {
    return token.kind == TokenKind::kEnd ||
           std::any_of(until.begin(), until.end(), [&](std::string_view end) { return token.text == end; });
  };
  static constexpr std::string_view kInside = "+-*/.'?";
  while (!ends(Peek(count))) {
    const Token& token = Peek(count);
    const bool word = token.kind == TokenKind::kName || (count > 0 && token.kind == TokenKind::kNumber) ||
                      (count > 0 && token.kind == TokenKind::kBad && token.text != "`");
    const bool inside = token.text.size() <= 2 && kInside.find(token.text[0]) != std::string_view::npos;
    if (!word && !(inside && count > 0)) break;
    ++count;
  }
  if (count == 1 && ends(Peek(1)) && IsKeyword(Peek().text)) {
    return Fail(Peek().span, Cat("'", Peek().text, "' is a word of FEEL and no name"),
                "choose another name, or write it in backticks");
  }
  if (count == 0 || !ends(Peek(count))) {
    at_ += count;
    return Unexpected(what);
  }
  std::string name = Words(count);
  at_ += count;
  return name;
}

absl::StatusOr<std::string> Parser::PropertyName(const Type& of) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kQuotedName) {
    ++at_;
    return std::string(token.text);
  }
  if (token.kind != TokenKind::kName) return Unexpected("a name");
  const Type& owner = of.kind() == Type::Kind::kList ? of.element() : of;
  Match best;
  ConsiderFields(best, owner, 0);
  if (best.tokens == 0) {
    for (const std::string& name : known_) Consider(best, name, {}, true);
    for (const std::string_view name : {"time offset", "start included", "end included"})
      Consider(best, name, {}, true);
  }
  size_t count = 1;
  while (Peek(count).kind == TokenKind::kName && !IsKeyword(Peek(count).text)) ++count;
  // A known name that ends inside of a run of words is not what was meant.
  if (best.tokens > 0 && (best.tokens >= count || !owner.fields().empty())) {
    at_ += best.tokens;
    return best.name;
  }
  std::string name = Words(count);
  at_ += count;
  return name;
}

void Parser::Know(const Type& type, int levels) {
  if (levels == 0 || known_.size() >= kMostKnown) return;
  if (type.kind() == Type::Kind::kList) Know(type.element(), levels - 1);
  for (const Type::Field& field : type.fields()) {
    known_.insert(field.name);
    Know(field.type, levels - 1);
  }
}

std::string NameTokens(std::string_view name) {
  std::string tokens;
  bool after_word = false, space = false;
  for (size_t at = 0, length = 0; at < name.size(); at += length) {
    length = 1;
    if (IsSpaceByte(name[at])) {
      space = true;
      continue;
    }
    const bool part = IsPartAt(name, at, length);
    if (space && after_word && part) tokens += ' ';
    tokens += name.substr(at, length);
    after_word = part;
    space = false;
  }
  return tokens;
}

bool IsSameName(std::string_view a, std::string_view b) {
  bool after_word = false;
  for (size_t i = 0, j = 0;;) {
    const size_t a_before = i, b_before = j;
    while (i < a.size() && IsSpaceByte(a[i])) ++i;
    while (j < b.size() && IsSpaceByte(b[j])) ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
    size_t length = 0;
    const bool part = IsPartAt(a, i, length);
    if (after_word && part && (i > a_before) != (j > b_before)) return false;
    if (a.substr(i, length) != b.substr(j, length)) return false;
    after_word = part;
    i += length;
    j += length;
  }
}

bool IsReadableName(std::string_view name) {
  size_t first_end = std::string_view::npos;
  for (size_t at = 0; at < name.size();) {
    const size_t begin = at;
    const uint32_t code = NextCharacter(name, at);
    if (begin == 0 && !IsNameStart(code)) return false;
    if (IsNamePart(code)) continue;
    constexpr std::string_view kSigns = " ./-'+*";
    constexpr uint32_t kApostrophe = 0x2019;
    if (code != kApostrophe &&
        (code > 0x7f || kSigns.find(static_cast<char>(code)) == std::string_view::npos))
      return false;
    first_end = std::min(first_end, begin);
  }
  return !name.empty() && !IsKeyword(name.substr(0, first_end));
}

}  // namespace ameide::feel
