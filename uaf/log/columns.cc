#include "uaf/log/columns.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/status.h"
#include "uaf/log/change_set.h"
#include "uaf/log/codec.h"
#include "uaf/log/column_file.h"
#include "uaf/log/skeleton.h"

namespace ameide::uaf {
namespace {

using document::Op;
using document::Place;

// Writing and reading are one description: `Model<Io>` walks an event field by field; an Io that writes takes
// each field's value, one that reads sets it. What is predicted from earlier fields is kept by the model, so
// both sides predict alike.

/// Takes values. Never fails.
class Writer {
 public:
  static constexpr bool kReads = false;
  void Number(Column column, uint64_t& value) { columns_[column].Varint(value); }
  void Text(Column length, Column text, std::string& value) {
    columns_[length].Varint(value.size());
    columns_[text].Raw(value);
  }
  void Spend(size_t) const {}
  void Fail() { failed_ = true; }
  bool ok() const { return !failed_; }
  size_t Most() const { return SIZE_MAX; }
  std::string Take() const { return columns_.Take(); }

 private:
  ColumnWriter columns_;
  bool failed_ = false;
};

/// Sets values. After a failure they are empty.
class Reader {
 public:
  static constexpr bool kReads = true;
  Reader(ColumnReader columns, uint64_t largest) : columns_(std::move(columns)), left_(largest) {}
  void Number(Column column, uint64_t& value) {
    value = columns_[column].Varint();
    if (!columns_[column].ok()) failed_ = true;
  }
  void Text(Column length, Column text, std::string& value) {
    uint64_t size = 0;
    Number(length, size);
    value = columns_[text].Raw(size);
    if (!columns_[text].ok()) failed_ = true;
    Spend(value.size());
  }
  /// Counts bytes that came out of little input, so that they stay bounded.
  void Spend(size_t size) {
    if (size > left_) failed_ = true;
    left_ -= std::min<uint64_t>(size, left_);
  }
  void Fail() { failed_ = true; }
  bool ok() const { return !failed_; }
  /// How many things there can still be.
  size_t Most() const { return left_; }
  absl::Status Finish() const {
    return failed_ ? absl::DataLossError("its columns are damaged") : columns_.Finish();
  }

 private:
  ColumnReader columns_;
  uint64_t left_;
  bool failed_ = false;
};

uint64_t ZigZag(uint64_t value) {
  return (value << 1) ^ (static_cast<int64_t>(value) < 0 ? ~uint64_t{0} : 0);
}
uint64_t UnZigZag(uint64_t value) { return (value >> 1) ^ ((value & 1) != 0 ? ~uint64_t{0} : 0); }

/// Texts by the order in which they came.
class Dictionary {
 public:
  std::optional<uint64_t> Find(const std::string& text) const {
    const auto found = numbers_.find(text);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  void Add(const std::string& text) {
    if (numbers_.emplace(text, texts_.size()).second) texts_.push_back(text);
  }
  const std::string* At(uint64_t number) const { return number < texts_.size() ? &texts_[number] : nullptr; }
  uint64_t size() const { return texts_.size(); }

 private:
  std::unordered_map<std::string, uint64_t> numbers_;
  std::vector<std::string> texts_;
};

/// How a value was written. Numbers are recorded.
enum ValueKind : uint64_t {
  kNew = 0,      ///< in full
  kKnown = 1,    ///< a value that came before
  kNumber = 2,   ///< a text and a number, as a difference to the last one
  kDerived = 3,  ///< an earlier value of the same event and a text behind it
};

constexpr size_t kLongestRemembered = 256;
constexpr size_t kShortestStem = 4;

template <typename Io>
class Model {
 public:
  Model(Io& io, StreamId stream) : io_(io), stream_(std::move(stream)) {}

  /// One event; `seq` is known from its place.
  void Event(uint64_t seq, ChangeSet& event) {
    self_ = {stream_, seq};
    self_ordinal_ = 0;
    recent_.clear();
    last_targets_.clear();
    if constexpr (Io::kReads) event.id = self_;
    Heading(event);
    Word(labels_, Column::kLabel, event.label);
    Difference(Column::kMicros, event.time.micros, micros_);
    io_.Number(Column::kCounter, event.time.counter);
    uint64_t wall = static_cast<uint64_t>(event.wall_time.time_since_epoch().count());
    Against(Column::kWall, wall, event.time.micros);
    if constexpr (Io::kReads)
      event.wall_time = WallTime(std::chrono::microseconds(static_cast<int64_t>(wall)));
    Count(Column::kParents, event.parents);
    for (EventReference& parent : event.parents) Parent(parent);
    Body(event);
  }

 private:
  /// What one writer says again and again, as one word.
  void Heading(ChangeSet& event) {
    std::string heading;
    if constexpr (!Io::kReads) {
      ByteWriter out;
      out.String(event.author.name);
      out.String(event.author.email);
      out.String(event.tool);
      WriteName(out, event.artifact.name);
      out.Varint(event.kind);
      out.Varint(event.version);
      const auto* edit = std::get_if<Edit>(&event.body);
      out.Byte(edit == nullptr ? 0 : static_cast<uint8_t>(edit->role));
      out.String(edit == nullptr ? std::string() : edit->intent);
      heading = out.Take();
    }
    Word(headings_, Column::kHeading, heading);
    if constexpr (Io::kReads) {
      ByteReader in(heading);
      event.author.name = in.String();
      event.author.email = in.String();
      event.tool = in.String();
      event.artifact.name = ReadName(in);
      const uint64_t kind = in.Varint();
      const uint64_t version = in.Varint();
      event.kind = static_cast<uint32_t>(kind);
      event.version = static_cast<uint32_t>(version);
      role_ = in.Byte();
      intent_ = in.String();
      if (!in.Finish().ok() || kind > UINT32_MAX || version > UINT32_MAX || role_ > 2) io_.Fail();
    }
  }

  void Parent(EventReference& parent) {
    Word(streams_, Column::kParentStream, parent.id.stream.name);
    Difference(Column::kParentSeq, parent.id.seq, parent_seqs_[parent.id.stream.name]);
    std::string hash(parent.hash.view());
    io_.Text(Column::kBodyLength, Column::kParentHash, hash);
    if constexpr (Io::kReads) {
      const auto read = Hash256::FromBytes(hash);
      if (!read.ok()) return io_.Fail();
      parent.hash = *read;
    }
  }

  void Body(ChangeSet& event) {
    if constexpr (Io::kReads) {
      // Only edits of known versions are told apart by their fields.
      if (event.kind == static_cast<uint32_t>(EventKind::kEdit) && (event.version == 1 || event.version == 2))
        event.body = Edit{};
    }
    if (auto* edit = std::get_if<Edit>(&event.body)) return EditBody(event.version, *edit);
    std::string bytes;
    if constexpr (!Io::kReads) bytes = EncodeBody(event);
    io_.Text(Column::kBodyLength, Column::kBody, bytes);
    if constexpr (Io::kReads) {
      absl::StatusOr<EventBody> body = DecodeBody({event.kind, event.version}, bytes, event.id);
      if (!body.ok() || !io_.ok()) return io_.Fail();
      event.body = *std::move(body);
    }
  }

  void EditBody(uint32_t version, Edit& edit) {
    if constexpr (Io::kReads) {
      edit.role = static_cast<UndoRole>(role_);
      edit.intent = intent_;
    }
    Word(groups_, Column::kGroup, edit.group);
    std::string pattern;
    if constexpr (!Io::kReads) {
      for (const Op& op : edit.ops) pattern.push_back(static_cast<char>(op.index()));
    }
    Word(patterns_, Column::kPattern, pattern);
    if (edit.role != UndoRole::kNone) {
      Count(Column::kCount, edit.reverts);
      for (EventId& reverted : edit.reverts) Reference(Column::kNodeEvent, reverted);
    } else if constexpr (!Io::kReads) {
      if (!edit.reverts.empty()) io_.Fail();
    }
    if constexpr (Io::kReads) {
      io_.Spend(pattern.size() * sizeof(Op));
      if (!io_.ok()) return;
      for (const char kind : pattern) {
        if (!Become(static_cast<uint8_t>(kind), edit.ops.emplace_back())) return io_.Fail();
      }
    }
    for (Op& op : edit.ops) {
      if (!io_.ok()) return;
      std::visit([this](auto& which) { this->Operation(which); }, op);
    }
    if (version != 2) return;
    Word(groups_, Column::kGroup, edit.batch);
    uint64_t has_origin = edit.origin ? 1 : 0;
    io_.Number(Column::kCount, has_origin);
    if constexpr (Io::kReads) {
      if (has_origin > 1) io_.Fail();
      if (has_origin == 1) edit.origin.emplace();
    }
    if (edit.origin) Reference(Column::kNodeEvent, *edit.origin);
  }

  template <size_t kAt = 0>
  static bool Become(uint8_t kind, Op& op) {
    if constexpr (kAt < std::variant_size_v<Op>) {
      if (kind != kAt) return Become<kAt + 1>(kind, op);
      op.emplace<kAt>();
      return true;
    } else {
      return false;
    }
  }

  void Operation(document::ImportOp& op) {
    std::string bytes;
    if constexpr (!Io::kReads) {
      ByteWriter out;
      WriteImport(out, op);
      bytes = out.Take();
    }
    io_.Text(Column::kBodyLength, Column::kBody, bytes);
    if constexpr (Io::kReads) {
      ByteReader in(bytes);
      op = ReadImport(in);
      if (!in.Finish().ok()) io_.Fail();
    }
  }
  void Operation(document::InsertNodeOp& op) {
    Placed(op.place);
    Number32(Column::kFirstOrdinal, op.first_ordinal);
    Markup(op.raw);
    Number32(Column::kFirstOrdinal, op.tokenizer_version);
  }
  void Operation(document::MoveNodeOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    uint64_t placed = op.to ? 1 : 0;
    io_.Number(Column::kPlaceFlags, placed);
    if constexpr (Io::kReads) {
      if (placed > 1) io_.Fail();
      if (placed == 1) op.to.emplace();
    }
    if (op.to) Placed(*op.to);
  }
  void Operation(document::SetNameOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    Word(words_, Column::kWord, op.name);
  }
  void Operation(document::SetAttributeOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    std::string form;
    if constexpr (!Io::kReads) {
      ByteWriter out;
      out.String(op.name);
      out.Bool(op.text.has_value());
      if (op.text) {
        out.String(op.text->lead);
        out.String(op.text->equals);
        out.Byte(static_cast<uint8_t>(op.text->quote));
      }
      out.String(op.after);
      form = out.Take();
    }
    Word(forms_, Column::kForm, form);
    if constexpr (Io::kReads) {
      ByteReader in(form);
      op.name = in.String();
      if (in.Bool()) {
        op.text.emplace();
        op.text->lead = in.String();
        op.text->equals = in.String();
        op.text->quote = static_cast<char>(in.Byte());
      }
      op.after = in.String();
      if (!in.Finish().ok()) io_.Fail();
    }
    if (op.text) Value(op.name, op.text->raw);
  }
  void Operation(document::SetTextOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    Markup(op.raw);
  }
  void Operation(document::SpliceTextOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    Number32(Column::kOffset, op.offset);
    Number32(Column::kOffset, op.remove);
    io_.Text(Column::kLength, Column::kText, op.insert);
  }
  void Operation(document::SetTriviaOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    uint64_t which = static_cast<uint64_t>(op.which);
    io_.Number(Column::kWord, which);
    if constexpr (Io::kReads) {
      if (which > static_cast<uint64_t>(document::Trivia::kSelfClosing)) io_.Fail();
      op.which = static_cast<document::Trivia>(which);
    }
    Word(words_, Column::kWord, op.raw);
  }
  void Operation(document::ShiftAttributesOp& op) {
    // Moving goes along both axes: the second time the nodes are those of the first.
    std::vector<NodeId> targets;
    if constexpr (!Io::kReads) {
      for (const auto& target : op.targets) targets.push_back(target.node);
    }
    uint64_t count = !targets.empty() && targets == last_targets_ ? 0 : targets.size() + 1;
    io_.Number(Column::kCount, count);
    if constexpr (Io::kReads) {
      targets = last_targets_;
      if (count > 0) {
        io_.Spend((count - 1) * sizeof(document::ShiftAttributesOp::Target));
        if (!io_.ok()) return;
        targets.assign(count - 1, NodeId{});
      }
      op.targets.resize(targets.size());
    }
    for (size_t i = 0; i < targets.size() && io_.ok(); ++i) {
      if (count > 0) Node(Column::kNodeEvent, Column::kNodeOrdinal, targets[i]);
      op.targets[i].node = targets[i];
      Word(words_, Column::kWord, op.targets[i].name);
    }
    uint64_t delta = ZigZag(static_cast<uint64_t>(op.delta_milli));
    io_.Number(Column::kShift, delta);
    op.delta_milli = static_cast<int64_t>(UnZigZag(delta));
    last_targets_ = std::move(targets);
  }
  void Operation(document::OrderAttributesOp& op) {
    Node(Column::kNodeEvent, Column::kNodeOrdinal, op.node);
    Count(Column::kCount, op.names);
    for (std::string& name : op.names) Word(words_, Column::kWord, name);
  }

  void Placed(Place& place) {
    Node(Column::kPlaceEvent, Column::kPlaceOrdinal, place.parent);
    uint64_t flags = (place.left ? 1 : 0) | (place.right ? 2 : 0);
    io_.Number(Column::kPlaceFlags, flags);
    if constexpr (Io::kReads) {
      if (flags > 3) io_.Fail();
      if ((flags & 1) != 0) place.left.emplace();
      if ((flags & 2) != 0) place.right.emplace();
    }
    if (place.left) Node(Column::kPlaceEvent, Column::kPlaceOrdinal, *place.left);
    if (place.right) Node(Column::kPlaceEvent, Column::kPlaceOrdinal, *place.right);
  }

  void Node(Column event_column, Column ordinal_column, NodeId& node) {
    uint64_t& last = Reference(event_column, node.event);
    uint64_t ordinal = node.ordinal;
    Difference(ordinal_column, ordinal, last);
    if constexpr (Io::kReads) {
      if (ordinal > UINT32_MAX) io_.Fail();
      node.ordinal = static_cast<uint32_t>(ordinal);
    }
  }

  /// 0 the event named last in this column, 1 this one, 2 one not named before, else by how long ago it was
  /// named first. Gives the ordinal that was named last in it.
  uint64_t& Reference(Column column, EventId& id) {
    std::optional<EventId>& last = last_named_[column == Column::kPlaceEvent ? 1 : 0];
    uint64_t code = 2;
    if constexpr (!Io::kReads) {
      const auto known = event_numbers_.find(id);
      if (last && *last == id) {
        code = 0;
      } else if (id == self_) {
        code = 1;
      } else if (known != event_numbers_.end()) {
        code = 3 + (events_.size() - 1 - known->second);
      }
    }
    io_.Number(column, code);
    if constexpr (Io::kReads) {
      if (code == 0 && last) {
        id = *last;
      } else if (code == 1) {
        id = self_;
      } else if (code > 2 && code - 3 < events_.size()) {
        id = events_[events_.size() - 1 - (code - 3)].first;
      } else if (code != 2) {
        io_.Fail();
      }
      io_.Spend(id.stream.name.size());
    }
    if (code == 2) {
      Word(streams_, Column::kEventStream, id.stream.name);
      Against(Column::kEventSeq, id.seq, self_.seq);
    }
    last = id;
    if (id == self_) return self_ordinal_;
    const auto [entry, fresh] = event_numbers_.emplace(id, events_.size());
    if (fresh) events_.emplace_back(id, 0);
    return events_[entry->second].second;
  }

  /// The text of new elements: what is between the values is a word.
  void Markup(std::string& raw) {
    Skeleton split;
    if constexpr (!Io::kReads) split = SplitMarkup(raw);
    Word(skeletons_, Column::kSkeleton, split.text);
    if constexpr (Io::kReads) split.holes.resize(CountHoles(split.text));
    const std::vector<std::string> contexts = HoleContexts(split.text);
    for (size_t i = 0; i < split.holes.size() && io_.ok(); ++i) Value(contexts[i], split.holes[i]);
    if constexpr (Io::kReads) {
      raw = JoinMarkup(split);
      io_.Spend(raw.size());
    }
  }

  /// An attribute's value or a text. `context` tells apart what numbers are near to each other.
  void Value(const std::string& context, std::string& value) {
    uint64_t kind = kNew, index = 0, number = 0;
    std::string text = value;
    if constexpr (!Io::kReads) Judge(value, kind, index, text, number);
    io_.Number(Column::kValueKind, kind);
    switch (kind) {
      case kNew:
        io_.Text(Column::kNameLength, Column::kNameText, text);
        value = text;
        if (value.size() <= kLongestRemembered) values_.Add(value);
        break;
      case kKnown: {
        Against(Column::kValueIndex, index, last_value_);
        last_value_ = index;
        const std::string* known = values_.At(index);
        if (known == nullptr) return io_.Fail();
        value = *known;
        break;
      }
      case kNumber: {
        Word(prefixes_, Column::kValuePrefix, text);
        Difference(Column::kValueNumber, number, numbers_[context + '\0' + text]);
        value = text + std::to_string(number);
        break;
      }
      case kDerived:
        io_.Number(Column::kValueIndex, index);
        if (index >= recent_.size()) return io_.Fail();
        Word(suffixes_, Column::kValueSuffix, text);
        value = recent_[recent_.size() - 1 - index] + text;
        break;
      default:
        return io_.Fail();
    }
    io_.Spend(value.size());
    if (value.size() >= kShortestStem && value.size() <= kLongestRemembered && kind != kDerived)
      recent_.push_back(value);
  }

  /// Chooses how to write a value.
  void Judge(const std::string& value, uint64_t& kind, uint64_t& index, std::string& text, uint64_t& number) {
    for (size_t i = 0; i < recent_.size(); ++i) {
      const std::string& stem = recent_[recent_.size() - 1 - i];
      if (!value.starts_with(stem)) continue;
      if (value.size() > stem.size() && !suffixes_.Find(value.substr(stem.size())) &&
          value.size() - stem.size() > 8)
        continue;
      kind = kDerived;
      index = i;
      text = value.substr(stem.size());
      return;
    }
    if (const auto split = SplitNumber(value)) {
      kind = kNumber;
      text = split->first;
      number = split->second;
    } else if (const auto known = values_.Find(value)) {
      kind = kKnown;
      index = *known;
    }
  }

  /// 0 for a text that was not written before in this dictionary, else how long ago it was.
  void Word(Dictionary& dictionary, Column column, std::string& word) {
    uint64_t code = 0;
    if constexpr (!Io::kReads) {
      if (const auto known = dictionary.Find(word)) code = *known + 1;
    }
    io_.Number(column, code);
    if (code == 0) {
      io_.Text(Column::kLength, Column::kText, word);
      dictionary.Add(word);
    } else if constexpr (Io::kReads) {
      const std::string* known = dictionary.At(code - 1);
      if (known == nullptr) return io_.Fail();
      io_.Spend(known->size());
      if (io_.ok()) word = *known;
    }
  }

  /// `value` as what it is more than `last`, which it becomes.
  void Difference(Column column, uint64_t& value, uint64_t& last) {
    Against(column, value, last);
    last = value;
  }
  void Against(Column column, uint64_t& value, uint64_t predicted) {
    uint64_t difference = ZigZag(value - predicted);
    io_.Number(column, difference);
    if constexpr (Io::kReads) value = predicted + UnZigZag(difference);
  }
  void Number32(Column column, uint32_t& value) {
    uint64_t wide = value;
    io_.Number(column, wide);
    if constexpr (Io::kReads) {
      if (wide > UINT32_MAX) io_.Fail();
      value = static_cast<uint32_t>(wide);
    }
  }
  template <typename T>
  void Count(Column column, std::vector<T>& things) {
    uint64_t count = things.size();
    io_.Number(column, count);
    if constexpr (Io::kReads) {
      if (count > io_.Most() / sizeof(T)) return io_.Fail();
      io_.Spend(count * sizeof(T));
      if (io_.ok()) things.resize(count);
    }
  }

  Io& io_;
  const StreamId stream_;
  EventId self_;
  uint64_t self_ordinal_ = 0;
  uint64_t micros_ = 0;
  uint64_t last_value_ = 0;
  uint8_t role_ = 0;
  std::string intent_;
  std::array<std::optional<EventId>, 2> last_named_;  ///< by operations, by places
  std::map<EventId, size_t> event_numbers_;
  std::vector<std::pair<EventId, uint64_t>> events_;
  std::map<std::string, uint64_t> parent_seqs_;
  std::map<std::string, uint64_t> numbers_;  ///< the last number by context and prefix
  std::vector<std::string> recent_;          ///< values of this event
  std::vector<NodeId> last_targets_;
  Dictionary headings_, labels_, streams_, groups_, patterns_, forms_, words_, skeletons_, values_, prefixes_,
      suffixes_;
};

}  // namespace

std::string EncodeColumns(const StreamId& stream, uint64_t first, std::span<const std::string> events) {
  Writer writer;
  Model<Writer> model(writer, stream);
  uint64_t seq = first;
  for (const std::string& canonical : events) {
    absl::StatusOr<ChangeSet> event = DecodeChangeSet(canonical);
    if (!event.ok() || event->id != EventId{stream, seq}) return {};
    model.Event(seq++, *event);
  }
  if (!writer.ok()) return {};
  std::string bytes = writer.Take();
  // Whatever the model forgets must not be lost: what does not come back exactly is not written so.
  const auto again = DecodeColumns(bytes, stream, first, events.size(), UINT64_MAX);
  if (!again.ok() || !std::equal(events.begin(), events.end(), again->begin(), again->end())) return {};
  return bytes;
}

absl::StatusOr<std::vector<std::string>> DecodeColumns(std::string_view bytes, const StreamId& stream,
                                                       uint64_t first, uint64_t count, uint64_t largest) {
  AMEIDE_ASSIGN_OR_RETURN(ColumnReader columns, ColumnReader::Open(bytes, largest));
  Reader reader(std::move(columns), largest);
  Model<Reader> model(reader, stream);
  std::vector<std::string> events;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    ChangeSet event;
    model.Event(first + i, event);
    if (!reader.ok()) break;
    events.push_back(EncodeChangeSet(event));
    reader.Spend(events.back().size());
  }
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return events;
}

}  // namespace ameide::uaf
