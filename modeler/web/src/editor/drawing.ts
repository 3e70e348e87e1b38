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
 * Drawing takes half the time of opening a large diagram. So while it is opened nothing is drawn; then what is seen, before the
 * first frame; then the rest, when there is time for it. What scrolls into view is drawn before it is seen.
 */
export class Drawing {
  private readonly pending = new Map<DiagramElement, () => void>();
  private deferring = false;
  private viewer: Viewer | undefined;

  /** Takes over a viewer that was just made. */
  attach(viewer: Viewer): void {
    this.viewer = viewer;
    this.pending.clear();
    const factory = viewer.get('graphicsFactory');
    for (const name of ['drawShape', 'drawConnection'] as const) {
      const draw = factory[name].bind(factory);
      factory[name] = (visual, element, attributes): unknown => {
        if (this.deferring) return this.pending.set(element, () => { draw(visual, element, attributes); });
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
      if (this.pending.size <= FEW) this.drawRest(() => false);
      else this.drawSeen();
    }
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
