/** Everything is replaced while people talk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { program } from '../web/test/browser/support/cluster.mjs';
import { roll } from './roll.mjs';

test('everything is replaced under people who talk: nothing is lost, nobody leaves who did not mean to', async (context) => {
  /** @type {import('./roll.mjs').Step[]} */
  const steps = [];
  // SWITCHBOARD_PREVIOUS_BIN: the program of the release before.
  const from = process.env.SWITCHBOARD_PREVIOUS_BIN ?? program();
  const crowd = await roll({ from, to: program(), tell: (step) => steps.push(step) });
  for (const { what, seconds, joins, p99, resumes } of steps) context.diagnostic(`${what}: ${seconds.toFixed(1)} s, ${joins} joins with p99 ${p99.toFixed(0)} ms, ${resumes} resumes`);
  context.diagnostic(crowd.summary);
  assert.equal(steps.length, 7);
  const of = (/** @type {string} */ what) => steps.find((step) => step.what === what)?.resumes ?? Number.NaN;
  for (const what of ['room service 1', 'room service 2', 'the old Envoy ends', 'the Redis primary']) assert.equal(of(what), 0, `${what}: no socket was lost`);
  for (const { what, joins } of steps) assert.ok(joins > 0, `${what}: people could join`);
});
