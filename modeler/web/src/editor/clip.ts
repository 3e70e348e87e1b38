import type { FromEditor } from '../bridge/messages';
import { isModdleElement, type ModdleElement } from '../bridge/moddle';
import type { DiagramElement, Viewer } from './viewer';

/** References that are kept: what they name comes along. All others are made again when elements are pasted. */
const KEPT = new Set(['errorRef', 'escalationRef', 'messageRef', 'signalRef', 'dataObjectRef']);
const DEEPEST = 64;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

interface Clipboard { get(): unknown; set(tree: unknown): void; isEmpty(): boolean }
interface Moddle { create(type: string): ModdleElement }

/** Writes what was copied: each model object once, by its type and properties. */
export function writeClip(tree: unknown): string {
  const numbers = new Map<ModdleElement, number>();
  const write = (value: unknown, depth: number): Json | undefined => {
    if (depth > DEEPEST || typeof value === 'function' || value === undefined) return undefined;
    if (typeof value !== 'object' || value === null) return value as Json;
    if (Array.isArray(value)) return value.map((each) => write(each, depth + 1)).filter((each): each is Json => each !== undefined);
    if (!isModdleElement(value)) {
      return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => {
        const written = write(each, depth + 1);
        return written === undefined ? [] : [[name, written]];
      }));
    }
    if (value.$descriptor.isGeneric) return undefined;
    const known = numbers.get(value);
    if (known !== undefined) return { $same: known };
    numbers.set(value, numbers.size);
    const written: { [name: string]: Json } = { $type: value.$type };
    for (const property of value.$descriptor.properties) {
      if (!Object.prototype.hasOwnProperty.call(value, property.name) || (property.isReference && !KEPT.has(property.name))) continue;
      const each = write(value[property.name], depth + 1);
      if (each !== undefined) written[property.name] = each;
    }
    return written;
  };
  return JSON.stringify(write(tree, 0));
}

/** Inverse of `writeClip`, with objects of this editor's model. Throws for what is not such a text. */
export function readClip(text: string, moddle: Moddle): unknown {
  const made: ModdleElement[] = [];
  const read = (value: Json, depth: number): unknown => {
    if (depth > DEEPEST) throw new Error('what was copied is nested too deep');
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => read(each, depth + 1));
    if (typeof value['$same'] === 'number') return made[value['$same']];
    const type = value['$type'];
    if (typeof type !== 'string') return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each, depth + 1)]));
    const element = moddle.create(type);
    made.push(element);
    for (const [name, each] of Object.entries(value)) {
      const property = element.$descriptor.propertiesByName[name];
      if (!property) continue;
      const content = read(each, depth + 1);
      element.set(name, content);
      if (property.isReference) continue;
      for (const child of Array.isArray(content) ? (content as unknown[]) : [content]) if (isModdleElement(child)) child.$parent ??= element;
    }
    return element;
  };
  return read(JSON.parse(text) as Json, 0);
}

/** What is copied in one editor can be pasted in all: C++ hands it around. */
export class Clip {
  private shared: string | undefined;
  private moddle: Moddle | undefined;

  constructor(private readonly send: (message: FromEditor) => void) {}

  /** Takes over a modeler that was just made. */
  attach(viewer: Viewer): void {
    this.moddle = viewer.get('moddle') as Moddle;
    const clipboard = viewer.get('clipboard') as Clipboard;
    const own = { get: clipboard.get.bind(clipboard), isEmpty: clipboard.isEmpty.bind(clipboard) };
    clipboard.get = (): unknown => (this.shared === undefined ? own.get() : this.read(this.shared));
    clipboard.isEmpty = (): boolean => this.shared === undefined && own.isEmpty();
    viewer.get('eventBus').on('copyPaste.elementsCopied', 2000, ({ tree, elements, hints }) => {
      if ((hints as { clip?: boolean } | undefined)?.clip === false || Object.keys(tree as object).length === 0) return;
      this.shared = undefined;
      const names = (elements as DiagramElement[]).map((element) => element.businessObject?.['name']).filter((name): name is string => typeof name === 'string');
      this.send({ type: 'copied', clip: writeClip(tree), text: names.join('\n') });
    });
  }

  /** Somebody else copied something; undefined: something that is no part of a diagram. */
  take(clip: string | null): void { this.shared = clip ?? undefined; }

  private read(text: string): unknown {
    try {
      return this.moddle && readClip(text, this.moddle);
    } catch {
      // Another program's, or another release's.
      return undefined;
    }
  }
}
