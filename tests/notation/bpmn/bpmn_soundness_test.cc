#include <QtTest>
#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "notation/bpmn/lint.h"
#include "tests/notation/bpmn/model_file.h"

using namespace ameide::bpmn;

namespace {

enum class Kind : uint8_t { kStart, kTask, kExclusive, kParallel, kInclusive, kBoundary, kReminder, kEnd };

struct Flow {
  size_t source, target;
};

/// A process at random: one start event, gateways and tasks, boundary events that interrupt or remind, any
/// flows.
struct RandomProcess {
  std::vector<Kind> kinds;
  std::vector<size_t> hosts;  ///< by node: the task of a boundary event
  std::vector<Flow> flows;

  explicit RandomProcess(uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&](size_t bound) { return random() % bound; };
    kinds = {Kind::kStart};
    for (size_t left = 3 + below(6); left > 0; --left) {
      static constexpr std::array kChoices = {Kind::kTask,      Kind::kTask,      Kind::kExclusive,
                                              Kind::kExclusive, Kind::kParallel,  Kind::kParallel,
                                              Kind::kParallel,  Kind::kInclusive, Kind::kBoundary,
                                              Kind::kReminder,  Kind::kEnd};
      kinds.push_back(kChoices[below(kChoices.size())]);
    }
    hosts.assign(kinds.size(), 0);
    for (size_t node = 1; node < kinds.size(); ++node) {
      if (!IsBoundary(node)) continue;
      std::vector<size_t> tasks;
      for (size_t other = 1; other < kinds.size(); ++other) {
        if (kinds[other] == Kind::kTask) tasks.push_back(other);
      }
      if (tasks.empty())
        kinds[node] = Kind::kTask;
      else
        hosts[node] = tasks[below(tasks.size())];
    }
    for (size_t left = kinds.size() + below(kinds.size()); left > 0; --left) {
      const Flow flow = {below(kinds.size()), 1 + below(kinds.size() - 1)};
      if (kinds[flow.source] == Kind::kEnd || IsBoundary(flow.target)) continue;
      flows.push_back(flow);
    }
  }

  bool IsBoundary(size_t node) const {
    return kinds[node] == Kind::kBoundary || kinds[node] == Kind::kReminder;
  }

  std::string Xml() const {
    static constexpr std::array kTypes = {
        "startEvent",       "task",          "exclusiveGateway", "parallelGateway",
        "inclusiveGateway", "boundaryEvent", "boundaryEvent",    "endEvent"};
    std::string xml =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='t'><process "
        "id='P'>";
    for (size_t node = 0; node < kinds.size(); ++node) {
      const std::string type = kTypes[static_cast<size_t>(kinds[node])];
      xml += "<" + type + " id='n" + std::to_string(node) + "'";
      if (IsBoundary(node)) {
        xml += " attachedToRef='n" + std::to_string(hosts[node]) + "' cancelActivity='" +
               (kinds[node] == Kind::kBoundary ? "true" : "false") +
               "'><timerEventDefinition/></boundaryEvent>";
      } else {
        xml += "/>";
      }
    }
    for (size_t flow = 0; flow < flows.size(); ++flow) {
      xml += "<sequenceFlow id='f" + std::to_string(flow) + "' sourceRef='n" +
             std::to_string(flows[flow].source) + "' targetRef='n" + std::to_string(flows[flow].target) +
             "'/>";
    }
    return xml + "</process></definitions>";
  }
};

/// Every run of a process, played by the rules of clause 13: which nodes have a token at some time.
class Player {
 public:
  explicit Player(const RandomProcess& process) : process_(process) {}

  /// Nodes that work in some run. Runs with more than kMost tokens in one place are not followed to their
  /// end.
  std::set<size_t> Play() {
    State begin(process_.flows.size() + process_.kinds.size(), 0);
    begin[PlaceOf(0)] = 1;
    Visit(begin);
    for (size_t at = 0; at < open_.size() && open_.size() < kMostStates; ++at) Step(State(open_[at]));
    return worked_;
  }

 private:
  using State = std::vector<uint8_t>;
  static constexpr uint8_t kMost = 3;
  static constexpr size_t kMostStates = 4'000;

  size_t PlaceOf(size_t node) const { return process_.flows.size() + node; }

  void Visit(const State& state) {
    for (const uint8_t tokens : state) {
      if (tokens > kMost) return;
    }
    for (size_t node = 0; node < process_.kinds.size(); ++node) {
      if (state[PlaceOf(node)] > 0) worked_.insert(node);
    }
    if (seen_.insert(state).second) open_.push_back(state);
  }

  void Step(const State& state) {
    for (size_t node = 0; node < process_.kinds.size(); ++node) {
      Enter(state, node);
      if (state[PlaceOf(node)] > 0) Leave(state, node);
    }
  }

  void Enter(const State& state, size_t node) {
    std::vector<size_t> incoming;
    for (size_t flow = 0; flow < process_.flows.size(); ++flow) {
      if (process_.flows[flow].target == node) incoming.push_back(flow);
    }
    if (process_.kinds[node] == Kind::kParallel && incoming.size() > 1) {
      State next = state;
      for (const size_t flow : incoming) {
        if (next[flow] == 0) return;
        --next[flow];
      }
      ++next[PlaceOf(node)];
      Visit(next);
      return;
    }
    for (const size_t flow : incoming) {
      if (state[flow] == 0) continue;
      State next = state;
      --next[flow];
      ++next[PlaceOf(node)];
      Visit(next);
    }
  }

  void Leave(const State& state, size_t node) {
    std::vector<size_t> outgoing;
    for (size_t flow = 0; flow < process_.flows.size(); ++flow) {
      if (process_.flows[flow].source == node) outgoing.push_back(flow);
    }
    State gone = state;
    --gone[PlaceOf(node)];
    const Kind kind = process_.kinds[node];
    const size_t choices = kind == Kind::kInclusive ? size_t{1} << outgoing.size() : outgoing.size() + 1;
    for (size_t choice = 0; choice < choices; ++choice) {
      State next = gone;
      for (size_t i = 0; i < outgoing.size(); ++i) {
        const bool taken = kind == Kind::kInclusive   ? (choice >> i & 1) != 0
                           : kind == Kind::kExclusive ? choice == i
                                                      : true;
        if (taken) ++next[outgoing[i]];
      }
      Visit(next);
    }
    for (size_t event = 0; event < process_.kinds.size(); ++event) {
      if (!process_.IsBoundary(event) || process_.hosts[event] != node) continue;
      State next = process_.kinds[event] == Kind::kBoundary ? gone : state;
      ++next[PlaceOf(event)];
      Visit(next);
    }
  }

  const RandomProcess& process_;
  std::set<State> seen_;
  std::vector<State> open_;
  std::set<size_t> worked_;
};

}  // namespace

class BpmnSoundnessTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Law: what bpmn/join-never-passed names is passed in no run.
  void whenAJoinIsCalledImpassable_thenNoRunPassesIt() {
    bool given = false;
    const uint32_t first = qEnvironmentVariableIntValue("AMEIDE_SEED", &given);
    const uint32_t begin = given ? first : 1, end = given ? first + 1 : 3'000;
    int called = 0;
    for (uint32_t seed = begin; seed < end; ++seed) {
      const RandomProcess process(seed);
      const auto document = DocumentOf(process.Xml());
      QVERIFY(document.ok());
      const std::set<size_t> worked = Player(process).Play();
      for (const auto& finding : Lint(*document, {LintProfile::kDocumentation})) {
        if (finding.rule != "bpmn/join-never-passed") continue;
        ++called;
        const size_t join = std::stoul(finding.element.substr(1));
        QVERIFY2(!worked.contains(join),
                 ("seed " + std::to_string(seed) + ": " + finding.message + "\n" + process.Xml()).c_str());
      }
    }
    qInfo("seeds %u to %u: %d joins called impassable", begin, end - 1, called);
    QVERIFY(given || called > 100);
  }
};

QTEST_APPLESS_MAIN(BpmnSoundnessTest)
#include "bpmn_soundness_test.moc"
