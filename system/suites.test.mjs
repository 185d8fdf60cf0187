/** The suites of web/ once more, with Envoy in their way: Socket.IO's contract, and browsers that share a screen. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

import { root } from './envoy.mjs';

/** @param {string[]} args @returns {Promise<{ code: number | null, said: string }>} */
function suite(args) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...args], { cwd: root, env: { ...env, SWITCHBOARD_BEHIND_ENVOY: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
}

for (const [name, least, ...args] of /** @type {[string, number, ...string[]][]} */ ([
  ['Socket.IO: the contract, by polling and WebSocket', 10, 'web/test/socketio/contract.test.mjs'],
  ['browsers: screens are shared, and seen by who comes later', 2, '--test-name-pattern=share, stop|who joins while', 'web/test/browser/share.test.mjs'],
])) {
  test(name, async () => {
    const { code, said } = await suite(args);
    assert.equal(code, 0, said);
    assert.ok(Number(/ℹ pass (\d+)/.exec(said)?.[1]) >= least, said);
  });
}
