/// What events cost in the log (numbers.md, Store and sync: space per event), in packed segments of real
/// edits of a generated model, and what a commit costs in git beside the files themselves. With --profile
/// also where the bytes go, column by column.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tests/bench/people.h"
#include "uaf/log/column_file.h"
#include "uaf/log/columns.h"
#include "uaf/log/segment.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
using ameide::bench::Fail;
using ameide::bench::Must;
using ameide::bench::People;

namespace {

constexpr int kElements = 8000;
constexpr int kEvents = 2000;

std::string NewestSegment(People& people) {
  const StreamId stream = people.workspace().Log({.limit = 1})->front().id.stream;
  std::ifstream file(people.root() / ".uaf" / "log" / stream.name / "2.seg", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Profile(const SignedSegment& segment) {
  const std::string columns =
      EncodeColumns(segment.segment.stream, segment.segment.first, segment.segment.events);
  ByteReader in(columns);
  if (in.Byte() != 1) return std::puts("    not in columns of their own"), void();
  for (size_t column = 0; column < kColumns; ++column) {
    const uint64_t size = in.Varint();
    if (size == 0) continue;
    const uint64_t packed = in.Varint();
    const uint64_t bytes = packed == 0 ? size : packed;
    in.Raw(bytes);
    std::printf("    column %2zu: %7llu -> %6llu B, %5.2f B/event\n", column,
                static_cast<unsigned long long>(size), static_cast<unsigned long long>(bytes),
                static_cast<double>(bytes) / static_cast<double>(segment.segment.events.size()));
  }
}

void Measure(const char* what, double bar, Command (People::*make)(), bool profile) {
  People people(7, kElements);
  for (int i = 0; i < kEvents; ++i) people.Submit((people.*make)());
  Must(people.workspace().Seal());
  const std::string file = NewestSegment(people);
  const SignedSegment segment = Must(DecodeSegment(file));
  size_t canonical = 0;
  for (const std::string& event : segment.segment.events) canonical += event.size();
  const double events = static_cast<double>(segment.segment.events.size());
  const double each = static_cast<double>(file.size()) / events;
  std::printf("space of %-34s %6.1f B/event (canonical %6.1f), bar %s, %d events\n", what, each,
              static_cast<double>(canonical) / events,
              bar == 0 ? "-" : std::to_string(static_cast<int>(bar)).c_str(), static_cast<int>(events));
  if (bar != 0) std::printf("  ratio to the bar: %.2f %s\n", each / bar, each <= bar ? "met" : "MISSED");
  if (profile) Profile(segment);
}

/// Runs a command of git in `folder`; gives the first line that it prints.
std::string Git(const std::filesystem::path& folder, const std::string& arguments) {
  const std::string command =
      "git -C '" + folder.string() + "' -c user.name=Ada -c user.email=ada@example.org " + arguments;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) Fail(absl::UnavailableError("git does not start"));
  char line[256] = {};
  if (std::fgets(line, sizeof(line), pipe) == nullptr) line[0] = '\0';
  if (::pclose(pipe) != 0) Fail(absl::UnavailableError("failed: " + command));
  return line;
}

/// Bytes of all packed objects of a repository.
double PackedSize(const std::filesystem::path& repository) {
  Git(repository, "repack -adfq --depth=50 --window=250");
  Git(repository, "prune-packed -q");
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(repository / ".git" / "objects" / "pack")) {
    if (entry.path().extension() == ".pack") bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

/// What the log adds to commits of ten edits each, beside the same commits of the rendered file alone.
void MeasureCommits() {
  constexpr int kCommits = 100;
  constexpr int kEdits = 10;
  People people(7, kElements);
  const std::filesystem::path plain = people.root().parent_path() / "plain";
  std::filesystem::create_directories(plain);
  for (const std::filesystem::path& repository : {people.root(), plain}) Git(repository, "init -q");
  const auto copy = std::filesystem::copy_options::overwrite_existing;
  double first = 0;
  for (int commit = 0; commit <= kCommits; ++commit) {
    for (int i = 0; i < kEdits; ++i) people.Submit(people.Mixed());
    if (const auto notes = people.workspace().SyncWorkingFiles(); !notes.ok()) Fail(notes.status());
    Must(people.workspace().Seal());
    std::filesystem::copy_file(people.root() / "model.bpmn", plain / "model.bpmn", copy);
    for (const std::filesystem::path& repository : {people.root(), plain}) {
      Git(repository, "add -A");
      Git(repository, "commit -qm Edit");
    }
    // The first one brings the whole model, keys and settings.
    if (commit == 0) first = PackedSize(people.root()) - PackedSize(plain);
  }
  const double each = (PackedSize(people.root()) - PackedSize(plain) - first) / kCommits;
  constexpr double kBar = 2048;
  std::printf(
      "git overhead of a commit of %d edits, log included: %.0f B, bar %.0f, ratio to the bar %.2f %s, %d "
      "commits\n",
      kEdits, each, kBar, each / kBar, each <= kBar ? "met" : "MISSED", kCommits);
}

}  // namespace

int main(int argc, char** argv) {
  const bool profile = argc > 1 && std::strcmp(argv[1], "--profile") == 0;
  Measure("a rename", 15, &People::Rename, profile);
  Measure("a move with four edges", 40, &People::Move, profile);
  Measure("a move with four edges, as a shift", 40, &People::Shift, profile);
  Measure("an insert (task and shape)", 70, &People::Insert, profile);
  Measure("a mix of these", 0, &People::Mixed, profile);
  MeasureCommits();
  return 0;
}
