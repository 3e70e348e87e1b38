#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace ameide::uaf::document {

/// Bytes [begin, end) of the text that is tokenized.
struct TextSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// One attribute of a start tag.
struct AttributeToken {
  TextSpan lead;  ///< white space before the name
  TextSpan name;
  TextSpan equals;  ///< `=` with any white space around it
  TextSpan raw;     ///< between the quotes
  char quote = '"';
};

/// Takes what the tokenizer finds, in document order. Plain virtual calls: the tree is built in the same
/// pass.
class TokenSink {
 public:
  virtual ~TokenSink() = default;
  /// `<name`; its attributes follow, then StartTagEnd.
  virtual void StartTag(TextSpan name) = 0;
  virtual void Attribute(const AttributeToken& attribute) = 0;
  /// `space` is what stands before `>` or `/>`.
  virtual void StartTagEnd(TextSpan space, bool self_closing) = 0;
  virtual void EndTag(TextSpan name, TextSpan space) = 0;
  virtual void CharacterData(TextSpan raw, bool only_white_space) = 0;
  /// Delimiters are not part of `raw`.
  virtual void CData(TextSpan raw) = 0;
  virtual void Comment(TextSpan raw) = 0;
  virtual void Instruction(TextSpan raw, bool declaration) = 0;
  virtual void Doctype(TextSpan raw) = 0;
};

/// Deepest nesting of elements that is taken (notation.md).
inline constexpr uint32_t kDeepestNesting = 4096;

/// Version 1 of our frozen tokenizer. It splits UTF-8 text into markup without changing or judging a
/// character more than it must: every byte of the text ends up in exactly one token. It is stricter than
/// splitting needs only where a looser rule would make the tree ambiguous (unbalanced tags, attributes
/// without quotes, two roots).
///
/// INVALID_ARGUMENT `LINE:COLUMN: why` otherwise. `fragment` takes what an InsertNodeOp holds: one node with
/// white space before it instead of a whole document. Never changed: a different tokenizer gets a new version
/// number.
absl::Status TokenizeXml(std::string_view text, bool fragment, TokenSink& sink);

/// `LINE:COLUMN` of a byte offset, both from 1, columns in code points.
std::string FormatPosition(std::string_view text, size_t offset);

}  // namespace ameide::uaf::document
