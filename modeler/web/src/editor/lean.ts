import type { Box, DiagramElement, ElementRegistry, Viewer } from './viewer';

/** More changed elements in one parent than these are put in order with all others. */
const FEW = 32;

/** Inner parts of diagram-js's canvas and graphics factory that are stood in for here. */
interface CanvasParts {
  _viewport: SVGGElement;
  getSize(): { width: number; height: number };
  viewbox(box?: Box): Box & { inner: Box };
}
interface Containments { updateContainments(elements: DiagramElement[]): void }
interface Ordering { getOrdering(element: DiagramElement, newParent: DiagramElement): { parent?: DiagramElement; index: number } }
interface Categories { updateCategoryValueRefs(elements: unknown[], groups: unknown[]): void }

function rounded(value: number): number { return Math.round(value * 1000) / 1000; }

/**
 * The library measures the whole drawing whenever somebody asks what is seen and something was edited since. Nobody but
 * zooming to fit needs that measure: it is taken when it is asked for.
 */
function measureLate(viewer: Viewer): void {
  const canvas = viewer.get('canvas') as unknown as CanvasParts;
  const measured = canvas.viewbox.bind(canvas);
  let size: { width: number; height: number } | undefined;
  viewer.get('eventBus').on('canvas.resized', () => { size = undefined; });
  canvas.viewbox = (box?: Box): ReturnType<CanvasParts['viewbox']> => {
    if (box) { size = undefined; return measured(box); }
    const matrix = canvas._viewport.transform.baseVal.consolidate()?.matrix;
    const scale = rounded(matrix?.a ?? 1);
    const outer = { ...(size ??= canvas.getSize()) };
    return {
      x: rounded(-(matrix?.e ?? 0)) / scale || 0, y: rounded(-(matrix?.f ?? 0)) / scale || 0,
      width: outer.width / scale, height: outer.height / scale, scale, outer,
      get inner() { return measured().inner; },
    } as ReturnType<CanvasParts['viewbox']>;
  };
}

/** After each edit the library goes through all that stands beside what changed. Only what changed may stand wrong. */
function orderWhatChanged(viewer: Viewer): void {
  const factory = viewer.get('graphicsFactory') as unknown as Containments;
  const registry = viewer.get('elementRegistry');
  const all = factory.updateContainments.bind(factory);
  factory.updateContainments = (elements): void => {
    if (elements.length > FEW || !putInOrder(registry, elements)) all(elements);
  };
}

/** Puts the graphics of elements where their places among their siblings say; false when that cannot be told here. */
function putInOrder(registry: ElementRegistry, elements: DiagramElement[]): boolean {
  const group = (each: DiagramElement): Node | null => registry.getGraphics(each.id)?.parentNode ?? null;
  const places = elements.filter((each) => each.parent).map((element) => {
    const siblings = element.parent?.children ?? [];
    return { element, siblings, at: siblings.indexOf(element) };
  });
  // From the last to the first: what stands behind an element stands right by then.
  places.sort((a, b) => b.at - a.at);
  for (const { element, siblings, at } of places) {
    const behind = siblings[at + 1], before = siblings[at - 1];
    const known = behind ?? (before && !elements.includes(before) ? before : undefined);
    const own = group(element), container = known && group(known)?.parentNode;
    if (at < 0 || !own || !container) return false;
    const next = behind ? group(behind) : null;
    if (own.parentNode !== container || own.nextSibling !== next) container.insertBefore(own, next);
  }
  return true;
}

/**
 * What is moved comes in front of all of its kind: the library looks for that place among all that stands beside it, for each
 * element that moves. While nothing else happens, the place is the same for all of one kind.
 */
function rememberPlaces(viewer: Viewer): void {
  const provider = viewer.get('bpmnOrderingProvider') as Ordering;
  const bus = viewer.get('eventBus');
  /** What stands behind that place, by the parent and the kind. */
  const known = new Map<DiagramElement, Map<object, { parent: DiagramElement; behind: DiagramElement | undefined }>>();
  const find = provider.getOrdering.bind(provider);
  const forget = (): void => { known.clear(); };
  bus.on(['shape.added', 'shape.removed', 'connection.added', 'connection.removed', 'commandStack.changed', 'diagram.clear'], forget);
  provider.getOrdering = (element, newParent): { parent?: DiagramElement; index: number } => {
    const kinds = known.get(newParent) ?? new Map<object, { parent: DiagramElement; behind: DiagramElement | undefined }>();
    // Another one is behind the place then.
    for (const others of known.values()) for (const [kind, place] of others) if (place.behind === element) others.delete(kind);
    const place = element.order && kinds.get(element.order);
    if (!place || element.parent !== place.parent) {
      const found = find(element, newParent);
      const siblings = found.parent?.children;
      if (!siblings || !element.order || element.parent !== found.parent) { forget(); return found; }
      const at = siblings.indexOf(element);
      const index = found.index < 0 || at < 0 || at > found.index ? found.index : found.index + 1;
      known.set(newParent, kinds.set(element.order, { parent: element.parent as DiagramElement, behind: siblings[index] }));
      return found;
    }
    if (!place.behind) return { parent: place.parent, index: -1 };
    const siblings = place.parent.children ?? [];
    const index = siblings.indexOf(place.behind);
    return { parent: place.parent, index: siblings.indexOf(element) < index ? index - 1 : index };
  };
}

/** Groups give categories to what is in them: the library looks for groups in the whole diagram after each edit. */
function knowGroups(viewer: Viewer): void {
  const bus = viewer.get('eventBus');
  let groups = 0;
  const count = (by: number) => ({ element }: Record<string, unknown>): void => {
    const { businessObject, labelTarget } = element as DiagramElement;
    if (businessObject?.$type === 'bpmn:Group' && !labelTarget) groups += by;
  };
  bus.on('shape.added', count(1));
  bus.on('shape.removed', count(-1));
  bus.on(['diagram.clear', 'diagram.destroy'], 100, () => { groups = 0; });
  const modeling = viewer.get('modeling') as Categories;
  const update = modeling.updateCategoryValueRefs.bind(modeling);
  modeling.updateCategoryValueRefs = (elements, entries): void => { if (groups > 0 || entries.length > 0) update(elements, entries); };
}

/** Makes what the library does after each edit cost what was edited, not the size of the diagram. */
export function makeLean(viewer: Viewer, readOnly: boolean): void {
  measureLate(viewer);
  orderWhatChanged(viewer);
  if (readOnly) return;
  rememberPlaces(viewer);
  knowGroups(viewer);
}
