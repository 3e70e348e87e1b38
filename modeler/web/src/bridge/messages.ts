/**
 * What the editor and C++ say to each other. `modeler/host/bridge_message.h` is the other side: change both together and
 * count up PROTOCOL. Every message from the editor has a growing `seq`; C++ answers a gap or a wrong base with `open`.
 */
export const PROTOCOL = 3;

/**
 * Names one XML element for as long as a document is open: `n<i>` is the i-th element (from 0) in document order of the XML
 * that was opened, `t<i>` one that the editor made since.
 */
export type Key = string;

/** A name as the document's meaning has it: `{namespace URI}local`, or `local` without a namespace. */
export type ExpandedName = string;

/** A child in the order of the document: an element with a key, or one that only holds text (`<bpmn:incoming>`). */
export type Child = { key: Key } | { tag: ExpandedName; text: string };

/** One element without what is below its children. */
export interface ElementState {
  tag: ExpandedName;
  attributes: Record<ExpandedName, string>;
  text: string | null;
  children: Child[];
}

/** What changed of one element. */
export interface ElementChange {
  key: Key;
  /** Another element type: what C++ does not know of is kept. */
  tag?: ExpandedName;
  /** null removes. Only what changed. */
  attributes?: Record<ExpandedName, string | null>;
  text?: string | null;
  /**
   * The children that the editor knows, before and after. What is the same at both ends may be left out, except for one
   * neighbour on each side of what changed.
   */
  children?: { before: Child[]; after: Child[] };
}

/** A command's effect. */
export interface DeltaMessage {
  type: 'delta';
  seq: number;
  /** Which `open` it builds on. */
  base: number;
  /** For people: "Move 3 elements". */
  label: string;
  changes: ElementChange[];
  created: Record<Key, ElementState>;
}

export interface ReadyMessage { type: 'ready'; protocol: number }
export interface OpenedMessage { type: 'opened'; base: number; elements: number; warnings: string[]; milliseconds: { parse: number; total: number } }
export interface FailedMessage { type: 'failed'; base: number; message: string }
/** A command ended halfway: what the editor shows is not to be trusted, C++ opens the document again. */
export interface BrokenMessage { type: 'broken'; base: number }
export interface SelectionMessage { type: 'selection'; ids: string[] }
export interface ShortcutMessage { type: 'shortcut'; name: 'undo' | 'redo' | 'save' | 'commandSearch' }
/** One of the fixes that a problem came with is wanted. */
export interface MendMessage { type: 'mend'; element: string; title: string }
/** Elements were copied; `clip` is for other editors, `text` for other programs. */
export interface CopiedMessage { type: 'copied'; clip: string; text: string }
/** The answer to `picture` of the same number: `error` is for people, `png` is base64. */
export interface PictureTakenMessage { type: 'pictureTaken'; number: number; svg: string; png: string; width: number; height: number; error: string }
export interface ComparedMessage { type: 'compared'; differences: string[] }

export type FromEditor =
  | DeltaMessage | ReadyMessage | OpenedMessage | FailedMessage | BrokenMessage | SelectionMessage | ShortcutMessage | ComparedMessage
  | MendMessage | CopiedMessage | PictureTakenMessage;

/** Shows a document. With `keepView`, selection and viewport stay. */
export interface OpenMessage { type: 'open'; base: number; xml: string; readOnly: boolean; keepView: boolean }
export interface SelectMessage { type: 'select'; id: string }
export type Tone = 'token' | 'error' | 'warning' | 'comment';
/** Badges at elements; replaces all earlier ones. */
export interface BadgesMessage { type: 'badges'; badges: { element: string; text: string; tone: Tone; title: string }[] }
/** Colours elements by how long they take, `level` 1 to 5; replaces all earlier ones. */
export interface HeatMessage { type: 'heat'; cells: { element: string; level: number; text: string; title: string }[] }
/** Lets tokens travel: the flows that held some before and after, and what elements did in between. */
export interface TravelMessage { type: 'travel'; before: string[]; steps: { element: string; begins: boolean }[]; after: string[] }
/** What lint says of one element: `fixes` are the titles of what mends it. */
export interface ElementProblem { element: string; tone: 'error' | 'warning'; title: string; fixes: string[] }
/** What changed of what lint says since the last such message; after `reset` all of it. `gone`: elements that are fine now. */
export interface ProblemsMessage { type: 'problems'; reset: boolean; problems: ElementProblem[]; gone: string[] }
/** `css`: declarations of the custom properties `--ameide-<role>`. */
export interface ThemeMessage { type: 'theme'; dark: boolean; css: string }
export interface PropertiesMessage { type: 'properties'; visible: boolean }
export interface CompareMessage { type: 'compare'; xml: string }
/** `pngScale` 0: no PNG is wanted. */
export interface PictureMessage { type: 'picture'; number: number; selectedOnly: boolean; pngScale: number }
/** What was copied elsewhere; null when the clipboard holds no part of a diagram. */
export interface ClipboardMessage { type: 'clipboard'; clip: string | null }
/** `editor`: one of bpmn-js's own actions, by its name in `action` and with `options`. */
export interface CommandMessage {
  type: 'command';
  name: 'zoomFit' | 'zoomIn' | 'zoomOut' | 'toggleMinimap' | 'editor';
  action?: string;
  options?: Record<string, string>;
}

export type ToEditor = OpenMessage | SelectMessage | BadgesMessage | HeatMessage | TravelMessage | ProblemsMessage | ThemeMessage | PropertiesMessage | CompareMessage | CommandMessage
  | PictureMessage | ClipboardMessage;
