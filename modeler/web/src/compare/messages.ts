import type { CommandMessage, ThemeMessage } from '../bridge/messages';

/** What the comparison and C++ say to each other; `modeler/host/compare_canvas.cc` is the other side. */
export type Kind = 'added' | 'removed' | 'changed' | 'moved';

/** One element that differs. `element` is its id: of a removed one in the earlier state, else in the later one. */
export interface Change { element: string; kind: Kind; /** It stands at another place too, or has another size. */ moved: boolean }

/** Shows two states; null stands for "there was none". With `keepView` the viewport stays. */
export interface OpenMessage { type: 'open'; base: number; before: string | null; after: string | null; changes: Change[]; keepView: boolean }
export interface SelectMessage { type: 'select'; element: string }
export interface ModeMessage { type: 'mode'; side: boolean }
export interface PictureMessage { type: 'picture' }
export type ToCompare = OpenMessage | SelectMessage | ModeMessage | PictureMessage | ThemeMessage | CommandMessage;

export interface ReadyMessage { type: 'ready' }
export interface ShownMessage { type: 'shown'; base: number }
export interface FailedMessage { type: 'failed'; base: number; message: string }
/** A changed element was clicked; empty for anything else. */
export interface SelectedMessage { type: 'selected'; element: string }
export interface PictureTakenMessage { type: 'pictureTaken'; svg: string }
export interface ShortcutMessage { type: 'shortcut'; name: 'commandSearch' | 'next' | 'previous' }
export type FromCompare = ReadyMessage | ShownMessage | FailedMessage | SelectedMessage | PictureTakenMessage | ShortcutMessage;
