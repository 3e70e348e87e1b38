#include "uaf/document/subtree_hash.h"

#include <array>
#include <string>

namespace ameide::uaf::document {
namespace {

__extension__ typedef unsigned __int128 Uint128;

/// 2^61-1, a prime: polynomial hashes modulo it (Karp and Rabin) can be joined like the texts they are of.
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
constexpr uint64_t kBase = 0x0a3c59ac2f1b3d57;

/// The rest modulo kPrime of anything below 2^124.
constexpr uint64_t Reduce(Uint128 value) {
  const uint64_t once = static_cast<uint64_t>(value & kPrime) + static_cast<uint64_t>(value >> 61);
  const uint64_t twice = (once & kPrime) + (once >> 61);
  return twice >= kPrime ? twice - kPrime : twice;
}
constexpr uint64_t Multiply(uint64_t a, uint64_t b) { return Reduce(static_cast<Uint128>(a) * b); }

/// So many characters are taken in one step: their sum stays below what Reduce takes.
constexpr size_t kStep = 8;
constexpr std::array<uint64_t, kStep + 1> PowersOfBase() {
  std::array<uint64_t, kStep + 1> powers{1};
  for (size_t i = 1; i <= kStep; ++i) powers[i] = Multiply(powers[i - 1], kBase);
  return powers;
}
constexpr auto kPowers = PowersOfBase();

/// The hash of a text, and base^length.
struct TextHash {
  uint64_t hash = 0;
  uint64_t power = 1;

  TextHash& operator+=(std::string_view text) {
    for (; text.size() >= kStep; text.remove_prefix(kStep)) Take<kStep>(text.data());
    for (const char& c : text) Take<1>(&c);
    return *this;
  }
  TextHash& operator+=(const TextHash& behind) {
    hash = Reduce(static_cast<Uint128>(hash) * behind.power + behind.hash);
    power = Multiply(power, behind.power);
    return *this;
  }

 private:
  template <size_t kCount>
  void Take(const char* text) {
    Uint128 sum = static_cast<Uint128>(hash) * kPowers[kCount];
    for (size_t i = 0; i < kCount; ++i) {
      const uint64_t character = static_cast<unsigned char>(text[i]) + uint64_t{1};
      sum += static_cast<Uint128>(kPowers[kCount - 1 - i]) * character;
    }
    hash = Reduce(sum);
    power = Multiply(power, kPowers[kCount]);
  }
};

void AddLeaf(const Document& document, NodeIndex node, TextHash& text) {
  switch (document.kind(node)) {
    case NodeKind::kCData:
      text += "<![CDATA[";
      text += document.raw_text(node);
      text += "]]>";
      return;
    case NodeKind::kComment:
      text += "<!--";
      text += document.raw_text(node);
      text += "-->";
      return;
    case NodeKind::kDeclaration:
    case NodeKind::kInstruction:
      text += "<?";
      text += document.raw_text(node);
      text += "?>";
      return;
    case NodeKind::kDoctype:
      text += "<!DOCTYPE";
      text += document.raw_text(node);
      text += ">";
      return;
    default:
      text += document.raw_text(node);
  }
}

}  // namespace

uint64_t HashOf(std::string_view text) {
  uint64_t hash = Mix(0, text.size());
  const auto word = [&](size_t at, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
    return value;
  };
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) hash = Mix(hash, word(at, 8));
  return Mix(hash, word(at, text.size() - at));
}

std::vector<uint64_t> HashText(const Document& document, const std::vector<NodeIndex>& order) {
  std::vector<TextHash> texts(document.node_count());
  const auto of = [&](NodeIndex node) -> TextHash& { return texts[static_cast<uint32_t>(node)]; };
  for (size_t i = order.size(); i-- > 0;) {  // children come behind their parents
    const NodeIndex node = order[i];
    TextHash text;
    text += document.trivia(node, Trivia::kLead);
    const NodeKind kind = document.kind(node);
    if (kind != NodeKind::kElement && kind != NodeKind::kDocument) {
      AddLeaf(document, node, text);
      of(node) = text;
      continue;
    }
    const NodeIndex first = document.first_child(node);
    bool closed = false;
    if (kind == NodeKind::kElement) {
      text += "<";
      text += document.name(node);
      for (const Attribute& attribute : document.attributes(node)) text += attribute.markup;
      text += document.trivia(node, Trivia::kTagEnd);
      closed = first == kNoNode && !document.trivia(node, Trivia::kSelfClosing).empty();
      text += closed ? "/>" : ">";
    }
    for (NodeIndex child = first; child != kNoNode; child = document.next_sibling(child)) text += of(child);
    if (!closed) text += document.trivia(node, Trivia::kTail);
    if (kind == NodeKind::kElement && !closed) {
      text += "</";
      text += document.name(node);
      text += document.trivia(node, Trivia::kEndTagEnd);
      text += ">";
    }
    of(node) = text;
  }
  std::vector<uint64_t> hashes;
  hashes.reserve(texts.size());
  for (const TextHash& text : texts) hashes.push_back(text.hash);
  return hashes;
}

std::string Collapsed(std::string_view text) {
  std::string collapsed;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank)
      collapsed.push_back(c);
    else if (!collapsed.empty() && collapsed.back() != ' ')
      collapsed.push_back(' ');
  }
  if (!collapsed.empty() && collapsed.back() == ' ') collapsed.pop_back();
  return collapsed;
}

uint64_t LooseHashes::Own(NodeIndex node) const {
  uint64_t hash = static_cast<uint64_t>(document_.kind(node)) + 1;
  if (document_.kind(node) != NodeKind::kElement)
    return Mix(hash, HashOf(Collapsed(document_.raw_text(node))));
  hash = Mix(hash, HashOf(document_.name(node)));
  uint64_t attributes = 0;  // their order says nothing
  for (const Attribute& attribute : document_.attributes(node))
    attributes += Mix(HashOf(attribute.name), HashOf(attribute.raw));
  return Mix(hash, attributes);
}

uint64_t LooseHashes::Of(NodeIndex node) {
  uint64_t& known = known_[static_cast<uint32_t>(node)];
  if (known != 0) return known;
  const std::vector<NodeIndex> order = document_.Descendants(node);
  for (size_t i = order.size(); i-- > 0;) {
    uint64_t& hash = known_[static_cast<uint32_t>(order[i])];
    if (hash != 0) continue;
    uint64_t computed = Own(order[i]);
    for (NodeIndex child = document_.first_child(order[i]); child != kNoNode;
         child = document_.next_sibling(child)) {
      if (document_.kind(child) == NodeKind::kText && Collapsed(document_.raw_text(child)).empty()) continue;
      computed = Mix(computed, known_[static_cast<uint32_t>(child)]);
    }
    hash = computed == 0 ? 1 : computed;
  }
  return known;
}

}  // namespace ameide::uaf::document
