import type { Box, DiagramElement, Viewer } from './viewer';

/** Up to this many elements, all are drawn at once: waiting would cost more than it saves. */
const FEW = 500;
const MARGIN = 200;

type Draw = (visual: SVGElement, element: DiagramElement, attributes?: object) => unknown;

/** What draws elements in diagram-js, as far as it is stood in for here. */
export interface GraphicsFactory { drawShape: Draw; drawConnection: Draw }

/** The box of a shape, or of a connection's waypoints. */
export function boundsOf(element: DiagramElement): Box {
  if (!element.waypoints) return { x: element.x ?? 0, y: element.y ?? 0, width: element.width ?? 0, height: element.height ?? 0 };
  const xs = element.waypoints.map((point) => point.x), ys = element.waypoints.map((point) => point.y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Whether two boxes meet, or nearly do. */
export function meets(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width + MARGIN && b.x <= a.x + a.width + MARGIN && a.y <= b.y + b.height + MARGIN && b.y <= a.y + a.height + MARGIN;
}

/**
 * Drawing takes half the time of opening a large diagram, and much of moving all of it. So what is not seen waits: while a
 * diagram is opened nothing is drawn, then what is seen, before the first frame; what an edit changes elsewhere waits as
 * well. The rest is drawn when there is time for it, and what scrolls into view before it is seen.
 */
export class Drawing {
  private readonly pending = new Map<DiagramElement, () => void>();
  private deferring = false;
  /** The diagram is so large that what is not seen waits. */
  private large = false;
  private idle = false;
  private viewer: Viewer | undefined;

  /** Takes over a viewer that was just made. */
  attach(viewer: Viewer): void {
    this.viewer = viewer;
    this.pending.clear();
    const factory = viewer.get('graphicsFactory');
    for (const name of ['drawShape', 'drawConnection'] as const) {
      const draw = factory[name].bind(factory);
      factory[name] = (visual, element, attributes): unknown => {
        if (this.deferring || (this.large && this.isElsewhere(visual, element))) {
          this.pending.set(element, () => { draw(visual, element, attributes); });
          if (!this.deferring) this.drawLater();
          return undefined;
        }
        if (this.pending.size > 0) this.pending.delete(element);
        return draw(visual, element, attributes);
      };
    }
    const bus = viewer.get('eventBus');
    bus.on(['canvas.viewbox.changed', 'root.set'], () => { if (!this.deferring) this.drawSeen(); });
    bus.on(['shape.removed', 'connection.removed'], (event) => { this.pending.delete(event['element'] as DiagramElement); });
    bus.on(['diagram.clear', 'diagram.destroy'], () => { this.pending.clear(); });
    // A picture is of the whole diagram.
    bus.on('saveSVG.start', () => { this.drawRest(() => false); });
  }

  /** Runs `open` without drawing; `show` then decides what is seen. */
  async defer<T>(open: () => Promise<T>, show: () => void): Promise<T> {
    this.deferring = true;
    try {
      const result = await open();
      show();
      return result;
    } finally {
      this.deferring = false;
      this.large = this.pending.size > FEW;
      if (this.large) this.drawSeen();
      else this.drawRest(() => false);
    }
  }

  /** Whether it is drawn for itself (not as a preview at the mouse) where nobody looks. */
  private isElsewhere(visual: SVGElement, element: DiagramElement): boolean {
    const registry = this.viewer?.get('elementRegistry');
    if (!this.viewer || !registry?.get(element.id) || visual.parentNode !== registry.getGraphics(element.id)) return false;
    return !meets(boundsOf(element), this.viewer.get('canvas').viewbox());
  }

  private drawSeen(): void {
    if (this.pending.size === 0 || !this.viewer) return;
    const seen = this.viewer.get('canvas').viewbox();
    for (const [element, draw] of this.pending) {
      if (!meets(boundsOf(element), seen)) continue;
      this.pending.delete(element);
      draw();
    }
  }

  private drawLater(): void {
    if (this.idle) return;
    this.idle = true;
    whenIdle((isOver) => {
      if (!this.drawRest(isOver)) return false;
      this.idle = false;
      return true;
    });
  }

  /** Draws on until `isOver`; true when everything is drawn. */
  drawRest(isOver: () => boolean): boolean {
    for (const [element, draw] of this.pending) {
      if (isOver()) return false;
      this.pending.delete(element);
      draw();
    }
    return true;
  }
}

/** Runs `work` in slices that leave the page free to answer, until it says that it is done. A page that is not shown has no idle time: bounded. */
export function whenIdle(work: (isOver: () => boolean) => boolean): void {
  requestIdleCallback((deadline) => {
    const end = performance.now() + Math.max(8, deadline.timeRemaining());
    if (!work(() => performance.now() > end)) whenIdle(work);
  }, { timeout: 100 });
}
