import { isModdleElement, type ModdleElement } from '../bridge/moddle';
import { shallow, type Contained } from '../bridge/shallow';
import { isEmptyLabel } from '../bridge/tracker';

type Canonical = { tag: string; attributes: [string, string][]; text: string | null; children: (Canonical | string)[] };

/** An element and all below it, without keys and without the order of attributes. */
function canonical(next: Contained, unlisted: boolean): Canonical {
  const { state, contained } = shallow(next.element, next.property, () => '');
  let at = 0;
  return {
    tag: state.tag,
    // bpmn-js notes the default of this one on every exclusive gateway that it shows.
    attributes: Object.entries(state.attributes).filter(([name, value]) => !(name === 'isMarkerVisible' && value === 'true')).sort(([a], [b]) => (a < b ? -1 : 1)),
    text: state.text,
    children: state.children
      .map((child): Canonical | string | undefined => {
        if (!('key' in child)) return unlisted && /\}(incoming|outgoing)$/.test(child.tag) ? undefined : `${child.tag}=${child.text}`;
        const each = contained[at++] as Contained;
        return isEmptyLabel(each.element) ? undefined : canonical(each, unlisted);
      })
      .filter((child): child is Canonical | string => child !== undefined),
  };
}

function label(element: Canonical): string {
  const id = ['id', 'bpmnElement', '{http://www.omg.org/spec/DD/20100524/DI}id'].map((name) => element.attributes.find((each) => each[0] === name)?.[1]);
  return `${element.tag.replace(/^\{.*\}/, '')}#${id.find((each) => each !== undefined) ?? ''}`;
}

/** The first place at which two lists of children differ, in words; undefined when they have the same ones in the same order. */
function firstStranger(a: Canonical[], b: Canonical[]): string | undefined {
  const [inA, inB] = [a.map(label), b.map(label)];
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find((i) => inA[i] !== inB[i]);
  if (at === undefined) return undefined;
  const where = (each: string | undefined, list: string[]): string => (each === undefined ? 'nothing' : `${each} (there at ${list.indexOf(each)})`);
  return `child ${at} of ${a.length} and ${b.length}: editor ${where(inA[at], inB)}, document ${where(inB[at], inA)}`;
}

function differ(a: Canonical | string | undefined, b: Canonical | string | undefined, path: string, into: string[]): void {
  if (into.length >= 20) return;
  if (a === undefined || b === undefined || typeof a === 'string' || typeof b === 'string') {
    if (a !== b) into.push(`${path}: editor ${JSON.stringify(a)?.slice(0, 300)}, document ${JSON.stringify(b)?.slice(0, 300)}`);
    return;
  }
  const here = `${path}/${label(a)}`;
  if (a.tag !== b.tag || a.text !== b.text || JSON.stringify(a.attributes) !== JSON.stringify(b.attributes)) {
    into.push(`${here}: editor ${JSON.stringify({ ...a, children: [] })}, document ${JSON.stringify({ ...b, children: [] })}`);
  }
  // References and plain values are sets for the eye: incoming and outgoing flows may stand in any order.
  const elementsA = a.children.filter((c): c is Canonical => typeof c !== 'string');
  const elementsB = b.children.filter((c): c is Canonical => typeof c !== 'string');
  const stranger = firstStranger(elementsA, elementsB);
  if (stranger) into.push(`${here}: ${stranger}`);
  else for (let i = 0; i < Math.max(elementsA.length, elementsB.length); ++i) differ(elementsA[i], elementsB[i], here, into);
  const plainA = a.children.filter((c): c is string => typeof c === 'string').sort();
  const plainB = b.children.filter((c): c is string => typeof c === 'string').sort();
  if (JSON.stringify(plainA) !== JSON.stringify(plainB)) into.push(`${here}: editor ${JSON.stringify(plainA)}, document ${JSON.stringify(plainB)}`);
}

/** Where two models differ, at most 20 places; an empty list means that they say the same. `unlisted`: the document lists no flows at nodes. */
export function differences(editor: ModdleElement, document: ModdleElement, unlisted = false): string[] {
  const found: string[] = [];
  if (!isModdleElement(editor) || !isModdleElement(document)) return ['one of the models is missing'];
  differ(canonical({ element: editor }, unlisted), canonical({ element: document }, unlisted), '', found);
  return found;
}
