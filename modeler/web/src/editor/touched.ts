import { isModdleElement, type ModdleElement } from '../bridge/moddle';

/** Adds every model object that a command's context speaks of: shapes, connections, labels, parents, moddle objects. */
export function collectTouched(context: unknown, into: Set<ModdleElement>, depth = 0): void {
  if (typeof context !== 'object' || context === null || depth > 3) return;
  if (isModdleElement(context)) {
    into.add(context);
    return;
  }
  const diagram = context as { businessObject?: unknown; di?: unknown; labelTarget?: unknown; parent?: unknown };
  if (diagram.businessObject || diagram.di) {
    if (isModdleElement(diagram.businessObject)) into.add(diagram.businessObject);
    if (isModdleElement(diagram.di)) into.add(diagram.di);
    if (diagram.labelTarget) collectTouched(diagram.labelTarget, into, depth + 1);
    const parent = diagram.parent as { businessObject?: unknown; di?: unknown } | undefined;
    if (isModdleElement(parent?.businessObject)) into.add(parent.businessObject);
    if (isModdleElement(parent?.di)) into.add(parent.di);
    return;
  }
  if (context instanceof Element || context instanceof Event) return;
  for (const value of Array.isArray(context) ? context : Object.values(context)) collectTouched(value, into, depth + 1);
}
