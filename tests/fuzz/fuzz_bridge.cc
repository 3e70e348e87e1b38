#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modeler/host/bridge.h"
#include "modeler/host/bridge_message.h"
#include "uaf/document/document.h"

namespace {

using namespace ameide::modeler;  // NOLINT
namespace document = ameide::uaf::document;

constexpr std::string_view kModel =
    "<a:r xmlns:a=\"u\" xmlns=\"v\">\n  <a:b n='1'>text</a:b>\n  <!-- c -->\n  <d><e/><a:f "
    "a:n=\"2\"/></d>\n</a:r>\n";
constexpr std::string_view kTags[] = {"{u}b", "{v}d", "e", "{w}x", "", "{u}", "a b", "{u}<"};
constexpr std::string_view kKeys[] = {"n0", "n1", "n2", "n3", "n4", "n9", "t0", "t1", "t2", ""};
constexpr std::string_view kTexts[] = {"", "x", "<&>\"'", "]]>", "\n", "\xff", "\x01", "t\xc3\xa4xt"};

/// Makes messages of the right shape, and of any content, from bytes.
class Script {
 public:
  Script(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  size_t Below(size_t bound) {
    if (left_ == 0) return 0;
    --left_;
    return *data_++ % bound;
  }
  template <size_t N>
  std::string Pick(const std::string_view (&words)[N]) {
    return std::string(words[Below(N)]);
  }
  std::vector<BridgeChild> Children() {
    std::vector<BridgeChild> children(Below(4));
    for (BridgeChild& child : children) {
      child.key = Pick(kKeys);
      if (child.key.empty()) child = {"", Pick(kTags), Pick(kTexts)};
    }
    return children;
  }
  Delta Next() {
    Delta delta;
    delta.label = "fuzz";
    for (size_t i = Below(4); i > 0; --i) {
      ElementChange change;
      change.key = Pick(kKeys);
      if (Below(4) == 0) change.tag = Pick(kTags);
      for (size_t n = Below(3); n > 0; --n) {
        std::string name = Pick(kTags);
        std::optional<std::string> value;
        if (Below(3) != 0) value = Pick(kTexts);
        change.attributes.emplace_back(std::move(name), std::move(value));
      }
      if (Below(4) == 0) change.text = Pick(kTexts);
      change.children_changed = Below(2) == 0;
      if (change.children_changed) {
        change.before = Children();
        change.after = Children();
      }
      delta.changes.push_back(std::move(change));
    }
    for (size_t i = Below(3); i > 0; --i) {
      ElementState state;
      state.tag = Pick(kTags);
      state.attributes.emplace_back(Pick(kTags), Pick(kTexts));
      state.text = Pick(kTexts);
      state.children = Children();
      delta.created[Pick(kKeys)] = std::move(state);
    }
    return delta;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace

/// Deltas from a browser that is not trusted: applied, or refused with nothing changed; the document stays
/// one that can be read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ParseDelta({reinterpret_cast<const char*>(data), size});
  document::ImportOp import;
  import.kind = document::TreeKind::kXml;
  auto model = document::Document::Import(import, kModel, {{"import"}, 1});
  if (!model.ok()) std::abort();
  Bridge bridge(*std::move(model));
  uint64_t seq = 0;
  for (Script script(data, size < 400 ? size : 400); !script.empty();) {
    const std::string before = bridge.document().Render();
    const auto edit = bridge.Apply(script.Next());
    const std::string after = bridge.document().Render();
    if (!edit.ok()) {
      if (after != before) std::abort();
      continue;
    }
    if (!document::Document::Import(import, after, {{"again"}, 1}).ok()) std::abort();
    bridge.Acknowledge(edit->ticket, {{"own"}, ++seq});
  }
  return 0;
}
