#pragma once

#include <string>
#include <utility>

#include "backend/engine/plan.h"
#include "backend/engine/plan/plan_codec.h"
#include "base/hash.h"
#include "notation/feel/expression.h"

namespace ameide::runtime {

/// Builds small sequential plans for tests: what is added is connected to what was added before.
class PlanBuilder {
 public:
  explicit PlanBuilder(std::string process) {
    Add(engine::NodeKind::kProcess, std::move(process), "process");
    last_ = engine::kNone;
    Then(engine::NodeKind::kStartEvent, "start", "startEvent");
    plan_.nodes[0].entries = {1};
  }

  PlanBuilder& Job(std::string id, std::string type, bool domain = true, uint32_t retries = 3) {
    engine::Node& node = Then(engine::NodeKind::kJobTask, std::move(id), "serviceTask");
    node.job_kind = domain ? engine::JobKind::kDomain : engine::JobKind::kWorker;
    node.job_type.text = std::move(type);
    node.job_retries = retries;
    return *this;
  }
  PlanBuilder& User(std::string id, std::string groups = "clerks") {
    engine::Node& node = Then(engine::NodeKind::kUserTask, std::move(id), "userTask");
    node.candidate_groups.text = std::move(groups);
    node.form = "order-form";
    return *this;
  }
  PlanBuilder& Wait(std::string id, std::string duration) {
    engine::Node& node = Then(engine::NodeKind::kCatchEvent, std::move(id), "intermediateCatchEvent");
    engine::EventDefinition timer;
    timer.trigger = engine::Trigger::kTimer;
    timer.timer_kind = engine::TimerKind::kDuration;
    timer.timer.text = std::move(duration);
    node.definitions.push_back(std::move(timer));
    return *this;
  }
  PlanBuilder& Script(std::string id, std::string expression, std::string result) {
    plan_.expressions.push_back(*feel::Parse(expression));
    engine::Node& node = Then(engine::NodeKind::kScriptTask, std::move(id), "scriptTask");
    node.script = static_cast<engine::Index>(plan_.expressions.size() - 1);
    node.result_variable = std::move(result);
    return *this;
  }
  /// The canonical bytes.
  std::string End() {
    Then(engine::NodeKind::kEndEvent, "end", "endEvent");
    return engine::EncodePlan(plan_);
  }

 private:
  engine::Node& Add(engine::NodeKind kind, std::string id, std::string type) {
    engine::Node node;
    node.kind = kind;
    node.name = "Name of " + id;
    node.id = std::move(id);
    node.type = std::move(type);
    plan_.nodes.push_back(std::move(node));
    return plan_.nodes.back();
  }
  engine::Node& Then(engine::NodeKind kind, std::string id, std::string type) {
    const auto index = static_cast<engine::Index>(plan_.nodes.size());
    Add(kind, std::move(id), std::move(type)).parent = 0;
    if (last_ != engine::kNone) {
      const auto flow = static_cast<engine::Index>(plan_.flows.size());
      plan_.flows.push_back({"flow" + std::to_string(flow), last_, index, engine::kNone});
      plan_.nodes[last_].outgoing.push_back(flow);
      plan_.nodes[index].incoming.push_back(flow);
    }
    last_ = index;
    return plan_.nodes[index];
  }

  engine::Plan plan_;
  engine::Index last_ = engine::kNone;
};

}  // namespace ameide::runtime
