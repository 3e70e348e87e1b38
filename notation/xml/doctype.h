#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "uaf/document/tokenizer.h"

namespace ameide::xml {

/// What a document type says, found without reading quoted text as words.
struct DoctypeContent {
  bool external = false;  ///< names a DTD or an entity outside the file
  bool markup_in_entities =
      false;                       ///< an entity's text holds `<`, so the tree cannot show what it stands for
  bool nested_parameters = false;  ///< a parameter entity that refers to others: what bombs are made of
  size_t longest_literal = 0;      ///< bytes between one pair of quotes
  size_t parameter_references = 0;  ///< `%name;` outside quotes
};

/// Reads what stands between `<!DOCTYPE` and its `>`. Takes any text, also one that goes on behind it.
DoctypeContent ReadDoctype(std::string_view raw);

/// Listens to the tokenizer for the one token that matters at intake.
class DoctypeWatch final : public uaf::document::TokenSink {
 public:
  void StartTag(uaf::document::TextSpan) override {}
  void Attribute(const uaf::document::AttributeToken&) override {}
  void StartTagEnd(uaf::document::TextSpan, bool) override {}
  void EndTag(uaf::document::TextSpan, uaf::document::TextSpan) override {}
  void CharacterData(uaf::document::TextSpan, bool) override {}
  void CData(uaf::document::TextSpan) override {}
  void Comment(uaf::document::TextSpan) override {}
  void Instruction(uaf::document::TextSpan, bool) override {}
  void Doctype(uaf::document::TextSpan raw) override { doctype_ = raw; }

  const std::optional<uaf::document::TextSpan>& doctype() const { return doctype_; }

 private:
  std::optional<uaf::document::TextSpan> doctype_;
};

}  // namespace ameide::xml
