import { isModdleElement, type ModdleElement } from '../bridge/moddle';

/** "bpmn:UserTask" in words: "user task". */
export function typeInWords(type: string): string {
  return type.replace(/^.*:/, '').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function nameOf(value: unknown): string {
  const element = (value as { businessObject?: ModdleElement } | undefined)?.businessObject ?? value;
  if (!isModdleElement(element)) return '';
  const name = element['name'];
  return typeof name === 'string' && name !== '' ? `“${name.length > 40 ? `${name.slice(0, 39)}…` : name}”` : typeInWords(element.$type);
}

function several(context: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = context[name];
    if (Array.isArray(value)) return value.length === 1 ? nameOf(value[0]) : `${value.length} elements`;
    if (value) return nameOf(value);
  }
  return 'the diagram';
}

const VERBS: Record<string, [string, ...string[]]> = {
  'shape.create': ['Create', 'shape'],
  'shape.append': ['Append', 'shape'],
  'elements.create': ['Create', 'elements'],
  'elements.move': ['Move', 'shapes'],
  'shape.move': ['Move', 'shape'],
  'elements.delete': ['Delete', 'elements'],
  'shape.delete': ['Delete', 'shape'],
  'connection.delete': ['Delete', 'connection'],
  'connection.create': ['Connect', 'source'],
  'connection.reconnect': ['Reconnect', 'connection'],
  'connection.layout': ['Lay out', 'connection'],
  'connection.updateWaypoints': ['Bend', 'connection'],
  'shape.resize': ['Resize', 'shape'],
  'shape.replace': ['Change the type of', 'oldShape'],
  'element.updateLabel': ['Rename', 'element'],
  'element.updateProperties': ['Change', 'element'],
  'element.updateModdleProperties': ['Change', 'element'],
  'element.setColor': ['Colour', 'elements'],
  'elements.paste': ['Paste', 'elements'],
  'elements.align': ['Align', 'elements'],
  'elements.distribute': ['Distribute', 'elements'],
  'spaceTool': ['Make space at', 'movingShapes'],
  'ameide.layout': ['Lay out'],
  'lane.add': ['Add a lane to', 'shape'],
  'lane.resize': ['Resize', 'shape'],
};

/** What a command did, for the history: "Move 3 elements". */
export function labelOf(command: string, context: Record<string, unknown>): string {
  if (command === 'element.updateLabel') return `Rename to “${String(context['newLabel'] ?? '')}”`;
  if (command === 'properties-panel.multi-command-executor' || command.startsWith('properties-panel')) return 'Change properties';
  const verb = VERBS[command];
  return verb ? `${verb[0]} ${several(context, ...verb.slice(1))}` : 'Change the diagram';
}
