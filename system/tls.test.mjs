/** TLS at Envoy, as `node system/envoy.mjs --tls-cert … --tls-key …` writes it: the gateways behind it speak plainly. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';

import { Crowd } from './support/crowd.mjs';
import { Fleet, until } from './support/fleet.mjs';

const { WebSocket } = createRequire(new URL('../web/package.json', import.meta.url))('ws');

describe('TLS at Envoy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  /** @type {Fleet} */
  let fleet;
  before(async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=calls.example', '-addext', 'subjectAltName=IP:127.0.0.1', '-out', cert, '-keyout', key], { stdio: 'pipe' });
    fleet = await Fleet.start({ changes: { tls: { cert, key } } });
  });
  after(async () => {
    await fleet?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param {import('node:tls').ConnectionOptions} options */
  const handshake = (options) => new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(fleet.url).port), host: '127.0.0.1', ...options });
    socket.once('secureConnect', () => {
      resolve({ certificate: socket.getPeerCertificate(), protocol: socket.getProtocol(), alpn: socket.alpnProtocol });
      socket.destroy();
    }).once('error', reject);
  });

  test('people talk over wss://, over both gateways', async () => {
    const crowd = new Crowd(fleet.url);
    try {
      await crowd.gather(8, 3, 'tls');
      crowd.talk(50);
      await until('each said something', () => crowd.people.every(({ said }) => said >= 10));
      await crowd.quiet();
      crowd.check();
    } finally {
      await crowd.leave();
    }
  });

  test('the certificate is the given one, from TLS 1.2 on, and browsers are held to HTTP/1.1, which WebSocket needs', async () => {
    const { certificate, alpn } = await handshake({ ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(certificate.subject.CN, 'calls.example');
    assert.equal(alpn, 'http/1.1');
    assert.equal((await handshake({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
    await assert.rejects(handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), /alert|protocol version|EPROTO|ECONNRESET/i);
  });

  test('plain HTTP is not answered there', async () => {
    await assert.rejects(fetch(fleet.url.replace('https', 'http')));
  });

  test('the page comes, and may connect, being of the same origin; another may not', async () => {
    const page = await fetch(fleet.url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<html/i);
    /** @param {string} origin @returns {Promise<number>} The status; 101 when the socket stands. */
    const upgrade = (origin) => new Promise((resolve) => {
      const socket = new WebSocket(`${fleet.url.replace('https', 'wss')}/ws`, ['switchboard.v1.json'], { origin });
      socket.once('open', () => { resolve(101); socket.terminate(); });
      socket.once('unexpected-response', (/** @type {unknown} */ _, /** @type {import('node:http').IncomingMessage} */ response) => { resolve(response.statusCode ?? 0); socket.terminate(); });
      socket.on('error', () => {});
    });
    assert.equal(await upgrade(fleet.url), 101);
    assert.equal(await upgrade('https://elsewhere.example'), 403);
  });
});
