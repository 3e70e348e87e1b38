import type { ElementProblem, FromEditor, ProblemsMessage } from '../bridge/messages';
import { boundsOf, meets } from './drawing';
import type { DiagramElement, Viewer } from './viewer';

const SVG = 'http://www.w3.org/2000/svg';
/** Below this scale a sign would be a dot over what it marks; the colour of the shape says it then. */
const LEGIBLE = 0.35;

interface Pad {
  registerProvider(priority: number, provider: object): void;
  isOpen(element: DiagramElement): boolean;
  open(element: DiagramElement, force: boolean): void;
}

function sign(problem: ElementProblem): SVGElement {
  const group = document.createElementNS(SVG, 'g');
  group.setAttribute('class', `ameide-flag ameide-flag-${problem.tone}`);
  const title = group.appendChild(document.createElementNS(SVG, 'title'));
  title.textContent = problem.title;
  const disc = group.appendChild(document.createElementNS(SVG, 'circle'));
  disc.setAttribute('r', '9');
  const mark = group.appendChild(document.createElementNS(SVG, 'text'));
  mark.setAttribute('y', '4');
  mark.textContent = '!';
  return group;
}

/** Where the sign stands, in the coordinates of the element's own graphics: shapes begin at 0,0, connections on the canvas. */
function place(element: DiagramElement): string {
  const points = element.waypoints;
  if (!points) return 'translate(0,0)';
  const middle = Math.max(1, Math.floor(points.length / 2));
  const [a, b] = [points[middle - 1], points[middle]];
  return a && b ? `translate(${(a.x + b.x) / 2},${(a.y + b.y) / 2})` : 'translate(0,0)';
}

/**
 * Marks the elements that lint found something at. There may be thousands, and an edit must not pay for them: the sign is
 * part of an element's own graphics, which moves with it, and only what was seen has one. C++ sends differences.
 */
export class Problems {
  private readonly known = new Map<string, ElementProblem>();
  /** Known and not marked, since they have not been seen. */
  private readonly unmarked = new Set<string>();
  private readonly marked = new Map<string, ElementProblem>();
  private viewer: Viewer | undefined;
  private awaited = false;

  constructor(private readonly send: (message: FromEditor) => void) {}

  /** Takes over a viewer that was just made. */
  attach(viewer: Viewer, readOnly: boolean): void {
    this.viewer = viewer;
    this.marked.clear();
    const bus = viewer.get('eventBus');
    bus.on(['canvas.viewbox.changed', 'root.set'], () => {
      document.getElementById('canvas')?.classList.toggle('ameide-far', viewer.get('canvas').zoom() < LEGIBLE);
      this.markSeen();
    });
    bus.on(['shape.added', 'connection.added'], 100, ({ element }) => { this.arrived(element as DiagramElement); });
    bus.on(['shape.removed', 'connection.removed'], ({ element }) => { this.marked.delete((element as DiagramElement).id); });
    bus.on('connection.changed', 100, ({ element }) => { this.follow(element as DiagramElement); });
    bus.on(['diagram.clear', 'diagram.destroy'], () => { this.marked.clear(); });
    if (!readOnly) (viewer.get('contextPad') as Pad).registerProvider(400, this);
  }

  /** Takes what changed. */
  take({ reset, problems, gone }: ProblemsMessage): void {
    if (reset) for (const id of [...this.known.keys()]) this.drop(id);
    for (const id of gone) this.drop(id);
    for (const problem of problems) {
      this.drop(problem.element);
      this.known.set(problem.element, problem);
      this.unmarked.add(problem.element);
    }
    this.markSeen();
    this.refreshPad([...gone, ...problems.map((problem) => problem.element)]);
  }

  /** A context pad that is open beside one of these shows what mends it now. */
  private refreshPad(changed: string[]): void {
    const selected = this.viewer?.get('selection').get() ?? [];
    const only = selected.length === 1 ? selected[0] : undefined;
    const pad = this.viewer?.get('contextPad') as Pad | undefined;
    if (only && pad?.isOpen(only) && changed.includes(only.id)) pad.open(only, true);
  }

  /** Another state of the document is shown. */
  shownAnew(): void {
    for (const id of this.known.keys()) if (!this.marked.has(id)) this.unmarked.add(id);
    this.markSeen();
  }

  /** For the context pad: what mends the element. */
  getContextPadEntries({ id }: DiagramElement): Record<string, object> {
    const entries: Record<string, object> = {};
    (this.known.get(id)?.fixes ?? []).forEach((title, index) => {
      const mend = (): void => { this.send({ type: 'mend', element: id, title }); };
      entries[`ameide-mend-${index}`] = { group: 'edit', className: 'ameide-mend', title, action: { click: mend } };
    });
    return entries;
  }

  private arrived({ id }: DiagramElement): void {
    if (this.marked.has(id) || !this.known.has(id)) return;
    this.unmarked.add(id);
    // Its graphics come after it, and others with it.
    if (this.awaited) return;
    this.awaited = true;
    queueMicrotask(() => {
      this.awaited = false;
      this.markSeen();
    });
  }

  private markSeen(): void {
    if (!this.viewer || this.unmarked.size === 0) return;
    const registry = this.viewer.get('elementRegistry');
    const seen = this.viewer.get('canvas').viewbox();
    for (const id of this.unmarked) {
      const element = registry.get(id);
      const problem = this.known.get(id);
      if (!problem) this.unmarked.delete(id);
      if (!problem || !element || !element.parent || !meets(boundsOf(element), seen)) continue;
      this.unmarked.delete(id);
      this.marked.set(id, problem);
      const graphics = registry.getGraphics(id);
      graphics.classList.add(`ameide-${problem.tone}`);
      const flag = graphics.appendChild(sign(problem));
      flag.setAttribute('transform', place(element));
    }
  }

  private drop(id: string): void {
    this.known.delete(id);
    this.unmarked.delete(id);
    const problem = this.marked.get(id);
    if (!problem || !this.marked.delete(id) || !this.viewer?.get('elementRegistry').get(id)) return;
    const graphics = this.viewer.get('elementRegistry').getGraphics(id);
    graphics.classList.remove(`ameide-${problem.tone}`);
    graphics.querySelector(':scope > .ameide-flag')?.remove();
  }

  private follow(element: DiagramElement): void {
    if (!this.marked.has(element.id)) return;
    this.viewer?.get('elementRegistry').getGraphics(element.id).querySelector(':scope > .ameide-flag')?.setAttribute('transform', place(element));
  }
}
