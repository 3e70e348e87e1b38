import type { ModdleElement } from '../bridge/moddle';
import type { GraphicsFactory } from './drawing';

/** The parts of bpmn-js and diagram-js that the editor uses. */
export interface DiagramElement {
  id: string; businessObject?: ModdleElement; di?: ModdleElement; labelTarget?: DiagramElement;
  x?: number; y?: number; width?: number; height?: number; waypoints?: { x: number; y: number }[];
  /** None for the root of a plane. */
  parent?: DiagramElement; children?: DiagramElement[];
  /** Of a boundary event, and the boundary events of an activity. */
  host?: DiagramElement; attachers?: DiagramElement[]; labels?: DiagramElement[];
  incoming?: DiagramElement[]; outgoing?: DiagramElement[]; collapsed?: boolean;
  /** Its kind, among those that stand in front of each other; one object for each kind. */
  order?: object;
}

export interface EventBus {
  /** What a listener returns, other than undefined, answers the event and ends it. */
  on(events: string | string[], listener: (event: Record<string, unknown>) => unknown): void;
  on(events: string | string[], priority: number, listener: (event: Record<string, unknown>) => unknown): void;
}
export interface Box { x: number; y: number; width: number; height: number }
export interface CommandStack { execute(command: string, context: Record<string, unknown>): void }
export interface Canvas {
  zoom(value?: 'fit-viewport' | number, center?: 'auto'): number;
  viewbox(): Box & { scale: number; inner: Box; outer: { width: number; height: number } };
  viewbox(box: Box): void;
  /** To be called when the container has another size. */
  resized(): void;
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
  scrollToElement(id: string): void;
  getRootElement(): DiagramElement;
  setRootElement(root: DiagramElement): void;
  /** The root of the plane that an element is on. */
  findRoot(element: DiagramElement): DiagramElement | undefined;
  /** A layer of the plane that is shown, which is made when there is none; those with a higher `index` lie above. */
  getLayer(name: string, index: number): SVGElement;
  focus(): void;
}
export interface ElementRegistry { get(id: string): DiagramElement | undefined; getAll(): DiagramElement[]; getGraphics(id: string): SVGElement }
export interface Selection { select(elements: DiagramElement | DiagramElement[] | null): void; get(): DiagramElement[] }
export interface Overlays { add(id: string, type: string, overlay: object): string; remove(filter: { type: string }): void }
export interface EditorActions { unregister(name: string): void; register(actions: Record<string, () => void>): void; isRegistered(name: string): boolean; trigger(name: string, options?: object): void }
export interface Minimap { toggle(): void }
export interface SearchPad { close(restore: boolean): void }
/** The hook that the library gives to those who change the palette's looks. */
export interface Palette { _needsCollapse(height: number, entries: object): boolean }

interface Services {
  eventBus: EventBus; canvas: Canvas; elementRegistry: ElementRegistry; selection: Selection; overlays: Overlays;
  editorActions: EditorActions; minimap: Minimap; moddle: object; palette: Palette; searchPad: SearchPad; commandStack: CommandStack; graphicsFactory: GraphicsFactory;
  contextPad: object; clipboard: object; modeling: object; bpmnOrderingProvider: object;
}

export interface Viewer {
  importXML(xml: string): Promise<{ warnings: { message: string }[] }>;
  saveXML(options: { format: boolean }): Promise<{ xml: string }>;
  saveSVG(): Promise<{ svg: string }>;
  getDefinitions(): ModdleElement;
  get<Name extends keyof Services>(name: Name): Services[Name];
  destroy(): void;
}
