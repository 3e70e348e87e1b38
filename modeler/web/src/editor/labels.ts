import { isModdleElement, type ModdleElement } from '../bridge/moddle';
import { translate } from '../words/words';

/** "bpmn:UserTask" in words: "user task". */
export function typeInWords(type: string): string {
  return type.replace(/^.*:/, '').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function nameOf(value: unknown): string {
  const element = (value as { businessObject?: ModdleElement } | undefined)?.businessObject ?? value;
  if (!isModdleElement(element)) return '';
  const name = element['name'];
  return typeof name === 'string' && name !== '' ? translate('“{name}”', { name: name.length > 40 ? `${name.slice(0, 39)}…` : name }) : translate(typeInWords(element.$type));
}

function several(context: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = context[name];
    if (Array.isArray(value)) return value.length === 1 ? nameOf(value[0]) : translate('{count} elements', { count: value.length });
    if (value) return nameOf(value);
  }
  return translate('the diagram');
}

const VERBS: Record<string, [string, ...string[]]> = {
  'shape.create': ['Create {what}', 'shape'],
  'shape.append': ['Append {what}', 'shape'],
  'elements.create': ['Create {what}', 'elements'],
  'elements.move': ['Move {what}', 'shapes'],
  'shape.move': ['Move {what}', 'shape'],
  'elements.delete': ['Delete {what}', 'elements'],
  'shape.delete': ['Delete {what}', 'shape'],
  'connection.delete': ['Delete {what}', 'connection'],
  'connection.create': ['Connect {what}', 'source'],
  'connection.reconnect': ['Reconnect {what}', 'connection'],
  'connection.layout': ['Lay out {what}', 'connection'],
  'connection.updateWaypoints': ['Bend {what}', 'connection'],
  'shape.resize': ['Resize {what}', 'shape'],
  'shape.replace': ['Change the type of {what}', 'oldShape'],
  'element.updateLabel': ['Rename {what}', 'element'],
  'element.updateProperties': ['Change {what}', 'element'],
  'element.updateModdleProperties': ['Change {what}', 'element'],
  'element.setColor': ['Colour {what}', 'elements'],
  'elements.paste': ['Paste {what}', 'elements'],
  'elements.align': ['Align {what}', 'elements'],
  'elements.distribute': ['Distribute {what}', 'elements'],
  'spaceTool': ['Make space at {what}', 'movingShapes'],
  'ameide.layout': ['Lay out {what}'],
  'lane.add': ['Add a lane to {what}', 'shape'],
  'lane.resize': ['Resize {what}', 'shape'],
};

/** What a command did, for the history: "Move 3 elements". */
export function labelOf(command: string, context: Record<string, unknown>): string {
  if (command === 'element.updateLabel') return translate('Rename to “{name}”', { name: String(context['newLabel'] ?? '') });
  if (command === 'properties-panel.multi-command-executor' || command.startsWith('properties-panel')) return translate('Change properties');
  const said = VERBS[command];
  return said ? translate(said[0], { what: several(context, ...said.slice(1)) }) : translate('Change the diagram');
}
