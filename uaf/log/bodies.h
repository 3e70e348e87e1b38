#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/document/op.h"

/// The bodies of the life around an artifact's content: branches, revisions, comments, reviews, approvals,
/// promotion, publication, conflicts, links, keys, redaction. Recorded for ever, like all events; each has
/// version 1 (ReviewSubmitted and Redacted 2, too) and the canonical form that
/// proto/ameide/uaf/v1/lifecycle.proto describes.
///
/// Where a body names events it does so by EventReference (id and hash), so that a fork cannot pose as what
/// was meant, if somebody's word hangs on it; else by EventId.
namespace ameide::uaf {

/// An event together with the hash that its stream's chain had there, so that a fork cannot pose as it.
struct EventReference {
  EventId id;
  Hash256 hash;
  auto operator<=>(const EventReference&) const = default;
};

/// A cut as it is written down: one reference per stream, sorted by stream.
using RecordedCut = std::vector<EventReference>;

/// What a branch is for.
enum class BranchKind : uint8_t {
  kBranch = 0,    ///< work beside main
  kProposal = 1,  ///< changes offered for review; a git branch `proposal/…`
};

/// The first event of every stream that is not on main: the stream belongs to this branch. Its parents are
/// the heads that the branch, or this writer's part of it, began with. Workspace event.
struct BranchStarted {
  std::string name;  ///< "proposal/faster-checkout"
  BranchKind kind = BranchKind::kBranch;
  std::string title;  ///< for people
  auto operator<=>(const BranchStarted&) const = default;
};

/// The writer's branch takes in another one: the event's parents name that one's heads. Workspace event.
struct BranchMerged {
  std::string name;
  auto operator<=>(const BranchMerged&) const = default;
};

/// Nothing more is expected from a branch. Workspace event.
struct BranchClosed {
  std::string name;
  std::string reason;  ///< for people; "accepted", "withdrawn", …
  auto operator<=>(const BranchClosed&) const = default;
};

/// A name for a state. Of the workspace, or of one artifact.
struct RevisionTagged {
  std::string name;
  std::string note;
  RecordedCut cut;  ///< empty: the state that this event was recorded on
  auto operator<=>(const RevisionTagged&) const = default;
};

/// A comment on an artifact or one of its nodes.
struct CommentAdded {
  std::optional<NodeId> anchor;     ///< nullopt: the whole artifact
  std::optional<EventId> reply_to;  ///< another comment of the artifact
  std::string text;
  auto operator<=>(const CommentAdded&) const = default;
};

/// A comment, with its replies, is settled, or open again.
struct CommentResolved {
  EventId comment;
  bool reopened = false;
  auto operator<=>(const CommentResolved&) const = default;
};

/// Somebody asks others to look at an artifact, or (workspace event) at a branch.
struct ReviewRequested {
  std::string title;
  std::string branch;                  ///< empty: of the artifact as it is on this branch
  std::vector<std::string> reviewers;  ///< e-mail addresses; empty: whoever may
  auto operator<=>(const ReviewRequested&) const = default;
};

/// What a reviewer says.
enum class Verdict : uint8_t { kComment = 0, kApprove = 1, kRequestChanges = 2 };

/// An answer to a request. An approving one is for people; what policies count is Approved. Version 1 ends
/// with the text; version 2, which is signed, is written where there is a key.
struct ReviewSubmitted {
  EventId request;
  Verdict verdict = Verdict::kComment;
  std::string text;
  RecordedCut cut;        ///< what was looked at
  Hash256 content;        ///< SHA-256 of the artifact's rendered bytes there; zeros for a branch
  std::string salt;       ///< 16 bytes; empty where the text was redacted
  Hash256 text_hash;      ///< SHA-256 of salt and text, which outlives the text
  std::string key;        ///< fingerprint of the key that signed; empty: version 1
  std::string signature;  ///< 64 bytes over VerdictMessage
  auto operator<=>(const ReviewSubmitted&) const = default;
};

/// A signed word: this content may pass. Of one artifact, or (workspace event) of a policy.
struct Approved {
  std::string
      purpose;      ///< the state that it may reach ("approved", "released"), "policy", or "branch:<name>"
  RecordedCut cut;  ///< what was looked at
  Hash256 content;  ///< SHA-256 of the artifact's rendered bytes there, or of the new policy
  Hash256 policy;   ///< SHA-256 of the policy in force
  std::string key;  ///< fingerprint of the key that signed
  std::string signature;  ///< 64 bytes over ApprovalMessage
  auto operator<=>(const Approved&) const = default;
};

/// An artifact should go to another state of the policy.
struct PromotionRequested {
  std::string to;
  std::string note;
  auto operator<=>(const PromotionRequested&) const = default;
};

/// It did. Valid only where the policy's gates held at this event's causal past.
struct Promoted {
  std::string to;
  std::vector<EventId> approvals;  ///< those that the gate counted
  Hash256 content;                 ///< SHA-256 of the rendered bytes that were promoted
  Hash256 policy;
  auto operator<=>(const Promoted&) const = default;
};

/// It will not.
struct PromotionRefused {
  EventId request;
  std::string reason;
  auto operator<=>(const PromotionRefused&) const = default;
};

/// An artifact went out in a bundle.
struct Published {
  std::string target;   ///< "embedded", …
  std::string bundle;   ///< its name, a content hash
  std::string version;  ///< what the target calls it; may be empty
  RecordedCut cut;
  auto operator<=>(const Published&) const = default;
};

/// What somebody chose in a conflict. `ops` bring the choice about; the conflict counts as settled for
/// everybody who has this event.
struct ConflictResolved {
  std::vector<Hash256> conflicts;  ///< their keys (uaf/merge/conflict.h), sorted
  std::string choice;              ///< "A", "B" or "value", for people
  std::vector<document::Op> ops;
  auto operator<=>(const ConflictResolved&) const = default;
};

/// One end of a link.
struct LinkEnd {
  ArtifactId artifact;
  std::optional<NodeId> node;  ///< nullopt: the whole artifact
  auto operator<=>(const LinkEnd&) const = default;
};

/// A typed tie between elements of any two artifacts. Workspace event.
struct LinkAdded {
  LinkEnd from;
  LinkEnd to;
  std::string type;  ///< "realizes", "implements", … free words
  std::string note;
  auto operator<=>(const LinkAdded&) const = default;
};

/// Workspace event.
struct LinkRemoved {
  EventId link;
  auto operator<=>(const LinkRemoved&) const = default;
};

/// A device key is somebody's: said by one of their keys that was known before, or by an administrator's.
struct KeyCertified {
  std::string public_key;  ///< 32 bytes, Ed25519
  std::string person;      ///< e-mail address
  std::string device;
  std::string by;         ///< fingerprint of the certifying key
  std::string signature;  ///< 64 bytes over CertificateMessage
  auto operator<=>(const KeyCertified&) const = default;
};

/// A key is not believed any more: what it signed counts only where it lies in this event's causal past.
/// Signed by a key of the same person or by an administrator's.
struct KeyRevoked {
  std::string key;  ///< fingerprint
  std::string reason;
  std::string by;         ///< fingerprint of the revoking key
  std::string signature;  ///< 64 bytes over RevocationMessage
  auto operator<=>(const KeyRevoked&) const = default;
};

/// Values of an event were taken out of the log. The event itself stays, as does its hash. Version 1 ends
/// with the reason; version 2, which is signed, is written where there is a key.
struct Redacted {
  EventId event;
  Hash256 payload;  ///< the payload hash that stands in its place
  std::string reason;
  std::string key;        ///< fingerprint of the key that signed; empty: version 1
  std::string signature;  ///< 64 bytes over RedactionStatement
  auto operator<=>(const Redacted&) const = default;
};

/// Events whose clock ran far ahead are believed after all: those of `stream` up to `seq`.
struct QuarantineLifted {
  EventReference up_to;
  auto operator<=>(const QuarantineLifted&) const = default;
};

/// The workspace's policy is another one. Valid only with the approvals that the policy before asks for.
struct PolicyChanged {
  std::string policy;  ///< the bytes of policy.yaml
  Hash256 before;      ///< SHA-256 of the policy that it takes the place of
  std::vector<EventId> approvals;
  auto operator<=>(const PolicyChanged&) const = default;
};

/// Appends a body in its canonical form.
void WriteBody(ByteWriter& out, const BranchStarted& body);
void WriteBody(ByteWriter& out, const BranchMerged& body);
void WriteBody(ByteWriter& out, const BranchClosed& body);
void WriteBody(ByteWriter& out, const RevisionTagged& body);
void WriteBody(ByteWriter& out, const CommentAdded& body);
void WriteBody(ByteWriter& out, const CommentResolved& body);
void WriteBody(ByteWriter& out, const ReviewRequested& body);
void WriteBody(ByteWriter& out, const ReviewSubmitted& body);
void WriteBody(ByteWriter& out, const Approved& body);
void WriteBody(ByteWriter& out, const PromotionRequested& body);
void WriteBody(ByteWriter& out, const Promoted& body);
void WriteBody(ByteWriter& out, const PromotionRefused& body);
void WriteBody(ByteWriter& out, const Published& body);
void WriteBody(ByteWriter& out, const ConflictResolved& body);
void WriteBody(ByteWriter& out, const LinkAdded& body);
void WriteBody(ByteWriter& out, const LinkRemoved& body);
void WriteBody(ByteWriter& out, const KeyCertified& body);
void WriteBody(ByteWriter& out, const KeyRevoked& body);
void WriteBody(ByteWriter& out, const Redacted& body);
void WriteBody(ByteWriter& out, const QuarantineLifted& body);
void WriteBody(ByteWriter& out, const PolicyChanged& body);

/// Reads what WriteBody wrote; fails `in` at values out of range.
void ReadBody(ByteReader& in, BranchStarted& body);
void ReadBody(ByteReader& in, BranchMerged& body);
void ReadBody(ByteReader& in, BranchClosed& body);
void ReadBody(ByteReader& in, RevisionTagged& body);
void ReadBody(ByteReader& in, CommentAdded& body);
void ReadBody(ByteReader& in, CommentResolved& body);
void ReadBody(ByteReader& in, ReviewRequested& body);
void ReadBody(ByteReader& in, ReviewSubmitted& body);
void ReadBody(ByteReader& in, Approved& body);
void ReadBody(ByteReader& in, PromotionRequested& body);
void ReadBody(ByteReader& in, Promoted& body);
void ReadBody(ByteReader& in, PromotionRefused& body);
void ReadBody(ByteReader& in, Published& body);
void ReadBody(ByteReader& in, ConflictResolved& body);
void ReadBody(ByteReader& in, LinkAdded& body);
void ReadBody(ByteReader& in, LinkRemoved& body);
void ReadBody(ByteReader& in, KeyCertified& body);
void ReadBody(ByteReader& in, KeyRevoked& body);
void ReadBody(ByteReader& in, Redacted& body);
void ReadBody(ByteReader& in, QuarantineLifted& body);
void ReadBody(ByteReader& in, PolicyChanged& body);

/// What version 2 says behind version 1.
void WriteSigned(ByteWriter& out, const ReviewSubmitted& body);
void WriteSigned(ByteWriter& out, const Redacted& body);
/// Inverses of WriteSigned; fail `in` where there is no key.
void ReadSigned(ByteReader& in, ReviewSubmitted& body);
void ReadSigned(ByteReader& in, Redacted& body);

/// SHA-256 of a verdict's salt and text.
Hash256 TextHashOf(const ReviewSubmitted& body);

/// What the signatures of these bodies are made over: everything but the signature, bound to the workspace
/// and, for approvals and verdicts, to the artifact. Of a verdict's text only its hash, so that it can be
/// redacted.
std::string ApprovalMessage(std::string_view workspace, const ArtifactId& artifact, const Approved& body);
std::string VerdictMessage(std::string_view workspace, const ArtifactId& artifact,
                           const ReviewSubmitted& body);
std::string RedactionStatement(std::string_view workspace, const Redacted& body);
std::string CertificateMessage(std::string_view workspace, const KeyCertified& body);
std::string RevocationMessage(std::string_view workspace, const KeyRevoked& body);

}  // namespace ameide::uaf
