/// FEEL expressions and unary tests, parsed once and evaluated many times. `bench_feel EXPRESSIONS [PEER]`:
/// the file of expressions, and what feel-scala needed for the same (feel_peer).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "notation/feel/expression.h"
#include "notation/feel/json.h"

using namespace ameide::feel;

namespace {

constexpr const char* kContext = R"json({"amount": 1250.75, "discount": 10, "age": 42, "status": "open",
  "numbers": [5, 3, 8, 1, 9, 2, 7],
  "order": {"customer": {"name": "Ada", "address": {"city": "London"}},
            "lines": [{"sku": "a", "price": 10, "quantity": 3}, {"sku": "b", "price": 30, "quantity": 2},
                      {"sku": "c", "price": 80.5, "quantity": 1}, {"sku": "d", "price": 25, "quantity": 4}]}})json";

struct Row {
  std::string name, kind, text;
};

std::vector<Row> ReadRows(const char* path) {
  std::vector<Row> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t first = line.find('\t'), second = line.find('\t', first + 1);
    if (second == std::string::npos) continue;
    rows.push_back(
        {line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return rows;
}

/// Nanoseconds a run: the median of nine measurements of some 30 ms.
template <typename Work>
double Nanoseconds(const Work& work) {
  using Clock = std::chrono::steady_clock;
  size_t runs = 1;
  const auto time = [&] {
    const auto start = Clock::now();
    for (size_t i = 0; i < runs; ++i) work();
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  };
  constexpr double kEnough = 30e6;
  while (time() < kEnough / 2) runs *= 2;
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) times.push_back(time() / static_cast<double>(runs));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// The peer's nanoseconds by name.
std::map<std::string, double> ReadPeer(const char* path) {
  std::map<std::string, double> times;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos) times[line.substr(0, tab)] = std::atof(line.c_str() + tab + 1);
  }
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Row> rows = ReadRows(argc > 1 ? argv[1] : "tests/bench/feel_expressions.txt");
  const std::map<std::string, double> peer = argc > 2 ? ReadPeer(argv[2]) : std::map<std::string, double>();
  if (rows.empty()) {
    std::fprintf(stderr, "no expressions; usage: bench_feel EXPRESSIONS [PEER]\n");
    return 2;
  }
  Scope scope;
  std::vector<Value> slots;
  const absl::StatusOr<Value> context = FromJson(kContext);
  for (const auto& [name, value] : *context->context()) {
    scope.Add(name, TypeOf(value), static_cast<uint32_t>(slots.size()));
    slots.push_back(value);
  }
  ParseOptions options;
  options.scope = &scope;
  constexpr double kBar = 10;
  double worst = 1e9;
  size_t parsed_bytes = 0;
  double parsing = 0;
  const Value input(42), text_input("pending");
  std::printf("%-20s %12s %12s %10s   result\n", "expression", "ns", peer.empty() ? "" : "feel-scala",
              "ratio");
  for (const Row& row : rows) {
    const bool tests = row.kind == "tests";
    const Parsed parsed = tests ? ReadUnaryTests(row.text, options) : Read(row.text, options);
    if (!parsed.expression || !parsed.findings.empty()) {
      std::fprintf(stderr, "%s: %s\n", row.name.c_str(), std::string(parsed.status().message()).c_str());
      return 1;
    }
    const Value& given = row.name == "test: text" ? text_input : input;
    EvaluationOptions evaluation;
    evaluation.input = &given;
    Value result;
    const double ours = Nanoseconds([&] { result = Evaluate(*parsed.expression, slots, evaluation); });
    parsing += Nanoseconds([&] { (void)Read(row.text, options); });
    parsed_bytes += row.text.size();
    const auto theirs = peer.find(row.name);
    const double ratio = theirs != peer.end() ? theirs->second / ours : 0;
    if (theirs != peer.end()) worst = std::min(worst, ratio);
    std::printf("%-20s %12.0f %12.0f %10.1f   %s\n", row.name.c_str(), ours,
                theirs != peer.end() ? theirs->second : 0.0, ratio, ToText(result).substr(0, 30).c_str());
  }
  std::printf("parsing: %.0f ns a byte of text\n", parsing / static_cast<double>(parsed_bytes));
  if (!peer.empty())
    std::printf("slowest ratio to feel-scala %.1f, bar %.0f: %s\n", worst, kBar,
                worst >= kBar ? "reached" : "missed");
  return 0;
}
