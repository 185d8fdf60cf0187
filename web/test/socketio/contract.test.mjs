/** The events of the old front end, over two gateways and a real Redis. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { Person } from './people.mjs';
import { clients, startCluster, transports } from './support.mjs';

const { WebSocket } = createRequire(import.meta.url)('ws');

/** @type {import('../browser/support/cluster.mjs').Cluster} */
let cluster;
before(async () => { cluster = await startCluster(); });
after(() => cluster?.stop());

let rooms = 0;
const newRoom = () => `room ${rooms += 1} ü{}`;

/**
 * @param {(person: (gateway: 0 | 1, id: string) => Promise<Person>, room: string) => Promise<void>} play
 * @param {(typeof clients)[0][1]} client
 * @param {object} options
 */
async function scene(play, client = clients[1][1], options = {}) {
  /** @type {Person[]} */
  const people = [];
  try {
    await play(async (gateway, id) => {
      const person = new Person(client.io, cluster.gateways[gateway], id, options);
      people.push(person);
      await person.connected();
      return person;
    }, newRoom());
  } finally {
    for (const person of people) person.close();
  }
}

const events = (person, name) => person.told.filter(([told]) => told === name).map(([, ...args]) => args);

for (const [version, client] of clients) {
  for (const [name, options] of transports) {
    test(`socket.io-client ${version}, ${name}: the whole contract across gateways`, () => scene(async (person, room) => {
      const alice = await person(0, 'alice');
      await alice.join(room);
      await alice.hears('existing-users', []);
      await alice.sees('alice');

      const bob = await person(1, 'bob');
      bob.socket.emit('join-room', room, 'bob');
      await bob.hears('existing-users', ['alice']);
      await alice.hears('user-joined', 'bob');
      for (const one of [alice, bob]) await one.sees('alice', 'bob');
      const stats = bob.lists['room-stats-updated'];
      assert.deepEqual(Object.keys(stats).sort(), ['sharingUser', 'userCount', 'users']);
      assert.deepEqual([stats.userCount, stats.sharingUser], [2, null]);
      const [first, second] = stats.users;
      assert.deepEqual(Object.keys(first).sort(), ['id', 'isSharing', 'joinedAt', 'socketId']);
      assert.deepEqual([first.id, first.socketId, first.isSharing, second.id, second.socketId], ['alice', alice.socket.id, false, 'bob', bob.socket.id]);
      assert.equal(new Date(first.joinedAt).toISOString(), first.joinedAt);
      assert.deepEqual(bob.lists['room-users-updated'][0], { id: 'alice', socketId: alice.socket.id, isSharing: false });
      // A dashboard sees the same, at either gateway.
      for (const gateway of cluster.gateways) {
        assert.deepEqual(await (await fetch(`${gateway}/api/room/${encodeURIComponent(room)}/stats`)).json(), stats);
      }

      alice.socket.emit('start-sharing', room, 'alice');
      await bob.hears('user-started-sharing', 'alice');
      await bob.until(() => bob.lists['room-stats-updated'].sharingUser === 'alice', 'the sharing user');
      assert.ok(bob.lists['room-users-updated'].find(({ id }) => id === 'alice').isSharing);

      // Who comes late hears of the share behind who is there.
      const carol = await person(0, 'carol');
      await carol.join(room);
      await carol.hears('user-started-sharing', 'alice');
      assert.deepEqual(carol.told.slice(0, 2), [['existing-users', ['alice', 'bob']], ['user-started-sharing', 'alice']]);

      const offer = { type: 'offer', sdp: 'v=0\r\n', extra: { nothing: null, text: 'é😀\u0000\u001e\ud83d', list: [1.5, true] } };
      bob.socket.emit('offer', { to: 'alice', from: 'liar', offer });
      await alice.hears('offer', { offer, from: 'bob' });
      alice.socket.emit('answer', { to: 'bob', from: 'alice', answer: { type: 'answer', sdp: '' } });
      await bob.hears('answer', { answer: { type: 'answer', sdp: '' }, from: 'alice' });
      for (let at = 0; at < 50; at += 1) bob.socket.emit('ice-candidate', { to: 'alice', from: 'bob', candidate: { candidate: `c${at}`, sdpMid: null } });
      await alice.until(() => events(alice, 'ice-candidate').length === 50, 'all candidates');
      assert.deepEqual(events(alice, 'ice-candidate').map(([{ candidate, from }]) => [candidate.candidate, from]), Array.from({ length: 50 }, (_, at) => [`c${at}`, 'bob']));
      assert.deepEqual(events(carol, 'ice-candidate'), [], 'for the one addressed only');

      // A second sharer ends the share of the first.
      assert.deepEqual(await bob.ask('start-sharing', room, 'bob'), { ok: true });
      for (const one of [alice, bob, carol]) await one.hears('user-stopped-sharing', 'alice');
      await alice.hears('user-started-sharing', 'bob');
      await alice.until(() => alice.lists['room-stats-updated'].sharingUser === 'bob', 'the sharing user');
      bob.socket.emit('stop-sharing', room, 'bob');
      await carol.hears('user-stopped-sharing', 'bob');

      assert.deepEqual(await carol.ask('leave-room', room, 'carol'), { ok: true });
      for (const one of [alice, bob]) {
        await one.hears('user-left', 'carol');
        await one.sees('alice', 'bob');
      }
      // The same socket, again.
      await carol.join(room);
      await alice.sees('alice', 'bob', 'carol');
      assert.equal(alice.lists['room-users-updated'].find(({ id }) => id === 'carol').socketId, carol.socket.id);
      carol.close();
      await alice.sees('alice', 'bob');
      for (const one of [alice, bob, carol]) {
        assert.deepEqual(events(one, 'error'), []);
        assert.ok(one.offsets, 'every event carries its offset');
      }
    }, client, options));
  }
}

describe('what is not as it should be', () => {
  test('is told to who did it, with a reason, and to nobody else', () => scene(async (person, room) => {
    const alice = await person(0, 'alice');
    /** @type {[reason: string, name: string, ...args: any[]][]} */
    const before = [
      ['NOT_JOINED', 'offer', { to: 'bob', offer: {} }],
      ['NOT_JOINED', 'leave-room', room, 'alice'],
      ['NOT_JOINED', 'start-sharing', room, 'alice'],
      ['INVALID_FIELD', 'join-room'],
      ['INVALID_FIELD', 'join-room', room],
      ['INVALID_FIELD', 'join-room', 1, { a: 2 }],
      ['INVALID_FIELD', 'join-room', '', 'alice'],
      ['INVALID_FIELD', 'join-room', 'x'.repeat(129), 'alice'],
      ['UNKNOWN_MESSAGE_KIND', 'dance'],
    ];
    const refused = async (reason, name, ...args) => {
      const answer = await alice.ask(name, ...args);
      assert.deepEqual([answer.ok, answer.reason], [false, reason], `${name} ${JSON.stringify(args).slice(0, 80)}`);
      const [error] = events(alice, 'error').at(-1);
      assert.deepEqual([error.event, error.reason, error.message.length > 10], [name, reason, true]);
    };
    for (const [reason, name, ...args] of before) await refused(reason, name, ...args);
    await alice.join(room);
    const bob = await person(1, 'bob');
    await bob.join(room);
    await bob.sees('alice', 'bob');
    const heard = bob.told.length;
    /** @type {[reason: string, name: string, ...args: any[]][]} */
    const joined = [
      ['ALREADY_JOINED', 'join-room', room, 'alice'],
      ['ALREADY_JOINED', 'join-room', `${room} another`, 'alice'],
      ['NOT_JOINED', 'leave-room', room, 'bob'],
      ['NOT_JOINED', 'start-sharing', `${room} another`, 'alice'],
      ['NOT_SHARING', 'stop-sharing', room, 'alice'],
      ['PARTICIPANT_NOT_FOUND', 'offer', { to: 'nobody', offer: {} }],
      ['INVALID_FIELD', 'offer', 'text'],
      ['INVALID_FIELD', 'offer', { to: 7, offer: {} }],
      ['INVALID_FIELD', 'answer', { to: 'bob' }],
      ['INVALID_FIELD', 'ice-candidate', null],
      ['INVALID_FIELD', 'offer', { to: 'bob', offer: Buffer.from('x') }],
      ['INVALID_FIELD', 'offer', { to: 'bob', offer: 'x'.repeat(65_536) }],
    ];
    for (const [reason, name, ...args] of joined) await refused(reason, name, ...args);
    // Just below, and the socket is still there.
    const large = 'x'.repeat(65_534);
    assert.deepEqual(await alice.ask('offer', { to: 'bob', offer: large }), { ok: true });
    await bob.until(() => bob.told.length > heard, 'the offer');
    assert.deepEqual(bob.told.slice(heard), [['offer', { offer: large, from: 'alice' }]]);
  }));

  for (const at of /** @type {(0 | 1)[]} */ ([0, 1])) test(`a newer join under the same id takes over, and the older is told (${at ? 'at another gateway' : 'at the same one'})`, () => scene(async (person, room) => {
    const older = await person(0, 'alice');
    await older.join(room);
    const newer = await person(at, 'alice');
    await newer.join(room);
    await older.until(() => events(older, 'error').length > 0, 'an error');
    assert.equal(events(older, 'error')[0][0].reason, 'SESSION_SUPERSEDED');
    await newer.sees('alice');
    assert.equal(newer.lists['room-users-updated'][0].socketId, newer.socket.id);
  }));
});

test('200 people who join one room at once are 200, seen from both gateways, and another room does not wait', () => scene(async (person, room) => {
  const one = await person(0, 'one');
  const two = await person(1, 'two');
  await one.join(`${room} another`);
  await two.join(`${room} another`);
  const people = await Promise.all(Array.from({ length: 200 }, (_, at) => person(/** @type {0 | 1} */ (at % 2), `p${at}`)));
  const ids = people.map(({ id }) => id);
  const joined = Promise.all(people.map((each) => each.join(room)));
  for (let at = 0; at < 20; at += 1) assert.deepEqual(await one.ask('ice-candidate', { to: 'two', candidate: at }), { ok: true });
  await joined;
  await Promise.all(people.map((each) => each.sees(...ids)));
  for (const each of people) {
    // Everybody else was told of in one way, once.
    const others = [...events(each, 'existing-users').flat(2), ...events(each, 'user-joined').flat()];
    assert.deepEqual(others.sort(), ids.filter((id) => id !== each.id).sort());
  }
  await two.until(() => events(two, 'ice-candidate').length === 20, 'the candidates');
}, clients[1][1], { transports: ['websocket'] }));

test('pages of allowed origins get in with credentials, others do not', async () => {
  const url = `${cluster.gateways[0]}/socket.io/?EIO=4&transport=polling`;
  const from = (origin, method = 'GET') => fetch(url, { method, headers: { origin } });
  const allowed = await from('http://localhost:3000');
  assert.equal(allowed.status, 200);
  const open = JSON.parse((await allowed.text()).slice(1));
  assert.deepEqual([open.pingInterval, open.pingTimeout, open.maxPayload], [25_000, 20_000, 1_000_000]);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:3000');
  assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true');
  const preflight = await from('http://localhost:3000', 'OPTIONS');
  assert.equal(preflight.status, 204);
  assert.match(String(preflight.headers.get('access-control-allow-methods')), /POST/);
  const foreign = await from('https://evil.example');
  assert.equal(foreign.status, 403);
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
});

test('a client of the native protocol and one of Socket.IO call each other', () => scene(async (person, room) => {
  const bob = await person(0, 'bob');
  await bob.join(room);
  const native = new WebSocket(`${cluster.gateways[1].replace('http', 'ws')}/ws`, 'switchboard.v1.json');
  try {
    /** @type {any[]} */
    const told = [];
    /** @type {(() => void)[]} */
    const waiting = [];
    native.on('message', (/** @type {Buffer} */ data) => {
      told.push(JSON.parse(data.toString()));
      for (const resolve of waiting.splice(0)) resolve();
    });
    const hears = async (/** @type {(message: any) => any} */ find) => {
      for (;;) {
        const found = told.map(find).find(Boolean);
        if (found) return found;
        await new Promise((resolve) => waiting.push(() => resolve(undefined)));
      }
    };
    await new Promise((resolve) => native.once('open', resolve));
    native.send(JSON.stringify({ join: { roomId: room, participantId: 'alice' } }));
    const { sessionId } = await hears(({ welcome }) => welcome);
    const { participants } = await hears(({ snapshot }) => snapshot);
    assert.deepEqual(participants.map(({ participantId }) => participantId), ['bob', 'alice'].sort());
    await bob.hears('user-joined', 'alice');
    await bob.sees('alice', 'bob');
    assert.equal(bob.lists['room-users-updated'].find(({ id }) => id === 'alice').socketId, sessionId);

    const payload = '{"type" : "offer", "sdp":"v=0", "x":null}';
    native.send(JSON.stringify({ counter: '1', after: '0', signal: { to: 'bob', kind: 'SIGNAL_KIND_OFFER', payload } }));
    await bob.hears('offer', { offer: JSON.parse(payload), from: 'alice' });
    assert.deepEqual(await bob.ask('answer', { to: 'alice', from: 'bob', answer: { sdp: 'é' } }), { ok: true });
    const signal = await hears(({ event }) => event?.signalReceived && { ...event.signalReceived, from: event.from.participantId });
    assert.deepEqual(signal, { kind: 'SIGNAL_KIND_ANSWER', payload: '{"sdp":"é"}', from: 'bob' });
    assert.deepEqual(await bob.ask('start-sharing', room, 'bob'), { ok: true });
    assert.equal(await hears(({ event }) => event?.shareStarted?.participantId), 'bob');
    native.send(JSON.stringify({ counter: '2', after: '1', startShare: { shareId: 's' } }));
    await bob.hears('user-stopped-sharing', 'bob');
    await bob.hears('user-started-sharing', 'alice');
  } finally {
    native.close();
  }
}));
