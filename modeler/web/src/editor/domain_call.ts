import { isModdleElement, type ModdleElement } from '../bridge/moddle';
import { translate } from '../words/words';

// Preact and the panel's own entries come with the panel: one copy of each in the bundle.
import { TextFieldEntry, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { useService } from 'bpmn-js-properties-panel';

interface Shape { businessObject: ModdleElement }
interface BpmnFactory { create(type: string, properties: object): ModdleElement }
interface CommandStack { execute(command: string, context: object): void }
interface Group { id: string; label: string; entries: object[]; component?: unknown }
interface PropertiesPanel { registerProvider(priority: number, provider: object): void }

const LABELS = { domain: 'Domain', command: 'Command' } as const;
const HINTS = { domain: 'As in its .proto: orders', command: 'As in its .proto: orders.v1.OrderService/CreateOrder' } as const;
type Name = keyof typeof LABELS;

/** The domain call among a service task's extension elements. */
function domainCall(element: Shape): ModdleElement | undefined {
  const extensions = element.businessObject.get('extensionElements');
  if (!isModdleElement(extensions)) return undefined;
  return (extensions.get('values') as ModdleElement[]).find((value) => value.$type === 'ameide:DomainCall');
}

/** One field of the domain call; an empty pair of fields removes the call. */
function entry(name: Name): (props: { element: Shape; id: string }) => unknown {
  return function DomainCallEntry({ element, id }) {
    const commands = useService('commandStack') as CommandStack;
    const factory = useService('bpmnFactory') as BpmnFactory;
    const debounce = useService('debounceInput') as unknown;
    const getValue = (): string => String(domainCall(element)?.get(name) ?? '');
    const setValue = (value: string | undefined): void => {
      const task = element.businessObject;
      const call = domainCall(element);
      if (call) {
        commands.execute('element.updateModdleProperties', { element, moddleElement: call, properties: { [name]: value } });
        return;
      }
      if (!value) return;
      const present = task.get('extensionElements');
      const created = factory.create('ameide:DomainCall', { [name]: value });
      if (isModdleElement(present)) {
        created.$parent = present;
        const values = [...(present.get('values') as ModdleElement[]), created];
        commands.execute('element.updateModdleProperties', { element, moddleElement: present, properties: { values } });
        return;
      }
      const extensions = factory.create('bpmn:ExtensionElements', { values: [created] });
      created.$parent = extensions;
      extensions.$parent = task;
      commands.execute('element.updateModdleProperties', { element, moddleElement: task, properties: { extensionElements: extensions } });
    };
    return TextFieldEntry({ element, id, label: translate(LABELS[name]), description: translate(HINTS[name]), getValue, setValue, debounce });
  };
}

class DomainCallProvider {
  static $inject = ['propertiesPanel'];
  constructor(panel: PropertiesPanel) { panel.registerProvider(400, this); }

  getGroups(element: Shape): (groups: Group[]) => Group[] {
    return (groups) => {
      if (element.businessObject?.$type !== 'bpmn:ServiceTask') return groups;
      const entries = (Object.keys(LABELS) as Name[]).map((name) => ({
        id: `ameide-domain-${name}`, component: entry(name), isEdited: isTextFieldEntryEdited,
      }));
      const at = groups.findIndex((group) => group.id === 'taskDefinition');
      const group: Group = { id: 'ameide-domain-call', label: translate('Domain call'), entries };
      const result = [...groups];
      result.splice(at < 0 ? result.length : at, 0, group);
      return result;
    };
  }
}

/** Adds "Domain call" to the properties of service tasks. */
export const domainCallProperties = { __init__: ['domainCallProvider'], domainCallProvider: ['type', DomainCallProvider] };
