import type { Child, ElementChange, ElementState, Key } from './messages';
import type { ModdleElement } from './moddle';
import { shallow, type Contained } from './shallow';

/** Collections that may be long: their members are looked at only when touched themselves. Lanes are always looked at: no command says which it changed. */
const LONG = new Set(['flowElements', 'artifacts', 'rootElements', 'diagrams', 'planeElement', 'participants', 'messageFlows']);

const SILENT = '';

/** bpmn-js makes one for every element that is renamed; without bounds it says nothing. */
export function isEmptyLabel(element: ModdleElement): boolean {
  return element.$type === 'bpmndi:BPMNLabel' && !element['bounds'] && Object.keys(element.$attrs ?? {}).length === 0;
}

function childName(child: Child): string {
  return 'key' in child ? child.key : `${child.tag}\n${child.text}`;
}

function sameChildren(a: Child[], b: Child[]): boolean {
  return a.length === b.length && a.every((child, i) => childName(child) === childName(b[i] as Child));
}

/** What a command changed, in terms of elements. */
export interface Delta { changes: ElementChange[]; created: Record<Key, ElementState> }

/**
 * Knows the state that C++ has of every element (the shadows) and tells what differs, looking only at what a command touched.
 */
export class Tracker {
  private readonly shadows = new Map<Key, ElementState>();
  private readonly objects = new Map<Key, ModdleElement>();
  private readonly owners = new WeakMap<ModdleElement, Contained['property']>();
  private temporary = 0;
  /** What the editor added while it read the document (planes of collapsed subprocesses): no edit until it is touched. */
  private readonly dormant = new Set<ModdleElement>();

  constructor(private readonly keys: WeakMap<ModdleElement, Key>, root: ModdleElement) {
    const stack: Contained[] = [{ element: root, property: undefined }];
    for (let next = stack.pop(); next; next = stack.pop()) {
      for (const { element } of shallow(next.element, next.property, () => '').contained) {
        if (!keys.has(element)) this.dormant.add(element);
      }
      const { state, contained } = this.read(next);
      this.shadows.set(this.keyOf(next.element), state);
      stack.push(...contained);
    }
  }

  private keyOf = (element: ModdleElement): Key => {
    let key = this.keys.get(element);
    if (key === undefined) {
      key = `t${this.temporary++}`;
      this.keys.set(element, key);
    }
    return key;
  };

  private read({ element, property }: Contained): ReturnType<typeof shallow> {
    if (property) this.owners.set(element, property);
    this.objects.set(this.keyOf(element), element);
    const all = shallow(element, property ?? this.owners.get(element), (each) => (this.isSilent(each) ? SILENT : this.keyOf(each)));
    return {
      state: { ...all.state, children: all.state.children.filter((child) => !('key' in child) || child.key !== SILENT) },
      contained: all.contained.filter((each) => !this.isSilent(each.element)),
    };
  }

  /** Nothing that people did: C++ is not told. */
  private isSilent(element: ModdleElement): boolean {
    return this.dormant.has(element) || (!this.keys.get(element)?.startsWith('n') && isEmptyLabel(element));
  }

  /** Diagrams that exist only in the editor. */
  get silentDiagrams(): ModdleElement[] { return [...this.dormant].filter((element) => element.$type === 'bpmndi:BPMNDiagram'); }

  /** Compares everything that `touched` and what belongs to it say now with what C++ has. Shadows then are the new state. */
  flush(touched: Iterable<ModdleElement>): Delta {
    const delta: Delta = { changes: [], created: {} };
    const roots = new Set<ModdleElement>();
    for (const element of touched) {
      for (let at: ModdleElement | undefined = element; at; at = at.$parent) roots.add(at);
    }
    for (const element of roots) this.wake(element);
    this.adoptReplaced(roots);
    const seen = new Set<ModdleElement>();
    const visit = (next: Contained): void => {
      if (seen.has(next.element)) return;
      seen.add(next.element);
      const key = this.keyOf(next.element);
      const { state, contained } = this.read(next);
      const before = this.shadows.get(key);
      if (!before) {
        delta.created[key] = state;
      } else {
        const change = difference(key, before, state);
        if (change) delta.changes.push(change);
      }
      this.shadows.set(key, state);
      for (const child of contained) {
        const isNew = !this.shadows.has(this.keyOf(child.element));
        if (isNew || roots.has(child.element) || !LONG.has(child.property?.name ?? '')) visit(child);
      }
    };
    // From the top, so that a child knows the property that holds it; what hangs nowhere is gone from the document.
    for (const element of roots) {
      if (!element.$parent && this.shadows.has(this.keyOf(element))) visit({ element, property: undefined });
    }
    return delta;
  }

  /** A dormant element was touched: from now on it belongs to the document, with all below it. */
  private wake(element: ModdleElement): void {
    if (!this.dormant.delete(element)) return;
    for (const child of shallow(element, undefined, () => '').contained) this.wake(child.element);
  }

  /**
   * Replacing an element makes a new object with the old one's id. It stays the same element of the document: it takes over
   * the key, and attributes that the editor does not know come along.
   */
  private adoptReplaced(roots: Set<ModdleElement>): void {
    for (const parent of roots) {
      const before = this.shadows.get(this.keys.get(parent) ?? '');
      if (!before) continue;
      const { state, contained } = this.read({ element: parent, property: this.owners.get(parent) });
      const kept = new Set(state.children.map(childName));
      const gone = new Map<string, Key>();
      for (const child of before.children) {
        if (!('key' in child) || kept.has(child.key)) continue;
        const id = this.shadows.get(child.key)?.attributes['id'];
        if (id) gone.set(id, child.key);
      }
      if (gone.size === 0) continue;
      for (const { element } of contained) {
        const key = this.keyOf(element);
        const old = element.id ? gone.get(element.id) : undefined;
        if (old && !this.shadows.has(key)) this.adopt(element, old);
      }
    }
  }

  private adopt(element: ModdleElement, old: Key): void {
    keepUnknownExtensions(element, this.objects.get(old));
    this.keys.set(element, old);
    const before = this.shadows.get(old) as ElementState;
    const { state, contained } = this.read({ element, property: this.owners.get(element) });
    for (const [name, value] of Object.entries(before.attributes)) {
      // Foreign attributes have a namespace that the new type says nothing of.
      if (name.startsWith('{') && !(name in state.attributes) && !name.startsWith('{http://www.w3.org/')) keepForeign(element, name, value);
    }
    // Single children of the same tag (extension elements, documentation) are the same elements too.
    for (const child of contained) {
      const key = this.keyOf(child.element);
      if (this.shadows.has(key)) continue;
      const tag = this.read(child).state.tag;
      const match = before.children.find((c) => 'key' in c && this.shadows.get(c.key)?.tag === tag && !this.isTaken(c.key, contained));
      if (match && 'key' in match) this.adopt(child.element, match.key);
    }
  }

  private isTaken(key: Key, contained: Contained[]): boolean {
    return contained.some((c) => this.keys.get(c.element) === key);
  }
}

/** bpmn-js drops extension elements that it does not know when it replaces an element: they move to the new one. */
function keepUnknownExtensions(element: ModdleElement, old: ModdleElement | undefined): void {
  const before = old?.['extensionElements'] as ModdleElement | undefined;
  const unknown = ((before?.['values'] as ModdleElement[] | undefined) ?? []).filter((value) => value.$descriptor.isGeneric);
  if (!before || unknown.length === 0 || !('extensionElements' in element.$descriptor.propertiesByName)) return;
  const present = element['extensionElements'] as ModdleElement | undefined;
  if (present) {
    for (const value of unknown) value.$parent = present;
    present.set('values', [...(present.get('values') as ModdleElement[]).filter((value) => !value.$descriptor.isGeneric), ...unknown]);
  } else {
    before.$parent = element;
    before.set('values', unknown);
    element.set('extensionElements', before);
  }
}

function keepForeign(element: ModdleElement, name: string, value: string): void {
  const end = name.indexOf('}');
  const uri = name.slice(1, end);
  for (let at: ModdleElement | undefined = element; at; at = at.$parent) {
    for (const [declared, bound] of Object.entries(at.$attrs ?? {})) {
      if (bound === uri && declared.startsWith('xmlns:')) {
        element.$attrs[`${declared.slice(6)}:${name.slice(end + 1)}`] = value;
        return;
      }
    }
  }
}

function difference(key: Key, before: ElementState, after: ElementState): ElementChange | undefined {
  const change: ElementChange = { key };
  let changed = false;
  if (before.tag !== after.tag) {
    change.tag = after.tag;
    changed = true;
  }
  const attributes: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(after.attributes)) if (before.attributes[name] !== value) attributes[name] = value;
  for (const name of Object.keys(before.attributes)) if (!(name in after.attributes)) attributes[name] = null;
  if (Object.keys(attributes).length > 0) {
    change.attributes = attributes;
    changed = true;
  }
  if (before.text !== after.text) {
    change.text = after.text;
    changed = true;
  }
  if (!sameChildren(before.children, after.children)) {
    change.children = { before: before.children, after: after.children };
    changed = true;
  }
  return changed ? change : undefined;
}
