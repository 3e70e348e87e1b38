import { isModdleElement, type ModdleElement } from '../bridge/moddle';
import type { DiagramElement, EventBus } from './viewer';

/**
 * What an element contains and others refer to: data associations to data inputs, outputs and properties, input and output
 * sets to those, loops to data. Not extension elements: which of those a type may have is judged while they are copied.
 */
const INNARDS = ['ioSpecification', 'properties', 'dataInputs', 'dataOutputs', 'inputSet', 'outputSet', 'resources', 'loopCharacteristics', 'documentation'];

interface Replace { replaceElement(element: DiagramElement, target: object, hints?: object): DiagramElement }
interface Reconnection { connection: DiagramElement & { target?: DiagramElement }; formerTarget?: unknown }

function members(element: ModdleElement | undefined, name: string): ModdleElement[] {
  return (element?.[name] as ModdleElement[] | undefined) ?? [];
}

/**
 * bpmn-js replaces an element by one with copies of what was in it. Copies have no ids where those are taken, and no
 * references, so that data associations and sets would name what is not there any more. Nothing needs the old ones: undo
 * belongs to C++. So they move to the new element as they are.
 */
function keepInnards(bus: EventBus, bpmnReplace: Replace): object {
  let replaced: ModdleElement | undefined;
  const replace = bpmnReplace.replaceElement;
  bpmnReplace.replaceElement = (element, target, hints): DiagramElement => {
    const outer = replaced;
    replaced = element.businessObject;
    try {
      return replace.call(bpmnReplace, element, target, hints);
    } finally {
      replaced = outer;
    }
  };
  bus.on('moddleCopy.canCopyProperty', 2000, ({ property, propertyName, parent, clone }) => {
    const name = propertyName as string;
    if (!replaced || clone || !INNARDS.includes(name) || replaced[name] !== property || !isModdleElement(parent)) return undefined;
    if (!(name in parent.$descriptor.propertiesByName)) return undefined;
    const all = (Array.isArray(property) ? property : [property]).filter(isModdleElement);
    if (all.length === 0) return undefined;
    for (const each of all) each.$parent = parent;
    return Array.isArray(property) ? all : all[0];
  });
  // A data input association that goes to a data input keeps going there, instead of to a placeholder.
  bus.on('commandStack.connection.reconnect.preExecute', 5000, ({ context }) => {
    const reconnection = context as Reconnection;
    const association = reconnection.connection.businessObject;
    if (association?.$type === 'bpmn:DataInputAssociation') reconnection.formerTarget = association['targetRef'];
  });
  bus.on('commandStack.connection.reconnect.executed', 100, ({ context }) => {
    const { connection, formerTarget } = context as Reconnection;
    const association = connection.businessObject, owner = connection.target?.businessObject;
    const specification = owner?.['ioSpecification'] as ModdleElement | undefined;
    const known = [...members(specification, 'dataInputs'), ...members(owner, 'properties')];
    if (!association || !owner || !formerTarget || association['targetRef'] === formerTarget || !known.includes(formerTarget as ModdleElement)) return;
    const placeholder = association['targetRef'];
    association['targetRef'] = formerTarget;
    const properties = members(owner, 'properties');
    const at = properties.indexOf(placeholder as ModdleElement);
    if (at >= 0 && !members(owner, 'dataInputAssociations').some((each) => each['targetRef'] === placeholder)) properties.splice(at, 1);
  });
  return {};
}
keepInnards.$inject = ['eventBus', 'bpmnReplace'];

/** A module for bpmn-js's modeler. */
export const innardsInPlace = { __init__: ['innardsInPlace'], innardsInPlace: ['factory', keepInnards] };
