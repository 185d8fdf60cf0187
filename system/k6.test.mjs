/** Clients that we did not write, k6's WebSocket and gRPC, through Envoy. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { root } from './envoy.mjs';
import { Fleet } from './support/fleet.mjs';

/**
 * @param {string} script
 * @param {Record<string, string>} variables
 * @returns {Promise<{ code: number | null, said: string }>}
 */
function k6(script, variables) {
  const given = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const child = spawn('k6', ['run', '--quiet', '--no-usage-report', ...given, join(root, 'system/k6', script)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`k6 can't be run (tools/envoy.sh brings it): ${error.message}`))).once('close', (code) => resolve({ code, said }));
  });
}

describe('k6', () => {
  /** @type {Fleet} */
  let fleet;
  before(async () => { fleet = await Fleet.start(); });
  after(() => fleet?.stop());

  test('its WebSockets: 120 people join, talk and leave without an error', async () => {
    const { code, said } = await k6('sockets.js', { URL: `${fleet.url.replace('http', 'ws')}/ws` });
    assert.equal(code, 0, said);
    assert.match(said, /checks_succeeded\.*: 100\.00%/, said);
    assert.match(said, /iterations\.*: 120 /, said);
  });

  test('its gRPC: 200 rooms are made, changed and closed without an error', async () => {
    const { code, said } = await k6('api.js', { ADDRESS: fleet.grpc });
    assert.equal(code, 0, said);
    assert.match(said, /checks_succeeded\.*: 100\.00%/, said);
    assert.match(said, /iterations\.*: 200 /, said);
  });
});
