import type { DiagramElement } from '../editor/viewer';

const SVG = 'http://www.w3.org/2000/svg';

function add(parent: SVGElement, name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return parent.appendChild(made);
}

function path(points: { x: number; y: number }[]): string { return points.map((point, i) => `${i === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join(' '); }

/** Draws an element of another diagram into `layer` as it looked there. */
export function drawGhost(layer: SVGElement, element: DiagramElement, graphics: SVGElement): SVGElement | undefined {
  const visual = graphics.querySelector(':scope > .djs-visual');
  if (!visual) return undefined;
  const ghost = add(layer, 'g', { class: 'compare-ghost', 'data-ghost-id': element.id });
  const transform = graphics.getAttribute('transform');
  if (transform) ghost.setAttribute('transform', transform);
  ghost.appendChild(visual.cloneNode(true));
  return ghost;
}

/** Draws where an element stood; nothing where it still stands. */
export function drawOldPlace(layer: SVGElement, then: DiagramElement, now: DiagramElement): void {
  if (then.waypoints && now.waypoints) {
    if (path(then.waypoints) !== path(now.waypoints)) add(layer, 'path', { class: 'compare-place', 'data-place-id': then.id, d: path(then.waypoints) });
    return;
  }
  const { x = 0, y = 0, width = 0, height = 0 } = then;
  if (x === now.x && y === now.y && width === now.width && height === now.height) return;
  add(layer, 'rect', { class: 'compare-place', 'data-place-id': then.id, x, y, width, height, rx: 6 });
}

/** Draws a sign at the corner of an element of the earlier state, as overlays do it for those of the later one. */
export function drawSign(layer: SVGElement, element: DiagramElement, sign: string): void {
  const { x = 0, y = 0 } = element;
  const group = add(layer, 'g', { class: 'compare-ghost-sign', transform: `translate(${x} ${y})` });
  add(group, 'circle', { r: 10 });
  add(group, 'text', { 'text-anchor': 'middle', y: 5 }).textContent = sign;
}
