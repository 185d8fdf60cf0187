/** A front end that dials https://localhost and a port of its own, as the earlier backend had it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Person } from './people.mjs';
import { Running, clients, freePort, program, transports } from './support.mjs';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-data-'));
/** @type {Running} */
let server;
let port = 0;
let ca = '';

before(async () => {
  // 5010 itself may be taken on a machine that tests.
  port = await freePort();
  const args = ['--grpc-listen', `127.0.0.1:${await freePort()}`, '--tls', 'self-signed', '--data-dir', folder];
  server = new Running('switchboard', program(), args, { ...process.env, PORT: String(port) });
  const certificate = join(folder, 'tls/self-signed.crt');
  await server.until('it served https', async () => {
    ca = readFileSync(certificate, 'utf8');
    return await get('/readyz') === 200;
  });
});
after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} path @returns {Promise<number | undefined>} */
const get = (path) => new Promise((resolve, reject) => {
  request(`https://localhost:${port}${path}`, { ca }, (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject).end();
});

for (const [version, client] of clients) {
  for (const [name, options] of transports) {
    test(`socket.io-client ${version}, ${name}, over TLS: two people meet, and a break is mended`, async () => {
      const people = ['alice', 'bob'].map((id) => new Person(client.io, `https://localhost:${port}`, id, { ...options, ca }));
      const [alice, bob] = people;
      try {
        for (const one of people) {
          await one.connected();
          await one.join(`${version} ${name}`);
        }
        for (const one of people) await one.sees('alice', 'bob');
        const { engine } = bob.socket.io;
        if (!('transports' in options) && engine.transport.name === 'polling') await new Promise((resolve) => engine.once('upgrade', resolve));
        assert.deepEqual(await alice.ask('offer', { to: 'bob', offer: 'x'.repeat(60_000) }), { ok: true });
        await bob.hears('offer', { offer: 'x'.repeat(60_000), from: 'alice' });
        engine.close();
        await bob.until(() => !bob.socket.connected, 'the break');
        alice.socket.emit('answer', { to: 'bob', answer: 'meanwhile' });
        await bob.hears('answer', { answer: 'meanwhile', from: 'alice' });
        assert.equal(bob.socket.recovered, true);
      } finally {
        for (const one of people) one.close();
      }
    });
  }
}

test('without trust in the certificate nobody connects', async () => {
  const stranger = new Person(clients[1][1].io, `https://localhost:${port}`, 'stranger', { transports: ['websocket'], reconnection: false });
  try {
    const failed = await new Promise((resolve) => stranger.socket.once('connect_error', resolve));
    assert.ok(failed instanceof Error);
    assert.equal(stranger.socket.connected, false);
  } finally {
    stranger.close();
  }
});
