// One random command in the editor, as people could give it. Runs in the page with `modeler` and `dice` (an integer) in
// scope; returns the name of what it did, or 'nothing' where the model has nothing to do it on.
let state = dice;
const below = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor(state / 65536) % n; };
const pick = (list) => list[below(list.length)];
// The ids of new elements follow from the dice, so that a sequence can be run again.
Math.random = () => below(32768) / 32768;

const get = (name) => modeler.get(name);
const registry = get('elementRegistry'), modeling = get('modeling'), factory = get('elementFactory'), canvas = get('canvas'), rules = get('rules');
const root = canvas.getRootElement();
const type = (element) => element.businessObject.$type;
const all = registry.getAll().filter((e) => e !== root && !e.hidden && !e.labelTarget && e.businessObject && e.parent && canvas.findRoot(e) === root);
const shapes = all.filter((e) => !e.waypoints);
const flows = all.filter((e) => e.waypoints);
const nodes = shapes.filter((e) => /Task$|Gateway$|Event$|SubProcess$|CallActivity$/.test(type(e)));
const activities = nodes.filter((e) => /Task$|SubProcess$|CallActivity$/.test(type(e)));
const lanes = shapes.filter((e) => type(e) === 'bpmn:Lane');
const participants = shapes.filter((e) => type(e) === 'bpmn:Participant' && e.businessObject.processRef);
const labels = registry.getAll().filter((e) => e.labelTarget && e.parent && canvas.findRoot(e) === root);
const types = ['bpmn:Task', 'bpmn:UserTask', 'bpmn:ServiceTask', 'bpmn:ExclusiveGateway', 'bpmn:EndEvent', 'bpmn:IntermediateThrowEvent', 'bpmn:SubProcess'];
const name = 'N' + below(1000) + pick(['', ' & co', ' "q"', ' <tag>', ' ü€', '  two\nlines']);
const step = () => 10 * (below(9) - 4);
const some = (list) => list.filter(() => below(3) === 0).slice(0, 4);
const parentOf = () => { const p = pick(nodes.length ? nodes : shapes); return p ? p.parent : root; };
const middle = (e) => ({ x: e.x + e.width / 2, y: e.y + e.height / 2 });

const commands = {
  create() {
    const parent = shapes.length ? parentOf() : root;
    modeling.createShape(factory.createShape({ type: pick(types) }), { x: 200 + below(900), y: 150 + below(500) }, parent);
  },
  append() {
    const source = pick(nodes.filter((e) => !/EndEvent/.test(type(e))));
    if (!source) return 'nothing';
    modeling.appendShape(source, factory.createShape({ type: pick(types) }), { x: source.x + 200, y: source.y + 40 + below(60) }, source.parent);
  },
  connect() {
    const a = pick(shapes), b = pick(shapes);
    if (!a || !b || a === b) return 'nothing';
    const rule = get('bpmnRules').canConnect(a, b);
    if (!rule) return 'nothing';
    modeling.connect(a, b, rule);
  },
  reconnect() {
    const flow = pick(flows), end = pick(['source', 'target']), to = pick(nodes);
    if (!flow || !to || to === flow.source || to === flow.target) return 'nothing';
    const context = { connection: flow, source: end === 'source' ? to : flow.source, target: end === 'target' ? to : flow.target };
    if (!rules.allowed('connection.reconnect', context)) return 'nothing';
    if (end === 'source') modeling.reconnectStart(flow, to, middle(to));
    else modeling.reconnectEnd(flow, to, middle(to));
  },
  move() {
    const e = pick(nodes);
    if (!e) return 'nothing';
    modeling.moveElements([e], { x: step(), y: step() });
  },
  moveMany() {
    const chosen = some(shapes.filter((e) => type(e) !== 'bpmn:Lane'));
    if (chosen.length === 0) return 'nothing';
    modeling.moveElements(get('rules') ? chosen.filter((e) => !chosen.some((o) => o !== e && o.children && o.children.includes(e))) : chosen, { x: step(), y: step() });
  },
  // Into another container or lane, as dragging does.
  moveInto() {
    const e = pick(nodes), target = pick([...participants, ...lanes, ...activities.filter((s) => type(s) === 'bpmn:SubProcess'), root]);
    if (!e || !target || target === e || target.parent === e) return 'nothing';
    const at = target === root ? { x: e.x + 300, y: e.y + 300 } : middle(target);
    const delta = { x: Math.round(at.x - e.x), y: Math.round(at.y - e.y) };
    if (!rules.allowed('elements.move', { shapes: [e], target, delta, position: at })) return 'nothing';
    modeling.moveElements([e], delta, target);
  },
  moveLabel() {
    const e = pick(labels);
    if (!e) return 'nothing';
    modeling.moveElements([e], { x: step(), y: step() });
  },
  resize() {
    const e = pick(activities);
    if (!e) return 'nothing';
    modeling.resizeShape(e, { x: e.x, y: e.y, width: e.width + 10 * below(5), height: e.height + 10 * below(3) });
  },
  replace() {
    const e = pick(nodes.filter((n) => /Task$|Gateway$/.test(type(n))));
    if (!e) return 'nothing';
    const to = /Task$/.test(type(e)) ? ['UserTask', 'ServiceTask', 'ScriptTask', 'Task', 'CallActivity', 'SubProcess'] : ['ExclusiveGateway', 'ParallelGateway', 'InclusiveGateway'];
    get('bpmnReplace').replaceElement(e, { type: 'bpmn:' + pick(to) });
  },
  replaceEvent() {
    const e = pick(nodes.filter((n) => /Event$/.test(type(n)) && !n.host));
    if (!e) return 'nothing';
    const kind = pick([undefined, 'Message', 'Signal', 'Timer', 'Error', 'Terminate']);
    const fits = { 'bpmn:StartEvent': ['Message', 'Signal', 'Timer'], 'bpmn:EndEvent': ['Message', 'Signal', 'Error', 'Terminate'] }[type(e)] || ['Message', 'Signal'];
    get('bpmnReplace').replaceElement(e, kind && fits.includes(kind) ? { type: type(e), eventDefinitionType: `bpmn:${kind}EventDefinition` } : { type: type(e) });
  },
  delete() {
    const e = pick(below(3) ? nodes : flows);
    if (!e) return 'nothing';
    modeling.removeElements([e]);
  },
  deleteAny() {
    const e = pick(all.filter((each) => type(each) !== 'bpmn:Participant' || below(4) === 0));
    if (!e) return 'nothing';
    modeling.removeElements([e, ...some(nodes).slice(0, 2)].filter((each, i, list) => list.indexOf(each) === i));
  },
  deleteLabel() {
    const e = pick(labels);
    if (!e) return 'nothing';
    modeling.removeElements([e]);
  },
  paste() {
    const e = pick(nodes);
    if (!e) return 'nothing';
    get('copyPaste').copy([e, ...some(nodes)]);
    get('copyPaste').paste({ element: e.parent, point: { x: 300 + below(600), y: 200 + below(300) } });
  },
  label() {
    const e = pick(all);
    if (!e) return 'nothing';
    modeling.updateLabel(e, below(6) ? name : '');
  },
  property() {
    const e = pick(nodes);
    if (!e) return 'nothing';
    modeling.updateProperties(e, { name });
  },
  documentation() {
    const e = pick(nodes);
    if (!e) return 'nothing';
    const bo = e.businessObject, text = get('bpmnFactory').create('bpmn:Documentation', { text: name });
    text.$parent = bo;
    modeling.updateModdleProperties(e, bo, { documentation: [text] });
  },
  id() {
    const e = pick(all);
    if (!e) return 'nothing';
    modeling.updateProperties(e, { id: 'Renamed_' + below(100000) });
  },
  condition() {
    const e = pick(flows.filter((f) => type(f) === 'bpmn:SequenceFlow' && /Gateway$|Task$/.test(type(f.source))));
    if (!e) return 'nothing';
    const conditionExpression = below(3) ? get('bpmnFactory').create('bpmn:FormalExpression', { body: '= a < ' + below(9) }) : undefined;
    if (conditionExpression) conditionExpression.$parent = e.businessObject;
    modeling.updateProperties(e, { conditionExpression });
  },
  defaultFlow() {
    const e = pick(flows.filter((f) => type(f) === 'bpmn:SequenceFlow' && /Gateway$|Task$/.test(type(f.source))));
    if (!e) return 'nothing';
    modeling.updateProperties(e.source, { default: below(4) ? e.businessObject : undefined });
  },
  attach() {
    const host = pick(activities);
    if (!host) return 'nothing';
    const event = factory.createShape({ type: 'bpmn:BoundaryEvent', eventDefinitionType: pick(['bpmn:TimerEventDefinition', 'bpmn:ErrorEventDefinition', 'bpmn:MessageEventDefinition', 'bpmn:CompensateEventDefinition']) });
    modeling.createShape(event, { x: host.x + below(host.width), y: host.y + host.height }, host, { attach: true });
  },
  artifact() {
    const at = { x: 200 + below(900), y: 150 + below(500) };
    modeling.createShape(factory.createShape({ type: pick(['bpmn:TextAnnotation', 'bpmn:DataObjectReference', 'bpmn:DataStoreReference', 'bpmn:Group']) }), at, parentOf());
  },
  participant() {
    if (!/Collaboration|Process/.test(type(root))) return 'nothing';
    if (type(root) === 'bpmn:Process' && below(3)) return 'nothing';
    modeling.createShape(factory.createParticipantShape(), { x: 500 + below(400), y: 700 + below(600) }, root);
  },
  lane() {
    const e = pick([...participants, ...lanes]);
    if (!e) return 'nothing';
    if (below(2)) modeling.addLane(e, pick(['top', 'bottom']));
    else modeling.splitLane(e, 2 + below(2));
  },
  resizeLane() {
    const e = pick(lanes);
    if (!e) return 'nothing';
    modeling.resizeLane(e, { x: e.x, y: e.y, width: e.width, height: Math.max(60, e.height + step()) }, Boolean(below(2)));
  },
  collapse() {
    const e = pick(activities.filter((s) => type(s) === 'bpmn:SubProcess'));
    if (!e) return 'nothing';
    get('bpmnReplace').replaceElement(e, { type: 'bpmn:SubProcess', isExpanded: Boolean(e.collapsed) });
  },
  space() {
    const from = pick(shapes);
    if (!from) return 'nothing';
    const moving = shapes.filter((e) => nodes.includes(e) && e.x > from.x && e.parent === from.parent && !e.host).slice(0, 10);
    if (moving.length === 0) return 'nothing';
    modeling.createSpace(moving, [], { x: 20 * (1 + below(3)), y: 0 }, 'e', from.x);
  },
  align() {
    const chosen = some(nodes.filter((e) => !e.host && e.parent === (nodes[0] && nodes[0].parent)));
    if (chosen.length < 2) return 'nothing';
    get('alignElements').trigger(chosen, pick(['left', 'right', 'center', 'top', 'middle', 'bottom']));
  },
  bend() {
    const e = pick(flows);
    if (!e) return 'nothing';
    const points = e.waypoints.map((p) => ({ x: p.x, y: p.y }));
    points.splice(1, 0, { x: points[0].x + 20 + below(50), y: points[0].y + 30 + below(50) });
    modeling.updateWaypoints(e, points);
  },
  dropOnFlow() {
    const e = pick(flows.filter((f) => type(f) === 'bpmn:SequenceFlow'));
    if (!e) return 'nothing';
    const [a, b] = e.waypoints;
    modeling.createShape(factory.createShape({ type: 'bpmn:Task' }), { x: Math.round((a.x + b.x) / 2), y: Math.round((a.y + b.y) / 2) }, e);
  },
  color() {
    const e = pick(all);
    if (!e) return 'nothing';
    modeling.setColor([e], pick([undefined, { fill: '#ffe0b2', stroke: '#fb8c00' }]));
  },
  drillDown() {
    const planes = canvas.getRootElements();
    if (planes.length < 2) return 'nothing';
    canvas.setRootElement(pick(planes));
  },
};
const often = ['create', 'append', 'connect', 'move', 'moveInto', 'replace', 'delete', 'paste', 'label', 'property'];
const kind = pick([...Object.keys(commands), ...often]);
// A command that throws is taken back; what throws before any command has nothing to take back.
const stack = get('commandStack'), execute = stack.execute;
let began = false;
stack.execute = (...given) => { began = true; execute(...given); };
try {
  return commands[kind]() || kind;
} catch (error) {
  if (began) throw error;
  return 'refused';
} finally {
  stack.execute = execute;
}
