/** The parts of moddle that the bridge relies on; moddle itself has no types for them. */
export interface Package { uri: string; prefix: string; xml?: { tagAlias?: string; typePrefix?: string } }

export interface Property {
  name: string;
  type: string;
  ns: { prefix?: string; localName: string; name: string };
  isAttr?: boolean;
  isBody?: boolean;
  isMany?: boolean;
  isReference?: boolean;
  isVirtual?: boolean;
  /** Of the type itself or a supertype, not of an extension of it. */
  inherited?: boolean;
  default?: unknown;
  xml?: { serialize?: string };
}

export interface Descriptor {
  name: string;
  isGeneric?: boolean;
  ns: { prefix?: string; localName: string; name: string; uri?: string };
  properties: Property[];
  propertiesByName: Record<string, Property>;
}

export interface Model {
  getPackage(uriOrPrefix: string): Package | undefined;
  getPackages(): Package[];
}

/** An object of the semantic model, of the diagram, or of an extension. */
export interface ModdleElement {
  $type: string;
  $parent?: ModdleElement;
  $descriptor: Descriptor;
  $model: Model;
  $attrs: Record<string, string>;
  $children?: ModdleElement[];
  $body?: string;
  id?: string;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  [name: string]: unknown;
}

export function isModdleElement(value: unknown): value is ModdleElement {
  return typeof value === 'object' && value !== null && (value as ModdleElement).$descriptor !== undefined;
}

const SIMPLE_TYPES = new Set(['String', 'Boolean', 'Integer', 'Real', 'Element']);

/** True for types whose values are written as text; 'Element' stands for any element. */
export function isSimpleType(type: string): boolean {
  return type !== 'Element' && SIMPLE_TYPES.has(type);
}
