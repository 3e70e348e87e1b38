#include "uaf/merge/file_version.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "uaf/document/encoding.h"
#include "uaf/merge/line_ends.h"

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::Encoding;
using document::ImportOp;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;
using document::TreeKind;

const EventId kRead{{"read"}, 1};

/// The characters of a file in an encoding that gives the bytes back; nullopt for what is no text in it.
std::optional<Version> Decode(std::string_view bytes, const ImportOp& import) {
  absl::StatusOr<std::string> text = document::DecodeText(bytes, import.encoding, import.byte_order_mark);
  if (!text.ok() || document::EncodeText(*text, import.encoding, import.byte_order_mark) != bytes)
    return std::nullopt;
  return Version{*std::move(text), import.encoding, import.byte_order_mark, import.kind};
}

/// As lines of text, else as nothing but bytes.
Version ReadAsLines(std::string_view bytes) {
  ImportOp lines;
  lines.kind = TreeKind::kLines;
  const auto begins = [&](std::string_view mark) { return bytes.substr(0, mark.size()) == mark; };
  if (begins("\xef\xbb\xbf")) {
    lines.byte_order_mark = true;
  } else if (begins("\xff\xfe") || begins("\xfe\xff")) {
    lines.encoding = begins("\xff\xfe") ? Encoding::kUtf16Le : Encoding::kUtf16Be;
    lines.byte_order_mark = true;
  }
  std::optional<Version> version = Decode(bytes, lines);
  if (version && version->text.find('\0') == std::string::npos) return *std::move(version);
  return Version{std::string(bytes)};
}

Version Read(std::string_view bytes, const document::Format& format) {
  absl::StatusOr<document::Intake> intake = format.Accept(bytes);
  if (intake.ok() && intake->import.kind != TreeKind::kOpaque) {
    if (std::optional<Version> version = Decode(bytes, intake->import)) return *std::move(version);
    intake = absl::InvalidArgumentError("it is not in the encoding that it says");
  }
  // What the format refuses may be text all the same.
  Version version = ReadAsLines(bytes);
  // A file that is not there yet is no malformed one.
  if (!intake.ok() && !bytes.empty()) version.refused = std::string(intake.status().message());
  return version;
}

bool IsWide(Encoding encoding) { return encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be; }

/// What an encoding can say.
struct Repertoire {
  Encoding encoding = Encoding::kUtf8;
  bool ascii = false;  ///< declared as US-ASCII

  bool Has(char32_t c) const { return document::Holds(encoding, c) && (!ascii || c < 0x80); }
  bool HasAll(std::string_view text) const {
    for (size_t at = 0; at < text.size();) {
      if (!Has(document::NextCodePoint(text, at))) return false;
    }
    return true;
  }
  /// With references for what it lacks.
  std::string Escaped(std::string_view text) const {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t begin = at;
      const char32_t c = document::NextCodePoint(text, at);
      if (Has(c))
        out.append(text.substr(begin, at - begin));
      else
        absl::StrAppend(&out, "&#", static_cast<uint32_t>(c), ";");
    }
    return out;
  }
};

/// Whether an XML declaration at the beginning says US-ASCII.
bool DeclaresAscii(std::string_view text, TreeKind kind) {
  if (kind != TreeKind::kXml || text.substr(0, 5) != "<?xml") return false;
  const std::string declaration = absl::AsciiStrToLower(std::string(text.substr(0, text.find("?>"))));
  for (const std::string_view name : {"ascii", "us-ascii"}) {
    for (const std::string_view quote : {"\"", "'"}) {
      if (declaration.find(absl::StrCat(std::string(quote), std::string(name), std::string(quote))) !=
          std::string::npos)
        return true;
    }
  }
  return false;
}

Repertoire RepertoireOf(const Version& version) {
  return {version.encoding, DeclaresAscii(version.text, version.kind)};
}

NodeIndex DeclarationOf(const Document& document) {
  const NodeIndex first = document.first_child(document::kDocumentNode);
  return first != kNoNode && document.kind(first) == NodeKind::kDeclaration ? first : kNoNode;
}

std::optional<Document> Parsed(std::string_view text) {
  ImportOp import;
  import.kind = TreeKind::kXml;
  absl::StatusOr<Document> document = Document::Import(import, text, kRead);
  if (!document.ok()) return std::nullopt;
  return *std::move(document);
}

/// An XML file with references for all characters that are not in `repertoire`; nullopt where some of them
/// stand where no reference can be.
std::optional<std::string> WithReferences(std::string_view text, const Repertoire& repertoire) {
  std::optional<Document> document = Parsed(text);
  if (!document) return std::nullopt;
  bool good = true;
  const auto apply = [&](const document::Op& op) { good = good && document->Fold(op, kRead).ok(); };
  for (const NodeIndex node : document->Descendants(document::kDocumentNode)) {
    if (document->kind(node) == NodeKind::kElement) {
      good = good && repertoire.HasAll(document->name(node));
      std::vector<std::string> lacking;
      for (const document::Attribute& attribute : document->attributes(node)) {
        good = good && repertoire.HasAll(attribute.name);
        if (!repertoire.HasAll(attribute.raw)) lacking.emplace_back(attribute.name);
      }
      for (const std::string& name : lacking) {
        std::optional<document::AttributeText> value = document->attribute_text(node, name);
        if (!value) continue;
        value->raw = repertoire.Escaped(value->raw);
        apply(document::SetAttributeOp{document->id(node), name, value, ""});
      }
    } else if (!repertoire.HasAll(document->raw_text(node))) {
      good = good && document->kind(node) == NodeKind::kText;
      if (good) apply(document::SetTextOp{document->id(node), repertoire.Escaped(document->raw_text(node))});
    }
  }
  if (!good) return std::nullopt;
  return document->Render();
}

/// An XML file with the declaration of `version`.
std::string WithDeclaration(std::string_view text, const Version& version) {
  std::optional<Document> document = Parsed(text);
  const std::optional<Document> model = Parsed(version.text);
  if (!document || !model) return std::string(text);
  const NodeIndex present = DeclarationOf(*document);
  const NodeIndex wanted = DeclarationOf(*model);
  if (present == kNoNode) return std::string(text);
  const document::Op op =
      wanted == kNoNode
          ? document::Op(document::MoveNodeOp{document->id(present), std::nullopt})
          : document::Op(document::SetTextOp{document->id(present), std::string(model->raw_text(wanted))});
  return document->Fold(op, kRead).ok() ? document->Render() : std::string(text);
}

/// Whether all lines end in CR LF; nullopt when they end in several ways, or there is none that ends.
std::optional<bool> EndsInCrLf(std::string_view text) {
  size_t feeds = 0, both = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool returns = at > 0 && text[at - 1] == '\r';
    if (text[at] == '\n') {
      ++feeds;
      both += returns ? 1 : 0;
    } else if (returns) {
      return std::nullopt;
    }
  }
  if (feeds == 0 || text.ends_with('\r') || (both != 0 && both != feeds)) return std::nullopt;
  return both != 0;
}

/// The same line by line, where a side changed how lines end that both have.
void SetEndsOfEachLineApart(Versions& versions) {
  std::array<EndedText, 3> ended;
  for (size_t i = 0; i < versions.size(); ++i) ended[i] = EndsApart(versions[i].text);
  // What all have alike is merged as it is.
  if (!EndsDiffer(ended[0], ended[1]) && !EndsDiffer(ended[0], ended[2]) && !EndsDiffer(ended[1], ended[2]))
    return;
  for (size_t i = 0; i < versions.size(); ++i) {
    versions[i].text = std::move(ended[i].text);
    versions[i].returns = std::move(ended[i].returns);
  }
}

/// Takes line ends that a side changed for a way of writing the lines.
void SetLineEndsApart(Versions& versions) {
  std::array<std::optional<bool>, 3> crlf;
  for (size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].kind == TreeKind::kOpaque) return;
    crlf[i] = EndsInCrLf(versions[i].text);
  }
  if (std::any_of(crlf.begin(), crlf.end(), [](const auto& each) { return !each; }))
    return SetEndsOfEachLineApart(versions);
  if (crlf[0] == crlf[1] && crlf[0] == crlf[2]) return;
  for (size_t i = 0; i < versions.size(); ++i) {
    versions[i].crlf = *crlf[i];
    if (*crlf[i]) std::erase(versions[i].text, '\r');
  }
}

}  // namespace

Versions ReadVersions(const std::array<std::string_view, 3>& bytes, const document::Format& format) {
  Versions versions;
  for (size_t i = 0; i < 3; ++i) versions[i] = Read(bytes[i], format);
  const auto is_bytes = [&](const Version& version) {
    return version.kind == TreeKind::kOpaque && version.text.find('\0') == std::string::npos;
  };
  if (std::none_of(versions.begin(), versions.end(), is_bytes)) {
    SetLineEndsApart(versions);
    return versions;
  }
  ImportOp lines;
  lines.kind = TreeKind::kLines;
  lines.encoding = Encoding::kLatin1;
  for (size_t i = 0; i < 3; ++i) {
    if (IsWide(versions[i].encoding) || bytes[i].find('\0') != std::string_view::npos) continue;
    std::optional<Version> version = Decode(bytes[i], lines);
    if (!version) continue;
    version->refused = std::move(versions[i].refused);
    versions[i] = *std::move(version);
  }
  SetLineEndsApart(versions);
  return versions;
}

Written WriteMerged(std::string_view merged, TreeKind kind, const Versions& versions) {
  std::string text(merged);
  if (std::any_of(versions.begin(), versions.end(),
                  [](const Version& each) { return !each.returns.empty(); })) {
    text = WithEndsOf({{{versions[0].text, versions[0].returns},
                        {versions[1].text, versions[1].returns},
                        {versions[2].text, versions[2].returns}}},
                      text);
  }
  if (Either(versions[0].crlf, versions[1].crlf, versions[2].crlf))
    text = absl::StrReplaceAll(text, {{"\n", "\r\n"}});
  const Encoding encoding = Either(versions[0].encoding, versions[1].encoding, versions[2].encoding);
  const bool mark =
      Either(versions[0].byte_order_mark, versions[1].byte_order_mark, versions[2].byte_order_mark);
  const Repertoire repertoire{encoding, DeclaresAscii(text, kind)};
  if (repertoire.HasAll(text)) return {document::EncodeText(text, encoding, mark), std::nullopt};
  if (kind == TreeKind::kXml) {
    if (const auto escaped = WithReferences(text, repertoire))
      return {document::EncodeText(*escaped, encoding, mark), std::nullopt};
  }
  for (size_t i = versions.size(); i-- > 0;) {
    const Version& version = versions[i];
    const Repertoire other = RepertoireOf(version);
    const std::string with = kind == TreeKind::kXml ? WithDeclaration(text, version) : text;
    if (!other.HasAll(with)) continue;
    return {document::EncodeText(with, version.encoding, version.byte_order_mark), i};
  }
  return {document::EncodeText(text, encoding, mark), std::nullopt};
}

std::string EncodingName(const Version& version) {
  if (DeclaresAscii(version.text, version.kind)) return "US-ASCII";
  switch (version.encoding) {
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      return "UTF-16";
    case Encoding::kLatin1:
      return "ISO-8859-1";
    case Encoding::kWindows1252:
      return "windows-1252";
  }
  return "unknown";
}

}  // namespace ameide::uaf::merge
