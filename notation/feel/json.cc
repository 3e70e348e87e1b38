#include "notation/feel/json.h"

#include <cstdint>
#include <utility>

#include "base/status.h"
#include "notation/feel/text.h"

namespace ameide::feel {
namespace {

constexpr int kMaxDepth = 200;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  absl::StatusOr<Value> Read() {
    AMEIDE_ASSIGN_OR_RETURN(Value value, ReadValue(0));
    SkipSpace();
    if (at_ != text_.size()) return Fail("something follows the value");
    return value;
  }

 private:
  absl::Status Fail(std::string_view why) const {
    return absl::InvalidArgumentError(Cat("JSON, byte ", at_ + 1, ": ", why));
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool Take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  absl::StatusOr<Value> ReadValue(int depth) {
    if (depth > kMaxDepth) return Fail("nested deeper than 200 levels");
    SkipSpace();
    if (at_ == text_.size()) return Fail("a value is missing");
    switch (text_[at_]) {
      case '{':
        return ReadObject(depth);
      case '[':
        return ReadArray(depth);
      case '"': {
        AMEIDE_ASSIGN_OR_RETURN(std::string text, ReadString());
        return Value(std::move(text));
      }
      default:
        break;
    }
    if (Take("true")) return Value(true);
    if (Take("false")) return Value(false);
    if (Take("null")) return Value();
    return ReadNumber();
  }

  bool Digits() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }

  absl::StatusOr<Value> ReadNumber() {
    const size_t begin = at_;
    Take("-");
    const size_t first = at_;
    if (!Digits()) return Fail("not a JSON value");
    if (text_[first] == '0' && at_ > first + 1) return Fail("a number with a leading zero");
    if (Take(".") && !Digits()) return Fail("digits are missing behind the point");
    if (Take("e") || Take("E")) {
      if (!Take("+")) Take("-");
      if (!Digits()) return Fail("digits are missing in the exponent");
    }
    absl::StatusOr<Decimal> number = Decimal::Parse(text_.substr(begin, at_ - begin));
    if (!number.ok()) return Fail("the number is outside the range of decimal128");
    return Value(*number);
  }

  absl::StatusOr<uint32_t> ReadHex4() {
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return Fail("\\u needs four hexadecimal digits");
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    return code;
  }

  absl::Status ReadEscape(std::string& out) {
    static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    if (c == 'u') {
      AMEIDE_ASSIGN_OR_RETURN(uint32_t code, ReadHex4());
      if (code >= 0xd800 && code < 0xdc00 && Take("\\u")) {
        AMEIDE_ASSIGN_OR_RETURN(const uint32_t low, ReadHex4());
        if (low < 0xdc00 || low > 0xdfff) return Fail("half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else if (code >= 0xd800 && code < 0xe000) {
        return Fail("half of a surrogate pair");
      }
      AppendCharacter(out, code);
      return absl::OkStatus();
    }
    const size_t which = kFrom.find(c);
    if (c == '\0' || which == std::string_view::npos) return Fail("an unknown escape");
    out += kTo[which];
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadString() {
    ++at_;
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return out;
      if (c == '\\') {
        AMEIDE_RETURN_IF_ERROR(ReadEscape(out));
      } else if (static_cast<unsigned char>(c) < 0x20) {
        --at_;
        return Fail("a control character inside a string");
      } else {
        out += c;
      }
    }
    return Fail("a string without end");
  }

  absl::StatusOr<Value> ReadArray(int depth) {
    ++at_;
    List list;
    SkipSpace();
    if (Take("]")) return Value(std::move(list));
    for (;;) {
      AMEIDE_ASSIGN_OR_RETURN(Value item, ReadValue(depth + 1));
      list.push_back(std::move(item));
      SkipSpace();
      if (Take("]")) return Value(std::move(list));
      if (!Take(",")) return Fail("',' or ']' is missing");
    }
  }

  absl::StatusOr<Value> ReadObject(int depth) {
    ++at_;
    Context context;
    SkipSpace();
    if (Take("}")) return Value(std::move(context));
    for (;;) {
      SkipSpace();
      if (at_ == text_.size() || text_[at_] != '"') return Fail("a name in quotes is missing");
      AMEIDE_ASSIGN_OR_RETURN(std::string name, ReadString());
      SkipSpace();
      if (!Take(":")) return Fail("':' is missing");
      AMEIDE_ASSIGN_OR_RETURN(Value item, ReadValue(depth + 1));
      context.Set(std::move(name), std::move(item));
      SkipSpace();
      if (Take("}")) return Value(std::move(context));
      if (!Take(",")) return Fail("',' or '}' is missing");
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

void AppendString(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[(c >> 4) & 0xf];
          out += kHex[c & 0xf];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void AppendJson(std::string& out, const Value& value) {
  const char* separator = "";
  switch (value.kind()) {
    case Kind::kNull:
    case Kind::kFunction:
      out += "null";
      break;
    case Kind::kBoolean:
      out += *value.boolean() ? "true" : "false";
      break;
    case Kind::kNumber:
      out += value.number()->ToString();
      break;
    case Kind::kList:
      out += '[';
      for (const Value& item : *value.list()) {
        out += separator;
        AppendJson(out, item);
        separator = ",";
      }
      out += ']';
      break;
    case Kind::kContext:
      out += '{';
      for (const auto& [name, item] : *value.context()) {
        out += separator;
        AppendString(out, name);
        out += ':';
        AppendJson(out, item);
        separator = ",";
      }
      out += '}';
      break;
    default:
      AppendString(out, ToText(value));
  }
}

}  // namespace

absl::StatusOr<Value> FromJson(std::string_view text) { return JsonReader(text).Read(); }

std::string ToJson(const Value& value) {
  std::string out;
  AppendJson(out, value);
  return out;
}

}  // namespace ameide::feel
