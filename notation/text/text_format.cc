#include "notation/text/text_format.h"

#include "absl/strings/ascii.h"
#include "uaf/document/encoding.h"

namespace ameide::text {
namespace {

using uaf::document::Document;
using uaf::document::Encoding;
using uaf::document::Intake;
using uaf::document::NodeIndex;
using uaf::document::TreeKind;

class TextFormat final : public uaf::document::Format {
 public:
  TextFormat(std::string name, std::string suffixes)
      : name_(std::move(name)), suffixes_(std::move(suffixes)) {}

  std::string_view name() const override { return name_; }

  bool Claims(std::string_view path, std::string_view) const override {
    const std::string lower = absl::AsciiStrToLower(std::string(path));
    for (size_t at = 0; at < suffixes_.size();) {
      const size_t end = std::min(suffixes_.find(' ', at), suffixes_.size());
      const std::string suffix = suffixes_.substr(at, end - at);
      if (lower.size() > suffix.size() &&
          lower.compare(lower.size() - suffix.size(), suffix.size(), suffix) == 0)
        return true;
      at = end + 1;
    }
    return false;
  }

  absl::StatusOr<Intake> Accept(std::string_view bytes) const override {
    Intake intake;
    intake.import.blob = Sha256(bytes);
    intake.import.kind = TreeKind::kLines;
    const std::string_view head = bytes.substr(0, 3);
    if (head == "\xef\xbb\xbf") {
      intake.import.byte_order_mark = true;
    } else if (head.substr(0, 2) == "\xff\xfe" || head.substr(0, 2) == "\xfe\xff") {
      intake.import.encoding = head[0] == '\xff' ? Encoding::kUtf16Le : Encoding::kUtf16Be;
      intake.import.byte_order_mark = true;
    }
    const auto text = uaf::document::DecodeText(bytes, intake.import.encoding, intake.import.byte_order_mark);
    if (!text.ok() || text->find('\0') != std::string::npos) {
      intake.import = {.blob = intake.import.blob, .kind = TreeKind::kOpaque};
    }
    return intake;
  }

  std::string DisplayName(const Document& document, NodeIndex node) const override {
    constexpr size_t kLongest = 60;
    const std::string_view raw = document.raw_text(node);
    const absl::string_view stripped = absl::StripAsciiWhitespace({raw.data(), raw.size()});
    const std::string_view line(stripped.data(), stripped.size());
    if (line.size() <= kLongest) return std::string(line);
    // Cut at a word where there is one, and never inside a character.
    size_t end = line.find_last_of(' ', kLongest);
    if (end == std::string_view::npos || end == 0) end = kLongest;
    while (end > 0 && (line[end] & 0xc0) == 0x80) --end;
    return std::string(line.substr(0, end)) + "…";
  }
  bool IsLayout(const Document&, NodeIndex) const override { return false; }
  /// Lines say something by their order.
  bool IsOrdered(const Document& document, NodeIndex parent) const override {
    return document.kind() == TreeKind::kLines && parent == uaf::document::kDocumentNode;
  }
  bool IsProse(const Document&, NodeIndex) const override { return name_ == "markdown"; }

 private:
  const std::string name_;
  const std::string suffixes_;
};

class OpaqueFormat final : public uaf::document::Format {
 public:
  std::string_view name() const override { return "opaque"; }
  bool Claims(std::string_view, std::string_view) const override { return true; }
  absl::StatusOr<Intake> Accept(std::string_view bytes) const override {
    Intake intake;
    intake.import.blob = Sha256(bytes);
    intake.import.kind = TreeKind::kOpaque;
    return intake;
  }
  std::string DisplayName(const Document&, NodeIndex) const override { return ""; }
  bool IsLayout(const Document&, NodeIndex) const override { return false; }
};

}  // namespace

std::unique_ptr<uaf::document::Format> MakeTextFormat(std::string name, std::string suffixes) {
  return std::make_unique<TextFormat>(std::move(name), std::move(suffixes));
}

std::unique_ptr<uaf::document::Format> MakeOpaqueFormat() { return std::make_unique<OpaqueFormat>(); }

}  // namespace ameide::text
