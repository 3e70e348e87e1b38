// Every text that the pages say is there in every language.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import * as options from 'bpmn-js/lib/features/replace/ReplaceOptions';

import { labelOf } from '../src/editor/labels';
import german from '../src/words/de.json';
import { setLanguage, translate, unknownWords } from '../src/words/words';

const pages = process.env['AMEIDE_PAGES'] ?? '';

/** The texts that a bundled page hands to translate(), by itself or in its libraries. */
function texts(page: string): Set<string> {
  const found = new Set<string>();
  for (const match of readFileSync(join(pages, page), 'utf8').matchAll(/(?<!["'`\w])(?:_?translate)[\w$]*\((?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')\s*[,)]/g)) {
    found.add(match[1] !== undefined ? JSON.parse(`"${match[1]}"`) as string : (match[2] ?? '').replace(/\\'/g, "'"));
  }
  return found;
}

test('whenALibraryOrAPageSaysSomething_thenGermanHasIt', () => {
  const scripts = readdirSync(pages).filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length >= 2);
  const said = new Set(scripts.flatMap((page) => [...texts(page)]));
  assert.ok(said.size > 250, `only ${said.size} texts found`);
  setLanguage('de');
  for (const text of said) translate(text);
  assert.deepEqual(unknownWords(), []);
});

test('whenATypeIsOffered_thenGermanHasIt', () => {
  setLanguage('de');
  const lists = Object.values(options).filter(Array.isArray) as { label?: unknown }[][];
  const labels = lists.flat().map(({ label }) => label).filter((label): label is string => typeof label === 'string');
  assert.ok(labels.length > 60);
  for (const label of labels) translate(label);
  // As the header of the properties panel writes them.
  for (const header of ['Message Start Event (Non Interrupting)', 'Timer Boundary Event', 'Sub Process', 'Expanded Pool', 'User Task', 'Sequence Flow']) translate(header);
  assert.deepEqual(unknownWords(), []);
});

test('whenAPagesHtmlSaysSomething_thenGermanHasIt', () => {
  setLanguage('de');
  for (const page of readdirSync('static')) {
    for (const [, text] of readFileSync(join('static', page), 'utf8').matchAll(/(?:title|aria-label)="([^"]*)"/g)) translate(text ?? '');
  }
  assert.deepEqual(unknownWords(), []);
});

test('whenGermanSaysSomething_thenItsPlaceholdersAreThoseOfTheEnglish', () => {
  const holders = (text: string): string => (text.match(/{[^}]+}/g) ?? []).sort().join();
  for (const [english, said] of Object.entries(german)) {
    assert.notEqual(said, '', english);
    assert.equal(holders(said), holders(english), english);
  }
});

test('whenAnEditIsNamed_thenItIsInTheLanguage', () => {
  const task = { $type: 'bpmn:UserTask', $descriptor: {} };
  setLanguage('de-AT');
  assert.equal(labelOf('shape.move', { shape: { businessObject: { ...task, name: 'Prüfen' } } }), '„Prüfen“ verschieben');
  setLanguage('fr');
  assert.equal(labelOf('elements.delete', { elements: [1, 2, 3] }), 'Delete 3 elements');
});
