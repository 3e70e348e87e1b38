import type { Child, ElementState, Key } from './messages';
import { isModdleElement, isSimpleType, type Descriptor, type ModdleElement, type Property } from './moddle';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function expanded(uri: string | undefined, local: string): string {
  return uri ? `{${uri}}${local}` : local;
}

function uriOf(element: ModdleElement, prefix: string | undefined): string | undefined {
  return prefix ? element.$model.getPackage(prefix)?.uri : undefined;
}

/** The URI that a prefix of unknown markup is bound to, by the declarations that moddle kept. */
function declaredUri(element: ModdleElement, prefix: string): string | undefined {
  for (let at: ModdleElement | undefined = element; at; at = at.$parent) {
    const uri = at.$attrs?.[`xmlns:${prefix}`];
    if (uri) return uri;
  }
  return element.$model.getPackage(prefix)?.uri;
}

const typeTags = new WeakMap<Descriptor, string>();

/** The tag of an element by its own type: what moddle-xml writes unless the property says otherwise. */
function typeTag(element: ModdleElement): string {
  const { prefix, localName, uri } = element.$descriptor.ns;
  if (element.$descriptor.isGeneric) return expanded(uri ?? (prefix ? declaredUri(element, prefix) : undefined), localName);
  let tag = typeTags.get(element.$descriptor);
  if (tag === undefined) {
    const pkg = prefix ? element.$model.getPackage(prefix) : undefined;
    tag = expanded(pkg?.uri, pkg?.xml?.tagAlias === 'lowerCase' ? lowerFirst(localName) : localName);
    typeTags.set(element.$descriptor, tag);
  }
  return tag;
}

function propertyTag(element: ModdleElement, property: Property): string {
  return expanded(uriOf(element, property.ns.prefix), property.ns.localName);
}

function attributeName(element: ModdleElement, property: Property): string {
  const own = element.$descriptor.ns.prefix;
  const { prefix, localName } = property.ns;
  return property.inherited || !prefix || prefix === own ? localName : expanded(uriOf(element, prefix), localName);
}

/** moddle keeps attributes that it has no property for under their written name. */
function otherAttributes(element: ModdleElement, into: Record<string, string>): void {
  for (const [name, value] of Object.entries(element.$attrs ?? {})) {
    if (name === 'xmlns' || name.startsWith('xmlns:') || name.startsWith(':') || name === 'xsi:type') continue;
    const colon = name.indexOf(':');
    const uri = colon > 0 ? declaredUri(element, name.slice(0, colon)) : undefined;
    into[uri ? expanded(uri, name.slice(colon + 1)) : name] = String(value);
  }
}

function text(value: unknown): string {
  return isModdleElement(value) ? value.id ?? '' : String(value);
}

/** Gives an element its key. */
export type KeyOf = (element: ModdleElement) => Key;

/** An element with the one that contains it and the property that holds it there; bpmn-js does not set every `$parent`. */
export interface Contained { element: ModdleElement; property?: Property; parent?: ModdleElement }

/** The members of a long collection as children, and those of them that are to be looked at. */
export interface Members { children: Child[]; contained: Contained[] }

/** Reads a collection that may be long, or answers undefined when the collection is to be read like any other. */
export type ReadMembers = (property: Property, members: ModdleElement[]) => Members | undefined;

/** What of an element is written into the document, apart from what is below its children. */
export interface Shallow {
  state: ElementState;
  contained: Contained[];
  /** Elements that it refers to, also by references that are not written. */
  references: ModdleElement[];
}

function genericShallow(element: ModdleElement, keyOf: KeyOf): Shallow {
  const attributes: Record<string, string> = {};
  for (const name of Object.keys(element)) {
    if (name.startsWith('$') || name.startsWith('xmlns')) continue;
    const value = element[name];
    if (typeof value !== 'string') continue;
    const colon = name.indexOf(':');
    const uri = colon > 0 ? declaredUri(element, name.slice(0, colon)) : undefined;
    attributes[uri ? expanded(uri, name.slice(colon + 1)) : name] = value;
  }
  const contained = (element.$children ?? []).map((child) => ({ element: child, parent: element }));
  return {
    state: { tag: typeTag(element), attributes, text: element.$body ?? null, children: contained.map((c) => ({ key: keyOf(c.element) })) },
    contained,
    references: [],
  };
}

/** Reads an element's own state: the same choices as moddle-xml's writer makes, one level deep. */
export function shallow(element: ModdleElement, owner: Contained['property'], keyOf: KeyOf, readMembers?: ReadMembers): Shallow {
  if (element.$descriptor.isGeneric) return genericShallow(element, keyOf);
  const attributes: Record<string, string> = {};
  const children: Child[] = [];
  const contained: Contained[] = [];
  const references: ModdleElement[] = [];
  let body: string | null = null;
  for (const property of element.$descriptor.properties) {
    // What was never set is a default of the prototype.
    if (!Object.prototype.hasOwnProperty.call(element, property.name)) continue;
    const value = element[property.name];
    if (value === undefined || value === null || value === property.default) continue;
    const values = property.isMany ? (value as unknown[]) : [value];
    if (property.isReference) for (const each of values) if (isModdleElement(each)) references.push(each);
    if (property.isVirtual || values.length === 0) continue;
    if (property.isAttr) {
      attributes[attributeName(element, property)] = values.map(text).join(' ');
      continue;
    }
    if (property.isBody) {
      body = String(value);
      continue;
    }
    const members = property.isMany && !property.isReference ? readMembers?.(property, values as ModdleElement[]) : undefined;
    if (members) {
      for (const child of members.children) children.push(child);
      for (const each of members.contained) contained.push(each);
      continue;
    }
    for (const each of values) {
      if (property.isReference || isSimpleType(property.type) || !isModdleElement(each)) {
        children.push({ tag: propertyTag(element, property), text: text(each) });
      } else {
        children.push({ key: keyOf(each) });
        contained.push({ element: each, property, parent: element });
      }
    }
  }
  otherAttributes(element, attributes);
  let tag = typeTag(element);
  if (owner?.xml?.serialize) {
    tag = propertyTag(element, owner);
    if (owner.xml.serialize !== 'property' && element.$descriptor.name !== owner.type) {
      const { prefix, localName } = element.$descriptor.ns;
      const pkg = prefix ? element.$model.getPackage(prefix) : undefined;
      attributes[expanded(XSI, 'type')] = expanded(pkg?.uri, (pkg?.xml?.typePrefix ?? '') + localName);
    }
  }
  return { state: { tag, attributes, text: body, children }, contained, references };
}
