/**
 * Firefox as the system ships it, driven by WebDriver BiDi, which it speaks by
 * itself. Node 20 has no WebSocket, so here is as much of one as that takes.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Running, freePort } from './cluster.mjs';
import { WITHIN_MS } from './stage.mjs';

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const ANSWER_WITHIN_MS = 30_000;

const PREFS = {
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'media.autoplay.default': 0,
  // Host candidates as plain addresses, the loopback's too: a test machine may have no mDNS and no network.
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.ice.loopback': true,
  'media.gmp-manager.url': '',
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'app.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'remote.active-protocols': 1,
};

/** Text frames of one WebSocket, from RFC 6455: the client's side, without extensions. */
class TextSocket {
  #socket;
  #buffer = Buffer.alloc(0);
  /** @type {Buffer[]} Of a message in pieces. */
  #pieces = [];
  onText = (/** @type {string} */ _text) => {};
  onEnd = () => {};

  /** @param {import('node:stream').Duplex} socket @param {Buffer} head */
  constructor(socket, head) {
    this.#socket = socket;
    socket.on('data', (data) => this.#read(data)).on('error', () => {}).on('close', () => this.onEnd());
    this.#read(head);
  }

  /** @param {string} address @returns {Promise<TextSocket>} */
  static open(address) {
    return new Promise((resolve, reject) => {
      get(address, { headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') } })
        .on('upgrade', (_response, socket, head) => resolve(new TextSocket(socket, head)))
        .on('response', ({ statusCode }) => reject(new Error(`${address} answered ${statusCode} and no WebSocket`)))
        .on('error', reject);
    });
  }

  /** @param {string} text */
  send(text) {
    this.#write(0x81, Buffer.from(text));
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {number} first @param {Buffer} payload */
  #write(first, payload) {
    const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
    head[0] = first;
    head[1] = 0x80 | (head.length === 2 ? payload.length : head.length === 4 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(payload.length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2);
    const mask = randomBytes(4);
    this.#socket.write(Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4])]));
  }

  /** @param {Buffer} data */
  #read(data) {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const buffer = this.#buffer;
      if (buffer.length < 2) return;
      const short = buffer[1] & 0x7f;
      const from = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (buffer.length < from) return;
      const length = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
      if (buffer.length < from + length) return;
      this.#buffer = buffer.subarray(from + length);
      this.#onFrame(buffer[0], buffer.subarray(from, from + length));
    }
  }

  /** @param {number} first @param {Buffer} payload */
  #onFrame(first, payload) {
    const opcode = first & 0x0f;
    if (opcode === 9) this.#write(0x8a, payload);
    if (opcode === 8) this.close();
    if (opcode > 2) return;
    this.#pieces.push(payload);
    if (!(first & 0x80)) return;
    const text = Buffer.concat(this.#pieces).toString();
    this.#pieces = [];
    this.onText(text);
  }
}

export class Firefox {
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-firefox-'));
  /** @type {Running | undefined} */
  #running;
  /** @type {TextSocket | undefined} */
  #socket;
  #id = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  #asked = new Map();
  #tab = '';
  /** @type {string[]} What its console said. */
  said = [];

  async start() {
    try {
      accessSync(FIREFOX, constants.X_OK);
    } catch {
      throw new Error(`There is no Firefox at ${FIREFOX}. Install it (Debian: apt-get install firefox-esr), or name it in the variable FIREFOX.`);
    }
    writeFileSync(join(this.#folder, 'user.js'), Object.entries(PREFS).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
    const port = await freePort();
    this.#running = new Running('firefox', FIREFOX, ['--headless', '--no-remote', '--profile', this.#folder, '--remote-debugging-port', `${port}`], {
      ...process.env, HOME: this.#folder, MOZ_CRASHREPORTER_DISABLE: '1', MOZ_DISABLE_CONTENT_SANDBOX: '1',
    });
    await this.#running.until('its remote agent answered', async () => {
      this.#socket = await TextSocket.open(`http://127.0.0.1:${port}/session`);
      return true;
    });
    const socket = /** @type {TextSocket} */ (this.#socket);
    socket.onText = (text) => this.#onText(text);
    socket.onEnd = () => {
      for (const { reject } of this.#asked.values()) reject(new Error(`Firefox closed the connection. ${this.#running?.lastWords}`));
      this.#asked.clear();
    };
    await this.#ask('session.new', { capabilities: {} });
    await this.#ask('session.subscribe', { events: ['log.entryAdded'] });
    const { contexts } = await this.#ask('browsingContext.getTree', {});
    this.#tab = contexts[0].context;
  }

  /** @param {string} url */
  open(url) {
    return this.#ask('browsingContext.navigate', { context: this.#tab, url, wait: 'complete' });
  }

  /**
   * @param {string} expression
   * @returns {Promise<any>} What it is in the page, as JSON carries it.
   */
  async evaluate(expression) {
    const answer = await this.#ask('script.evaluate', {
      expression: `(async () => JSON.stringify(await (${expression})))()`, target: { context: this.#tab }, awaitPromise: true, userActivation: false,
    });
    if (answer.type === 'exception') throw new Error(`In Firefox's page: ${answer.exceptionDetails.text}`);
    return answer.result.value === undefined ? undefined : JSON.parse(answer.result.value);
  }

  /**
   * @param {string} sentence
   * @param {string} expression
   */
  async until(sentence, expression) {
    const by = Date.now() + WITHIN_MS;
    while (!await this.evaluate(expression)) {
      if (Date.now() > by) throw new Error(`Waited ${WITHIN_MS / 1000} s in vain for this: ${sentence}.`);
      await pause(100);
    }
  }

  /** @param {string} path */
  async screenshot(path) {
    const { data } = await this.#ask('browsingContext.captureScreenshot', { context: this.#tab });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }

  /** @returns {Promise<string>} For a failure. */
  async report() {
    const words = await this.evaluate('document.body.innerText').catch((error) => `(no answer: ${error.message})`);
    return `--- Firefox shows:\n${words}\n--- its console said:\n${this.said.join('\n') || 'nothing'}\n--- ${this.#running?.lastWords}`;
  }

  async stop() {
    // Firefox is a wrapper's child, and children of its own: asked in its own words, all of them end.
    if (this.#socket) await this.#ask('browser.close', {}).catch(() => {});
    this.#socket?.close();
    await this.#running?.stop();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /**
   * @param {string} method
   * @param {object} params
   * @returns {Promise<any>}
   */
  #ask(method, params) {
    const id = this.#id += 1;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`Firefox did not answer ${method} within ${ANSWER_WITHIN_MS / 1000} s.`)), ANSWER_WITHIN_MS);
      const settle = (/** @type {(value: any) => void} */ then) => (/** @type {any} */ value) => { clearTimeout(late); then(value); };
      this.#asked.set(id, { resolve: settle(resolve), reject: settle(reject) });
      /** @type {TextSocket} */ (this.#socket).send(JSON.stringify({ id, method, params }));
    });
  }

  /** @param {string} text */
  #onText(text) {
    const { type, id, method, params, result, error, message } = JSON.parse(text);
    if (method === 'log.entryAdded' && ['error', 'warn'].includes(params.level)) this.said.push(`${params.level}: ${params.text}`);
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    if (type === 'success') asked.resolve(result);
    else asked.reject(new Error(`Firefox: ${error}: ${message}`));
  }
}
