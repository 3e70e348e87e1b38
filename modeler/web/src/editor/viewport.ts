import type { Box, Canvas, Viewer } from './viewer';

const LARGEST = 4;
const SMALLEST = 0.2;
/** Below this nobody reads a name: a diagram is shown from its beginning instead, unless all of it is asked for. */
const READABLE = 0.4;
const STEP = 1.25;
const MARGIN = 32;
/** Height of a tool of the palette and what stands above and below the palette; editor.css has the same. */
const TOOL = 36;
const AROUND_PALETTE = 100;

interface Fitted { x: number; y: number; scale: number }

/**
 * What of the diagram is seen: fits it beside the palette, keeps it fitted while the window changes until somebody moves it,
 * and owns the bar with zoom and minimap.
 */
export class Viewport {
  private viewer: Viewer | undefined;
  private fitted: Fitted | undefined;
  private steady = false;
  private floor = READABLE;

  constructor() {
    new ResizeObserver(() => { this.resized(); }).observe(byId('canvas'));
    byId('zoom-out').addEventListener('click', () => { this.zoomBy(1 / STEP); });
    byId('zoom-in').addEventListener('click', () => { this.zoomBy(STEP); });
    byId('zoom-reset').addEventListener('click', () => { this.zoomBy(0); });
    byId('zoom-fit').addEventListener('click', () => { this.fit(); });
    document.getElementById('minimap')?.addEventListener('click', () => { this.toggleMinimap(); });
  }

  /** Takes over a viewer that was just made. */
  attach(viewer: Viewer, readOnly: boolean): void {
    this.viewer = viewer;
    if (!readOnly) {
      viewer.get('palette')._needsCollapse = (height, entries) => height < Object.keys(entries).length * TOOL + AROUND_PALETTE;
    }
    viewer.get('eventBus').on(['canvas.viewbox.changed', 'import.done'], () => { this.showScale(); });
    const minimap = document.getElementById('minimap');
    viewer.get('eventBus').on('minimap.toggle', (event) => { minimap?.setAttribute('aria-pressed', String(event['open'])); });
    minimap?.setAttribute('aria-pressed', 'false');
    viewer.get('canvas').resized();
  }

  /** While steady, a change of the window's size moves nothing: two states are being looked at one after the other. */
  hold(steady: boolean): void { this.steady = steady; }

  /** A document that was just opened: as much of it as can be read. */
  begin(): void { this.floor = READABLE; this.place(); }

  /** The whole diagram, beside the palette, never larger than life. */
  fit(): void { this.floor = SMALLEST; this.place(); }

  private place(): void {
    const canvas = this.viewer?.get('canvas');
    if (!canvas) return;
    const { inner, outer } = canvas.viewbox();
    const palette = document.querySelector<HTMLElement>('.djs-palette.open');
    const left = palette ? palette.offsetLeft + palette.offsetWidth + MARGIN : MARGIN;
    const free = { width: Math.max(1, outer.width - left - MARGIN), height: Math.max(1, outer.height - 2 * MARGIN) };
    const content = inner.width > 0 && inner.height > 0 ? inner : { x: 0, y: 0, width: 1, height: 1 };
    const scale = Math.max(this.floor, Math.min(1, free.width / content.width, free.height / content.height));
    canvas.viewbox({
      x: content.x - (left + Math.max(0, free.width - content.width * scale) / 2) / scale,
      y: content.y - (MARGIN + Math.max(0, free.height - content.height * scale) / 2) / scale,
      width: outer.width / scale, height: outer.height / scale,
    });
    this.fitted = canvas.viewbox();
  }

  /** 0 stands for "as large as it is". */
  zoomBy(factor: number): void {
    const canvas = this.viewer?.get('canvas');
    if (!canvas) return;
    canvas.zoom(factor === 0 ? 1 : Math.max(SMALLEST, Math.min(LARGEST, canvas.zoom() * factor)), 'auto');
  }

  toggleMinimap(): void { this.viewer?.get('minimap').toggle(); }

  private resized(): void {
    const canvas = this.viewer?.get('canvas');
    if (!canvas) return;
    const again = !this.steady && this.fitted !== undefined && same(canvas.viewbox(), this.fitted);
    canvas.resized();
    if (again) this.place();
  }

  private showScale(): void {
    const canvas = this.viewer?.get('canvas');
    if (canvas) byId('zoom-reset').textContent = `${Math.round(canvas.zoom() * 100)} %`;
  }
}

function same(box: Box & { scale: number }, fitted: Fitted): boolean {
  return Math.abs(box.x - fitted.x) < 1 && Math.abs(box.y - fitted.y) < 1 && Math.abs(box.scale - fitted.scale) < 0.001;
}

function byId(id: string): HTMLElement { return document.getElementById(id) as HTMLElement; }

/** Keys reach the diagram when nothing else in the page has the focus. */
export function focusDiagram(canvas: Canvas): void {
  if (document.activeElement === null || document.activeElement === document.body) canvas.focus();
}
