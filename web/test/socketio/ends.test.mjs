/** How connections end: by a drain, by a word, by a break, by not reading; and what an outage ends. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { Proxy } from '../browser/support/proxy.mjs';
import { Person } from './people.mjs';
import { clients, startCluster, transports } from './support.mjs';

const { io } = clients[1][1];
const WEBSOCKET = { transports: ['websocket'] };

let rooms = 0;
const newRoom = () => `end ${rooms += 1}`;

const candidates = (person) => person.told.filter(([name]) => name === 'ice-candidate').map(([, { candidate }]) => candidate);
const count = (length) => Array.from({ length }, (_, at) => at);

/** @param {() => Promise<any>} isSo @param {string} what */
async function until(isSo, what) {
  const by = Date.now() + 45_000;
  while (!await isSo()) {
    if (Date.now() > by) assert.fail(`waited in vain: ${what}`);
    await pause(20);
  }
}

/** @param {(people: Person[]) => Promise<void>} play */
async function scene(play) {
  /** @type {Person[]} */
  const people = [];
  try {
    await play(people);
  } finally {
    for (const person of people) person.close();
  }
}

describe('at two gateways', () => {
  /** @type {import('../browser/support/cluster.mjs').Cluster} */
  let cluster;
  before(async () => { cluster = await startCluster({ gatewayArgs: ['--drain-window', '4s'] }); });
  after(() => cluster?.stop());

  for (const [name, options] of transports) {
    test(`${name}: a drain sends everybody elsewhere, with nothing lost, and lets nobody in`, () => scene(async (people) => {
      const [first, second] = cluster.edges;
      if (first.process?.hasEnded) await first.start();
      const proxy = new Proxy([first.port, second.port]);
      const room = newRoom();
      try {
        const alice = new Person(io, second.url, 'alice', options);
        people.push(alice);
        const url = await proxy.listen();
        // So many that the last one is told late in the window.
        const bobs = count(6).map((at) => new Person(io, url, `bob${at}`, options));
        people.push(...bobs);
        for (const one of people) {
          await one.connected();
          await one.join(room);
        }
        await alice.sees('alice', ...bobs.map(({ id }) => id));
        const ids = bobs.map(({ socket }) => socket.id);
        // The engine of now: what comes after it is another connection.
        const engines = bobs.map(({ socket }) => socket.io.engine);

        const { process: gateway } = first;
        gateway?.terminate();
        const knock = () => fetch(`${first.url}/socket.io/?EIO=4&transport=polling`);
        await until(async () => (await knock()).status === 503, 'newcomers are refused');
        const refused = await knock();
        assert.equal(refused.headers.get('retry-after'), '1');
        assert.deepEqual(Object.keys(await refused.json()), ['code', 'message']);
        proxy.prefer(second.port);
        // Everybody is served until it goes, and told what it missed when it comes back.
        let sent = 0;
        await until(async () => {
          for (const { id } of bobs) assert.deepEqual(await alice.ask('ice-candidate', { to: id, candidate: sent }), { ok: true });
          sent += 1;
          return bobs.every(({ socket }, at) => socket.io.engine !== engines[at]);
        }, 'all have gone elsewhere');
        for (const [at, bob] of bobs.entries()) {
          await bob.connected();
          assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, ids[at]]);
          await bob.until(() => candidates(bob).length === sent, `${sent} candidates`);
          assert.deepEqual(candidates(bob), count(sent));
        }
        assert.deepEqual(alice.told.filter(([event]) => event === 'user-left'), [], 'nobody noticed');
        await until(async () => gateway?.hasEnded, 'the gateway ends when all have gone');
      } finally {
        await proxy.close();
      }
    }));
  }

  test('DISCONNECT and the close frames 1000 and 1001 leave at once; what is lost waits out its window', () => scene(async (people) => {
    const gateway = cluster.edges[1];
    const room = newRoom();
    const alice = new Person(io, gateway.url, 'alice', WEBSOCKET);
    people.push(alice);
    await alice.connected();
    await alice.join(room);
    /** A client without a library. @param {string} id */
    const raw = async (id) => {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      socket.on('error', () => {});
      const packets = [];
      let wake = () => {};
      socket.on('message', (data) => { packets.push(String(data)); wake(); });
      const hears = async (start) => {
        while (!packets.some((packet) => packet.startsWith(start))) await new Promise((resolve) => { wake = () => resolve(undefined); });
      };
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send('40');
      await hears('40');
      socket.send(`42${JSON.stringify(['join-room', room, id])}`);
      await hears('42["existing-users"');
      return socket;
    };
    const lost = await raw('lost');
    const odd = await raw('odd');
    const left = await raw('left');
    const closed = await raw('closed');
    const gone = await raw('gone');
    await alice.sees('alice', 'lost', 'odd', 'left', 'closed', 'gone');
    lost.terminate();
    // A code that says nothing of leaving.
    odd.close(4000);
    left.send('41');
    closed.close(1000);
    gone.close(1001);
    await alice.sees('alice', 'lost', 'odd');
    const leavers = () => alice.told.filter(([name]) => name === 'user-left').map(([, id]) => id);
    assert.deepEqual(leavers().sort(), ['closed', 'gone', 'left']);
    await alice.sees('alice');
    assert.deepEqual(leavers().slice(3).sort(), ['lost', 'odd']);
  }));

  // By polling, since what a WebSocket's kernel takes on top is more than a room's log holds.
  test('who stops reading is closed when its outbox is full, and gets all of it when it reads again', () => scene(async (people) => {
    const [, edge] = cluster.edges;
    const room = newRoom();
    const alice = new Person(io, edge.url, 'alice', WEBSOCKET);
    const bob = new Person(io, edge.url, 'bob', { transports: ['polling'] });
    people.push(alice, bob);
    for (const one of people) {
      await one.connected();
      await one.join(room);
    }
    const { id } = bob.socket;
    const { engine } = bob.socket.io;
    // Its next poll waits until it is let go.
    const { transport } = engine;
    const stopped = new Promise((resolve) => { transport._poll = () => resolve(undefined); });
    const text = 'x'.repeat(60_000);
    const closes = () => edge.metric('switchboard_gateway_closes_total{code="4202",reason="slow_reader"}');
    const before = await closes();
    let sent = 0;
    while (await closes() === before) {
      assert.deepEqual(await alice.ask('ice-candidate', { to: 'bob', candidate: `${sent} ${text}` }), { ok: true });
      sent += 1;
      assert.ok(sent < 40, 'what waits for it is bounded');
    }
    await stopped;
    assert.ok(candidates(bob).length < sent);
    delete transport._poll;
    transport._poll();
    await bob.until(() => bob.socket.io.engine !== engine && bob.socket.connected, 'another connection');
    assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
    await bob.until(() => candidates(bob).length === sent, `${sent} candidates`);
    assert.deepEqual(candidates(bob).map((candidate) => Number(candidate.split(' ')[0])), count(sent));
    assert.deepEqual(alice.told.filter(([name]) => name === 'user-left'), []);
  }));
});

describe('each gateway at a room service of its own', () => {
  /** @type {import('../browser/support/cluster.mjs').Cluster} */
  let cluster;
  before(async () => { cluster = await startCluster({ apart: true, redisKeeps: true }); });
  after(() => cluster?.stop());

  test('what two room services did apart in an outage is told to both sides in the words of the contract', () => scene(async (people) => {
    const room = newRoom();
    /** @param {0 | 1} gateway @param {string} id */
    const enter = async (gateway, id) => {
      const person = new Person(io, cluster.gateways[gateway], id, WEBSOCKET);
      people.push(person);
      await person.connected();
      await person.join(room);
      // As a front end does that wants to live through anything.
      person.socket.on('connect', () => { if (!person.socket.recovered) person.socket.emit('join-room', room, id); });
      return person;
    };
    const alice = await enter(0, 'alice');
    const bob = await enter(1, 'bob');
    for (const one of people) await one.sees('alice', 'bob');
    await cluster.redis.process?.kill();
    const carol = await enter(0, 'carol');
    const dan = await enter(1, 'dan');
    await alice.hears('user-joined', 'carol');
    await bob.hears('user-joined', 'dan');
    await alice.sees('alice', 'bob', 'carol');
    await bob.sees('alice', 'bob', 'dan');
    assert.deepEqual(await carol.ask('offer', { to: 'alice', offer: 'without a store' }), { ok: true });
    await alice.hears('offer', { offer: 'without a store', from: 'carol' });

    await cluster.redis.start();
    for (const one of people) await one.sees('alice', 'bob', 'carol', 'dan');
    await alice.hears('user-joined', 'dan');
    await bob.hears('user-joined', 'carol');
    // And all of them reach each other.
    for (const [from, to] of [[alice, dan], [dan, alice], [bob, carol], [carol, bob]]) {
      assert.deepEqual(await from.ask('offer', { to: to.id, offer: 'again' }), { ok: true });
      await to.hears('offer', { offer: 'again', from: from.id });
    }
  }));
});
