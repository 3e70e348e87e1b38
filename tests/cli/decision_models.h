#pragma once

/// A model with an import, the imported one, and test cases: two pass, one does not. (In a header of its own:
/// moc loses its way in raw strings.)
namespace ameide::cli {

inline constexpr const char* kLending = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="lending" name="Lending" namespace="urn:lending">
  <import name="Base" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
  <inputData id="age" name="Age"><variable name="Age" typeRef="number"/></inputData>
  <inputData id="since" name="Customer since"><variable name="Customer since" typeRef="date"/></inputData>
  <decision id="approval" name="Approval">
    <variable name="Approval" typeRef="string"/>
    <informationRequirement><requiredInput href="#age"/></informationRequirement>
    <informationRequirement><requiredDecision href="urn:base#limit"/></informationRequirement>
    <decisionTable id="table">
      <input><inputExpression typeRef="number"><text>Age</text></inputExpression></input>
      <output/>
      <rule><inputEntry><text>&lt; Base.Limit</text></inputEntry><outputEntry><text>"no"</text></outputEntry></rule>
      <rule><inputEntry><text>&gt;= Base.Limit</text></inputEntry><outputEntry><text>"yes"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="year" name="Year">
    <variable name="Year" typeRef="number"/>
    <informationRequirement><requiredInput href="#since"/></informationRequirement>
    <literalExpression><text>Customer since.year + 0</text></literalExpression>
  </decision>
</definitions>
)xml";

inline constexpr const char* kBase =
    R"xml(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="base" name="Base" namespace="urn:base">
  <decision id="limit" name="Limit">
    <variable name="Limit" typeRef="number"/>
    <literalExpression><text>18</text></literalExpression>
  </decision>
</definitions>
)xml";

inline constexpr const char* kTests = R"xml(<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>lending.dmn</modelName>
  <testCase id="adult"><inputNode name="Age"><value xsi:type="xsd:decimal">40</value></inputNode>
    <resultNode name="Approval" type="decision"><expected><value xsi:type="xsd:string">yes</value></expected></resultNode></testCase>
  <testCase id="no age"><resultNode name="Approval" errorResult="true"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
  <testCase id="wrong"><inputNode name="Age"><value xsi:type="xsd:decimal">4</value></inputNode>
    <resultNode name="Approval" type="decision"><expected><value xsi:type="xsd:string">yes</value></expected></resultNode></testCase>
</testCases>
)xml";

}  // namespace ameide::cli
