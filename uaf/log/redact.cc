#include "uaf/log/redact.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "uaf/document/tokenizer.h"

namespace ameide::uaf {
namespace {

using document::Op;

/// Every encoding has these characters, and no text or comment ends by them.
constexpr std::string_view kSaysSo = "*redacted*";
constexpr char kHidden = '*';

/// As many characters as before, which say that something was taken out; line ends stay.
std::string Blank(std::string_view text) {
  std::string blank;
  size_t begin = 0;  // of the line
  const auto say = [&] {
    if (blank.size() - begin >= kSaysSo.size()) blank.replace(begin, kSaysSo.size(), kSaysSo);
  };
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      say();
      blank += c;
      begin = blank.size();
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      blank += kHidden;
    }
  }
  say();
  return blank;
}

/// Copies markup without its values.
class BlankMarkup final : public document::TokenSink {
 public:
  explicit BlankMarkup(std::string_view text) : text_(text) {}
  void StartTag(document::TextSpan) override {}
  void Attribute(const document::AttributeToken& attribute) override {
    // Without its namespaces a file could not be read any more.
    const std::string_view name = Of(attribute.name);
    if (name != "xmlns" && !name.starts_with("xmlns:")) Replace(attribute.raw, "");
  }
  void StartTagEnd(document::TextSpan, bool) override {}
  void EndTag(document::TextSpan, document::TextSpan) override {}
  void CharacterData(document::TextSpan raw, bool only_white_space) override {
    if (!only_white_space) Replace(raw, Blank(Of(raw)));
  }
  void CData(document::TextSpan raw) override { Replace(raw, Blank(Of(raw))); }
  void Comment(document::TextSpan raw) override { Replace(raw, Blank(Of(raw))); }
  void Instruction(document::TextSpan raw, bool declaration) override {
    if (declaration) return;
    // The target is a name; what follows it is not.
    const std::string_view all = Of(raw);
    const size_t target = std::min(all.find_first_of(" \t\r\n"), all.size());
    raw.begin += static_cast<uint32_t>(target);
    Replace(raw, all.size() > target ? " " : "");
  }
  void Doctype(document::TextSpan) override {}
  std::string Take() {
    out_ += text_.substr(at_);
    return std::move(out_);
  }

 private:
  std::string_view Of(document::TextSpan span) const {
    return text_.substr(span.begin, span.end - span.begin);
  }
  void Replace(document::TextSpan span, std::string_view by) {
    out_ += text_.substr(at_, span.begin - at_);
    out_ += by;
    at_ = span.end;
  }

  const std::string_view text_;
  std::string out_;
  size_t at_ = 0;
};

/// The text of inserted nodes: markup, or a line.
std::string BlankSubtree(std::string_view raw) {
  const size_t begin = raw.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || raw[begin] != '<') return Blank(raw);
  BlankMarkup sink(raw);
  return document::TokenizeXml(raw, /*fragment=*/true, sink).ok() ? sink.Take() : Blank(raw);
}

document::ImportOp EmptyFile() {
  document::ImportOp import;
  import.blob = Sha256("");
  import.kind = document::TreeKind::kOpaque;
  return import;
}

struct Remover {
  void operator()(document::ImportOp& op) const { op = EmptyFile(); }
  void operator()(document::InsertNodeOp& op) const { op.raw = BlankSubtree(op.raw); }
  void operator()(document::SetAttributeOp& op) const {
    if (op.text && op.name != "xmlns" && !op.name.starts_with("xmlns:")) op.text->raw.clear();
  }
  void operator()(document::SetTextOp& op) const { op.raw = Blank(op.raw); }
  void operator()(document::SpliceTextOp& op) const { op.insert = Blank(op.insert); }
  template <typename Other>
  void operator()(Other&) const {}
};

void RemoveFrom(std::vector<Op>& ops) {
  for (Op& op : ops) std::visit(Remover{}, op);
}

struct BodyRemover {
  void operator()(Edit& edit) const { RemoveFrom(edit.ops); }
  void operator()(ForeignEdit& foreign) const {
    RemoveFrom(foreign.ops);
    foreign.blob = Sha256("");
  }
  void operator()(ConflictResolved& resolved) const { RemoveFrom(resolved.ops); }
  void operator()(ArtifactCreated& created) const { created.import = EmptyFile(); }
  void operator()(CommentAdded& comment) const { comment.text.clear(); }
  void operator()(ReviewSubmitted& review) const {
    review.text.clear();
    review.salt.clear();  // with it short texts could be guessed
  }
  void operator()(ReviewRequested& request) const { request.title.clear(); }
  void operator()(PromotionRequested& request) const { request.note.clear(); }
  void operator()(PromotionRefused& refused) const { refused.reason.clear(); }
  void operator()(RevisionTagged& tag) const { tag.note.clear(); }
  void operator()(LinkAdded& link) const { link.note.clear(); }
  void operator()(BranchStarted& branch) const { branch.title.clear(); }
  void operator()(BranchClosed& branch) const { branch.reason.clear(); }
  /// The signature is one over the reason, too: what is left is a statement that nobody signed.
  void operator()(Redacted& redacted) const {
    redacted.reason.clear();
    redacted.key.clear();
    redacted.signature.clear();
  }
  /// What holds no text of people, or text without which it would not be what it is: names, keys, the policy.
  /// The reason of a revocation is a part of what is signed, and a revocation must stay one.
  template <typename Other>
  void operator()(Other&) const {}
};

}  // namespace

absl::StatusOr<ChangeSet> WithoutValues(const ChangeSet& event) {
  ChangeSet left = event;
  std::visit(BodyRemover{}, left.body);
  if (std::holds_alternative<Redacted>(left.body)) left.version = 1;  // the unsigned one
  if (left == event) {
    return absl::InvalidArgumentError(
        absl::StrCat("event ", FormatId(event.id), " (", std::string(KindName(event.kind)),
                     ") holds no text, attribute value or file that could be taken out"));
  }
  return left;
}

std::vector<Hash256> BlobsOf(const EventBody& body) {
  std::vector<Hash256> blobs;
  if (const auto* created = std::get_if<ArtifactCreated>(&body)) blobs.push_back(created->import.blob);
  if (const auto* foreign = std::get_if<ForeignEdit>(&body)) blobs.push_back(foreign->blob);
  for (const Op& op : OpsOf(body)) {
    if (const auto* import = std::get_if<document::ImportOp>(&op)) blobs.push_back(import->blob);
  }
  return blobs;
}

}  // namespace ameide::uaf
