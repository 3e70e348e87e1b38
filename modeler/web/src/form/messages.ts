import type { ThemeMessage } from '../bridge/messages';

/** What a form and C++ say to each other; `modeler/host/form_view.cc` is the other side. */

/** Shows a form of form-js (its JSON) with these values. */
export interface OpenMessage { type: 'open'; base: number; schema: string; data: string; readOnly: boolean }
/** Checks what is filled in; the answer is `submitted` or `invalid`. */
export interface SubmitMessage { type: 'submit' }
export type ToForm = OpenMessage | SubmitMessage | ThemeMessage;

export interface ReadyMessage { type: 'ready' }
export interface ShownMessage { type: 'shown'; base: number }
export interface FailedMessage { type: 'failed'; base: number; message: string }
/** How high the form is, in CSS pixels. */
export interface HeightMessage { type: 'height'; height: number }
/** `values` is a JSON object of the fields that can be filled in. */
export interface SubmittedMessage { type: 'submitted'; values: string }
/** So many fields are not right yet; each says why. */
export interface InvalidMessage { type: 'invalid'; fields: number }
export type FromForm = ReadyMessage | ShownMessage | FailedMessage | HeightMessage | SubmittedMessage | InvalidMessage;
