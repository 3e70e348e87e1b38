/// Decision tables evaluated on one thread: 20 rules and 1,000 rules, three inputs each; beside them the same
/// rules asked one by one, which is what no index would do.
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "notation/dmn/model.h"
#include "notation/feel/expression.h"
#include "uaf/document/document.h"

namespace {
std::atomic<uint64_t> allocations = 0;
}

void* operator new(size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

using namespace ameide;

namespace {

struct Rules {
  std::vector<std::string> age, risk, amount, output;
};

/// Rules that exclude each other: bands of age, classes of risk, halves of amounts.
Rules MakeRules(size_t count) {
  Rules rules;
  const char* const kRisks[] = {"low", "medium", "high", "very high", "unknown"};
  for (size_t i = 0; i < count; ++i) {
    const size_t band = i / 10;
    const std::string low = std::to_string(band * 10), high = std::to_string(band * 10 + 10);
    rules.age.push_back(i + 10 >= count ? ">= " + low : "[" + low + ".." + high + ")");
    rules.risk.push_back("\"" + std::string(kRisks[i % 5]) + "\"");
    rules.amount.push_back(i / 5 % 2 == 0 ? "< 1000" : ">= 1000");
    rules.output.push_back(std::to_string(i) + ".5");
  }
  return rules;
}

std::string Escaped(const std::string& text) {
  return uaf::document::EscapeXml(text, 0, uaf::document::Encoding::kUtf8);
}

std::string ModelOf(const Rules& rules) {
  std::string text =
      "<definitions xmlns=\"" + std::string(dmn::kModelNamespace) + "\" name=\"B\" namespace=\"urn:b\">";
  const char* const kInputs[][2] = {{"Age", "number"}, {"Risk", "string"}, {"Amount", "number"}};
  for (const auto& input : kInputs) {
    text += std::string("<inputData id=\"") + input[0] + "\" name=\"" + input[0] + "\"><variable name=\"" +
            input[0] + "\" typeRef=\"" + input[1] + "\"/></inputData>";
  }
  text += "<decision id=\"D\" name=\"D\"><variable name=\"D\" typeRef=\"number\"/>";
  for (const auto& input : kInputs)
    text += std::string("<informationRequirement><requiredInput href=\"#") + input[0] +
            "\"/></informationRequirement>";
  text += "<decisionTable>";
  for (const auto& input : kInputs)
    text += std::string("<input><inputExpression typeRef=\"") + input[1] + "\"><text>" + input[0] +
            "</text></inputExpression></input>";
  text += "<output/>";
  for (size_t i = 0; i < rules.age.size(); ++i) {
    text += "<rule>";
    for (const auto* cells : {&rules.age, &rules.risk, &rules.amount})
      text += "<inputEntry><text>" + Escaped((*cells)[i]) + "</text></inputEntry>";
    text += "<outputEntry><text>" + rules.output[i] + "</text></outputEntry></rule>";
  }
  return text + "</decisionTable></decision></definitions>";
}

/// Seconds that this thread has computed: what others do on the machine does not count.
double Seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Median of five runs, evaluations per second of a core.
template <typename Work>
double PerSecond(size_t count, const Work& work) {
  std::vector<double> rates;
  for (int run = 0; run < 5; ++run) {
    const double start = Seconds();
    for (size_t i = 0; i < count; ++i) work(i);
    rates.push_back(static_cast<double>(count) / (Seconds() - start));
  }
  std::sort(rates.begin(), rates.end());
  return rates[2];
}

bool Measure(size_t rule_count, double bar) {
  const Rules rules = MakeRules(rule_count);
  uaf::document::ImportOp import;
  import.kind = uaf::document::TreeKind::kXml;
  const std::string bytes = ModelOf(rules);
  const auto document = uaf::document::Document::Import(import, bytes, {{"bench"}, 1});
  if (!document.ok()) return false;
  const double compile_start = Seconds();
  const dmn::Model model(dmn::Graph(*document, "bench.dmn"));
  const double compile = (Seconds() - compile_start) * 1e3;
  const uint32_t age = *model.Find("Age"), risk = *model.Find("Risk"), amount = *model.Find("Amount"),
                 d = *model.Find("D");
  dmn::Evaluation evaluation(model);
  const feel::Value risks[] = {"low", "medium", "high", "very high", "unknown"};
  const auto set = [&](size_t i) {
    evaluation.Set(age, feel::Value(static_cast<int64_t>(i * 7 % (rule_count + 10))));
    evaluation.Set(risk, risks[i % 5]);
    evaluation.Set(amount, feel::Value(static_cast<int64_t>(i * 131 % 2000)));
  };
  size_t hits = 0, work = 200'000;
  const uint64_t before = allocations;
  const double indexed = PerSecond(work, [&](size_t i) {
    set(i);
    hits += evaluation.Evaluate(d).is_null() ? 0 : 1;
  });
  const double per_evaluation = static_cast<double>(allocations - before) / static_cast<double>(5 * work);

  std::vector<feel::Expression> tests[3];
  for (size_t i = 0; i < rule_count; ++i) {
    tests[0].push_back(*feel::ParseUnaryTests(rules.age[i]));
    tests[1].push_back(*feel::ParseUnaryTests(rules.risk[i]));
    tests[2].push_back(*feel::ParseUnaryTests(rules.amount[i]));
  }
  size_t slow_hits = 0;
  const double one_by_one = PerSecond(20'000'000 / rule_count / 100, [&](size_t i) {
    const feel::Value inputs[] = {feel::Value(static_cast<int64_t>(i * 7 % (rule_count + 10))), risks[i % 5],
                                  feel::Value(static_cast<int64_t>(i * 131 % 2000))};
    for (size_t r = 0; r < rule_count; ++r) {
      bool holds = true;
      for (size_t c = 0; c < 3 && holds; ++c)
        holds = feel::EvaluateUnaryTests(tests[c][r], inputs[c], std::span<const feel::Value>()).is_true();
      slow_hits += holds ? 1 : 0;
    }
  });
  std::printf(
      "%zu rules, 3 inputs: %.0f evaluations/s, one by one (floor) %.0f, ratio %.1f, bar %.0f/s: %s\n",
      rule_count, indexed, one_by_one, indexed / one_by_one, bar, indexed >= bar ? "reached" : "missed");
  std::printf("work: compiled in %.1f ms, %zu of %zu evaluations gave a value, %.2f allocations each\n",
              compile, hits, 5 * work, per_evaluation);
  return slow_hits > 0;
}

}  // namespace

int main() { return Measure(20, 1'000'000) && Measure(1'000, 500'000) ? 0 : 1; }
