import type { TravelMessage } from '../bridge/messages';
import type { DiagramElement, ElementRegistry, Viewer } from './viewer';

const SVG = 'http://www.w3.org/2000/svg';
/** A step takes so long, and all of them together at most so long. */
const STEP = 380, WHOLE = 1800, LEAST = 70;
const MOST_STEPS = 40;

interface Point { x: number; y: number }
/** A flow, or a half of it: a token that waits does so in the middle. */
export interface Leg { flow: string; from: number; to: number }

/** The flows in and out of an element, as far as they are needed. */
export interface Wiring { incoming(element: string): { id: string; source: string }[] }

/**
 * Which way the tokens went, in legs that are travelled at the same time: a token on a flow goes on from its middle into what
 * begins; from what has ended in the meantime tokens come the whole way; last, those that wait on flows now leave for there.
 */
export function legsOf({ before, steps, after }: Pick<TravelMessage, 'before' | 'steps' | 'after'>, wiring: Wiring): Leg[][] {
  const waiting = [...before];
  const ended = new Set<string>();
  const out: Leg[][] = [];
  for (const { element, begins } of steps) {
    if (!begins) { ended.add(element); continue; }
    const incoming = wiring.incoming(element);
    const here = incoming.filter(({ id }) => waiting.includes(id));
    const legs: Leg[] = [];
    for (const { id } of here) {
      waiting.splice(waiting.indexOf(id), 1);
      legs.push({ flow: id, from: 0.5, to: 1 });
    }
    const came = here.length > 0 ? undefined : incoming.find(({ source }) => ended.has(source));
    if (came) legs.push({ flow: came.id, from: 0, to: 1 });
    if (legs.length > 0) out.push(legs);
  }
  const left = [...waiting];
  const leaving: Leg[] = [];
  for (const flow of after) {
    const stayed = left.indexOf(flow);
    if (stayed >= 0) left.splice(stayed, 1);
    else leaving.push({ flow, from: 0, to: 0.5 });
  }
  if (leaving.length > 0) out.push(leaving);
  return out.slice(-MOST_STEPS);
}

/** The point at a part (0 to 1) of the length of a line. */
export function pointAt(line: Point[], part: number): Point {
  const lengths = line.slice(1).map((point, i) => Math.hypot(point.x - (line[i] as Point).x, point.y - (line[i] as Point).y));
  let rest = part * lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 0; i < lengths.length; ++i) {
    const [a, b, length] = [line[i] as Point, line[i + 1] as Point, lengths[i] as number];
    if (rest <= length || i === lengths.length - 1) {
      const t = length === 0 ? 0 : Math.min(1, rest / length);
      return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
    }
    rest -= length;
  }
  return line[0] ?? { x: 0, y: 0 };
}

function wiringOf(registry: ElementRegistry): Wiring {
  return {
    incoming: (id) => (registry.get(id)?.incoming ?? []).map((flow) => ({ id: flow.id, source: (flow as DiagramElement & { source?: DiagramElement }).source?.id ?? '' })),
  };
}

/** The next frame; a page that is not shown gets none, so it comes by itself after a while. */
function frame(): Promise<void> {
  return new Promise((resolve) => {
    let gone = false;
    const go = (): void => { if (!gone) { gone = true; resolve(); } };
    requestAnimationFrame(go);
    setTimeout(go, 40);
  });
}

/** Tokens that travel over the diagram. What is shown is over as soon as somebody does the next thing. */
export class Travel {
  private hurried = 0;
  /** For tests: how many tokens have travelled so far. */
  travelled = 0;

  /** Ends what travels now. */
  hurry(): void { ++this.hurried; }

  async show(viewer: Viewer, message: TravelMessage): Promise<void> {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const registry = viewer.get('elementRegistry');
    const stages = legsOf(message, wiringOf(registry));
    if (stages.length === 0) return;
    const layer = viewer.get('canvas').getLayer('ameide-travel', 2000);
    const took = Math.max(LEAST, Math.min(STEP, WHOLE / stages.length));
    const begun = this.hurried;
    for (const legs of stages) {
      if (this.hurried !== begun) break;
      await this.stage(registry, layer, legs, took, () => this.hurried !== begun);
    }
    layer.replaceChildren();
  }

  private async stage(registry: ElementRegistry, layer: SVGElement, legs: Leg[], took: number, isOver: () => boolean): Promise<void> {
    const tokens = legs.flatMap((leg) => {
      const line = registry.get(leg.flow)?.waypoints;
      if (!line) return [];
      const token = document.createElementNS(SVG, 'circle');
      token.setAttribute('class', 'ameide-travel-token');
      token.setAttribute('r', '9');
      layer.appendChild(token);
      ++this.travelled;
      return [{ leg, line, token }];
    });
    if (tokens.length === 0) return;
    const start = performance.now();
    for (let part = 0; part < 1 && !isOver(); part = (performance.now() - start) / took) {
      const eased = part * part * (3 - 2 * part);
      for (const { leg, line, token } of tokens) {
        const { x, y } = pointAt(line, leg.from + (leg.to - leg.from) * eased);
        token.setAttribute('cx', String(x));
        token.setAttribute('cy', String(y));
      }
      await frame();
    }
    for (const { token } of tokens) token.remove();
  }
}
