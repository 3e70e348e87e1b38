#include "backend/runtime/simulation/play.h"

#include <QtTest>
#include <algorithm>
#include <string>

#include "base/random.h"
#include "notation/feel/json.h"
#include "tests/backend/bpmn_builder.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

std::unique_ptr<PlaySession> Open(const std::string& model, const std::string& variables = "{}") {
  PlayOptions options;
  options.variables = *feel::FromJson(variables)->context();
  auto session = PlaySession::Open(model, options);
  if (!session.ok()) qFatal("%s", std::string(session.status().message()).c_str());
  return *std::move(session);
}

/// `flow> task!2`: where the first instance's tokens are; `>` on a flow and about to move.
std::string Positions(const PlaySession& session, size_t instance = 0) {
  std::string text;
  const play::View view = session.View();
  for (const play::Position& position : view.instances[instance].positions) {
    text += (text.empty() ? "" : " ") + position.element + (position.moves ? ">" : "");
    if (position.count != 1) text += "*" + std::to_string(position.count);
  }
  return text;
}

/// Everything a view shows, to compare views.
std::string Everything(const PlaySession& session) {
  const play::View view = session.View();
  std::string text =
      FormatTime(view.now) + " " + std::to_string(view.actions) + (view.can_move ? " moves" : "");
  for (size_t i = 0; i < view.instances.size(); ++i) {
    const play::Instance& it = view.instances[i];
    text += "\n" + it.process + " " + std::string(it.state) + ": " + Positions(session, i);
    for (const play::Task& task : it.tasks) text += " task " + std::to_string(task.work) + " " + task.element;
    for (const play::Wait& wait : it.waits) text += " wait " + wait.element + " " + wait.name;
    for (const play::Due& due : it.timers) text += " due " + due.element + " " + FormatTime(due.at);
    for (const play::Incident& incident : it.incidents) text += " incident " + incident.message;
    for (const play::Scope& scope : it.scopes) text += " " + scope.element + feel::ToJson(scope.variables);
  }
  for (const play::Happened& it : view.happened)
    text += "\n" + it.event.element + " " + std::string(it.event.event) + " " + FormatTime(it.at);
  return text;
}

uint64_t TaskAt(const PlaySession& session, const std::string& element, size_t instance = 0) {
  const play::View view = session.View();
  for (const play::Task& task : view.instances[instance].tasks) {
    if (task.element == element) return task.work;
  }
  return 0;
}

#define DO(session, ...)                                                \
  if (const absl::Status done = (session)->Do(__VA_ARGS__); !done.ok()) \
  QFAIL(std::string(done.message()).c_str())
#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString::fromStdString(expected))

/// Start, choice by amount, two tasks, end.
std::string ChoiceModel() {
  return BpmnBuilder()
      .Start()
      .Exclusive("choice")
      .User("big")
      .Task("small")
      .End()
      .Chain({"start", "choice"})
      .Flow("choice", "big", "=amount > 10")
      .Flow("choice", "small", "=amount <= 10")
      .Flow("big", "end")
      .Flow("small", "end")
      .Xml();
}

}  // namespace

/// Playing with a process: one token at a time, backwards, on two roads, by chance.
class PlayTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenStepping_thenOneTokenMovesAtATime() {
    const auto session = Open(ChoiceModel(), R"({"amount": 5})");
    COMPARE(Positions(*session), std::string("start_choice>"));
    const play::View first = session->View();
    QVERIFY(first.can_move);
    QCOMPARE(first.instances[0].choices.size(), size_t{1});
    COMPARE(first.instances[0].choices[0].element, std::string("choice"));
    QCOMPARE(first.instances[0].choices[0].flows.size(), size_t{2});
    DO(session, play::Step{});
    COMPARE(Positions(*session), std::string("choice_small>"));
    DO(session, play::Step{});
    COMPARE(Positions(*session), std::string("small"));
    QVERIFY(!session->View().can_move);
    QCOMPARE(session->Do(play::Step{}).code(), absl::StatusCode::kFailedPrecondition);
    DO(session, play::Complete{0, TaskAt(*session, "small"), {}});
    DO(session, play::Run{});
    COMPARE(std::string(session->View().instances[0].state), std::string("completed"));
    QCOMPARE(session->View().actions, size_t{4});
  }

  void whenABranchIsChosen_thenConditionsDoNotMatter() {
    const auto session = Open(ChoiceModel(), R"({"amount": 5})");
    QVERIFY(session->View().instances[0].choices[0].chosen.empty());
    DO(session, play::Choose{"choice", {"choice_big"}});
    COMPARE(session->View().instances[0].choices[0].chosen[0], std::string("choice_big"));
    DO(session, play::Run{});
    COMPARE(Positions(*session), std::string("big"));
    session->Back(2);
    DO(session, play::Choose{"choice", {"choice_big"}});
    DO(session, play::Choose{"choice", {}});
    DO(session, play::Run{});
    COMPARE(Positions(*session), std::string("small"));
    QCOMPARE(session->Do(play::Choose{"choice", {"choice_big", "choice_small"}}).code(),
             absl::StatusCode::kInvalidArgument);
    QCOMPARE(session->Do(play::Choose{"choice", {"nothing"}}).code(), absl::StatusCode::kNotFound);
    QCOMPARE(session->Do(play::Choose{"big", {"big_end"}}).code(), absl::StatusCode::kNotFound);
  }

  void whenVariablesAreSet_thenTheChoiceFollowsThem() {
    const auto session = Open(ChoiceModel(), R"({"amount": 5})");
    DO(session, play::SetVariables{0, 1, *feel::FromJson(R"({"amount": 50})")->context()});
    DO(session, play::Run{});
    COMPARE(Positions(*session), std::string("big"));
    QVERIFY(!session->Do(play::SetVariables{3, 1, {}}).ok());
  }

  void whenTimersAreSet_thenTheClockGoesToThem() {
    const auto session = Open(BpmnBuilder()
                                  .Start()
                                  .User("work")
                                  .Boundary("late", "work", "timeDuration", "PT2H")
                                  .Timer("pause", "timeDuration", "P1D")
                                  .End()
                                  .Chain({"start", "work", "end"})
                                  .Chain({"late", "pause", "end"})
                                  .Xml());
    DO(session, play::Run{});
    const WallTime start = session->View().now;
    QVERIFY(session->View().next == start + std::chrono::hours(2));
    DO(session, play::Advance{*feel::ParseIsoDuration("PT1H")});
    COMPARE(Positions(*session), std::string("work"));
    QVERIFY(session->View().now == start + std::chrono::hours(1));
    DO(session, play::Advance{});
    COMPARE(Positions(*session), std::string("late_pause>"));
    QVERIFY(session->View().now == start + std::chrono::hours(2));
    DO(session, play::Advance{*feel::ParseIsoDuration("P3D")});
    COMPARE(std::string(session->View().instances[0].state), std::string("completed"));
    QVERIFY(session->View().now == start + std::chrono::hours(74));
    QCOMPARE(session->Do(play::Advance{}).code(), absl::StatusCode::kFailedPrecondition);
    QCOMPARE(session->Do(play::Advance{*feel::ParseIsoDuration("-PT1H")}).code(),
             absl::StatusCode::kInvalidArgument);
  }

  void whenATaskFailsOrThrows_thenTheModelSaysWhatFollows() {
    const auto session = Open(BpmnBuilder()
                                  .Error("no-stock", "NO_STOCK")
                                  .Start()
                                  .Worker("reserve", "reserve")
                                  .ErrorBoundary("none", "reserve", "no-stock")
                                  .End()
                                  .End("declined")
                                  .Chain({"start", "reserve", "end"})
                                  .Chain({"none", "declined"})
                                  .Xml());
    DO(session, play::Run{});
    const uint64_t task = TaskAt(*session, "reserve");
    QVERIFY(task != 0);
    DO(session, play::Fail{0, task, "no network"});
    COMPARE(std::string(session->View().instances[0].state), std::string("failed"));
    QVERIFY(session->View().instances[0].incidents[0].message.find("no network") != std::string::npos);
    QCOMPARE(session->Do(play::Complete{0, task, {}}).code(), absl::StatusCode::kNotFound);
    DO(session, play::Resolve{0, session->View().instances[0].incidents[0].incident});
    DO(session, play::Throw{0, TaskAt(*session, "reserve"), "NO_STOCK"});
    DO(session, play::Run{});
    const play::View end = session->View();
    COMPARE(std::string(end.instances[0].state), std::string("completed"));
    session->Back(0);
    const play::View all = session->View();
    QVERIFY(std::any_of(all.happened.begin(), all.happened.end(),
                        [](const play::Happened& it) { return it.event.element == "declined"; }));
  }

  void whenAnActionIsRefused_thenNothingHasChanged() {
    const auto session = Open(ChoiceModel(), R"({"amount": 5})");
    DO(session, play::Run{});
    session->Back(0);
    const std::string before = Everything(*session);
    for (const play::Action& action : std::vector<play::Action>{
             play::Complete{0, 999, {}}, play::Complete{7, 1, {}}, play::Throw{0, 999, "X"},
             play::Start{"other"}, play::StartActivity{0, 1, "nothing"}, play::Resolve{0, 5},
             play::Message{"", {}, {}}, play::Advance{}}) {
      QVERIFY(!session->Do(action).ok());
      session->Back(0);
      COMPARE(Everything(*session), before);
    }
  }

  void whenAModelCannotBePlayed_thenTheFindingsSayWhy() {
    const auto broken = PlaySession::Open("<a/", {});
    QCOMPARE(broken.status().code(), absl::StatusCode::kInvalidArgument);
    PlayOptions other;
    other.process = "other";
    const auto missing = PlaySession::Open(ChoiceModel(), other);
    QVERIFY(std::string(missing.status().message()).find("there is no process other") != std::string::npos);
  }

  /// The law behind stepping back and forking: a session is a function of its actions.
  void whenActionsAreTakenBack_thenItIsAsIfTheyHadNotBeen() {
    const std::string model = BpmnBuilder()
                                  .Start()
                                  .Parallel("fork")
                                  .User("a")
                                  .Task("b")
                                  .Boundary("late", "a", "timeDuration", "PT2H", false)
                                  .Exclusive("again")
                                  .Parallel("join")
                                  .End()
                                  .End("noted")
                                  .Chain({"start", "fork", "a", "again"})
                                  .Chain({"fork", "b", "join", "end"})
                                  .Flow("again", "a", "=more = true")
                                  .Flow("again", "join", "=more != true")
                                  .Chain({"late", "noted"})
                                  .Xml();
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      SeededRandom random(seed);
      const auto session = Open(model, R"({"more": false})");
      session->Back(0);
      std::vector<std::string> before = {Everything(*session)};
      while (before.size() < 40) {
        const play::View view = session->View();
        play::Action action = play::Step{};
        const auto& tasks = view.instances[0].tasks;
        switch (random.Below(6)) {
          case 0:
            if (!tasks.empty()) action = play::Complete{0, tasks[random.Below(tasks.size())].work, {}};
            break;
          case 1:
            action = play::Advance{*feel::ParseIsoDuration("PT30M")};
            break;
          case 2:
            action = play::SetVariables{
                0, 1,
                *feel::FromJson(random.Below(2) == 0 ? R"({"more": true})" : R"({"more": false})")
                     ->context()};
            break;
          case 3:
            action = play::Choose{"again", {random.Below(2) == 0 ? "again_a" : "again_join"}};
            break;
          case 4:
            action = play::Run{};
            break;
          default:
            break;
        }
        if (!session->Do(action).ok()) {
          if (view.instances[0].state != "active") break;
          continue;
        }
        const auto fork = session->Fork();
        session->Back(0);
        COMPARE(Everything(*fork), Everything(*session));
        before.push_back(Everything(*session));
      }
      while (before.size() > 1) {
        before.pop_back();
        session->Back(1);
        QVERIFY2(Everything(*session) == before.back(), qPrintable(QStringLiteral("seed %1").arg(seed)));
      }
    }
  }
};

QTEST_APPLESS_MAIN(PlayTest)
#include "play_test.moc"
