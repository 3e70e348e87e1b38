import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import type { CommandMessage } from '../bridge/messages';
import type { DiagramElement, ElementRegistry, Viewer } from '../editor/viewer';
import { Viewport } from '../editor/viewport';
import { applyTheme } from '../host';
import { wordsModule } from '../words/words';
import { drawGhost, drawOldPlace, drawSign } from './ghosts';
import type { Change, FromCompare, Kind, OpenMessage, ToCompare } from './messages';

const COLORS = { defaultFillColor: 'var(--ameide-shape-fill)', defaultStrokeColor: 'var(--ameide-shape-stroke)', defaultLabelColor: 'var(--ameide-shape-stroke)' };
const NOTHING = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="nothing" targetNamespace="nothing">'
  + '<process id="NoProcess"/><di:BPMNDiagram id="NoDiagram"><di:BPMNPlane id="NoPlane" bpmnElement="NoProcess"/></di:BPMNDiagram></definitions>';
const SIGNS: Record<Kind, string> = { added: '+', removed: '−', changed: '≠', moved: '→' };

/**
 * Two states of a diagram: the later one with marks on what differs and what was removed drawn as a ghost in its place, or both
 * beside each other and moved together.
 */
export class Comparison {
  private before: Viewer | undefined;
  private after: Viewer | undefined;
  private changes = new Map<string, Change>();
  private current: string | undefined;
  private side = false;
  private base = 0;
  private following = false;
  private queue: Promise<void> = Promise.resolve();
  private readonly viewport = new Viewport();

  constructor(private readonly send: (message: FromCompare) => void) {}

  /** Messages are handled one after the other: opening takes time. */
  receive(message: ToCompare): void {
    this.queue = this.queue.then(() => this.handle(message)).catch((error: unknown) => {
      this.send({ type: 'failed', base: this.base, message: error instanceof Error ? error.message : String(error) });
    });
  }

  private async handle(message: ToCompare): Promise<void> {
    switch (message.type) {
      case 'open': return this.open(message);
      case 'select': return this.select(message.element);
      case 'mode': return this.setMode(message.side);
      case 'theme': return applyTheme(message.dark, message.css);
      case 'command': return this.command(message.name);
      case 'picture': return this.picture();
    }
  }

  private create(container: string): Viewer {
    return new NavigatedViewer({ container, canvas: { autoFocus: false }, bpmnRenderer: COLORS, additionalModules: [wordsModule] }) as unknown as Viewer;
  }

  private async open(message: OpenMessage): Promise<void> {
    const view = message.keepView ? this.after?.get('canvas').viewbox() : undefined;
    this.before?.destroy();
    this.after?.destroy();
    this.base = message.base;
    this.current = undefined;
    this.before = this.create('#before');
    this.after = this.create('#after');
    await this.before.importXML(message.before ?? NOTHING);
    await this.after.importXML(message.after ?? NOTHING);
    this.changes = new Map(this.complete(message).map((change) => [change.element, change]));
    this.mark();
    this.listen(this.before, this.after);
    this.viewport.attach(this.after, true);
    this.setMode(this.side);
    if (view) this.after.get('canvas').viewbox(view);
    else this.viewport.begin();
    this.follow(this.after, this.before);
    this.send({ type: 'shown', base: this.base });
  }

  /** Where one side has nothing, everything on the other was added or removed. */
  private complete({ before, after, changes }: OpenMessage): Change[] {
    if (before !== null && after !== null) return changes;
    const [viewer, kind] = before === null ? [this.after, 'added' as const] : [this.before, 'removed' as const];
    const all = viewer?.get('elementRegistry').getAll() ?? [];
    return all.filter((element) => element.parent && !element.labelTarget).map((element) => ({ element: element.id, kind, moved: false }));
  }

  private mark(): void {
    if (!this.before || !this.after) return;
    const [earlier, later] = [this.before.get('elementRegistry'), this.after.get('elementRegistry')];
    for (const change of this.changes.values()) {
      const [then, now] = [earlier.get(change.element), later.get(change.element)];
      if (change.kind === 'removed') this.markRemoved(then);
      else {
        this.markIn(this.after, now, change.kind);
        if (change.kind !== 'added') this.markIn(this.before, then, change.kind);
        if (change.moved && then && now) drawOldPlace(this.layerFor(then), then, now);
      }
    }
  }

  private markIn(viewer: Viewer, element: DiagramElement | undefined, kind: Kind): void {
    if (!element) return;
    for (const each of whole(element, viewer.get('elementRegistry'), kind === 'added')) viewer.get('canvas').addMarker(each.id, `compare-${kind}`);
    if (element.waypoints || !element.parent) return;
    const sign = document.createElement('div');
    sign.className = `compare-sign compare-sign-${kind}`;
    sign.textContent = SIGNS[kind];
    viewer.get('overlays').add(element.id, 'compare', { position: { top: -11, left: -11 }, html: sign });
  }

  private markRemoved(element: DiagramElement | undefined): void {
    if (!element || !this.before) return;
    const registry = this.before.get('elementRegistry');
    const canvas = this.before.get('canvas');
    for (const each of whole(element, registry, true)) {
      canvas.addMarker(each.id, 'compare-removed');
      const ghost = drawGhost(this.layerFor(each), each, registry.getGraphics(each.id));
      ghost?.addEventListener('click', (event) => {
        // It lies on the plane, which would be chosen in its place.
        event.stopPropagation();
        this.choose(element.id);
      });
    }
    if (!element.waypoints) drawSign(this.layerFor(element), element, SIGNS.removed);
  }

  /** Where things of the earlier state are drawn on the later one: on the same plane, else on the one that is seen. */
  private layerFor(element: DiagramElement): SVGElement {
    const [before, after] = [this.before as Viewer, this.after as Viewer];
    const plane = before.get('canvas').findRoot(element);
    const registry = after.get('elementRegistry');
    const same = plane ? registry.get(plane.id) : undefined;
    return registry.getGraphics((same ?? after.get('canvas').getRootElement()).id);
  }

  private listen(before: Viewer, after: Viewer): void {
    for (const viewer of [before, after]) {
      viewer.get('eventBus').on('element.click', (event) => {
        const element = event['element'] as DiagramElement;
        this.choose((element.labelTarget ?? element).id);
      });
    }
    before.get('eventBus').on('canvas.viewbox.changed', () => { if (this.side) this.follow(before, after); });
    after.get('eventBus').on('canvas.viewbox.changed', () => { this.follow(after, before); });
  }

  private choose(id: string): void {
    const element = this.changes.has(id) ? id : '';
    this.highlight(element);
    this.send({ type: 'selected', element });
  }

  private follow(leader: Viewer, other: Viewer): void {
    if (this.following || !this.side) return;
    this.following = true;
    const { x, y, scale } = leader.get('canvas').viewbox();
    const canvas = other.get('canvas');
    const { outer } = canvas.viewbox();
    canvas.viewbox({ x, y, width: outer.width / scale, height: outer.height / scale });
    this.following = false;
  }

  private setMode(side: boolean): void {
    this.side = side;
    document.body.classList.toggle('side-by-side', side);
    this.before?.get('canvas').resized();
    this.after?.get('canvas').resized();
    if (this.before && this.after) this.follow(this.after, this.before);
  }

  private select(id: string): void {
    this.highlight(id);
    const gone = this.changes.get(id)?.kind === 'removed';
    const viewer = gone ? this.before : this.after;
    const element = viewer?.get('elementRegistry').get(id);
    if (!viewer || !element || !element.parent || !this.after || !this.before) return;
    const plane = viewer.get('canvas').findRoot(element);
    for (const each of [this.before, this.after]) {
      const same = plane ? each.get('elementRegistry').get(plane.id) : undefined;
      if (same && !same.parent) each.get('canvas').setRootElement(same);
    }
    this.reveal(element);
  }

  /** Moves the canvas only when the element is not seen whole. */
  private reveal(element: DiagramElement): void {
    const canvas = this.after?.get('canvas');
    if (!canvas) return;
    const points = element.waypoints ?? [{ x: element.x ?? 0, y: element.y ?? 0 }, { x: (element.x ?? 0) + (element.width ?? 0), y: (element.y ?? 0) + (element.height ?? 0) }];
    const xs = points.map((point) => point.x), ys = points.map((point) => point.y);
    const box = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
    const view = canvas.viewbox();
    if (box.left >= view.x && box.right <= view.x + view.width && box.top >= view.y && box.bottom <= view.y + view.height) return;
    canvas.viewbox({ x: (box.left + box.right - view.width) / 2, y: (box.top + box.bottom - view.height) / 2, width: view.width, height: view.height });
  }

  private highlight(id: string): void {
    for (const ghost of document.querySelectorAll('.compare-ghost')) ghost.classList.toggle('compare-current', ghost.getAttribute('data-ghost-id') === id);
    for (const viewer of [this.before, this.after]) {
      if (!viewer) continue;
      const [canvas, registry] = [viewer.get('canvas'), viewer.get('elementRegistry')];
      if (this.current && registry.get(this.current)) canvas.removeMarker(this.current, 'compare-current');
      if (id && registry.get(id)?.parent) canvas.addMarker(id, 'compare-current');
    }
    this.current = id;
  }

  private command(name: CommandMessage['name']): void {
    switch (name) {
      case 'zoomFit': return this.viewport.fit();
      case 'zoomIn': return this.viewport.zoomBy(1.25);
      case 'zoomOut': return this.viewport.zoomBy(0.8);
      case 'toggleMinimap': return;
    }
  }

  private async picture(): Promise<void> {
    const saved = await this.after?.saveSVG();
    // What stands alone brings its colours along.
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
      .filter((rule): rule is CSSStyleRule => rule instanceof CSSStyleRule && (rule.selectorText.includes('.compare-') || rule.selectorText === ':root'))
      .map((rule) => rule.cssText).join('\n');
    const svg = (saved?.svg ?? '').replace(/^[^]*?(<svg[^>]*>)/, (_, head: string) => `${head}<style>${rules}</style>`);
    this.send({ type: 'pictureTaken', svg });
  }

  /** For tests that look at what is drawn. */
  get earlier(): Viewer | undefined { return this.before; }
  get later(): Viewer | undefined { return this.after; }
}

/** An element with its label and, where all of it came or went together, what it holds. */
function whole(element: DiagramElement, registry: ElementRegistry, withContent: boolean): DiagramElement[] {
  const found = [element];
  const label = registry.get(`${element.id}_label`);
  if (label && label.labelTarget === element) found.push(label);
  if (withContent) for (const child of element.children ?? []) if (!child.labelTarget) found.push(...whole(child, registry, true));
  return found;
}
