#include "notation/xml/intake.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/xml/doctype.h"
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

/// The decoder's `byte N: why` as `LINE:COLUMN: why`.
absl::Status WithPlace(std::string_view bytes, const absl::Status& status) {
  const std::string message(status.message());
  const size_t colon = message.find(": ");
  if (message.rfind("byte ", 0) != 0 || colon == std::string::npos) return status;
  const size_t offset = std::strtoull(message.c_str() + 5, nullptr, 10) - 1;
  return absl::InvalidArgumentError(
      absl::StrCat(uaf::document::FormatPosition(bytes, offset), message.substr(colon)));
}

Finding FindingAt(std::string_view text, size_t offset, Severity severity, std::string rule,
                  std::string message) {
  Finding finding;
  finding.severity = severity;
  finding.rule = std::move(rule);
  const std::string place = uaf::document::FormatPosition(text, offset);
  finding.line = static_cast<uint32_t>(std::strtoul(place.c_str(), nullptr, 10));
  finding.column = static_cast<uint32_t>(std::strtoul(place.c_str() + place.find(':') + 1, nullptr, 10));
  finding.message = std::move(message);
  return finding;
}

void ReportDoctype(std::string_view text, const TextSpan& doctype, Intake& intake) {
  const DoctypeContent content = ReadDoctype(text.substr(doctype.begin, doctype.end - doctype.begin));
  if (content.markup_in_entities) {
    intake.import.kind = TreeKind::kLines;
    intake.findings.push_back(FindingAt(text, doctype.begin, Severity::kInfo, "xml/opened-as-text",
                                        "opened as text: the entities of the document type hold markup"));
  }
  if (content.external) {
    intake.findings.push_back(FindingAt(
        text, doctype.begin, Severity::kWarning, "xml/external-entity",
        "the document type names something outside this file; it is kept as written and never opened"));
  }
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
    intake.findings.push_back(FindingAt(text, 0, Severity::kInfo, "xml/opened-as-text",
                                        absl::StrCat("opened as text: ", std::string(tokenized.message()))));
  }
  if (watch.doctype()) ReportDoctype(text, *watch.doctype(), intake);
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

std::vector<std::string> XmlFormat::ReferencesIn(const Document& document, NodeIndex node,
                                                 std::string_view attribute) const {
  const std::string_view local = attribute.substr(attribute.find(':') + 1);
  if (local == "href") {
    const std::optional<std::string> value = document.attribute(node, attribute);
    if (!value || value->find('#') == std::string::npos) return {};
  } else if (local != "idref" && local != "idrefs" && local != "ref") {
    return {};
  }
  return References(document, node, attribute);
}

bool XmlFormat::IsProse(const Document& document, NodeIndex node) const {
  const bool element = document.kind(node) == uaf::document::NodeKind::kElement;
  const std::string_view name = document.local_name(element ? node : document.parent(node));
  return name == "documentation" || name == "description";
}

bool HasRoot(std::string_view head, std::string_view local_name, std::string_view part_of_namespace) {
  size_t at = head.find('<');
  while (at != std::string_view::npos && at + 1 < head.size() &&
         (head[at + 1] == '?' || head[at + 1] == '!')) {
    const std::string_view close = head.substr(at, 4) == "<!--" ? "-->" : ">";
    at = head.find(close, at);
    if (at != std::string_view::npos) at = head.find('<', at);
  }
  if (at == std::string_view::npos) return false;
  const std::string_view tag = head.substr(at + 1, head.find('>', at) - at - 1);
  std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
  name.remove_prefix(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
  return name == local_name && tag.find(part_of_namespace) != std::string_view::npos;
}

std::vector<std::string> ReferencesOf(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string> ids;
  for (size_t at = text.find_first_not_of(kSpace); at != std::string_view::npos;
       at = text.find_first_not_of(kSpace, at)) {
    const size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    std::string_view id = text.substr(at, end - at);
    at = end;
    if (const size_t hash = id.find('#'); hash == 0)
      id.remove_prefix(1);
    else if (const size_t colon = id.find(':');
             hash == std::string_view::npos && colon != std::string_view::npos)
      id.remove_prefix(colon + 1);
    if (!id.empty()) ids.emplace_back(id);
  }
  return ids;
}

std::vector<std::string> References(const Document& document, NodeIndex node, std::string_view attribute) {
  const std::optional<std::string> value = document.attribute(node, attribute);
  return value ? ReferencesOf(*value) : std::vector<std::string>();
}

}  // namespace ameide::xml
