import './polyfills';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './editor.css';

import { PROTOCOL, type FromEditor, type ToEditor } from '../bridge/messages';
import { connectHost } from '../host';
import { Editor } from './editor';
import { watchSplitter } from './splitter';
import { unknownWords } from '../words/words';

connectHost<FromEditor, ToEditor>({ type: 'ready', protocol: PROTOCOL }, (send) => {
  const editor = new Editor(send);
  watchShortcuts(send);
  watchSplitter();
  window.addEventListener('focus', () => { editor.focus(); });
  Object.assign(window, { ameide: { get modeler() { return editor.modeler; }, get travelled() { return editor.travelled; }, get unknownWords() { return unknownWords(); } } });
  return (message) => { editor.receive(message); };
});

/** Keys that belong to the workbench, wherever the focus is in here. Text fields keep their own undo. */
function watchShortcuts(send: (message: FromEditor) => void): void {
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const inText = event.target instanceof HTMLElement && (event.target.isContentEditable || /^(INPUT|TEXTAREA)$/.test(event.target.tagName));
    const key = event.key.toLowerCase();
    if (key === 'k') send({ type: 'shortcut', name: 'commandSearch' });
    else if (key === 's') send({ type: 'shortcut', name: 'save' });
    else if (inText) return;
    else if (key === 'z') send({ type: 'shortcut', name: event.shiftKey ? 'redo' : 'undo' });
    else if (key === 'y') send({ type: 'shortcut', name: 'redo' });
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}
