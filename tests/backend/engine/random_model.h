#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "tests/backend/engine/harness.h"

namespace ameide::engine {

/// A random process: every construct of clause 13, nested at random.
class RandomModel {
 public:
  explicit RandomModel(SeededRandom& random) : random_(random) {
    model_.Error("error_a", "a").Error("error_b", "b");
    model_.Root(
        "<message id=\"message_a\" name=\"ma\"/><message id=\"message_b\" name=\"mb\">"
        "<extensionElements><zeebe:subscription correlationKey=\"=v0\"/></extensionElements></message>"
        "<signal id=\"signal_a\" name=\"sa\"/><escalation id=\"escalation_a\" escalationCode=\"a\"/>"
        "<escalationEventDefinition id=\"thrown_escalation\" escalationRef=\"escalation_a\"/>"
        "<globalUserTask id=\"global_user\"/>"
        "<process id=\"called\"><startEvent id=\"called_start\"/><userTask id=\"called_user\"/>"
        "<boundaryEvent id=\"called_undo\" attachedToRef=\"called_user\"><compensateEventDefinition/>"
        "</boundaryEvent><scriptTask id=\"called_handler\" isForCompensation=\"true\"><script>1</script>"
        "</scriptTask><endEvent id=\"called_end\"/>"
        "<sequenceFlow id=\"called_1\" sourceRef=\"called_start\" targetRef=\"called_user\"/>"
        "<sequenceFlow id=\"called_2\" sourceRef=\"called_user\" targetRef=\"called_end\"/>"
        "<association id=\"called_3\" sourceRef=\"called_undo\" targetRef=\"called_handler\"/>"
        "</process>");
    model_.Start("start");
    const Block body = Make(4);
    if (Chance(3)) EventSubProcess();
    EventStart(body);
    model_.End("end").Flow("start", body.entry).Flow(body.exit, "end");
    model_.Raw(artifacts_);
  }
  /// Some scripts do nothing, as tasks without implementation do in a stubbed simulation. Two start events
  /// share a conversation.
  Plan MakePlan() const {
    Plan plan = PlanOf(model_);
    for (Node& node : plan.nodes) {
      if (node.id.starts_with("nothing")) node.kind = NodeKind::kPassThrough;
    }
    std::vector<Index> begin;
    for (Index index = 1; index < plan.nodes.size(); ++index) {
      if (plan.nodes[index].instantiates && plan.nodes[index].parent == 0) begin.push_back(index);
    }
    if (begin.size() > 1) plan.conversations = {begin};
    engine::Prepare(plan);
    return plan;
  }

 private:
  struct Block {
    std::string entry;
    std::string exit;
  };

  bool Chance(uint64_t in) { return random_.Below(in) == 0; }
  std::string Id(const std::string& kind) { return kind + std::to_string(next_++); }
  std::string Variable() { return "v" + std::to_string(random_.Below(4)); }
  std::string Condition() {
    switch (random_.Below(3)) {
      case 0:
        return "=" + Variable() + " = 1";
      case 1:
        return "=" + Variable() + " > 1";  // null for a missing variable: an incident
      default:
        return Chance(2) ? "=true" : "=false";
    }
  }
  std::string RandomMappings() {
    if (!Chance(3)) return "";
    std::vector<std::pair<std::string, std::string>> inputs, outputs;
    if (Chance(2)) inputs.emplace_back("=" + Variable(), Variable());
    if (Chance(2)) outputs.emplace_back("=" + Variable(), Chance(3) ? Variable() + ".part" : Variable());
    return BpmnBuilder::Mappings(inputs, outputs);
  }

  Block Make(int depth) {
    if (depth == 0) return Leaf();
    switch (random_.Below(20)) {
      case 8:
        return Inclusive(depth);
      case 9:
        return Complex(depth);
      case 10:
        return EventGateway();
      case 11:
        return Transaction(depth);
      case 12:
        return AdHoc(depth);
      case 13:
        return Repeated(depth);
      case 14:
        return Call();
      case 15:
        return Undo(depth);
      case 16:
        return Quantities();
      case 17:
        return Throw();
      case 18:
        return Catch();
      case 19:
        return Link(depth);
      case 0:
      case 1:
        return Sequence(depth);
      case 2:
        return Choice(depth);
      case 3:
        return Fork(depth);
      case 4:
        return Loop(depth);
      case 5:
        return SubProcess(depth);
      case 6:
        return LooseEnd(depth);
      case 7:
        return Given();
      default:
        return Leaf();
    }
  }

  Block Leaf() {
    switch (random_.Below(6)) {
      case 5: {
        const std::string id = Id("nothing");
        model_.Script(id, "=1", Variable());
        if (Chance(3)) Boundary(id);
        return {id, id};
      }
      case 0: {
        const std::string id = Id("script");
        model_.Script(id, "=" + std::to_string(random_.Below(3)), Variable(), RandomMappings());
        return {id, id};
      }
      case 1: {
        const std::string id = Id("user");
        model_.User(id, Chance(6) ? "=" + Variable() : "sales", RandomMappings());
        Boundary(id);
        return {id, id};
      }
      case 2: {
        const std::string id = Id("timer");
        model_.Timer(id, "timeDuration", Chance(6) ? "=" + Variable() : "PT5M");
        return {id, id};
      }
      default: {
        const std::string id = Id("job");
        model_.Worker(id, "work", std::to_string(1 + random_.Below(3)), RandomMappings());
        Boundary(id);
        if (Chance(3)) {
          const std::string caught = Id("caught");
          model_.ErrorBoundary(caught, id, Chance(2) ? "error_a" : "");
          ToAnEnd(caught);
        }
        return {id, id};
      }
    }
  }

  void Boundary(const std::string& host) {
    if (!Chance(3)) return;
    const std::string event = Id("boundary");
    if (Chance(2)) {
      std::string attributes;
      const std::string definitions = Definitions(attributes);
      model_.Raw("<boundaryEvent id=\"" + event + "\" attachedToRef=\"" + host + "\" cancelActivity=\"" +
                 (Chance(2) ? "true" : "false") + "\"" + attributes + ">" + definitions + "</boundaryEvent>");
    } else if (Chance(2)) {
      model_.Boundary(event, host, "timeDuration", "PT10M", Chance(2));
    } else {
      model_.Boundary(event, host, "timeCycle", "R2/PT3M", Chance(4));
    }
    ToAnEnd(event);
  }

  /// Something small, and the end.
  void ToAnEnd(const std::string& from) {
    const std::string end = Id("end");
    model_.End(end);
    if (Chance(2)) {
      model_.Flow(from, end);
      return;
    }
    const uint64_t kind = random_.Below(6);
    const Block block = kind == 0   ? Call()
                        : kind == 1 ? Catch()
                        : kind == 2 ? EventGateway()
                        : kind < 5  ? Throw()
                                    : Leaf();
    model_.Flow(from, block.entry).Flow(block.exit, end);
  }

  Block Sequence(int depth) {
    const Block first = Make(depth - 1), second = Make(depth - 1);
    model_.Flow(first.exit, second.entry);
    return {first.entry, second.exit};
  }

  Block Choice(int depth) {
    const std::string split = Id("split"), merge = Id("merge");
    const Block a = Make(depth - 1), b = Make(depth - 1);
    model_.Exclusive(split, Chance(4) ? "" : split + "_" + b.entry).Exclusive(merge);
    const bool has_default =
        model_.Xml().find("default=\"" + split + "_" + b.entry + "\"") != std::string::npos;
    model_.Flow(split, a.entry, Condition()).Flow(split, b.entry, has_default ? "" : Condition());
    model_.Flow(a.exit, merge).Flow(b.exit, merge);
    return {split, merge};
  }

  /// Joined by a parallel gateway, or (loosely) by an exclusive one, which lets several tokens on.
  Block Fork(int depth) {
    const std::string fork = Id("fork"), join = Id("join");
    const Block a = Make(depth - 1), b = Make(depth - 1);
    model_.Parallel(fork);
    if (Chance(4)) {
      model_.Exclusive(join);
    } else {
      model_.Parallel(join);
    }
    model_.Flow(fork, a.entry).Flow(fork, b.entry).Flow(a.exit, join).Flow(b.exit, join);
    return {fork, join};
  }

  /// One branch waits for the data that the other makes; sometimes for one of two.
  Block Given() {
    const std::string fork = Id("fork"), join = Id("join"), writer = Id("user");
    const std::string reader = Id(Chance(3) ? "nothing" : "user");
    const std::string made = Id("data"), never = Id("data");
    const bool either = Chance(3);
    const auto data = [](const std::string& kind, const std::string& id) {
      return "<" + kind + " id=\"" + id + "\"/>";
    };
    const auto part = [](const std::string& name, const std::string& text) {
      return "<" + name + ">" + text + "</" + name + ">";
    };
    const auto input = [&](const std::string& source, const std::string& target) {
      return part("dataInputAssociation", part("sourceRef", source) + part("targetRef", target));
    };
    const std::string in = reader + "_in", in2 = reader + "_in2", out = writer + "_out";
    model_.Raw(data("dataObject", made) + (either ? data("dataObject", never) : ""));
    // With a choice of inputs also one of outputs, which a rule ties together.
    const std::string first = reader + "_first", o0 = reader + "_o0", o1 = reader + "_o1",
                      set = reader + "_set";
    const std::string outputs =
        "<dataOutput id=\"" + o0 + "\" name=\"v0\"/><dataOutput id=\"" + o1 + "\" name=\"v1\"/>";
    const std::string input_sets = "<inputSet id=\"" + first + "\">" + part("dataInputRefs", in2) +
                                   part("outputSetRefs", set) + "</inputSet>";
    const std::string output_sets = part("outputSet", part("dataOutputRefs", o0)) + "<outputSet id=\"" + set +
                                    "\">" + part("dataOutputRefs", o1) + part("optionalOutputRefs", o1) +
                                    "</outputSet>";
    const auto output = [&](const std::string& source) {
      return part("dataOutputAssociation", part("sourceRef", source) + part("targetRef", never));
    };
    model_.Raw(
        "<userTask id=\"" + reader + "\">" +
        part("ioSpecification", data("dataInput", in) + (either ? data("dataInput", in2) + outputs : "") +
                                    (either ? input_sets : "") + part("inputSet", part("dataInputRefs", in)) +
                                    (either ? output_sets : "<outputSet/>")) +
        input(made, in) + (either ? input(never, in2) + output(o0) + output(o1) : "") + "</userTask>");
    Boundary(reader);
    model_.Raw("<userTask id=\"" + writer + "\">" +
               part("ioSpecification", data("dataOutput", out) + "<inputSet/>" +
                                           part("outputSet", part("dataOutputRefs", out))) +
               part("dataOutputAssociation", part("sourceRef", out) + part("targetRef", made)) +
               "</userTask>");
    Boundary(writer);
    model_.Parallel(fork).Parallel(join);
    model_.Chain({fork, reader, join}).Chain({fork, writer, join});
    return {fork, join};
  }

  Block Loop(int depth) {
    const std::string again = Id("again"), count = Id("count"), enough = Id("enough"), out = Id("out");
    const std::string variable = "c" + count;
    const Block body = Make(depth - 1);
    model_.Exclusive(again).Script(count, "=if " + variable + " = null then 1 else " + variable + " + 1",
                                   variable);
    model_.Exclusive(enough, enough + "_" + out).Exclusive(out);
    model_.Flow(again, body.entry).Flow(body.exit, count).Flow(count, enough);
    model_.Flow(enough, again, "=" + variable + " < 3").Flow(enough, out);
    return {again, out};
  }

  Block SubProcess(int depth) {
    const std::string id = Id("sub"), start = Id("start"), end = Id("end");
    const std::string outer = std::exchange(artifacts_, "");
    model_.BeginSub(id, RandomMappings()).Start(start);
    const Block body = Make(depth - 1);
    if (Chance(5)) {
      model_.TerminateEnd(end);
    } else if (Chance(5)) {
      model_.ErrorEnd(end, Chance(2) ? "error_a" : "error_b");
    } else {
      model_.End(end);
    }
    model_.Flow(start, body.entry).Flow(body.exit, end);
    if (Chance(2)) EventSubProcess();
    model_.Raw(std::exchange(artifacts_, outer)).EndSub();
    Boundary(id);
    if (Chance(3)) {
      const std::string caught = Id("caught"), after = Id("end");
      model_.Raw("<boundaryEvent id=\"" + caught + "\" attachedToRef=\"" + id + "\" cancelActivity=\"" +
                 (Chance(2) ? "true" : "false") +
                 "\"><escalationEventDefinition escalationRef=\"escalation_a\"/></boundaryEvent>");
      model_.End(after).Flow(caught, after);
    }
    if (Chance(2)) {
      const std::string caught = Id("caught"), after = Id("end");
      model_.ErrorBoundary(caught, id, Chance(2) ? "error_a" : "").End(after).Flow(caught, after);
    }
    return {id, id};
  }

  /// An activity with two outgoing flows, one of them to an end.
  Block LooseEnd(int depth) {
    const Block body = Make(depth - 1);
    const std::string split = Id("script"), end = Id("end"), on = Id("on");
    model_.Script(split, "=1", Variable()).End(end).Exclusive(on);
    model_.Flow(body.exit, split).Flow(split, end).Flow(split, on);
    return {body.entry, on};
  }

  /// What an event waits for: one thing, any of two, or both.
  std::string Definitions(std::string& attributes) {
    const auto one = [&](uint64_t which) -> std::string {
      switch (which) {
        case 0:
          return "<messageEventDefinition messageRef=\"message_a\"/>";
        case 1:
          return "<signalEventDefinition signalRef=\"signal_a\"/>";
        case 2:
          return "<conditionalEventDefinition><condition>" + Variable() +
                 " = 1</condition></conditionalEventDefinition>";
        case 3:
          return "<timerEventDefinition><timeDuration>PT4M</timeDuration></timerEventDefinition>";
        default:
          return "<messageEventDefinition messageRef=\"message_b\"/>";
      }
    };
    const uint64_t first = random_.Below(5);
    if (!Chance(3)) return one(first);
    attributes = Chance(2) ? " parallelMultiple=\"true\"" : "";
    return one(first) + one((first + 1) % 5);
  }

  Block Catch() {
    const std::string id = Id("catch");
    std::string attributes;
    const std::string definitions = Definitions(attributes);
    if (Chance(4)) {
      model_.Raw("<receiveTask id=\"" + id + "\" messageRef=\"message_a\"/>");
      Boundary(id);
    } else {
      model_.Raw("<intermediateCatchEvent id=\"" + id + "\"" + attributes + ">" + definitions +
                 "</intermediateCatchEvent>");
    }
    return {id, id};
  }

  Block Throw() {
    const std::string id = Id("throw");
    switch (random_.Below(4)) {
      case 0:
        model_.Raw("<sendTask id=\"" + id + "\" messageRef=\"message_b\"/>");
        break;
      case 1:
        model_.Raw("<intermediateThrowEvent id=\"" + id +
                   "\"><escalationEventDefinition escalationRef=\"escalation_a\"/></intermediateThrowEvent>");
        break;
      case 2:
        model_.Raw(
            "<businessRuleTask id=\"" + id +
            "\"><extensionElements><zeebe:calledDecision decisionId=\"decision\" resultVariable=\"v1\"/>"
            "</extensionElements></businessRuleTask>");
        break;
      default:
        model_.Raw("<intermediateThrowEvent id=\"" + id +
                   "\"><signalEventDefinition signalRef=\"signal_a\"/><messageEventDefinition "
                   "messageRef=\"message_a\"/></intermediateThrowEvent>");
        return {id, id};
    }
    if (Chance(3)) {
      const std::string end = Id("end"), on = Id("on");
      model_.Exclusive(on).End(end).Flow(id, on);
      if (model_.Xml().find("<intermediateThrowEvent id=\"" + id) == std::string::npos) {
        model_.Flow(id, end, "=" + Variable() + " > 1");
      } else {
        model_.Flow(id, end);
      }
      return {id, on};
    }
    return {id, id};
  }

  Block Link(int depth) {
    const std::string in = Id("link"), out = Id("link"), name = in;
    const Block first = Make(depth - 1);
    model_.Raw("<intermediateThrowEvent id=\"" + in + "\"><linkEventDefinition id=\"" + in + "_d\" name=\"" +
               name + "\"/></intermediateThrowEvent><intermediateCatchEvent id=\"" + out +
               "\"><linkEventDefinition id=\"" + out + "_d\" name=\"" + name +
               "\"/></intermediateCatchEvent>");
    model_.Flow(first.exit, in);
    return {first.entry, out};
  }

  Block Inclusive(int depth) {
    const std::string split = Id("or"), join = Id("or");
    std::vector<Block> ways;
    for (uint64_t i = 0; i < 2 + random_.Below(2); ++i) ways.push_back(Make(depth - 1));
    model_.Raw("<inclusiveGateway id=\"" + split + "\" default=\"" + split + "_" + ways[0].entry + "\"/>");
    model_.Raw("<inclusiveGateway id=\"" + join + "\"/>");
    for (size_t i = 0; i < ways.size(); ++i) {
      model_.Flow(split, ways[i].entry, i == 0 ? "" : Condition()).Flow(ways[i].exit, join);
    }
    return {split, join};
  }

  Block Complex(int depth) {
    const std::string fork = Id("fork"), meet = Id("complex");
    model_.Parallel(fork);
    model_.Raw("<complexGateway id=\"" + meet + "\"><activationCondition>activationCount >= " +
               std::to_string(1 + random_.Below(3)) + "</activationCondition></complexGateway>");
    for (int i = 0; i < 3; ++i) {
      const Block way = Make(i == 0 ? depth - 1 : 0);
      model_.Flow(fork, way.entry).Flow(way.exit, meet);
    }
    const std::string end = Id("end"), on = Id("on");
    model_.Exclusive(on).End(end);
    model_.Flow(meet, on, Chance(3) ? "=v1 = 1 and waitingForStart" : "=waitingForStart")
        .Flow(meet, end, "=not(waitingForStart)");
    return {fork, on};
  }

  Block EventGateway() {
    const std::string wait = Id("wait"), out = Id("out"), a = Id("event"), b = Id("event");
    model_.Raw("<eventBasedGateway id=\"" + wait + "\"/>").Exclusive(out);
    const bool receive = Chance(2);
    model_.Raw(receive
                   ? "<receiveTask id=\"" + a + "\" messageRef=\"message_a\"/>"
                   : "<intermediateCatchEvent id=\"" + a +
                         "\"><messageEventDefinition messageRef=\"message_b\"/></intermediateCatchEvent>");
    model_.Raw("<intermediateCatchEvent id=\"" + b +
               "\"><timerEventDefinition><timeDuration>PT3M</timeDuration></timerEventDefinition>"
               "</intermediateCatchEvent>");
    model_.Flow(wait, a).Flow(wait, b).Flow(a, out).Flow(b, out);
    return {wait, out};
  }

  void EventSubProcess() {
    const std::string id = Id("esp"), start = Id("start"), end = Id("end");
    model_.BeginSub(id, "", "triggeredByEvent=\"true\"");
    std::string attributes;
    std::string definitions = Definitions(attributes);
    bool interrupting = Chance(2);
    if (Chance(4)) {
      definitions = "<errorEventDefinition errorRef=\"error_a\"/>";
      interrupting = true;
      attributes = "";
    } else if (Chance(4)) {
      definitions = "<escalationEventDefinition/>";
      attributes = "";
    }
    model_.Raw("<startEvent id=\"" + start + "\" isInterrupting=\"" + (interrupting ? "true" : "false") +
               "\"" + attributes + ">" + definitions + "</startEvent>");
    const std::string outer = std::exchange(artifacts_, "");
    const Block body = Make(1);
    if (Chance(3)) {
      model_.Raw("<endEvent id=\"" + end + "\"><compensateEventDefinition/></endEvent>");
    } else {
      model_.End(end);
    }
    model_.Flow(start, body.entry).Flow(body.exit, end).Raw(std::exchange(artifacts_, outer)).EndSub();
  }

  /// A handler that undoes the activity.
  void Undoable(const std::string& host) {
    const std::string event = Id("undo"), handler = Id("handler");
    model_.Raw("<boundaryEvent id=\"" + event + "\" attachedToRef=\"" + host +
               "\"><compensateEventDefinition/></boundaryEvent>");
    if (Chance(2)) {
      model_.Raw("<scriptTask id=\"" + handler +
                 "\" isForCompensation=\"true\"><script>1</script></scriptTask>");
    } else {
      model_.Raw("<userTask id=\"" + handler + "\" isForCompensation=\"true\"/>");
    }
    artifacts_ += "<association id=\"" + event + "_" + handler + "\" sourceRef=\"" + event +
                  "\" targetRef=\"" + handler + "\"/>";
  }

  Block Undo(int depth) {
    const std::string outer = artifacts_;
    artifacts_.clear();
    const std::string sub = Id("sub"), start = Id("start"), work = Id("job"), end = Id("end"),
                      undo = Id("throw");
    model_.BeginSub(sub).Start(start).Worker(work, "work");
    Undoable(work);
    const Block body = Make(depth - 2 > 0 ? depth - 2 : 0);
    model_.End(end).Flow(start, work).Flow(work, body.entry).Flow(body.exit, end);
    if (Chance(3)) {
      const std::string esp = Id("esp"), begins = Id("start"), ends = Id("end");
      model_.BeginSub(esp, "", "triggeredByEvent=\"true\"");
      model_.Raw("<startEvent id=\"" + begins +
                 "\"><compensateEventDefinition/></startEvent><endEvent id=\"" + ends +
                 "\"><compensateEventDefinition/></endEvent>");
      model_.Flow(begins, ends).EndSub();
    }
    model_.Raw(artifacts_).EndSub();
    artifacts_ = outer;
    Boundary(sub);
    model_.Raw("<intermediateThrowEvent id=\"" + undo + "\"><compensateEventDefinition" +
               (Chance(2) ? " activityRef=\"" + sub + "\"" : "") +
               (Chance(4) ? " waitForCompletion=\"false\"" : "") + "/></intermediateThrowEvent>");
    model_.Flow(sub, undo);
    return {sub, undo};
  }

  Block Transaction(int depth) {
    const std::string outer = artifacts_;
    artifacts_.clear();
    const std::string id = Id("transaction"), start = Id("start"), work = Id("user"), way = Id("way"),
                      end = Id("end"), cancel = Id("cancel"), boundary = Id("canceled"), after = Id("end");
    model_.Raw("<transaction id=\"" + id + "\">").Start(start).User(work);
    Undoable(work);
    const Block body = Make(depth - 2 > 0 ? depth - 2 : 0);
    model_.Exclusive(way, way + "_" + end).End(end);
    model_.Raw("<endEvent id=\"" + cancel + "\"><cancelEventDefinition/></endEvent>");
    model_.Chain({start, work, body.entry}).Flow(body.exit, way).Flow(way, cancel, "=v0 = 1").Flow(way, end);
    model_.Raw(artifacts_ + "</transaction>");
    artifacts_ = outer;
    model_.Raw("<boundaryEvent id=\"" + boundary + "\" attachedToRef=\"" + id +
               "\"><cancelEventDefinition/></boundaryEvent>");
    model_.End(after).Flow(boundary, after);
    return {id, id};
  }

  /// What an ad-hoc subprocess may hold: neither start nor end events, so no exception flows either.
  void PlainActivity(int depth) {
    const std::string id = Id("plain");
    switch (random_.Below(6)) {
      case 0:
        model_.User(id);
        return;
      case 1: {
        const std::string next = Id("script");
        model_.Worker(id, "work").Script(next, "=1", Variable()).Flow(id, next);
        Undoable(id);
        return;
      }
      case 2:
        model_.Raw("<receiveTask id=\"" + id + "\" messageRef=\"message_a\"/>");
        return;
      default: {
        const std::string start = Id("start"), end = Id("end");
        const std::string outer = std::exchange(artifacts_, "");
        model_.BeginSub(id).Start(start).End(end);
        const Block body = Chance(3) ? Throw() : Chance(3) ? Complex(1) : Make(depth > 0 ? depth : 0);
        if (Chance(2)) EventSubProcess();
        model_.Flow(start, body.entry).Flow(body.exit, end).Raw(std::exchange(artifacts_, outer)).EndSub();
      }
    }
  }

  Block AdHoc(int depth) {
    const std::string id = Id("adhoc");
    model_.Raw("<adHocSubProcess id=\"" + id + "\" ordering=\"" + (Chance(2) ? "Parallel" : "Sequential") +
               "\" cancelRemainingInstances=\"" + (Chance(2) ? "true" : "false") + "\">");
    const std::string outer = std::exchange(artifacts_, "");
    for (uint64_t i = 0; i < 1 + random_.Below(3); ++i) PlainActivity(i == 0 ? depth - 1 : 0);
    model_.Raw(std::exchange(artifacts_, outer));
    if (Chance(2)) model_.Raw("<completionCondition>v0 = 1</completionCondition>");
    model_.Raw("</adHocSubProcess>");
    Boundary(id);
    return {id, id};
  }

  std::string Repetition() {
    switch (random_.Below(4)) {
      case 0:
        return "<standardLoopCharacteristics testBefore=\"" + std::string(Chance(2) ? "true" : "false") +
               "\" loopMaximum=\"3\"><loopCondition>" + Variable() +
               " = 1</loopCondition></standardLoopCharacteristics>";
      case 1:
        return "<multiInstanceLoopCharacteristics isSequential=\"true\"><loopCardinality>" +
               std::string(Chance(4) ? Variable() : "2") +
               "</loopCardinality></multiInstanceLoopCharacteristics>";
      case 2:
        return "<multiInstanceLoopCharacteristics behavior=\"One\" oneBehaviorEventRef=\"thrown_escalation\">"
               "<loopCardinality>3</loopCardinality><completionCondition>numberOfCompletedInstances >= 2 or "
               "v0 = 1"
               "</completionCondition></multiInstanceLoopCharacteristics>";
      default:
        return "<multiInstanceLoopCharacteristics isSequential=\"" +
               std::string(Chance(2) ? "true" : "false") +
               "\"><extensionElements><zeebe:loopCharacteristics inputCollection=\"=[1,2]\" "
               "inputElement=\"item\" "
               "outputCollection=\"out\" outputElement=\"=item\"/></extensionElements>"
               "</multiInstanceLoopCharacteristics>";
    }
  }

  Block Repeated(int depth) {
    const std::string id = Id("repeated");
    switch (random_.Below(3)) {
      case 0:
        model_.Raw("<userTask id=\"" + id + "\">" + Repetition() + "</userTask>");
        break;
      case 1:
        model_.Raw("<scriptTask id=\"" + id + "\">" + Repetition() + "<script>{v1: 1}</script></scriptTask>");
        break;
      default: {
        const std::string start = Id("start"), end = Id("end");
        const std::string outer = std::exchange(artifacts_, "");
        model_.Raw("<subProcess id=\"" + id + "\">" + Repetition()).Start(start).End(end);
        const Block body = Make(depth - 2 > 0 ? depth - 2 : 0);
        model_.Flow(start, body.entry).Flow(body.exit, end);
        if (Chance(3)) EventSubProcess();
        model_.Raw(std::exchange(artifacts_, outer)).EndSub();
      }
    }
    Boundary(id);
    if (Chance(3)) Undoable(id);
    return {id, id};
  }

  Block Call() {
    const std::string id = Id("call");
    model_.Raw("<callActivity id=\"" + id + "\" calledElement=\"" + (Chance(3) ? "global_user" : "called") +
               "\"/>");
    Boundary(id);
    return {id, id};
  }

  Block Quantities() {
    const std::string two = Id("script"), both = Id("script");
    model_.Raw("<scriptTask id=\"" + two + "\" completionQuantity=\"" + std::to_string(1 + random_.Below(3)) +
               "\"><script>1</script></scriptTask><scriptTask id=\"" + both +
               "\" startQuantity=\"2\"><script>1</script></scriptTask>");
    model_.Flow(two, both);
    return {two, both};
  }

  /// Another way into the process: a message or a timer.
  void EventStart(const Block& body) {
    if (!Chance(3)) return;
    model_.Raw(
        "<startEvent id=\"by_message\"><messageEventDefinition messageRef=\"message_a\"/></startEvent>");
    model_.Flow("by_message", body.entry);
    if (!Chance(2)) return;
    model_.MessageStart("by_another", "message_b").User("another").End("another_end");
    model_.Chain({"by_another", "another", "another_end"});
  }

  SeededRandom& random_;
  BpmnBuilder model_;
  std::string artifacts_;  ///< associations of the present scope: they come last
  int next_ = 0;
};

}  // namespace ameide::engine
