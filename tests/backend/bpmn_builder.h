#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Builds small BPMN files for tests. Elements appear in the order of the calls; a flow's id is
/// `<source>_<target>`.
class BpmnBuilder {
 public:
  explicit BpmnBuilder(std::string id = "process") : id_(std::move(id)) {}

  BpmnBuilder& Start(std::string_view id = "start") { return Empty("startEvent", id); }
  BpmnBuilder& End(std::string_view id = "end") { return Empty("endEvent", id); }
  BpmnBuilder& TerminateEnd(std::string_view id) {
    return Put("endEvent", id, "", "<terminateEventDefinition/>");
  }
  BpmnBuilder& ErrorEnd(std::string_view id, std::string_view error) {
    return Put("endEvent", id, "", "<errorEventDefinition errorRef=\"" + std::string(error) + "\"/>");
  }
  /// An error of the definitions, with its code.
  BpmnBuilder& Error(std::string_view id, std::string_view code) {
    roots_ += "<error id=\"" + std::string(id) + "\" errorCode=\"" + std::string(code) + "\"/>";
    return *this;
  }
  BpmnBuilder& Script(std::string_view id, std::string_view expression, std::string_view variable,
                      std::string_view mappings = "") {
    return Put("scriptTask", id, "",
               Extensions("<zeebe:script expression=\"" + Escape(expression) + "\" resultVariable=\"" +
                          std::string(variable) + "\"/>" + std::string(mappings)));
  }
  BpmnBuilder& User(std::string_view id, std::string_view groups = "sales", std::string_view mappings = "") {
    return Put("userTask", id, "",
               Extensions("<zeebe:assignmentDefinition candidateGroups=\"" + Escape(groups) +
                          "\"/><zeebe:formDefinition formId=\"form-1\"/>" + std::string(mappings)));
  }
  BpmnBuilder& Worker(std::string_view id, std::string_view type, std::string_view retries = "3",
                      std::string_view mappings = "") {
    return Put("serviceTask", id, "",
               Extensions("<zeebe:taskDefinition type=\"" + Escape(type) + "\" retries=\"" +
                          std::string(retries) + "\"/>" + std::string(mappings)));
  }
  BpmnBuilder& Domain(std::string_view id, std::string_view command, std::string_view mappings = "") {
    return Put("serviceTask", id, "",
               Extensions("<ameide:domainCall domain=\"orders\" command=\"" + std::string(command) + "\"/>" +
                          std::string(mappings)));
  }
  BpmnBuilder& Task(std::string_view id) { return Empty("task", id); }
  BpmnBuilder& Exclusive(std::string_view id, std::string_view default_flow = "") {
    return Put("exclusiveGateway", id, Default(default_flow), "");
  }
  BpmnBuilder& Parallel(std::string_view id) { return Empty("parallelGateway", id); }
  /// `kind`: timeDate, timeDuration or timeCycle.
  BpmnBuilder& Timer(std::string_view id, std::string_view kind, std::string_view time) {
    return Put("intermediateCatchEvent", id, "", TimerDefinition(kind, time));
  }
  BpmnBuilder& Boundary(std::string_view id, std::string_view host, std::string_view kind,
                        std::string_view time, bool interrupting = true) {
    return Put("boundaryEvent", id, Attached(host, interrupting), TimerDefinition(kind, time));
  }
  BpmnBuilder& ErrorBoundary(std::string_view id, std::string_view host, std::string_view error = "") {
    return Put("boundaryEvent", id, Attached(host, true),
               error.empty() ? "<errorEventDefinition/>"
                             : "<errorEventDefinition errorRef=\"" + std::string(error) + "\"/>");
  }
  BpmnBuilder& Flow(std::string_view source, std::string_view target, std::string_view condition = "") {
    const std::string id = std::string(source) + "_" + std::string(target);
    const std::string inner =
        condition.empty() ? "" : "<conditionExpression>" + Escape(condition) + "</conditionExpression>";
    return Put("sequenceFlow", id,
               " sourceRef=\"" + std::string(source) + "\" targetRef=\"" + std::string(target) + "\"", inner);
  }
  /// A chain of flows.
  BpmnBuilder& Chain(const std::vector<std::string_view>& ids) {
    for (size_t i = 1; i < ids.size(); ++i) Flow(ids[i - 1], ids[i]);
    return *this;
  }
  BpmnBuilder& BeginSub(std::string_view id, std::string_view mappings = "",
                        std::string_view attributes = "") {
    body_ += "<subProcess id=\"" + std::string(id) + "\" " + std::string(attributes) + ">" +
             (mappings.empty() ? "" : Extensions(mappings));
    return *this;
  }
  BpmnBuilder& EndSub() { return Raw("</subProcess>"); }
  BpmnBuilder& Raw(std::string_view xml) {
    body_ += xml;
    return *this;
  }
  /// Anything beside the process.
  BpmnBuilder& Root(std::string_view xml) {
    roots_ += xml;
    return *this;
  }

  /// Messages of these names, and a conversation of the process whose key is the variable `id` in those that
  /// `read` holds.
  BpmnBuilder& Conversation(const std::vector<std::string>& messages, const std::vector<std::string>& read,
                            std::string_view flows = "", std::string_view named_flows = "") {
    for (const std::string& name : messages) roots_ += "<message id=\"" + name + "\" name=\"" + name + "\"/>";
    roots_ += "<correlationProperty id=\"number\">";
    for (const std::string& name : read) {
      roots_ += "<correlationPropertyRetrievalExpression messageRef=\"" + name +
                "\"><messagePath>id</messagePath></correlationPropertyRetrievalExpression>";
    }
    roots_ += "</correlationProperty><collaboration id=\"c\"><participant id=\"us\" processRef=\"" + id_ +
              "\"/><participant id=\"them\"/>" + std::string(flows) +
              "<conversation id=\"sale\"><participantRef>us</participantRef><participantRef>them</"
              "participantRef>" +
              std::string(named_flows) +
              "<correlationKey id=\"key\"><correlationPropertyRef>number</correlationPropertyRef>"
              "</correlationKey></conversation></collaboration>";
    return *this;
  }
  BpmnBuilder& MessageStart(std::string_view id, std::string_view message) {
    return Put("startEvent", id, "", "<messageEventDefinition messageRef=\"" + std::string(message) + "\"/>");
  }

  static std::string Mappings(const std::vector<std::pair<std::string, std::string>>& inputs,
                              const std::vector<std::pair<std::string, std::string>>& outputs) {
    std::string xml = "<zeebe:ioMapping>";
    for (const auto& [source, target] : inputs)
      xml += "<zeebe:input source=\"" + Escape(source) + "\" target=\"" + target + "\"/>";
    for (const auto& [source, target] : outputs)
      xml += "<zeebe:output source=\"" + Escape(source) + "\" target=\"" + target + "\"/>";
    return xml + "</zeebe:ioMapping>";
  }

  std::string Xml() const {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
           "xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" "
           "xmlns:ameide=\"http://ameide.io/schema/bpmn/1.0\" "
           "targetNamespace=\"http://example.com/test\">" +
           roots_ + "<process id=\"" + id_ + "\" isExecutable=\"true\">\n" + body_ +
           "</process></definitions>\n";
  }

 private:
  BpmnBuilder& Empty(std::string_view type, std::string_view id) { return Put(type, id, "", ""); }
  BpmnBuilder& Put(std::string_view type, std::string_view id, std::string_view attributes,
                   std::string_view inner) {
    body_ += "<" + std::string(type) + " id=\"" + std::string(id) + "\"" + std::string(attributes) + ">" +
             std::string(inner) + "</" + std::string(type) + ">\n";
    return *this;
  }
  static std::string Default(std::string_view flow) {
    return flow.empty() ? "" : " default=\"" + std::string(flow) + "\"";
  }
  static std::string Attached(std::string_view host, bool interrupting) {
    return " attachedToRef=\"" + std::string(host) + "\"" + (interrupting ? "" : " cancelActivity=\"false\"");
  }
  static std::string TimerDefinition(std::string_view kind, std::string_view time) {
    return "<timerEventDefinition><" + std::string(kind) + ">" + Escape(time) + "</" + std::string(kind) +
           "></timerEventDefinition>";
  }
  static std::string Extensions(std::string_view inner) {
    return "<extensionElements>" + std::string(inner) + "</extensionElements>";
  }
  static std::string Escape(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
      if (c == '<') {
        escaped += "&lt;";
      } else if (c == '>') {
        escaped += "&gt;";
      } else if (c == '&') {
        escaped += "&amp;";
      } else if (c == '"') {
        escaped += "&quot;";
      } else {
        escaped += c;
      }
    }
    return escaped;
  }

  std::string id_;
  std::string roots_;
  std::string body_;
};
