import { boundsOf } from './drawing';
import type { Box, DiagramElement, Viewer } from './viewer';

/** What a picture is drawn with, whatever the theme of the screen: dark on white, as on paper. */
const ON_PAPER: Record<string, string> = { 'shape-fill': '#ffffff', 'shape-stroke': '#22262d', canvas: '#ffffff' };
/** What serves working, not looking: where the mouse hits, outlines, what lint found. */
const TOOLS = '.djs-hit, .djs-outline, .djs-bendpoints, .djs-segment-dragger, .djs-drag-group, .djs-resizer, .ameide-flag';
const PADDING = 12;
/** What a browser draws into one image. */
const MOST_PIXELS = 48e6;
const LONGEST_SIDE = 16_000;

export interface Picture { svg: string; width: number; height: number }

function isWithin(element: DiagramElement, chosen: Set<string>): boolean {
  for (let at: DiagramElement | undefined = element; at; at = at.parent) if (chosen.has((at.labelTarget ?? at).id)) return true;
  return false;
}

function around(elements: DiagramElement[]): Box {
  const boxes = elements.map(boundsOf);
  const x = Math.min(...boxes.map((b) => b.x)), y = Math.min(...boxes.map((b) => b.y));
  return { x, y, width: Math.max(...boxes.map((b) => b.x + b.width)) - x, height: Math.max(...boxes.map((b) => b.y + b.height)) - y };
}

/** The diagram that is shown as SVG, or of it only what is selected with all that is inside. */
export async function takePicture(viewer: Viewer, selectedOnly: boolean): Promise<Picture> {
  const chosen = new Set(selectedOnly ? viewer.get('selection').get().map((element) => (element.labelTarget ?? element).id) : []);
  const { svg } = await viewer.saveSVG();
  const picture = new DOMParser().parseFromString(svg, 'image/svg+xml');
  const root = picture.documentElement;
  picture.querySelectorAll(TOOLS).forEach((tool) => { tool.remove(); });
  const canvas = viewer.get('canvas'), plane = canvas.getRootElement();
  const shown = viewer.get('elementRegistry').getAll().filter((element) => {
    return element.parent && canvas.findRoot(element) === plane && (chosen.size === 0 || isWithin(element, chosen));
  });
  if (shown.length === 0) throw new Error('there is nothing in this diagram yet');
  let box: Box;
  if (chosen.size > 0) {
    const ids = new Set(shown.map((element) => element.id));
    picture.querySelectorAll('.djs-element').forEach((graphics) => {
      if (!ids.has(graphics.getAttribute('data-element-id') ?? '')) graphics.remove();
    });
    box = around(shown);
  } else {
    // Long names may reach beyond the boxes that they belong to: what was measured counts, unless it counts tools.
    const [x = 0, y = 0, width = 0, height = 0] = (root.getAttribute('viewBox') ?? '').split(' ').map(Number);
    const inner = around(shown);
    const left = Math.max(x, inner.x - 200), top = Math.max(y, inner.y - 200);
    box = { x: left, y: top, width: Math.min(x + width, inner.x + inner.width + 200) - left, height: Math.min(y + height, inner.y + inner.height + 200) - top };
  }
  const [width, height] = [Math.ceil(box.width + 2 * PADDING), Math.ceil(box.height + 2 * PADDING)];
  root.setAttribute('viewBox', `${box.x - PADDING} ${box.y - PADDING} ${width} ${height}`);
  root.setAttribute('width', String(width));
  root.setAttribute('height', String(height));
  root.querySelectorAll('[class]').forEach((each) => { each.removeAttribute('class'); });
  const text = new XMLSerializer().serializeToString(root).replace(/var\(--ameide-([a-z-]+)\)/g, (_, role: string) => ON_PAPER[role] ?? '#22262d');
  return { svg: `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`, width, height };
}

/** The picture as PNG on white, `scale` pixels for each unit or as many as an image may have; base64. */
export async function drawPicture({ svg, width, height }: Picture, scale: number): Promise<string> {
  const most = Math.min(scale, Math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / Math.max(width, height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const paper = document.createElement('canvas');
  paper.width = Math.max(1, Math.round(width * most));
  paper.height = Math.max(1, Math.round(height * most));
  const context = paper.getContext('2d');
  if (!context) throw new Error('the browser cannot draw an image of this size');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, paper.width, paper.height);
  context.drawImage(image, 0, 0, paper.width, paper.height);
  return paper.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
