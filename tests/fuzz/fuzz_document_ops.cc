#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/document.h"

namespace {

using namespace ameide::uaf;
using namespace ameide::uaf::document;

/// Takes the fuzzer's bytes as choices; zeros when they run out.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  bool left() const { return at_ < bytes_.size(); }
  uint32_t Below(uint32_t bound) {
    const uint32_t byte = left() ? static_cast<unsigned char>(bytes_[at_++]) : 0;
    return byte % bound;
  }
  std::string Text() {
    const std::string text(bytes_.substr(std::min(at_, bytes_.size()), Below(24)));
    at_ += text.size();
    return text;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

NodeId AnyNode(const Document& document, Choices& choices) {
  return document.id(NodeIndex{choices.Below(document.node_count() > 255 ? 255 : document.node_count())});
}

Place AnyPlace(const Document& document, Choices& choices) {
  Place place{AnyNode(document, choices), std::nullopt, std::nullopt};
  if (choices.Below(2) == 1) place.left = AnyNode(document, choices);
  if (choices.Below(2) == 1) place.right = AnyNode(document, choices);
  return place;
}

Op AnyOp(const Document& document, Choices& choices, uint32_t ordinal) {
  switch (choices.Below(9)) {
    case 0:
      return InsertNodeOp{AnyPlace(document, choices), ordinal, choices.Text(), 1};
    case 1:
      return InsertNodeOp{AnyPlace(document, choices), ordinal, "\n <n a='1'>t<m/></n>", 1};
    case 2:
      return MoveNodeOp{AnyNode(document, choices), std::nullopt};
    case 3:
      return MoveNodeOp{AnyNode(document, choices), AnyPlace(document, choices)};
    case 4:
      return SetNameOp{AnyNode(document, choices), choices.Text()};
    case 5: {
      const char quote = choices.Below(2) == 0 ? '"' : '\'';
      return SetAttributeOp{AnyNode(document, choices), choices.Text(),
                            AttributeText{" ", "=", quote, choices.Text()}, choices.Text()};
    }
    case 6:
      return SetTextOp{AnyNode(document, choices), choices.Text()};
    case 7:
      return SpliceTextOp{AnyNode(document, choices), choices.Below(4), choices.Below(4), choices.Text()};
    default:
      return SetTriviaOp{AnyNode(document, choices), static_cast<Trivia>(choices.Below(5)), choices.Text()};
  }
}

}  // namespace

/// Any operations: those that are refused change nothing, those that are taken can be undone to the byte, and
/// a snapshot on the way continues to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = "<a x='1'>\n <b>t</b>\n <!--c--><![CDATA[d]]><?p i?>\n <e/>\n</a>\n";
  Choices choices({reinterpret_cast<const char*>(data), size});
  ImportOp import;
  import.kind = TreeKind::kXml;
  auto document = Document::Import(import, text, {{"import"}, 1});
  if (!document.ok()) std::abort();
  std::vector<std::vector<Op>> inverses;
  for (uint64_t seq = 1; choices.left() && seq < 200; ++seq) {
    const Op op = AnyOp(*document, choices, 0);
    const std::string before = document->Render();
    auto inverse = document->Apply(op, {{"edit"}, seq});
    if (inverse.ok()) {
      inverses.push_back(*std::move(inverse));
    } else if (document->Render() != before) {
      std::abort();
    }
  }
  const auto restored = Document::DecodeSnapshot(document->EncodeSnapshot());
  if (!restored.ok() || restored->Render() != document->Render()) std::abort();
  uint64_t seq = 1;
  for (auto step = inverses.rbegin(); step != inverses.rend(); ++step) {
    for (const Op& op : *step) {
      if (!document->Apply(op, {{"undo"}, seq++}).ok()) std::abort();
    }
  }
  if (document->Render() != text) std::abort();
  return 0;
}
