#include "uaf/merge/artifacts.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "uaf/document/encoding.h"
#include "uaf/merge/decisions.h"
#include "uaf/merge/event_table.h"

namespace ameide::uaf::merge {
namespace {

class Judging {
 public:
  Judging(std::span<const ChangeSet* const> events, const Causality& causality) : events_(causality) {
    for (const ChangeSet* event : events) events_.Add(*event);
    decided_ = Decided(events, causality);
  }

  std::vector<Conflict> Run() {
    Heads names;
    Heads retired;
    Heads contents;
    for (EventIndex event = 0; event < events_.size(); ++event) {
      const EventBody& body = events_[event].body;
      if (std::holds_alternative<ArtifactRenamed>(body)) events_.Advance(names, event);
      if (std::holds_alternative<ArtifactRetired>(body)) events_.Advance(retired, event);
      if (!OpsOf(body).empty()) events_.Advance(contents, event);
      // Whoever gives it a path again saw that it was retired.
      if (std::holds_alternative<ArtifactRenamed>(body)) Forget(retired, event);
    }
    Names(names);
    Retired(retired, contents, names);
    std::erase_if(conflicts_, [&](const Conflict& each) { return decided_.contains(each.key); });
    return std::move(conflicts_);
  }

 private:
  void Forget(Heads& heads, EventIndex saw) const {
    const auto seen = [&](EventIndex head) { return events_.Saw(saw, head); };
    heads.erase(std::remove_if(heads.begin(), heads.end(), seen), heads.end());
  }

  Conflict About(ConflictKind kind, EventIndex event) const {
    Conflict conflict;
    conflict.kind = kind;
    conflict.artifact = events_[event].artifact;
    conflict.node = conflict.other = {events_.id(0), 0};
    return conflict;
  }

  void Names(const Heads& names) {
    std::map<std::string, ConflictSide> sides;
    for (const EventIndex event : names) {
      const std::string& path = std::get<ArtifactRenamed>(events_[event].body).path;
      sides[path].value = path;
      sides[path].events.push_back(events_.id(event));
    }
    if (sides.size() < 2) return;
    Conflict conflict = About(ConflictKind::kPath, names.front());
    const std::string standing = std::get<ArtifactRenamed>(events_[names.back()].body).path;
    for (const EventIndex event : names) {
      const auto side = sides.find(std::get<ArtifactRenamed>(events_[event].body).path);
      if (side == sides.end()) continue;
      if (side->first == standing) conflict.standing = conflict.sides.size();
      conflict.sides.push_back(side->second);
      sides.erase(side);
    }
    Keep(std::move(conflict));
  }

  /// Retirements against the edits that had not seen them and that they had not seen; where there are none,
  /// against such renames.
  void Retired(const Heads& retirements, const Heads& contents, const Heads& names) {
    for (const EventIndex retired : retirements) {
      ConflictSide edits{{}, "edited"};
      EventIndex first = 0;
      for (const EventIndex edit : contents) {
        if (!events_.Concurrent(retired, edit)) continue;
        if (edits.events.empty()) first = edit;
        edits.events.push_back(events_.id(edit));
      }
      if (edits.events.empty()) {
        RetiredAndRenamed(retired, retirements, names);
        continue;
      }
      Conflict conflict = About(ConflictKind::kRetired, retired);
      conflict.sides.push_back({{events_.id(retired)}, std::nullopt});
      conflict.sides.insert(first < retired ? conflict.sides.begin() : conflict.sides.end(),
                            std::move(edits));
      conflict.standing = first < retired ? 1 : 0;  // the retirement
      Keep(std::move(conflict));
    }
  }

  /// The newest of the renames beside a retirement is the other side. What comes last in the fold order
  /// stands.
  void RetiredAndRenamed(EventIndex retired, const Heads& retirements, const Heads& names) {
    std::optional<EventIndex> renamed;
    for (const EventIndex name : names)
      if (events_.Concurrent(retired, name) && (!renamed || *renamed < name)) renamed = name;
    if (!renamed) return;
    const EventIndex last = std::max(*std::max_element(retirements.begin(), retirements.end()),
                                     *std::max_element(names.begin(), names.end()));
    const bool alive = std::find(names.begin(), names.end(), last) != names.end();
    const ConflictSide removal{{events_.id(retired)}, std::nullopt};
    const ConflictSide rename{{events_.id(*renamed)}, std::get<ArtifactRenamed>(events_[*renamed].body).path};
    Conflict conflict = About(ConflictKind::kRetired, retired);
    const bool rename_first = *renamed < retired;
    conflict.sides = rename_first ? std::vector{rename, removal} : std::vector{removal, rename};
    conflict.standing = rename_first == alive ? 0 : 1;
    Keep(std::move(conflict));
  }

  void Keep(Conflict conflict) {
    conflict.key = KeyOf(conflict);
    conflicts_.push_back(std::move(conflict));
  }

  EventTable events_;
  std::vector<Conflict> conflicts_;
  std::set<Hash256> decided_;
};

/// Base letter and combining mark that make one character of Latin-1, lower case.
char32_t Joined(char32_t letter, char32_t mark) {
  struct Row {
    char32_t mark;
    std::u32string_view letters;
    std::u32string_view joined;
  };
  static constexpr Row kRows[] = {
      {0x300, U"aeiou", U"\u00e0\u00e8\u00ec\u00f2\u00f9"},
      {0x301, U"aeiouy", U"\u00e1\u00e9\u00ed\u00f3\u00fa\u00fd"},
      {0x302, U"aeiou", U"\u00e2\u00ea\u00ee\u00f4\u00fb"},
      {0x303, U"ano", U"\u00e3\u00f1\u00f5"},
      {0x308, U"aeiouy", U"\u00e4\u00eb\u00ef\u00f6\u00fc\u00ff"},
      {0x30a, U"a", U"\u00e5"},
      {0x327, U"c", U"\u00e7"},
  };
  for (const Row& row : kRows) {
    const size_t at = row.mark == mark ? row.letters.find(letter) : std::u32string_view::npos;
    if (at != std::u32string_view::npos) return row.joined[at];
  }
  return 0;
}

char32_t Lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 0x20;
  if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 0x20;
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177)) return c == 0x130 || c == 0x131 ? c : c | 1;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c + (c & 1);
  if (c == 0x178) return 0xff;
  if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) return c + 0x20;
  if (c >= 0x410 && c <= 0x42f) return c + 0x20;
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;
  return c;
}

}  // namespace

std::vector<Conflict> ArtifactConflicts(std::span<const ChangeSet* const> events,
                                        const Causality& causality) {
  return Judging(events, causality).Run();
}

std::string FoldPath(std::string_view path) {
  std::u32string folded;
  for (size_t at = 0; at < path.size();) {
    const char32_t c = Lower(document::NextCodePoint(path, at));
    const char32_t joined = folded.empty() ? 0 : Joined(folded.back(), c);
    if (joined != 0) {
      folded.back() = joined;
    } else {
      folded.push_back(c);
    }
  }
  std::string text;
  for (const char32_t c : folded) document::AppendCodePoint(c, text);
  return text;
}

std::vector<Conflict> PathConflicts(std::vector<NamedArtifact> artifacts) {
  std::map<std::string, std::vector<NamedArtifact>> by_path;
  for (NamedArtifact& each : artifacts) by_path[FoldPath(each.path)].push_back(std::move(each));
  std::vector<Conflict> conflicts;
  const auto add = [&](std::vector<NamedArtifact> all, const NamedArtifact& named,
                       const NamedArtifact& standing) {
    std::sort(all.begin(), all.end(),
              [](const NamedArtifact& a, const NamedArtifact& b) { return a.artifact < b.artifact; });
    // However many files a folder has: what excludes it is the first side.
    std::stable_partition(all.begin(), all.end(), [path = FoldPath(named.path)](const NamedArtifact& each) {
      return FoldPath(each.path) == path;
    });
    Conflict conflict;
    conflict.kind = ConflictKind::kPath;
    conflict.artifact = all.front().artifact;
    conflict.name = named.path;
    for (NamedArtifact& each : all) {
      if (each.artifact == standing.artifact) conflict.standing = conflict.sides.size();
      conflict.sides.push_back({{}, std::move(each.path), each.artifact});
    }
    conflict.key = KeyOf(conflict);
    conflicts.push_back(std::move(conflict));
  };
  // What is a file for one is a folder for others.
  for (const auto& [folded, same] : by_path) {
    const std::string folder = folded + "/";
    std::vector<NamedArtifact> all = same;
    for (auto below = by_path.lower_bound(folder); below != by_path.end() && below->first.starts_with(folder);
         ++below)
      all.insert(all.end(), below->second.begin(), below->second.end());
    if (all.size() > same.size()) add(all, same.front(), all[same.size()]);
  }
  for (auto& [folded, same] : by_path) {
    if (same.size() < 2) continue;
    const NamedArtifact first = *std::min_element(
        same.begin(), same.end(),
        [](const NamedArtifact& a, const NamedArtifact& b) { return a.artifact < b.artifact; });
    add(std::move(same), first, first);
  }
  return conflicts;
}

namespace {

/// `path` with a part of an artifact's id behind the name that ends at `end`, in front of its ending.
std::string NamedBeside(std::string path, size_t end, const ArtifactId& artifact) {
  constexpr size_t kShort = 8;
  const size_t slash = path.rfind('/', end - 1);
  const size_t name = slash == std::string::npos || end == 0 ? 0 : slash + 1;
  const size_t dot = path.rfind('.', end - 1);
  const size_t at = end < path.size() || dot == std::string::npos || dot <= name ? end : dot;
  path.insert(at, "-" + artifact.name.substr(0, kShort));
  return path;
}

bool IsBelow(std::string_view path, std::string_view folder) {
  return FoldPath(path).starts_with(FoldPath(folder) + "/");
}

/// Where in `path`, which is below it, the name of `folder` ends: it may be written in another case or
/// Unicode form, and so in more or fewer bytes.
size_t EndOfFolder(std::string_view path, std::string_view folder) {
  size_t end = path.find('/');
  for (auto more = std::count(folder.begin(), folder.end(), '/'); more > 0; --more)
    end = path.find('/', end + 1);
  return end;
}

}  // namespace

absl::StatusOr<std::vector<NamedArtifact>> ResolutionPaths(const Conflict& conflict, const Choice& choice) {
  if (choice.side.has_value() == choice.value.has_value() ||
      (choice.side && *choice.side >= conflict.sides.size()))
    return absl::InvalidArgumentError("choose one side of the conflict, or give a path");
  std::vector<NamedArtifact> renames;
  if (conflict.sides.front().artifact.name.empty()) {
    renames.push_back({conflict.artifact, choice.side ? *conflict.sides[*choice.side].value : *choice.value});
    return renames;
  }
  if (!choice.side)
    return absl::InvalidArgumentError(
        "choose which artifact keeps its path; the others get a name beside it");
  const ConflictSide& chosen = conflict.sides[*choice.side];
  for (size_t i = 0; i < conflict.sides.size(); ++i) {
    const ConflictSide& side = conflict.sides[i];
    // What only lies in one folder with the chosen one is in nobody's way.
    const bool in_the_way = FoldPath(*side.value) == FoldPath(*chosen.value) ||
                            IsBelow(*side.value, *chosen.value) || IsBelow(*chosen.value, *side.value);
    if (i == *choice.side || !in_the_way) continue;
    const bool below = IsBelow(*side.value, *chosen.value);
    // Files of one folder stay together.
    renames.push_back(
        {side.artifact,
         NamedBeside(*side.value, below ? EndOfFolder(*side.value, *chosen.value) : side.value->size(),
                     below ? chosen.artifact : side.artifact)});
  }
  return renames;
}

}  // namespace ameide::uaf::merge
