import type { HeatMessage } from '../bridge/messages';
import type { Viewer } from './viewer';

type Cell = HeatMessage['cells'][number];

/** Colours elements by how long they take and writes it below them: colour alone would leave some people out. */
export class Heat {
  private cells: Cell[] = [];
  private marked = new Map<string, string>();

  /** Takes what is to be shown instead of all that was. */
  take(viewer: Viewer | undefined, cells: Cell[]): void {
    this.cells = cells;
    if (viewer) this.show(viewer);
  }

  /** Another state of the document is shown. */
  shownAnew(viewer: Viewer): void {
    this.marked.clear();
    if (this.cells.length > 0) this.show(viewer);
  }

  private show(viewer: Viewer): void {
    const [overlays, registry, canvas] = [viewer.get('overlays'), viewer.get('elementRegistry'), viewer.get('canvas')];
    overlays.remove({ type: 'heat' });
    for (const [id, marker] of this.marked) if (registry.get(id)) canvas.removeMarker(id, marker);
    this.marked.clear();
    for (const { element: id, level, text, title } of this.cells) {
      const element = registry.get(id);
      if (!element) continue;
      const marker = `ameide-heat-${level}`;
      canvas.addMarker(id, marker);
      this.marked.set(id, marker);
      const label = document.createElement('div');
      label.className = 'ameide-heat-label';
      label.textContent = text;
      label.title = title;
      // The labels of events stand below them.
      const below = element.labels?.length ? { top: -34 } : { bottom: -3 };
      overlays.add(id, 'heat', { scale: { min: 0.75 }, position: { ...below, left: (element.width ?? 0) / 2 }, html: label });
    }
  }
}
