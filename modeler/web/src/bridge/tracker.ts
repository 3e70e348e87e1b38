import type { Child, ElementChange, ElementState, Key } from './messages';
import type { Descriptor, ModdleElement, Property } from './moddle';
import { shallow, type Contained, type Members, type ReadMembers, type Shallow } from './shallow';

/** Collections that may be long: their members are looked at only when touched, or when a touched element and they refer to each other. */
const LONG = new Set(['flowElements', 'artifacts', 'rootElements', 'diagrams', 'planeElement', 'participants', 'messageFlows', 'laneSets', 'lanes']);

const longOf = new WeakMap<Descriptor, string[]>();

function longCollections(descriptor: Descriptor): string[] {
  let names = longOf.get(descriptor);
  if (!names) {
    const isLong = (property: Property): boolean => LONG.has(property.name) && Boolean(property.isMany) && !property.isReference && !property.isVirtual;
    longOf.set(descriptor, (names = descriptor.isGeneric ? [] : descriptor.properties.filter(isLong).map((property) => property.name)));
  }
  return names;
}

/** The flows that a node lists. */
const LISTED = /\}(incoming|outgoing)$/;

/**
 * Whether a text draws flows and lists none at its nodes. Nodes may list their flows; all do or none: a file that lists none
 * stays so, though bpmn-js lists them at whatever it makes.
 */
export function listsNoFlows(xml: string): boolean {
  return /<(?:[\w.-]+:)?sequenceFlow[\s/>]/.test(xml) && !/<(?:[\w.-]+:)?(?:incoming|outgoing)[\s/>]/.test(xml);
}

const SILENT = '';

/** bpmn-js makes one for every element that is renamed; without bounds it says nothing. */
export function isEmptyLabel(element: ModdleElement): boolean {
  return element.$type === 'bpmndi:BPMNLabel' && !element['bounds'] && Object.keys(element.$attrs ?? {}).length === 0;
}

function childName(child: Child): string {
  return 'key' in child ? child.key : `${child.tag}\n${child.text}`;
}

function sameChildren(a: Child[], b: Child[]): boolean {
  return a.length === b.length && a.every((child, i) => sameChild(child, b[i] as Child));
}

function sameChild(a: Child, b: Child): boolean {
  return a === b || childName(a) === childName(b);
}

/** What a command changed, in terms of elements. */
export interface Delta { changes: ElementChange[]; created: Record<Key, ElementState> }

/** A long collection as it was read last. */
interface Collection { members: ModdleElement[]; children: Child[] }

/** What is known of an element: as it was read last, which is what C++ has. */
interface Known {
  element: ModdleElement;
  state: ElementState;
  /** Where it hung. */
  parent?: ModdleElement;
  property?: Property;
  references: ModdleElement[];
}

/**
 * Knows the state that C++ has of every element and tells what differs, looking only at what a command touched and at what
 * that is tied to.
 */
export class Tracker {
  private readonly known = new Map<Key, Known>();
  private readonly collections = new WeakMap<ModdleElement, Map<string, Collection>>();
  private readonly referrers = new WeakMap<ModdleElement, Set<ModdleElement>>();
  private temporary = 0;
  /** What the editor added while it read the document (planes of collapsed subprocesses), with where: no edit until it is touched. */
  private readonly dormant = new Map<ModdleElement, ModdleElement>();

  /** What is still to be noted. */
  private readonly unread: Contained[];

  /** `unlisted`: what `listsNoFlows` says of the document. */
  constructor(private readonly keys: WeakMap<ModdleElement, Key>, private readonly root: ModdleElement, private readonly unlisted = false) {
    this.unread = [{ element: root }];
  }

  /** Notes what C++ has, from what the model says before its first edit. Stops when `isOver`; true when all is noted. */
  prepare(isOver: () => boolean = (): boolean => false): boolean {
    for (let next = this.unread.pop(), count = 1; next; next = this.unread.pop(), ++count) {
      const owner = next.element;
      const all = this.read(next, (element) => {
        if (!this.keys.has(element)) this.rest(element, owner);
        return this.nameOf(element);
      });
      this.note(next, all);
      for (const each of all.contained) this.unread.push(each);
      if (count % 64 === 0 && isOver()) break;
    }
    return this.unread.length === 0;
  }

  private keyOf(element: ModdleElement): Key {
    let key = this.keys.get(element);
    if (key === undefined) {
      key = `t${this.temporary++}`;
      this.keys.set(element, key);
    }
    return key;
  }

  private nameOf = (element: ModdleElement): Key => (this.isSilent(element) ? SILENT : this.keyOf(element));

  private knownOf(element: ModdleElement): Known | undefined {
    const key = this.keys.get(element);
    return key === undefined ? undefined : this.known.get(key);
  }

  /** Reads an element without what is silent. Of long collections, `contained` has members only where the collection changed. */
  private read({ element, property }: Contained, nameOf = this.nameOf): Shallow {
    const isSpoken = (child: Child): boolean => ('key' in child ? child.key !== SILENT : !(this.unlisted && LISTED.test(child.tag)));
    const readMembers: ReadMembers = (list, members) => (LONG.has(list.name) ? this.readLong(element, list, members, nameOf) : undefined);
    const all = shallow(element, property ?? this.knownOf(element)?.property, nameOf, readMembers);
    if (all.state.children.every(isSpoken)) return all;
    return {
      ...all,
      state: { ...all.state, children: all.state.children.filter(isSpoken) },
      contained: all.contained.filter((each) => !this.isSilent(each.element)),
    };
  }

  private readLong(owner: ModdleElement, property: Property, members: ModdleElement[], nameOf: (element: ModdleElement) => Key): Members {
    const before = this.unchanged(owner, property.name, members);
    if (before) return { children: before.children, contained: [] };
    return {
      children: members.map((member) => ({ key: nameOf(member) })),
      contained: members.map((element) => ({ element, property, parent: owner })),
    };
  }

  private unchanged(owner: ModdleElement, name: string, members: ModdleElement[]): Collection | undefined {
    const before = this.collections.get(owner)?.get(name);
    return before?.members.length === members.length && members.every((member, i) => member === before.members[i]) ? before : undefined;
  }

  /** Takes what was read as what C++ has. */
  private note({ element, property, parent }: Contained, { state, references }: Shallow): void {
    const key = this.keyOf(element);
    const before = this.known.get(key);
    for (const each of before?.references ?? []) this.referrers.get(each)?.delete(before?.element as ModdleElement);
    for (const each of references) {
      const others = this.referrers.get(each);
      if (others) others.add(element);
      else this.referrers.set(each, new Set([element]));
    }
    this.known.set(key, { element, state, references, parent, property: property ?? before?.property });
    this.noteCollections(element, state);
  }

  private noteCollections(element: ModdleElement, state: ElementState): void {
    let byKey: Map<Key, Child> | undefined;
    for (const name of longCollections(element.$descriptor)) {
      if (!Object.prototype.hasOwnProperty.call(element, name)) continue;
      const members = element[name] as ModdleElement[] | undefined;
      if (!members || this.unchanged(element, name, members)) continue;
      byKey ??= new Map(state.children.flatMap((child) => ('key' in child ? [[child.key, child]] : [])));
      const children = members.map((member) => byKey?.get(this.keys.get(member) ?? SILENT)).filter((child): child is Child => child !== undefined);
      const collections = this.collections.get(element) ?? new Map<string, Collection>();
      this.collections.set(element, collections.set(name, { members: [...members], children }));
    }
  }

  /** Nothing that people did: C++ is not told. */
  private isSilent(element: ModdleElement): boolean {
    return this.dormant.has(element) || (!this.keys.get(element)?.startsWith('n') && isEmptyLabel(element));
  }

  /** Diagrams that exist only in the editor. */
  get silentDiagrams(): ModdleElement[] { return [...this.dormant.keys()].filter((element) => element.$type === 'bpmndi:BPMNDiagram'); }

  /**
   * Compares everything that `touched` and what belongs to it say now with what C++ has. What is noted then is the new state.
   * Editors also change what a touched element is tied to and say nothing of it (flows of a node, lanes, defaults, attachments,
   * former parents): everything that it refers or referred to, and that refers to it, is looked at as well.
   */
  flush(touched: Iterable<ModdleElement>): Delta {
    const delta: Delta = { changes: [], created: {} };
    const roots = this.related(touched);
    for (const element of roots) this.wake(element);
    this.adoptReplaced(roots);
    const below = new Map<ModdleElement, ModdleElement[]>();
    for (const element of roots) {
      const parent = this.knownOf(element)?.parent;
      if (!parent) continue;
      const siblings = below.get(parent);
      if (siblings) siblings.push(element);
      else below.set(parent, [element]);
    }
    const seen = new Set<ModdleElement>();
    const visit = (next: Contained): void => {
      if (seen.has(next.element)) return;
      seen.add(next.element);
      const key = this.keyOf(next.element);
      const all = this.read(next);
      const before = this.known.get(key);
      if (!before) {
        delta.created[key] = all.state;
      } else {
        const change = difference(key, before.state, all.state, outgrown(before.element, next.element));
        if (change) delta.changes.push(change);
      }
      this.note(next, all);
      for (const child of all.contained) {
        if (roots.has(child.element) || !LONG.has(child.property?.name ?? '') || this.knownOf(child.element)?.element !== child.element) visit(child);
      }
      // Members of long collections that did not change. What was replaced is not among them.
      for (const child of below.get(next.element) ?? []) {
        const known = this.knownOf(child);
        if (known?.element === child && known.parent === next.element) visit({ element: child, property: known.property, parent: next.element });
      }
    };
    // From the top, so that a child knows the property that holds it; what hangs nowhere is gone from the document.
    visit({ element: this.root });
    return delta;
  }

  /** The touched elements, what they are and were tied to, and everything above those. */
  private related(touched: Iterable<ModdleElement>): Set<ModdleElement> {
    const related = new Set<ModdleElement>();
    const add = (element: ModdleElement | undefined): void => {
      if (!element || related.has(element)) return;
      related.add(element);
      add(element.$parent);
      add(this.knownOf(element)?.parent ?? this.dormant.get(element));
    };
    for (const element of touched) {
      add(element);
      this.knownOf(element)?.references.forEach(add);
      shallow(element, undefined, () => SILENT, () => ({ children: [], contained: [] })).references.forEach(add);
      this.referrers.get(element)?.forEach(add);
    }
    return related;
  }

  private rest(element: ModdleElement, owner: ModdleElement): void {
    this.dormant.set(element, owner);
    for (const child of shallow(element, undefined, () => SILENT).contained) this.rest(child.element, element);
  }

  /** A dormant element was touched: from now on it belongs to the document, with all below it. */
  private wake(element: ModdleElement): void {
    const owner = this.dormant.get(element);
    if (!this.dormant.delete(element) || !owner) return;
    this.collections.delete(owner);
    for (const child of shallow(element, undefined, () => SILENT).contained) this.wake(child.element);
  }

  /**
   * Replacing an element makes a new object with the old one's id. It stays the same element of the document: it takes over
   * the key, and attributes that the editor does not know come along.
   */
  private adoptReplaced(roots: Set<ModdleElement>): void {
    for (const parent of roots) {
      const before = this.knownOf(parent)?.state;
      if (!before) continue;
      const { state, contained } = this.read({ element: parent });
      if (contained.length === 0 || sameChildren(before.children, state.children)) continue;
      const kept = new Set(state.children.map(childName));
      const gone = new Map<string, Key>();
      for (const child of before.children) {
        if (!('key' in child) || kept.has(child.key)) continue;
        const id = this.known.get(child.key)?.state.attributes['id'];
        if (id) gone.set(id, child.key);
      }
      if (gone.size === 0) continue;
      for (const { element, property, parent: owner } of contained) {
        const old = element.id ? gone.get(element.id) : undefined;
        if (old && !this.knownOf(element)) this.adopt({ element, property, parent: owner }, old);
      }
    }
  }

  private adopt({ element, property }: Contained, old: Key): void {
    const before = this.known.get(old) as Known;
    keepUnknownExtensions(element, before.element);
    this.keys.set(element, old);
    const { state, contained } = this.read({ element, property });
    for (const [name, value] of Object.entries(before.state.attributes)) {
      // Foreign attributes have a namespace that the new type says nothing of.
      if (name.startsWith('{') && !(name in state.attributes) && !name.startsWith('{http://www.w3.org/')) keepForeign(element, name, value);
    }
    // Single children of the same tag (extension elements, documentation) are the same elements too.
    for (const child of contained) {
      if (this.knownOf(child.element)) continue;
      const tag = this.read(child).state.tag;
      const match = before.state.children.find((c) => 'key' in c && this.known.get(c.key)?.state.tag === tag && !this.isTaken(c.key, contained));
      if (match && 'key' in match) this.adopt(child, match.key);
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

/**
 * Attributes of an element's former type that its present one does not have. They may be written with their default, which
 * no state tells.
 */
function outgrown(before: ModdleElement, after: ModdleElement): string[] {
  if (before.$descriptor === after.$descriptor || before.$descriptor.isGeneric || after.$descriptor.isGeneric) return [];
  const present = after.$descriptor.propertiesByName;
  return before.$descriptor.properties.filter((each) => each.isAttr && !(each.name in present) && each.default !== undefined).map((each) => each.ns.localName);
}

function difference(key: Key, before: ElementState, after: ElementState, outgrownAttributes: string[]): ElementChange | undefined {
  const change: ElementChange = { key };
  let changed = false;
  if (before.tag !== after.tag) {
    change.tag = after.tag;
    changed = true;
  }
  const attributes: Record<string, string | null> = {};
  for (const name of outgrownAttributes) attributes[name] = null;
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
    change.children = trimmed(before.children, after.children);
    changed = true;
  }
  return changed ? change : undefined;
}

/** Leaves out what is the same at both ends, but for one neighbour on each side that tells the place. */
function trimmed(before: Child[], after: Child[]): { before: Child[]; after: Child[] } {
  const isSame = (a: Child | undefined, b: Child | undefined): boolean => a !== undefined && b !== undefined && 'key' in a && 'key' in b && a.key === b.key;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) ++start;
  let end = 0;
  while (end < shorter - start && isSame(before[before.length - 1 - end], after[after.length - 1 - end])) ++end;
  const from = Math.max(0, start - 1);
  const less = Math.max(0, end - 1);
  return { before: before.slice(from, before.length - less), after: after.slice(from, after.length - less) };
}
