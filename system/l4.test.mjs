/** The variant at layer 4: TLS goes through to the gateways, and PROXY v2 tells them whom a connection is from. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';

import { Crowd } from './support/crowd.mjs';
import { Fleet, LAYER_4, until } from './support/fleet.mjs';

const { WebSocket } = createRequire(new URL('../web/package.json', import.meta.url))('ws');

describe('at layer 4', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-l4-'));
  /** @type {Fleet} */
  let fleet;
  /** @type {Awaited<ReturnType<Fleet['addLayer4']>>} */
  let edge;
  before(async () => {
    // Its own certificate: what a client sees must be the gateways', which Envoy does not have.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    fleet = await Fleet.start({
      gateways: 2,
      findsGateways: false,
      gatewayArgs: ['--tls', 'self-signed', '--data-dir', folder, '--proxy-from', LAYER_4, '--audit-log', join(folder, 'audit.log')],
    });
    edge = await fleet.addLayer4();
  });
  after(async () => {
    await fleet?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('people talk over wss:// with the gateways\' own certificate', async () => {
    const crowd = new Crowd(edge.url);
    try {
      await crowd.gather(8, 3, 'l4');
      crowd.talk(50);
      await until('each said something', () => crowd.people.every(({ said }) => said >= 10));
      await crowd.quiet();
      crowd.check();
      const socket = connect({ port: Number(new URL(edge.url).port), host: '127.0.0.1' });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      assert.match(JSON.stringify(socket.getPeerCertificate().subject), /Switchboard/i);
      socket.destroy();
    } finally {
      await crowd.leave();
    }
  });

  test('a gateway knows whom a connection is from', async () => {
    // Envoy's own connections are from LAYER_4.
    const socket = new WebSocket(`${edge.url.replace('https', 'wss')}/ws`, ['switchboard.v1.json'], { localAddress: '127.0.0.77' });
    try {
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      socket.send(JSON.stringify({ join: { roomId: 'audited', participantId: 'somebody' } }));
      await until('the audit has the address', () => /"from":"127\.0\.0\.77"/.test(readFileSync(join(folder, 'audit.log'), 'utf8')),
        () => readFileSync(join(folder, 'audit.log'), 'utf8').slice(-1_000));
    } finally {
      socket.terminate();
    }
  });

  test('clients of one address stay at one gateway, which polling needs', async () => {
    const crowd = new Crowd(edge.url);
    try {
      await crowd.gather(5, 2, 'sticky');
      const counts = await Promise.all(fleet.gateways.map((gateway) => gateway.metric('sockets_open')));
      assert.deepEqual(counts.toSorted((a, b) => a - b), [0, 10]);
    } finally {
      await crowd.leave();
    }
  });
});
