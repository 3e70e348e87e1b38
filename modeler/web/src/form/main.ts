import '../editor/polyfills';
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import './form.css';

import { Form } from '@bpmn-io/form-js-viewer';

import { applyTheme, connectHost } from '../host';
import type { FromForm, OpenMessage, ToForm } from './messages';

connectHost<FromForm, ToForm>({ type: 'ready' }, (send) => {
  const container = document.getElementById('form') as HTMLElement;
  const form = new Form({ container });
  new ResizeObserver(() => { send({ type: 'height', height: Math.ceil(container.getBoundingClientRect().height) }); }).observe(container);

  const open = async ({ base, schema, data, readOnly }: OpenMessage): Promise<void> => {
    try {
      await form.importSchema(JSON.parse(schema) as object, JSON.parse(data) as object);
      form.setProperty('readOnly', readOnly);
      send({ type: 'shown', base });
    } catch (error) {
      send({ type: 'failed', base, message: error instanceof Error ? error.message : String(error) });
    }
  };

  const submit = (): void => {
    const { data, errors } = form.submit();
    const wrong = Object.keys(errors).length;
    if (wrong === 0) { send({ type: 'submitted', values: JSON.stringify(data) }); return; }
    send({ type: 'invalid', fields: wrong });
    container.querySelector<HTMLElement>('[aria-invalid="true"], .fjs-has-errors input, .fjs-has-errors textarea')?.focus();
  };
  // A button in the form does what the one of the workbench does.
  form.on('submit', ({ errors, data }) => {
    if (Object.keys(errors).length === 0 && pressed) send({ type: 'submitted', values: JSON.stringify(data) });
  });
  let pressed = false;
  container.addEventListener('click', (event) => {
    pressed = event.target instanceof HTMLElement && event.target.closest('button[type="submit"]') !== null;
    setTimeout(() => { pressed = false; });
  }, { capture: true });

  Object.assign(window, { ameide: { form } });
  return (message) => {
    switch (message.type) {
      case 'open': void open(message); return;
      case 'submit': submit(); return;
      case 'theme': applyTheme(message.dark, message.css); return;
    }
  };
});
