/** A real coturn: a call that must relay does, with the credentials that the gateway gives out. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { Running, freePort } from './support/cluster.mjs';
import { Stage, seesMoving } from './support/stage.mjs';

const SECRET = 'what-coturn-and-the-gateways-share';

/** @type {Running | undefined} */
let coturn;
// It makes its database itself, but nowhere else than in a file.
const folder = mkdtempSync(join(tmpdir(), 'coturn-'));
after(async () => {
  await coturn?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startCoturn() {
  const port = await freePort();
  // All that coturn would take from /etc stands here; what it relays for is this machine only, as is the whole call.
  coturn = new Running('turnserver', 'turnserver', [
    '-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--min-port=49160', '--max-port=49560',
    '--use-auth-secret', `--static-auth-secret=${SECRET}`, '--realm=switchboard', '--allow-loopback-peers',
    '--no-tls', '--no-dtls', '--no-cli', '--no-tcp-relay', '--log-file=stdout', '--simple-log', '--verbose', `--pidfile=/dev/null`, `--userdb=${join(folder, 'turndb')}`,
  ]);
  await coturn.until('it listens', async () => {
    const { connect } = await import('node:net');
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.once('error', () => resolve(false));
    });
  });
  return { gatewayArgs: ['--ice-server', `turn:127.0.0.1:${port}?transport=udp`, '--turn-secret', SECRET] };
}

// A browser has no candidates on loopback unless told.
const stage = new Stage(startCoturn, ['--allow-loopback-in-peer-connection']);

/** Runs in each page: whatever its scripts say, media goes through TURN or nowhere. */
function relayOnly() {
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = /** @type {any} */ (class extends Real {
    /** @param {RTCConfiguration} configuration */
    constructor(configuration) {
      super({ ...configuration, iceTransportPolicy: 'relay' });
    }
  });
}

/** The pairs in use, by their candidates' types, and whom the credentials are for. @param {import('playwright-core').Page} page */
const pairs = (page) => page.evaluate(async () => {
  const found = [];
  for (const connection of /** @type {any} */ (window).testConnections) {
    if (connection.connectionState !== 'connected') continue;
    const stats = await connection.getStats();
    for (const one of stats.values()) {
      if (one.type !== 'transport' || !one.selectedCandidatePairId) continue;
      const pair = stats.get(one.selectedCandidatePairId);
      const { username = '', urls } = connection.getConfiguration().iceServers[0] ?? {};
      found.push({ local: stats.get(pair.localCandidateId).candidateType, remote: stats.get(pair.remoteCandidateId).candidateType, username, urls });
    }
  }
  return found;
});

stage.scene('a call that must relay goes through coturn', async (scene) => {
  const pages = [];
  for (const [index, name] of ['ann', 'bob'].entries()) {
    const context = await scene.context();
    await context.addInitScript(relayOnly);
    pages.push(await scene.join(name, { context, gateway: scene.gateways[index] }));
  }
  for (const page of pages) await page.getByRole('button', { name: 'Camera on', exact: true }).click();
  for (const [index, page] of pages.entries()) await seesMoving(page, ['ann', 'bob'][index], 1);
  for (const page of pages) {
    const used = await pairs(page);
    assert.ok(used.length > 0, 'a pair is in use');
    for (const { local, remote, username } of used) {
      assert.deepEqual([local, remote], ['relay', 'relay']);
      assert.match(username, /^\d+:/, 'the credentials say when they end');
    }
  }
});
