/** A client whose connection breaks goes on where it was, at any gateway; what it missed comes, once and in order. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Proxy } from '../browser/support/proxy.mjs';
import { Person } from './people.mjs';
import { clients, startCluster, transports } from './support.mjs';

/** @type {import('../browser/support/cluster.mjs').Cluster} */
let cluster;
before(async () => { cluster = await startCluster(); });
after(() => cluster?.stop());

let rooms = 0;

/**
 * Alice at the second gateway, Bob behind a proxy that prefers the first.
 *
 * @param {(people: { alice: Person, bob: Person, room: string, edge: import('../browser/support/cluster.mjs').Server }) => Promise<void>} play
 * @param {(typeof clients)[0][1]} client
 * @param {{ transports?: string[] }} options
 * @param {object} [bobs]
 */
async function scene(play, client, options, bobs = {}) {
  const [first, second] = cluster.edges;
  if (first.process?.hasEnded) await first.start();
  const proxy = new Proxy([first.port, second.port]);
  const room = `recovery ${rooms += 1}`;
  /** @type {Person[]} */
  const people = [];
  try {
    const alice = new Person(client.io, second.url, 'alice', options);
    const bob = new Person(client.io, await proxy.listen(), 'bob', { ...options, ...bobs });
    people.push(alice, bob);
    for (const one of people) {
      await one.connected();
      await one.join(room);
      const { engine } = one.socket.io;
      if (!options.transports && engine.transport.name === 'polling') await new Promise((resolve) => engine.once('upgrade', resolve));
    }
    for (const one of people) await one.sees('alice', 'bob');
    await play({ alice, bob, room, edge: first });
  } finally {
    for (const one of people) one.close();
    await proxy.close();
  }
}

const candidates = (person) => person.told.filter(([name]) => name === 'ice-candidate').map(([, { candidate }]) => candidate);

for (const [version, client] of clients) {
  for (const [name, options] of transports) {
    test(`socket.io-client ${version}, ${name}: kill -9 of the gateway loses and doubles nothing`, () => scene(async ({ alice, bob, room, edge }) => {
      const { id } = bob.socket;
      const count = 300;
      const sending = (async () => {
        for (let at = 0; at < count; at += 1) assert.deepEqual(await alice.ask('ice-candidate', { to: 'bob', candidate: at }), { ok: true });
      })();
      await bob.until(() => candidates(bob).length > 50, 'the first candidates');
      await edge.process?.kill();
      await bob.until(() => !bob.socket.connected, 'the break');
      await sending;
      // And something that happens while nobody listens.
      assert.deepEqual(await alice.ask('start-sharing', room, 'alice'), { ok: true });
      await bob.connected();
      assert.equal(bob.socket.recovered, true);
      assert.equal(bob.socket.id, id);
      await bob.hears('user-started-sharing', 'alice');
      assert.deepEqual(candidates(bob), Array.from({ length: count }, (_, at) => at));
      // It is a member as before: it is told lists, hears and is heard.
      await bob.until(() => bob.lists['room-stats-updated']?.sharingUser === 'alice', 'the sharing user');
      assert.equal(bob.lists['room-users-updated'].find((user) => user.id === 'bob').socketId, id);
      assert.deepEqual(await bob.ask('offer', { to: 'alice', offer: 'back' }), { ok: true });
      await alice.hears('offer', { offer: 'back', from: 'bob' });
      assert.deepEqual(alice.told.filter(([event]) => /user-(joined|left)/.test(event)), [['user-joined', 'bob']], 'nobody noticed');
      assert.ok(alice.offsets && bob.offsets);
    }, client, options));
  }
}

for (const [name, options] of transports.slice(0, 2)) {
  test(`${name}: who missed ten times what the gateway may hold for it is told all of it, once and in order`, () => scene(async ({ alice, bob, room }) => {
    const { id } = bob.socket;
    const text = 'x'.repeat(60_000);
    const count = 45;
    bob.socket.io.engine.close();
    await bob.until(() => !bob.socket.connected, 'the break');
    for (let at = 0; at < count; at += 1) {
      assert.deepEqual(await alice.ask('ice-candidate', { to: 'bob', candidate: `${at} ${text}` }), { ok: true });
    }
    assert.deepEqual(await alice.ask('start-sharing', room, 'alice'), { ok: true });
    const closed = () => Promise.all(cluster.edges.map((edge) => edge.metric('switchboard_gateway_closes_total{code="4202",reason="slow_reader"}')));
    const before = await closed();
    bob.socket.connect();
    await bob.connected();
    assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
    // Said while it still hears what it missed: comes behind that.
    assert.deepEqual(await alice.ask('offer', { to: 'bob', offer: 'meanwhile' }), { ok: true });
    await bob.hears('offer', { offer: 'meanwhile', from: 'alice' });
    const order = bob.told.filter(([event]) => ['ice-candidate', 'offer', 'user-started-sharing'].includes(event)).map(([event]) => event);
    assert.deepEqual(order, [...Array(count).fill('ice-candidate'), 'user-started-sharing', 'offer']);
    assert.deepEqual(candidates(bob).map((candidate) => Number(candidate.split(' ')[0])), Array.from({ length: count }, (_, at) => at));
    await bob.until(() => bob.lists['room-stats-updated']?.sharingUser === 'alice', 'the sharing user');
    assert.deepEqual(await closed(), before);
  }, clients[1][1], options, { reconnection: false }));
}

test('a connection that is lost again and again goes on each time', () => scene(async ({ alice, bob }) => {
  const { id } = bob.socket;
  for (let round = 0; round < 3; round += 1) {
    bob.socket.io.engine.close();
    await bob.until(() => !bob.socket.connected, 'the break');
    assert.deepEqual(await alice.ask('ice-candidate', { to: 'bob', candidate: round }), { ok: true });
    bob.socket.emit('ice-candidate', { to: 'alice', candidate: round });
    await bob.connected();
    assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
    await bob.until(() => candidates(bob).length === round + 1, 'the candidate');
    await alice.until(() => candidates(alice).length === round + 1, 'the candidate');
  }
  assert.deepEqual([candidates(alice), candidates(bob)], [[0, 1, 2], [0, 1, 2]]);
}, clients[1][1], { transports: ['websocket'] }));

/**
 * @param {import('./people.mjs').Person} person
 * @param {string | undefined} before The id that it had.
 */
async function connectsAnew(person, before) {
  person.socket.connect();
  await person.connected();
  assert.notEqual(person.socket.id, before);
  assert.ok(!person.socket.recovered);
}

test('who leaves with a word leaves at once, and can not go on', () => scene(async ({ alice, bob, room }) => {
  const { id } = bob.socket;
  bob.socket.disconnect();
  await alice.hears('user-left', 'bob');
  await connectsAnew(bob, id);
  await bob.join(room);
  await alice.sees('alice', 'bob');
}, clients[1][1], { transports: ['websocket'] }));

test('who stays away for longer than the window has left, and connects anew', () => scene(async ({ alice, bob, room }) => {
  const { id } = bob.socket;
  bob.socket.io.reconnection(false);
  bob.socket.io.engine.close();
  await alice.hears('user-left', 'bob');
  await alice.sees('alice');
  await connectsAnew(bob, id);
  await bob.join(room);
  await alice.sees('alice', 'bob');
}, clients[1][1], { transports: ['websocket'] }));
