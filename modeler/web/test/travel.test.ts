import assert from 'node:assert/strict';
import { test } from 'node:test';

import { legsOf, pointAt } from '../src/editor/travel';

/** A → (F) → B → (G) → C, and B → (H) → D. */
const wiring = {
  incoming: (id: string) => ({ B: [{ id: 'F', source: 'A' }], C: [{ id: 'G', source: 'B' }], D: [{ id: 'H', source: 'B' }] })[id] ?? [],
};

test('whenATokenThatWaitsMoves_thenItGoesOnFromTheMiddleAndLeavesForTheNextFlow', () => {
  const legs = legsOf({ before: ['F'], steps: [{ element: 'B', begins: true }, { element: 'B', begins: false }], after: ['G'] }, wiring);
  assert.deepEqual(legs, [[{ flow: 'F', from: 0.5, to: 1 }], [{ flow: 'G', from: 0, to: 0.5 }]]);
});

test('whenEverythingRuns_thenTokensComeTheWholeWayFromWhatHasEnded', () => {
  const legs = legsOf({ before: ['F'], steps: [
    { element: 'B', begins: true }, { element: 'B', begins: false }, { element: 'C', begins: true }, { element: 'D', begins: true },
  ], after: [] }, wiring);
  assert.deepEqual(legs, [[{ flow: 'F', from: 0.5, to: 1 }], [{ flow: 'G', from: 0, to: 1 }], [{ flow: 'H', from: 0, to: 1 }]]);
});

test('whenATokenStays_thenNothingTravels', () => {
  assert.deepEqual(legsOf({ before: ['F', 'F'], steps: [], after: ['F'] }, wiring), []);
});

test('whenALineBends_thenAPartOfItIsMeasuredAlongIt', () => {
  const line = [{ x: 0, y: 0 }, { x: 30, y: 0 }, { x: 30, y: 10 }];
  assert.deepEqual([0, 0.5, 0.75, 1].map((part) => pointAt(line, part)), [{ x: 0, y: 0 }, { x: 20, y: 0 }, { x: 30, y: 0 }, { x: 30, y: 10 }]);
});
