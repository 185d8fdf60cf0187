/**
 * The packet layer by itself: the cases of the public conformance suites of
 * Engine.IO 4 and Socket.IO 5, in a table of our own, and the real client,
 * against the example `socketio_echo`.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { clients, freePort, Running, transports, example } from './support.mjs';

const { WebSocket } = createRequire(import.meta.url)('ws');

const PING_INTERVAL_MS = 300;
const PING_TIMEOUT_MS = 200;
const WITHIN_MS = 5_000;
const SEPARATOR = '\x1e';

let url = '';
let host = '';
/** @type {Running} */
let server;

before(async () => {
  host = `127.0.0.1:${await freePort()}`;
  url = `http://${host}/socket.io/`;
  server = new Running('socketio_echo', example('socketio_echo'), ['--listen', host]);
  await server.until('it answered', async () => (await fetch(url)).status === 400);
});
after(() => server.stop());

/**
 * @param {string} query
 * @param {RequestInit} [options]
 */
async function http(query, options) {
  const response = await fetch(`${url}?${query}`, { signal: AbortSignal.timeout(WITHIN_MS), ...options });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** @returns {Promise<string>} The query of a session that polls. */
async function polling() {
  const { status, text } = await http('EIO=4&transport=polling');
  assert.equal(status, 200);
  return `EIO=4&transport=polling&sid=${JSON.parse(text.slice(1)).sid}`;
}

/** @param {string} query @param {string} body */
const post = (query, body) => http(query, { method: 'POST', body, headers: { 'content-type': 'text/plain;charset=UTF-8' } });

/** A WebSocket whose frames are read one by one. */
class Peer {
  /** @type {(string | Buffer)[]} */
  #frames = [];
  /** @type {(() => void)[]} */
  #waiting = [];
  closed = false;

  /** @param {string} query */
  constructor(query) {
    this.socket = new WebSocket(`ws://${host}/socket.io/?${query}`);
    this.socket.on('message', (/** @type {Buffer} */ data, /** @type {boolean} */ binary) => {
      this.#frames.push(binary ? data : data.toString());
      this.#wake();
    });
    this.opened = new Promise((resolve) => this.socket.once('open', resolve));
    this.socket.on('error', () => {});
    this.socket.once('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** @param {() => boolean} isSo @param {string} what */
  async #until(isSo, what) {
    const late = pause(WITHIN_MS, 'late', { ref: false });
    while (!isSo()) {
      const woken = new Promise((resolve) => this.#waiting.push(() => resolve('woken')));
      if (await Promise.race([woken, late]) === 'late') assert.fail(`waited in vain for ${what}`);
    }
  }

  /** @returns {Promise<string | Buffer>} */
  async next() {
    await this.#until(() => this.#frames.length > 0 || this.closed, 'a frame');
    return /** @type {string | Buffer} */ (this.#frames.shift());
  }

  /** @returns {Promise<string | Buffer>} The next that is no ping, which it answers. */
  async said() {
    for (;;) {
      const frame = await this.next();
      if (frame !== '2') return frame;
      this.send('3');
    }
  }

  async end() {
    await this.#until(() => this.closed, 'the close');
  }

  /** @param {string | Buffer | Uint8Array} frame */
  send(frame) {
    this.socket.send(frame);
  }
}

/** @param {string} [query] */
async function webSocket(query = 'EIO=4&transport=websocket') {
  const peer = new Peer(query);
  await peer.opened;
  return peer;
}

/** A WebSocket whose session stands, and which is in the main namespace. */
async function connected() {
  const peer = await webSocket();
  assert.match(String(await peer.next()), /^0/);
  peer.send('40');
  assert.match(String(await peer.said()), /^40/);
  assert.equal(await peer.said(), '42["auth",{}]');
  return peer;
}

describe('Engine.IO: handshake', () => {
  for (const transport of ['polling', 'websocket']) {
    test(`${transport} opens a session`, async () => {
      let text;
      if (transport === 'polling') {
        const opened = await http('EIO=4&transport=polling');
        assert.equal(opened.status, 200);
        assert.equal(opened.headers.get('access-control-allow-origin'), '*');
        assert.match(String(opened.headers.get('content-type')), /^text\/plain/);
        text = opened.text;
      } else {
        const peer = await webSocket();
        text = String(await peer.next());
        peer.socket.close();
      }
      assert.equal(text[0], '0');
      const { sid, ...told } = JSON.parse(text.slice(1));
      assert.equal(typeof sid, 'string');
      const upgrades = transport === 'polling' ? ['websocket'] : [];
      assert.deepEqual(told, { upgrades, pingInterval: PING_INTERVAL_MS, pingTimeout: PING_TIMEOUT_MS, maxPayload: 1_000_000 });
    });
  }

  /** @type {[query: string, method: string, code: number][]} */
  const refused = [
    ['transport=polling', 'GET', 5],
    ['EIO=abc&transport=polling', 'GET', 5],
    ['EIO=3&transport=polling', 'GET', 5],
    ['EIO=4', 'GET', 0],
    ['EIO=4&transport=abc', 'GET', 0],
    ['EIO=4&transport=polling', 'POST', 2],
    ['EIO=4&transport=polling', 'PUT', 2],
    ['EIO=4&transport=polling&sid=abc', 'GET', 1],
    ['EIO=4&transport=polling&sid=abc', 'POST', 1],
    ['EIO=4&transport=websocket', 'GET', 3],
  ];
  for (const [query, method, code] of refused) {
    test(`${method} ?${query} is refused with code ${code}`, async () => {
      const { status, text } = await http(query, { method });
      assert.equal(status, 400);
      assert.equal(JSON.parse(text).code, code);
    });
  }

  for (const query of ['transport=websocket', 'EIO=abc&transport=websocket', 'EIO=4', 'EIO=4&transport=abc', 'EIO=4&transport=websocket&sid=abc']) {
    test(`a WebSocket with ?${query} is refused`, () => new Peer(query).end());
  }

  test('a preflight is answered', async () => {
    const { status, headers } = await http('EIO=4&transport=polling', { method: 'OPTIONS' });
    assert.equal(status, 204);
    assert.equal(headers.get('access-control-allow-origin'), '*');
  });
});

describe('Engine.IO: polling', () => {
  test('a payload has several packets, text and bytes', async () => {
    const query = await polling();
    const packets = ['40', '42["message",1,"2"]', '452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', 'bAQID', 'bBAUG'];
    const { status, text } = await post(query, packets.join(SEPARATOR));
    assert.deepEqual([status, text], [200, 'ok']);
    /** @type {string[]} */
    const got = [];
    while (got.length < 6) got.push(...(await http(query)).text.split(SEPARATOR).filter((packet) => packet !== '2'));
    assert.match(got[0], /^40\{"sid":"/);
    assert.deepEqual(got.slice(1), [
      '42["auth",{}]', '42["message-back",1,"2"]',
      '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', 'bAQID', 'bBAUG',
    ]);
  });

  for (const body of ['abc', '', '2', 'b!', `40${SEPARATOR}x`]) {
    test(`a payload ${JSON.stringify(body)} ends the session`, async () => {
      const query = await polling();
      assert.equal((await post(query, body)).status, 400);
      assert.equal((await http(query)).status, 400);
    });
  }

  test('a payload over the limit ends the session', async () => {
    const query = await polling();
    assert.equal((await post(query, `4${'x'.repeat(1_000_000)}`)).status, 413);
    assert.equal((await http(query)).status, 400);
  });

  test('a payload at the limit is taken', async () => {
    const query = await polling();
    assert.equal((await post(query, '40')).status, 200);
    const around = '42["message",""]'.length;
    assert.equal((await post(query, `42["message","${'x'.repeat(1_000_000 - around)}"]`)).status, 200);
    let text = '';
    while (!text.includes('message-back')) ({ text } = await http(query));
    assert.ok(text.length > 1_000_000);
  });

  test('a second poll at one time ends the session', async () => {
    const query = await polling();
    const first = http(query);
    // Both go out now: whichever comes second is refused.
    const both = await Promise.all([first, http(query)]);
    const [ended, refused] = both.sort((a, b) => a.status - b.status);
    assert.deepEqual([ended.status, ended.text, refused.status], [200, '1', 400]);
    assert.equal((await http(query)).status, 400);
  });

  test('a poll that is given up ends the session', async () => {
    const query = await polling();
    const poll = request(`${url}?${query}`);
    poll.on('error', () => {});
    poll.end();
    await new Promise((resolve) => poll.once('finish', resolve));
    // The ping would come as its answer.
    poll.destroy();
    const by = Date.now() + WITHIN_MS;
    let status = 200;
    while (status !== 400 && Date.now() < by) ({ status } = await http(query));
    assert.equal(status, 400);
  });

  test('pings are answered by POST', async () => {
    const query = await polling();
    assert.equal((await post(query, '40')).status, 200);
    let pings = 0;
    while (pings < 3) {
      const packets = (await http(query)).text.split(SEPARATOR);
      if (!packets.includes('2')) continue;
      pings += 1;
      assert.deepEqual((await post(query, '3')).text, 'ok');
    }
  });

  test('a ping without an answer ends the session', async () => {
    const query = await polling();
    assert.equal((await post(query, '40')).status, 200);
    const began = Date.now();
    let status = 200;
    while (status === 200) ({ status } = await http(query));
    assert.equal(status, 400);
    assert.ok(Date.now() - began >= PING_INTERVAL_MS, 'not before it was asked');
  });

  test('a close packet ends the session, and the poll that waits', async () => {
    const query = await polling();
    const [poll] = await Promise.all([http(query), post(query, '1')]);
    assert.equal((await http(query)).status, 400);
    // The POST may come first.
    if (poll.status === 200) assert.equal(poll.text, '6');
    else assert.equal(poll.status, 400);
  });

  test('another method than GET and POST is refused', async () => {
    assert.equal((await http(await polling(), { method: 'PUT' })).status, 400);
  });
});

describe('Engine.IO: WebSocket', () => {
  test('pings are answered', async () => {
    const peer = await connected();
    for (let pings = 0; pings < 3; pings += 1) {
      assert.equal(await peer.next(), '2');
      peer.send('3');
    }
    peer.socket.close();
  });

  test('a ping without an answer ends the session', async () => {
    const peer = await connected();
    await peer.end();
  });

  for (const frame of ['abc', '2', '2probe', '']) {
    test(`a frame ${JSON.stringify(frame)} ends the session`, async () => {
      const peer = await connected();
      peer.send(frame);
      await peer.end();
    });
  }

  test('a close packet ends the session', async () => {
    const peer = await connected();
    peer.send('1');
    await peer.end();
  });

  test('a message over the limit ends the session', async () => {
    const peer = await connected();
    peer.send(`42["message","${'x'.repeat(1_000_000)}"]`);
    await peer.end();
  });
});

describe('Engine.IO: upgrade', () => {
  /** @param {string} query */
  const asWebSocket = (query) => query.replace('polling', 'websocket');

  async function upgraded() {
    const query = await polling();
    assert.equal((await post(query, '40')).status, 200);
    await http(query);
    const peer = await webSocket(asWebSocket(query));
    peer.send('2probe');
    assert.equal(await peer.next(), '3probe');
    peer.send('5');
    return { query, peer };
  }

  test('a session changes from polling to a WebSocket', async () => {
    const { peer } = await upgraded();
    peer.send('42["message","hello"]');
    let frame;
    // The answer to the connect may still be on its way here.
    while (!/message-back/.test(String(frame))) frame = await peer.said();
    assert.equal(frame, '42["message-back","hello"]');
    peer.socket.close();
  });

  test('the poll that waits ends with nothing, and what was not polled comes on the WebSocket, in order', async () => {
    const query = await polling();
    assert.equal((await post(query, '40')).status, 200);
    const peer = await webSocket(asWebSocket(query));
    peer.send('2probe');
    assert.equal(await peer.next(), '3probe');
    const packets = ['a', 'b', 'c'].map((text) => `42["message","${text}"]`);
    assert.equal((await post(query, packets.join(SEPARATOR))).status, 200);
    peer.send('5');
    peer.send('42["message","d"]');
    /** @type {string[]} */
    const got = [];
    while (got.length < 6) got.push(String(await peer.said()));
    assert.deepEqual(got.slice(2).map((frame) => JSON.parse(frame.slice(2))[1]), ['a', 'b', 'c', 'd']);
    peer.socket.close();
  });

  test('its polls and POSTs are refused, and it lives on', async () => {
    const { query, peer } = await upgraded();
    peer.send('42["message","1"]');
    await peer.said();
    assert.equal((await http(query)).status, 400);
    assert.equal((await post(query, '4x')).status, 400);
    peer.send('42["message","hello"]');
    while (await peer.said() !== '42["message-back","hello"]');
    peer.socket.close();
  });

  test('a second WebSocket is closed, and the first one lives on', async () => {
    const { query, peer } = await upgraded();
    peer.send('42["message","1"]');
    await peer.said();
    const second = await webSocket(asWebSocket(query));
    await second.end();
    peer.send('42["message","hello"]');
    while (await peer.said() !== '42["message-back","hello"]');
    peer.socket.close();
  });

  test('a WebSocket that says something else is closed, and polling goes on', async () => {
    const query = await polling();
    assert.equal((await post(query, '40')).status, 200);
    const peer = await webSocket(asWebSocket(query));
    peer.send('5');
    await peer.end();
    const { status, text } = await http(query);
    assert.equal(status, 200);
    assert.match(text, /^40/);
  });
});

describe('Socket.IO: namespaces', () => {
  /** @type {[namespace: string, prefix: string][]} */
  const namespaces = [['', ''], ['/custom', '/custom,']];
  for (const [namespace, prefix] of namespaces) {
    for (const auth of ['', '{"token":"123"}']) {
      test(`${namespace || '/'} is entered with ${auth || 'no auth'}`, async () => {
        const peer = await webSocket();
        await peer.next();
        peer.send(`40${prefix}${auth}`);
        const answer = String(await peer.said());
        assert.ok(answer.startsWith(`40${prefix}`));
        assert.deepEqual(Object.keys(JSON.parse(answer.slice(2 + prefix.length))), ['sid']);
        assert.equal(await peer.said(), `42${prefix}["auth",${auth || '{}'}]`);
        peer.socket.close();
      });
    }
  }

  test('one that does not exist is refused', async () => {
    const peer = await webSocket();
    await peer.next();
    peer.send('40/random');
    assert.equal(await peer.said(), '44/random,{"message":"Invalid namespace"}');
    peer.socket.close();
  });

  test('who asks for none is closed', async () => {
    const peer = await webSocket();
    await peer.next();
    while (await peer.said() !== undefined);
    assert.ok(peer.closed);
  });

  test('who asks for none but one that does not exist is closed', async () => {
    const peer = await webSocket();
    await peer.next();
    peer.send('40/random');
    while (await peer.said() !== undefined);
    assert.ok(peer.closed);
  });

  test('leaving the main one leaves the connection', async () => {
    const peer = await connected();
    peer.send('41');
    assert.equal(await peer.next(), '2');
    peer.send('3');
    peer.send('42["message","nobody hears it"]');
    assert.equal(await peer.next(), '2');
    peer.socket.close();
  });

  test('leaving one stays in the other', async () => {
    const peer = await connected();
    peer.send('40/custom');
    assert.match(String(await peer.said()), /^40\/custom,/);
    assert.equal(await peer.said(), '42/custom,["auth",{}]');
    peer.send('41/custom');
    peer.send('42/custom,["message","nobody hears it"]');
    peer.send('42["message","message to main namespace"]');
    assert.equal(await peer.said(), '42["message-back","message to main namespace"]');
    peer.socket.close();
  });
});

describe('Socket.IO: messages', () => {
  const placeholders = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
  /** @type {[what: string, sent: (string | Uint8Array)[], answer: (string | Uint8Array)[]][]} */
  const answered = [
    ['arguments', ['42["message",1,"2",{"3":[true]}]'], ['42["message-back",1,"2",{"3":[true]}]']],
    ['any Unicode and odd spacing', ['42["message",{"a" :  "\\u0000é\\ud83d"},"😀"]'], ['42["message-back",{"a" :  "\\u0000é\\ud83d"},"😀"]']],
    ['no argument', ['42["message"]'], ['42["message-back"]']],
    ['bytes', [`452-["message",${placeholders}]`, Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)],
      [`452-["message-back",${placeholders}]`, Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]],
    ['an acknowledgement', ['42456["message-with-ack",1,"2",{"3":[false]}]'], ['43456[1,"2",{"3":[false]}]']],
    ['an acknowledgement with number 0', ['420["message-with-ack"]'], ['430[]']],
    ['an acknowledgement with bytes', [`452-789["message-with-ack",${placeholders}]`, Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)],
      [`462-789[${placeholders}]`, Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]],
  ];
  for (const [what, sent, answer] of answered) {
    test(`${what} come back`, async () => {
      const peer = await connected();
      for (const frame of sent) peer.send(frame);
      for (const frame of answer) {
        const got = await peer.said();
        assert.deepEqual(typeof got === 'string' ? got : new Uint8Array(got), frame);
      }
      peer.socket.close();
    });
  }

  /** @type {[what: string, sent: (string | Uint8Array)[]][]} */
  const fatal = [
    ['an unknown type', ['4abc']],
    ['a payload that is no array', ['42{}']],
    ['a payload that is no JSON', ['42["message"']],
    ['an event without a name', ['42[]']],
    ['a reserved name', ['42["connect"]']],
    ['a number that is none', ['42abc["message-with-ack",1]']],
    ['no number of attachments', ['45["message"]']],
    ['too many attachments', ['499999-["message"]', '459999-["message"]']],
    ['bytes that belong to nothing', [Uint8Array.of(1)]],
    ['text where bytes are missing', ['451-["message",{"_placeholder":true,"num":0}]', '42["message"]']],
    ['a connect that is no object', ['40/custom,[]']],
  ];
  for (const [what, sent] of fatal) {
    test(`${what} ends the connection`, async () => {
      const peer = await connected();
      for (const frame of sent) peer.send(frame);
      await peer.end();
    });
  }
});

for (const [version, { io }] of clients) {
  for (const [name, options] of transports) {
    test(`socket.io-client ${version}, ${name}: messages, bytes and acknowledgements, in order`, async () => {
      const socket = io(`http://${host}/custom`, { ...options, auth: { who: 'me' }, forceNew: true });
      const main = io(`http://${host}/`, { ...options, forceNew: true });
      try {
        const auth = await new Promise((resolve) => socket.once('auth', resolve));
        assert.deepEqual(auth, { who: 'me' });
        /** @type {any[]} */
        const back = [];
        main.on('message-back', (...args) => back.push(args));
        for (let at = 0; at < 200; at += 1) main.emit('message', at, Buffer.from([at]));
        const answer = await main.timeout(WITHIN_MS).emitWithAck('message-with-ack', Buffer.from('é'));
        assert.equal(Buffer.from(answer).toString(), 'é');
        assert.deepEqual(back.map(([at, bytes]) => [at, Buffer.from(bytes)[0]]), Array.from({ length: 200 }, (_, at) => [at, at]));
        const transport = name === 'polling' ? 'polling' : 'websocket';
        if (main.io.engine.transport.name !== transport) await new Promise((resolve) => main.io.engine.once('upgrade', resolve));
        main.emit('message', 'after');
        await new Promise((resolve) => main.once('message-back', resolve));
        assert.equal(main.io.engine.transport.name, transport);
      } finally {
        socket.close();
        main.close();
      }
    });
  }
}
