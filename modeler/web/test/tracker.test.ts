import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BpmnModdle } from 'bpmn-moddle';

import type { ModdleElement } from '../src/bridge/moddle';
import { readTied } from '../src/bridge/reader';
import { Tracker } from '../src/bridge/tracker';
import { labelOf } from '../src/editor/labels';

const XML = `<?xml version="1.0"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:x="urn:x" id="D">
  <bpmn:process id="P">
    <bpmn:startEvent id="S"><bpmn:outgoing>F</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="F" sourceRef="S" targetRef="T"><bpmn:conditionExpression>=a</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:task id="T" x:keep="1"><bpmn:extensionElements><x:y/></bpmn:extensionElements><bpmn:incoming>F</bpmn:incoming></bpmn:task>
  </bpmn:process>
</bpmn:definitions>`;

const BPMN = '{http://www.omg.org/spec/BPMN/20100524/MODEL}';

interface Opened { moddle: { create(type: string, properties: object): ModdleElement }; root: ModdleElement; byId: Record<string, ModdleElement>; keys: WeakMap<ModdleElement, string>; tracker: Tracker }

async function open(): Promise<Opened> {
  const moddle = new BpmnModdle() as unknown as Opened['moddle'];
  const { result, keys, elements } = await readTied(moddle, XML, 'bpmn:Definitions');
  assert.equal(elements, 10);
  const tracker = new Tracker(keys, result.rootElement);
  tracker.prepare();
  return { moddle, root: result.rootElement, byId: result.elementsById, keys, tracker };
}

function of(opened: Opened, id: string): ModdleElement { return opened.byId[id] as ModdleElement; }

test('every object is tied to its element in document order, also those without an id', async () => {
  const opened = await open();
  assert.equal(opened.keys.get(opened.root), 'n0');
  assert.equal(opened.keys.get(of(opened, 'S')), 'n2');
  // n3 is the reference <outgoing>, which has no object.
  assert.equal(opened.keys.get(of(opened, 'F')), 'n4');
  assert.equal(opened.keys.get(of(opened, 'F')['conditionExpression'] as ModdleElement), 'n5');
  assert.equal(opened.keys.get(of(opened, 'T')), 'n6');
});

test('nothing is said where nothing changed', async () => {
  const opened = await open();
  assert.deepEqual(opened.tracker.flush([of(opened, 'T'), of(opened, 'F')]), { changes: [], created: {} });
});

test('a changed attribute is the only thing said', async () => {
  const opened = await open();
  of(opened, 'T').set('name', 'New');
  assert.deepEqual(opened.tracker.flush([of(opened, 'T')]), { changes: [{ key: 'n6', attributes: { name: 'New' } }], created: {} });
  assert.deepEqual(opened.tracker.flush([of(opened, 'T')]).changes, []);
});

test('a changed condition is found below the flow that was touched', async () => {
  const opened = await open();
  (of(opened, 'F')['conditionExpression'] as ModdleElement).set('body', '=b');
  assert.deepEqual(opened.tracker.flush([of(opened, 'F')]).changes, [{ key: 'n5', text: '=b' }]);
});

test('a new element is described and its parent names it', async () => {
  const opened = await open();
  const task = opened.moddle.create('bpmn:UserTask', { id: 'U' });
  task.$parent = of(opened, 'P');
  (of(opened, 'P').get('flowElements') as ModdleElement[]).push(task);
  const delta = opened.tracker.flush([task]);
  assert.deepEqual(delta.created, { t0: { tag: `${BPMN}userTask`, attributes: { id: 'U' }, text: null, children: [] } });
  assert.deepEqual(delta.changes.map((change) => change.key), ['n1']);
  assert.deepEqual(delta.changes[0]?.children?.after.at(-1), { key: 't0' });
});

test('what a property names is written by that name, whether or not the editor set its parent', async () => {
  const opened = await open();
  const { moddle, root } = opened;
  const edge = moddle.create('bpmndi:BPMNEdge', { id: 'E', waypoint: [moddle.create('dc:Point', { x: 1, y: 2 })] });
  (root.get('diagrams') as ModdleElement[]).push(moddle.create('bpmndi:BPMNDiagram', { plane: moddle.create('bpmndi:BPMNPlane', { planeElement: [edge] }) }));
  of(opened, 'F').set('conditionExpression', moddle.create('bpmn:FormalExpression', { body: '=c' }));
  const created = Object.values(opened.tracker.flush([root, of(opened, 'F')]).created);
  // The id of an edge is a property of di:DiagramElement, and still has no prefix.
  assert.ok(created.some((each) => each.tag === '{http://www.omg.org/spec/BPMN/20100524/DI}BPMNEdge' && each.attributes['id'] === 'E'));
  const point = created.find((each) => each.attributes['x'] === '1');
  assert.equal(point?.tag, '{http://www.omg.org/spec/DD/20100524/DI}waypoint');
  assert.deepEqual(point?.attributes, { x: '1', y: '2' });
  const condition = created.find((each) => each.text === '=c');
  assert.equal(condition?.tag, `${BPMN}conditionExpression`);
  assert.deepEqual(condition?.attributes, { '{http://www.w3.org/2001/XMLSchema-instance}type': `${BPMN}tFormalExpression` });
});

test('a removed element is missing from its parent', async () => {
  const opened = await open();
  const elements = of(opened, 'P').get('flowElements') as ModdleElement[];
  elements.splice(elements.indexOf(of(opened, 'T')), 1);
  const delta = opened.tracker.flush([of(opened, 'P')]);
  assert.deepEqual(delta.changes[0]?.children, { before: [{ key: 'n4' }, { key: 'n6' }], after: [{ key: 'n4' }] });
});

test('a replacement with the same id stays the same element and keeps foreign attributes', async () => {
  const opened = await open();
  const elements = of(opened, 'P').get('flowElements') as ModdleElement[];
  const task = opened.moddle.create('bpmn:UserTask', { id: 'T', incoming: [of(opened, 'F')] });
  task.$parent = of(opened, 'P');
  elements.splice(elements.indexOf(of(opened, 'T')), 1, task);
  const delta = opened.tracker.flush([task]);
  assert.deepEqual(delta.created, {});
  const change = delta.changes.find((each) => each.key === 'n6');
  assert.equal(change?.tag, `${BPMN}userTask`);
  assert.equal(change?.attributes, undefined);
  assert.equal(task.$attrs['x:keep'], '1');
});

test('commands are named for people', () => {
  assert.equal(labelOf('elements.move', { shapes: [1, 2, 3] }), 'Move 3 elements');
  assert.equal(labelOf('element.updateLabel', { newLabel: 'x' }), 'Rename to “x”');
  assert.equal(labelOf('something.else', {}), 'Change the diagram');
});
