/** What the libraries use and Chromium 102 does not have yet. Only that: each entry was missed at run time or named by their sources. */

function define(target: object, name: string, value: (...given: never[]) => unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

type Members = { has(value: unknown): boolean; keys(): Iterator<unknown>; size: number };

function members(other: Members): Set<unknown> {
  const set = new Set<unknown>();
  const iterator = other.keys();
  for (let next = iterator.next(); !next.done; next = iterator.next()) set.add(next.value);
  return set;
}

define(Set.prototype, 'union', function (this: Set<unknown>, other: Members) { return new Set([...this, ...members(other)]); });
define(Set.prototype, 'intersection', function (this: Set<unknown>, other: Members) { return new Set([...this].filter((value) => other.has(value))); });
define(Set.prototype, 'difference', function (this: Set<unknown>, other: Members) { return new Set([...this].filter((value) => !other.has(value))); });
define(Set.prototype, 'symmetricDifference', function (this: Set<unknown>, other: Members) {
  return new Set([...[...this].filter((value) => !other.has(value)), ...[...members(other)].filter((value) => !this.has(value))]);
});
define(Set.prototype, 'isSubsetOf', function (this: Set<unknown>, other: Members) { return [...this].every((value) => other.has(value)); });
define(Set.prototype, 'isSupersetOf', function (this: Set<unknown>, other: Members) { return [...members(other)].every((value) => this.has(value)); });
define(Set.prototype, 'isDisjointFrom', function (this: Set<unknown>, other: Members) { return ![...this].some((value) => other.has(value)); });
define(Array.prototype, 'toSorted', function (this: unknown[], compare?: (a: unknown, b: unknown) => number) { return [...this].sort(compare); });
define(Array.prototype, 'toReversed', function (this: unknown[]) { return [...this].reverse(); });
define(Array.prototype, 'toSpliced', function (this: unknown[], start: number, remove: number, ...added: unknown[]) {
  const copy = [...this];
  copy.splice(start, remove, ...added);
  return copy;
});
define(Array.prototype, 'with', function (this: unknown[], index: number, value: unknown) {
  const copy = [...this];
  copy[index < 0 ? copy.length + index : index] = value;
  return copy;
});
define(Object, 'groupBy', <T>(items: Iterable<T>, key: (item: T, index: number) => string) => {
  const groups = Object.create(null) as Record<string, T[]>;
  let index = 0;
  for (const item of items) (groups[key(item, index++)] ??= []).push(item);
  return groups;
});
define(Promise, 'withResolvers', () => {
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise((accepted, refused) => {
    resolve = accepted;
    reject = refused;
  });
  return { promise, resolve, reject };
});
define(Element.prototype, 'checkVisibility', function (this: Element) { return this.getClientRects().length > 0; });
