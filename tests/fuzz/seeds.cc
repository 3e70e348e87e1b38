#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/ed25519.h"
#include "base/hash.h"
#include "base/random.h"
#include "tests/uaf/event_samples.h"
#include "tests/uaf/merge/fixture.h"
#include "tests/uaf/merge/models.h"
#include "tests/uaf/merge/textual_edits.h"
#include "uaf/log/chain.h"
#include "uaf/log/columns.h"
#include "uaf/log/history_file.h"
#include "uaf/log/segment.h"

// Writes what fuzzers begin with: valid inputs, from which they find their way into the depths that random
// bytes do not reach. `seed_fuzzers CORPUS [MODELS]`: one folder per fuzzer below CORPUS; MODELS is a folder
// of real BPMN, DMN and ArchiMate files, of which the small ones are taken.

namespace {

using namespace ameide;
using namespace ameide::uaf;

constexpr size_t kHashSize = 32;
constexpr uintmax_t kLargestModel = 12'000;
constexpr size_t kMostModels = 60;

class Corpus {
 public:
  explicit Corpus(std::filesystem::path root) : root_(std::move(root)) {}

  void Add(std::string_view fuzzer, std::string_view bytes) {
    const std::filesystem::path folder = root_ / fuzzer;
    std::filesystem::create_directories(folder);
    std::ofstream out(folder / Sha256(bytes).Hex().substr(0, 16), std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.good()) failed_ = true;
    ++count_;
  }
  bool failed() const { return failed_; }
  size_t count() const { return count_; }

 private:
  std::filesystem::path root_;
  bool failed_ = false;
  size_t count_ = 0;
};

/// Something of everything that FEEL has.
void AddExpressions(Corpus& corpus) {
  static constexpr std::string_view kTexts[] = {
      "{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(20)}.r",
      "for i in 1..3, my item in [i, i * 2] return partial[-1] + my item",
      "some x in list satisfies x.unit price > 15 or every y in [] satisfies y",
      "list[unit price between 1 and 5][item.unit price in (> 3, [1..2), ]0..9[)].unit price[-1]",
      "sort([3, 1, 2], precedes: function(a: number, b) a > b)",
      "@\"2024-03-31T02:30:00@Europe/Paris\" + @\"PT1H\" - date and time(2024, 1, 1, 0, 0, 0.5, @\"-PT5H\")",
      "years and months duration(from: date(\"2024-02-29\"), to: @\"-0001-01-01\").months ** -2.5",
      "{\"a b\": 1, c-d: `e f` + \"\\u0041\\U01F40E\", g: [< 5, = \"x\", !=null]}",
      "replace(\"a1b2\", \"([a-z-[b]])\\d|\\p{IsGreek}\", \"[$1\\$]\", \"six\")",
      "[1, {a: null}] instance of list<context<a: range<number>, b: function<string>->Any>>",
      "exp(log(2) * 0.5) + stddev(1, 2.5e-3, 1E10) - decimal(1/3, 20)",
      "not(< 5, \"a\", [@\"P1D\"..@\"P2D\"), ? > 3 and a-b = null)",
      "overlaps before(range1: [1..5], range2: (3..8]) and includes((>= 3), 4)",
      "context put({a: {b: 1}}, [\"a\", \"b\"], string join([\"x\", null], \", \"))",
  };
  for (const std::string_view text : kTexts) corpus.Add("fuzz_feel", text);
}

/// Without the checksum at its end, which the fuzzers add.
std::string_view Unsealed(std::string_view bytes) { return bytes.substr(0, bytes.size() - kHashSize); }

std::vector<ChangeSet> EveryKind() {
  std::vector<ChangeSet> samples = EventsOfTheFirstRelease();
  for (ChangeSet& sample : EventsOfTheSecondRelease()) samples.push_back(std::move(sample));
  return samples;
}

/// The first byte of an input says what the rest is; see fuzz_segment.cc.
void AddSegments(Corpus& corpus) {
  const StreamId own{"00112233445566778899aabbccddeeff"};
  SeededRandom random(1);
  const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
  std::vector<SignedSegment> pack;
  std::vector<std::string> events;
  Segment segment;
  segment.workspace = Sha256("workspace").Hex();
  segment.stream = own;
  segment.previous = FirstLink(segment.workspace, own);
  uint64_t seq = 0;
  for (ChangeSet& sample : EveryKind()) {
    sample.id = {own, ++seq};
    const std::string event = EncodeChangeSet(sample);
    corpus.Add("fuzz_segment", '\0' + event);
    events.push_back(event);
    if (events.size() < 3) continue;
    const std::string columns = EncodeColumns({"00112233445566778899aabbccddeeff"}, seq - 2, events);
    if (seq == 3) corpus.Add("fuzz_segment", '\2' + columns);
    segment.number += 1;
    segment.first = seq - 2;
    segment.seed = random.Bytes(32);
    segment.events = std::move(events);
    events.clear();
    pack.push_back(SignSegment(segment, key));
    segment.previous = pack.back().segment.head;
    corpus.Add("fuzz_segment", '\1' + std::string(Unsealed(EncodePack(std::span(&pack.back(), 1)))));
  }
  corpus.Add("fuzz_segment", '\1' + std::string(Unsealed(EncodePack(pack))));

  History history;
  history.workspace = segment.workspace;
  history.entries = {{".uaf/log/" + own.name + "/1.seg", EncodePack(std::span(pack).first(1))},
                     {".uaf/workspace.yaml", "format: 1\n"}};
  if (const auto bytes = EncodeHistory(history); bytes.ok()) corpus.Add("fuzz_history", Unsealed(*bytes));
  history.entries.clear();
  if (const auto bytes = EncodeHistory(history); bytes.ok()) corpus.Add("fuzz_history", Unsealed(*bytes));
}

void AddPolicies(Corpus& corpus) {
  corpus.Add("fuzz_policy", "version: 1\n");
  corpus.Add("fuzz_policy",
             "version: 1\nadministrators:\n  - person: ada@example.org\n    keys: [" + std::string(32, '8') +
                 "]\nroles:\n  architects: [ada@example.org, bob@example.org]\npromotion:\n"
                 "  review: {approvals: 0, survives_edits: true}\n"
                 "  approved: {approvals: 2, by: [architects], four_eyes: true}\n"
                 "  released: {approvals: 1, by: [administrators], from: [approved], no_errors: true}\n"
                 "paths:\n  - match: \"scratch/**\"\n    promotion: {approved: {approvals: 0}}\n");
}

void AddMerges(Corpus& corpus, const std::vector<std::string>& models) {
  SeededRandom random(2);
  std::vector<std::string> bases = models;
  bases.insert(bases.begin(), merge::kProcess);
  bases.emplace_back("one\ntwo\nthree\nfour\n");
  for (const std::string& base : bases) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto ours = merge::RandomTextualEdit(base, random);
      const auto theirs = merge::RandomTextualEdit(base, random);
      if (!ours || !theirs) continue;
      corpus.Add("fuzz_merge", base + '\xff' + merge::Edited(base, ours->places) + '\xff' +
                                   merge::Edited(base, theirs->places));
    }
  }
}

/// Lists of calls with requests in text form; see fuzz_rpc.cc. Which method an index means changes with the
/// contracts: each text is a request of several of them.
void AddCalls(Corpus& corpus) {
  static constexpr std::string_view kRequests[] = {
      R"(process: "p" variables_json: "{\"a\": [1, {\"b\": null}]}" idempotency_key: "k")",
      R"(instance: "1j9ad70000000" reason: "r")",
      R"(page_size: 3 page_token: "5.1j9ad70000000-1" process: "p")",
      R"(name: "m" correlation_key: "k" variables_json: "{}" time_to_live { seconds: 1 } message_id: "i")",
      R"(task: "1j9ad70000000-3" assignee: "a" only_if_free: true)",
      R"(instance: "1j9ad70000000" element: "u" variables_json: "{\"x\": 1}")",
      R"(process: "p" version: 1 renamed { from: "u" to: "w" } dry_run: true)",
      R"(type: "t" worker: "w" most: 2 lease { seconds: 1 })",
      R"(process: "p" keep { seconds: 5 nanos: 3 } reason: "r")",
  };
  for (const std::string_view request : kRequests) {
    for (int method = 0; method < 48; ++method) {
      std::string input;
      input += static_cast<char>(0x80 | method);
      input += static_cast<char>(request.size());
      corpus.Add("fuzz_rpc", input + std::string(request));
    }
  }
}

/// Some of the small ones, spread over all.
std::vector<std::string> SmallModels() {
  const std::vector<merge::Model> all = merge::RealModels(kLargestModel);
  std::vector<std::string> models;
  for (size_t i = 0; i < all.size(); i += 1 + all.size() / kMostModels) models.push_back(all[i].bytes);
  return models;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: seed_fuzzers CORPUS\n");
    return 2;
  }
  Corpus corpus(argv[1]);
  const std::vector<std::string> models = SmallModels();
  AddSegments(corpus);
  AddPolicies(corpus);
  AddMerges(corpus, models);
  AddExpressions(corpus);
  for (const std::string& model : models) corpus.Add("fuzz_xml", model);
  for (const std::string& model : models) {
    if (model.find("/spec/DMN/") != std::string::npos) corpus.Add("fuzz_dmn", model);
  }
  for (const std::string& model : models) {
    if (model.find("/spec/BPMN/") != std::string::npos) corpus.Add("fuzz_compile", model);
  }
  AddCalls(corpus);
  std::printf("%zu seeds, %zu of them whole models\n", corpus.count(), models.size());
  return corpus.failed() ? 1 : 0;
}
