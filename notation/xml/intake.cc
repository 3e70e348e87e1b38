#include "notation/xml/intake.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/xml/encoding.h"
#include "notation/xml/well_formed.h"
#include "uaf/document/encoding.h"
#include "uaf/document/tokenizer.h"

namespace ameide::xml {
namespace {

using uaf::document::Document;
using uaf::document::Encoding;
using uaf::document::Finding;
using uaf::document::Intake;
using uaf::document::NodeIndex;
using uaf::document::Severity;
using uaf::document::TextSpan;
using uaf::document::TreeKind;

constexpr size_t kLargestFile = size_t{1} << 30;

/// Looks at the one token that matters here: the document type.
class DoctypeWatch final : public uaf::document::TokenSink {
 public:
  void StartTag(TextSpan) override {}
  void Attribute(const uaf::document::AttributeToken&) override {}
  void StartTagEnd(TextSpan, bool) override {}
  void EndTag(TextSpan, TextSpan) override {}
  void CharacterData(TextSpan, bool) override {}
  void CData(TextSpan) override {}
  void Comment(TextSpan) override {}
  void Instruction(TextSpan, bool) override {}
  void Doctype(TextSpan raw) override { doctype_ = raw; }
  const TextSpan& doctype() const { return doctype_; }

 private:
  TextSpan doctype_;
};

/// What a document type says, found without reading quoted text as words.
struct DoctypeContent {
  bool external = false;
  bool markup_in_entities = false;
};

DoctypeContent ReadDoctype(std::string_view raw) {
  DoctypeContent content;
  for (size_t i = 0; i < raw.size(); ++i) {
    const auto skip_past = [&](std::string_view end) {
      const size_t found = raw.find(end, i);
      i = found == std::string_view::npos ? raw.size() : found + end.size() - 1;
    };
    if (raw.substr(i, 4) == "<!--")
      skip_past("-->");
    else if (raw.substr(i, 2) == "<?")
      skip_past("?>");
    else if (raw[i] == '"' || raw[i] == '\'') {
      const size_t close = raw.find(raw[i], i + 1);
      const std::string_view value =
          raw.substr(i + 1, close == std::string_view::npos ? close : close - i - 1);
      // "<" may also come in as a reference, which is replaced when the entity is declared.
      for (const char* less : {"<", "&#60;", "&#x3c;", "&#x3C;", "&#38;#60;"}) {
        if (value.find(less) != std::string_view::npos) content.markup_in_entities = true;
      }
      i = close == std::string_view::npos ? raw.size() : close;
    } else if (raw.substr(i, 6) == "SYSTEM" || raw.substr(i, 6) == "PUBLIC") {
      content.external = true;
    }
  }
  return content;
}

/// The decoder's `byte N: why` as `LINE:COLUMN: why`.
absl::Status WithPlace(std::string_view bytes, const absl::Status& status) {
  const std::string message(status.message());
  const size_t colon = message.find(": ");
  if (message.rfind("byte ", 0) != 0 || colon == std::string::npos) return status;
  const size_t offset = std::strtoull(message.c_str() + 5, nullptr, 10) - 1;
  return absl::InvalidArgumentError(
      absl::StrCat(uaf::document::FormatPosition(bytes, offset), message.substr(colon)));
}

void ReportDoctype(std::string_view text, const TextSpan& doctype, Intake& intake) {
  const DoctypeContent content = ReadDoctype(text.substr(doctype.begin, doctype.end - doctype.begin));
  if (content.markup_in_entities) intake.import.kind = TreeKind::kLines;
  if (!content.external) return;
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.rule = "xml/external-entity";
  const std::string place = uaf::document::FormatPosition(text, doctype.begin);
  finding.line = static_cast<uint32_t>(std::strtoul(place.c_str(), nullptr, 10));
  finding.column = static_cast<uint32_t>(std::strtoul(place.c_str() + place.find(':') + 1, nullptr, 10));
  finding.message =
      "the document type names something outside this file; it is kept as written and never opened";
  intake.findings.push_back(std::move(finding));
}

}  // namespace

absl::StatusOr<Intake> Accept(std::string_view bytes) {
  if (bytes.empty()) return absl::InvalidArgumentError("1:1: the file is empty");
  if (bytes.size() > kLargestFile) return absl::InvalidArgumentError("1:1: the file is larger than 1 GiB");
  AMEIDE_ASSIGN_OR_RETURN(const DetectedEncoding detected, DetectEncoding(bytes));
  if (detected.ascii_only) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      if ((bytes[i] & 0x80) != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(uaf::document::FormatPosition(bytes, i), ": a byte that US-ASCII does not have"));
      }
    }
  }
  auto decoded = uaf::document::DecodeText(bytes, detected.encoding, detected.byte_order_mark);
  if (!decoded.ok()) return WithPlace(bytes, decoded.status());
  const std::string text = *std::move(decoded);
  AMEIDE_RETURN_IF_ERROR(CheckWellFormed(text));

  Intake intake;
  intake.import.blob = Sha256(bytes);
  intake.import.kind = TreeKind::kXml;
  intake.import.encoding = detected.encoding;
  intake.import.byte_order_mark = detected.byte_order_mark;
  DoctypeWatch watch;
  const absl::Status tokenized = uaf::document::TokenizeXml(text, false, watch);
  if (!tokenized.ok()) {
    // Xerces has accepted it, so it is XML; our tree cannot hold it, lines can.
    intake.import.kind = TreeKind::kLines;
    Finding finding;
    finding.severity = Severity::kInfo;
    finding.rule = "xml/opened-as-text";
    finding.message = absl::StrCat("opened as text: ", std::string(tokenized.message()));
    intake.findings.push_back(std::move(finding));
  }
  if (watch.doctype().end > watch.doctype().begin) ReportDoctype(text, watch.doctype(), intake);
  if (detected.encoding != Encoding::kUtf8 &&
      uaf::document::EncodeText(text, detected.encoding, detected.byte_order_mark) != bytes) {
    intake.import.kind = TreeKind::kOpaque;
  }
  return intake;
}

bool HasSuffix(std::string_view path, std::string_view suffixes) {
  const std::string lower = absl::AsciiStrToLower(std::string(path));
  while (!suffixes.empty()) {
    const std::string_view suffix = suffixes.substr(0, suffixes.find(' '));
    suffixes.remove_prefix(std::min(suffixes.size(), suffix.size() + 1));
    if (!suffix.empty() && lower.size() > suffix.size() &&
        std::string_view(lower).substr(lower.size() - suffix.size()) == suffix) {
      return true;
    }
  }
  return false;
}

bool XmlFormat::Claims(std::string_view path, std::string_view) const { return HasSuffix(path, suffixes_); }

std::string XmlFormat::DisplayName(const Document& document, NodeIndex node) const {
  if (auto name = document.attribute(node, "name"); name && !name->empty()) return *name;
  return document.attribute(node, "id").value_or("");
}

bool XmlFormat::IsLayout(const Document&, NodeIndex) const { return false; }

}  // namespace ameide::xml
