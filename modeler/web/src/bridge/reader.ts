import { Reader } from 'moddle-xml';

import type { Key } from './messages';
import type { ModdleElement } from './moddle';

interface Handler {
  element?: ModdleElement;
  property?: unknown;
  propertyDesc?: unknown;
  context?: unknown;
  type?: unknown;
  handleNode(node: unknown): Handler;
  handleText(text: string): void;
  handleEnd(): void;
}

/** The number of XML elements read so far, and what they became. */
class Count {
  next = 0;
  constructor(readonly keys: WeakMap<ModdleElement, Key>) {}
}

/**
 * Stands in front of one of moddle's handlers and counts the elements that pass, in document order: so each object, also
 * one without an id, is tied to the element that it came from.
 */
class CountingHandler implements Handler {
  constructor(private readonly inner: Handler, private readonly count: Count) {}
  get element(): ModdleElement | undefined { return this.inner.element; }
  get type(): unknown { return this.inner.type; }
  set context(context: unknown) { this.inner.context = context; }

  handleNode(node: unknown): Handler {
    const key = `n${this.count.next++}`;
    const parent = this.inner.element;
    const child = this.inner.handleNode(node);
    // References and plain values become no object of their own.
    if (child.element && child.element !== parent && !child.property && !child.propertyDesc) this.count.keys.set(child.element, key);
    return child === this.inner ? this : new CountingHandler(child, this.count);
  }
  handleText(text: string): void { this.inner.handleText(text); }
  handleEnd(): void { this.inner.handleEnd(); }
}

/** Reads what could not be understood, so that its elements are counted all the same. */
export interface ReadResult { rootElement: ModdleElement; warnings: { message: string }[]; elementsById: Record<string, ModdleElement>; references: unknown[] }

/** Parses like bpmn-moddle, and ties every object to the key of its element. `elements` is the number of XML elements. */
export async function readTied(
  model: unknown, xml: string, type: string,
): Promise<{ result: ReadResult; keys: WeakMap<ModdleElement, Key>; elements: number }> {
  const reader = new Reader({ model, lax: true }) as {
    handler(type: string): Handler;
    fromXML(xml: string, options: { rootHandler: Handler }): Promise<ReadResult>;
  };
  const count = new Count(new WeakMap());
  const result = await reader.fromXML(xml, { rootHandler: new CountingHandler(reader.handler(type), count) });
  return { result, keys: count.keys, elements: count.next };
}
