import '../editor/polyfills';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import '../editor/editor.css';
import './compare.css';

import { connectHost } from '../host';
import { Comparison } from './comparison';
import type { FromCompare, ToCompare } from './messages';

connectHost<FromCompare, ToCompare>({ type: 'ready' }, (send) => {
  const comparison = new Comparison(send);
  document.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === 'k') send({ type: 'shortcut', name: 'commandSearch' });
    else if (event.altKey && key === 'arrowdown') send({ type: 'shortcut', name: 'next' });
    else if (event.altKey && key === 'arrowup') send({ type: 'shortcut', name: 'previous' });
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  Object.assign(window, { ameide: { get comparison() { return comparison; } } });
  return (message) => { comparison.receive(message); };
});
