/** Clients of Socket.IO and dashboards where an access token is wanted, over two gateways and a real Redis. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { LINK_SECRET, PARTICIPANT, SECRET, mint, tokens } from '../support/token.mjs';
import { callApi } from '../browser/support/cluster.mjs';
import { Person } from './people.mjs';
import { clients, startCluster, transports } from './support.mjs';

/** @type {import('../browser/support/cluster.mjs').Cluster} */
let cluster;
const folder = mkdtempSync(join(tmpdir(), 'audit-'));
const audit = join(folder, 'audit.jsonl');
before(async () => {
  // All four write to one file here: each line is written in one piece.
  process.env.SWITCHBOARD_AUDIT_LOG = audit;
  cluster = await startCluster({ tokens });
});
after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const room = 'a';
const good = { room, sub: 'ann', grants: PARTICIPANT };
const past = { exp: Math.floor(Date.now() / 1000) - 60 };

/** @type {[who: string, token: string | undefined, reason: string | null][]} */
const callers = [
  ['no token', undefined, 'TOKEN_MISSING'],
  ['garbage', 'garbage', 'TOKEN_MALFORMED'],
  ['wrong key', mint(good, 'another-secret-that-nobody-here-has-ever-known'), 'TOKEN_SIGNATURE_INVALID'],
  ['the link secret', LINK_SECRET, 'TOKEN_MALFORMED'],
  ['expired', mint({ ...good, ...past }), 'TOKEN_EXPIRED'],
  ['other room', mint({ ...good, room: 'b' }), 'TOKEN_WRONG_ROOM'],
  ['other identity', mint({ ...good, sub: 'bob' }), 'TOKEN_WRONG_IDENTITY'],
  ['missing grant', mint({ ...good, grants: ['share'] }), 'GRANT_MISSING'],
  ['admin, no participant', mint({ ...good, grants: ['admin'] }), 'GRANT_MISSING'],
  ['right one', mint(good), null],
];

/** @type {Person[]} */
const people = [];
after(() => people.forEach((person) => person.close()));

/** @param {0 | 1} gateway @param {string} id @param {object} [options] @param {typeof clients[0][1]} [client] */
async function person(gateway, id, options = {}, client = clients[1][1]) {
  const one = new Person(client.io, cluster.gateways[gateway], id, options);
  people.push(one);
  await one.connected();
  return one;
}

for (const [version, client] of clients) {
  for (const [name, options] of transports) {
    test(`socket.io-client ${version}, ${name}: a join by every caller, the token in auth or in the query`, async () => {
      for (const [who, token, reason] of callers) {
        for (const where of [{ auth: { token } }, { query: token === undefined ? {} : { token } }]) {
          const ann = await person(0, 'ann', { ...options, ...where }, client);
          const answer = await ann.ask('join-room', room, 'ann');
          const at = `${who} in ${Object.keys(where)[0]}`;
          if (reason === null) assert.deepEqual(answer, { ok: true }, at);
          else {
            assert.deepEqual([answer.ok, answer.reason], [false, reason], at);
            const [, error] = ann.told.find(([told]) => told === 'error') ?? [];
            assert.deepEqual([error?.event, error?.reason], ['join-room', reason], at);
            assert.ok(!ann.told.some(([told]) => told === 'existing-users'), at);
          }
          ann.close();
        }
      }
    });
  }
}

test('each event by its grant', async () => {
  const ann = await person(0, 'ann', { auth: { token: mint({ room: 'g', sub: 'ann', grants: ['see'] }) } });
  await ann.join('g');
  const bob = await person(1, 'bob', { auth: { token: mint({ room: 'g', sub: 'bob', grants: PARTICIPANT }) } });
  await bob.join('g');
  assert.equal((await ann.ask('start-sharing', 'g', 'ann')).reason, 'GRANT_MISSING');
  assert.equal((await ann.ask('offer', { to: 'bob', offer: {} })).reason, 'GRANT_MISSING');
  assert.deepEqual(await ann.ask('answer', { to: 'bob', answer: { type: 'answer' } }), { ok: true });
  await bob.hears('answer', { answer: { type: 'answer' }, from: 'ann' });
  assert.deepEqual(await bob.ask('start-sharing', 'g', 'bob'), { ok: true });
});

test('who joins and leaves in a loop is told to wait, and for how long; nobody else notices', async () => {
  const ann = await person(0, 'ann', { auth: { token: mint({ room: 'loop', sub: 'ann', grants: PARTICIPANT }) } });
  const bob = await person(0, 'bob', { auth: { token: mint({ room: 'loop', sub: 'bob', grants: PARTICIPANT }) } });
  await bob.join('loop');
  let refused;
  let joins = 0;
  while (!refused) {
    const answer = await ann.ask('join-room', 'loop', 'ann');
    if (!answer.ok) refused = answer;
    else {
      joins += 1;
      assert.ok(joins < 500, 'a loop has an end');
      assert.deepEqual(await ann.ask('leave-room', 'loop', 'ann'), { ok: true });
    }
  }
  assert.equal(refused.reason, 'TOO_MANY_JOINS');
  assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 1_000, `${refused.retryAfterMs} ms`);
  assert.ok(joins >= 40, `a burst of 40 is let in, not ${joins}`);
  const [, error] = ann.told.find(([name]) => name === 'error') ?? [];
  assert.deepEqual([error?.event, error?.reason, error?.retryAfterMs], ['join-room', 'TOO_MANY_JOINS', refused.retryAfterMs]);
  assert.deepEqual(await bob.ask('start-sharing', 'loop', 'bob'), { ok: true });
  // It stays connected, and who waits as long as told is let in.
  await pause(refused.retryAfterMs);
  await ann.join('loop');
  await bob.sees('ann', 'bob');
});

test('somebody of one room gets at nothing of another', async () => {
  const eve = await person(0, 'eve', { auth: { token: mint({ room: 'mine', sub: 'eve', grants: PARTICIPANT }) } });
  const ann = await person(1, 'ann', { auth: { token: mint({ room: 'yours', sub: 'ann', grants: PARTICIPANT }) } });
  await ann.join('yours');
  await eve.join('mine');
  /** @type {[string, ...any[]][]} */
  const tries = [['start-sharing', 'yours', 'eve'], ['stop-sharing', 'yours', 'ann'], ['leave-room', 'yours', 'ann'], ['offer', { to: 'ann', from: 'ann', offer: {} }]];
  for (const [name, ...args] of tries) assert.equal((await eve.ask(name, ...args)).ok, false, name);
  await eve.ask('leave-room', 'mine', 'eve');
  assert.equal((await eve.ask('join-room', 'yours', 'eve')).reason, 'TOKEN_WRONG_ROOM');
  assert.equal((await eve.ask('join-room', 'mine', 'ann')).reason, 'TOKEN_WRONG_IDENTITY');
  await ann.sees('ann');
  assert.deepEqual(ann.told.filter(([name]) => name !== 'existing-users'), []);
});

test('who goes on after a break needs a token that is still good, and gets it from its application', async () => {
  // Ended by its own word already; the leeway for clocks is over in about 2 s.
  const soon = { exp: Math.floor(Date.now() / 1000) - 8 };
  let asked = 0;
  const auth = (give) => {
    asked += 1;
    give({ token: mint({ room: 'r', sub: 'ann', grants: PARTICIPANT, ...(asked === 1 ? soon : {}) }) });
  };
  const bob = await person(1, 'bob', { auth: { token: mint({ room: 'r', sub: 'bob', grants: PARTICIPANT }) } });
  await bob.join('r');
  const ann = await person(0, 'ann', { auth });
  await ann.join('r');
  const { id } = ann.socket;
  await ann.until(() => asked === 2 && ann.socket.connected, 'the connection with a new token');
  assert.ok(ann.socket.recovered, 'it went on');
  assert.equal(ann.socket.id, id);
  assert.deepEqual(await ann.ask('start-sharing', 'r', 'ann'), { ok: true });
  await bob.hears('user-started-sharing', 'ann');
  assert.ok(!bob.told.some(([name]) => name === 'user-left'));
});

test('who has no other token than the one that ended is out of the room, and told so when it joins', async () => {
  const token = mint({ room: 'e', sub: 'ann', grants: PARTICIPANT, exp: Math.floor(Date.now() / 1000) - 8 });
  const ann = await person(0, 'ann', { auth: { token } });
  await ann.join('e');
  const { id } = ann.socket;
  await ann.until(() => ann.socket.connected && ann.socket.id !== id, 'a connection anew');
  assert.equal((await ann.ask('join-room', 'e', 'ann')).reason, 'TOKEN_EXPIRED');
});

test('dashboards need the grant to list rooms, and see the rooms that their token names', async () => {
  for (const [name, id] of [['list-a', 'ann'], ['list-b', 'bob']]) {
    const one = await person(0, id, { auth: { token: mint({ room: name, sub: id, grants: PARTICIPANT }) } });
    await one.join(name);
  }
  /** @param {string} path @param {string} [token] */
  const get = async (path, token) => {
    const answer = await fetch(`${cluster.gateways[1]}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body: await answer.json() };
  };
  const lists = { sub: 'board', grants: ['list_rooms'] };
  /** @type {[who: string, token: string | undefined, status: number, reason: string | undefined][]} */
  const cases = [
    ['no token', undefined, 401, 'TOKEN_MISSING'],
    ['garbage', 'garbage', 401, 'TOKEN_MALFORMED'],
    ['the link secret', LINK_SECRET, 401, 'TOKEN_MALFORMED'],
    ['expired', mint({ ...lists, ...past }), 401, 'TOKEN_EXPIRED'],
    ['a participant', mint({ ...good, room: 'list-a' }), 403, 'GRANT_MISSING'],
    ['admin of a room', mint({ sub: 'x', room: 'list-a', grants: ['room_admin'] }), 403, 'GRANT_MISSING'],
    ['lists', mint(lists), 200, undefined],
    ['admin', mint({ sub: 'x', grants: ['admin'] }), 200, undefined],
  ];
  for (const path of ['/api/rooms', '/api/room/list-a/stats']) {
    for (const [who, token, status, reason] of cases) {
      const answer = await get(path, token);
      assert.deepEqual([answer.status, answer.body.reason], [status, reason], `${path} by ${who}`);
      assert.equal(answer.challenge, status === 401 ? 'Bearer' : null, who);
    }
  }
  // A query is no place for it: those are written into logs.
  assert.equal((await get(`/api/rooms?token=${mint(lists)}`)).status, 401);
  const rooms = async (claims) => (await get('/api/rooms', mint({ ...lists, ...claims }))).body.map(({ roomId }) => roomId).filter((id) => id.startsWith('list-')).sort();
  assert.deepEqual(await rooms({}), ['list-a', 'list-b']);
  assert.deepEqual(await rooms({ room: 'list-a' }), ['list-a']);
  assert.deepEqual(await rooms({ room_pattern: '*-b' }), ['list-b']);
  assert.equal((await get('/api/room/list-b/stats', mint({ ...lists, room: 'list-a' }))).body.reason, 'TOKEN_WRONG_ROOM');
});

test('the audit tells who joined, who was refused and who was removed, by which key and from where, and no secret', async () => {
  const token = mint({ room: 'audit', sub: 'ann', grants: PARTICIPANT });
  const wrong = mint({ room: 'audit', sub: 'eve', grants: PARTICIPANT }, 'another-secret-that-nobody-here-has-ever-known');
  const ann = await person(0, 'ann', { auth: { token } });
  await ann.join('audit');
  const eve = await person(1, 'eve', { auth: { token: wrong } });
  assert.equal((await eve.ask('join-room', 'audit', 'eve')).ok, false);
  const admin = mint({ sub: 'ops', room: 'audit', grants: ['room_admin'] });
  await callApi(cluster.roomServices[0], 'RemoveParticipant', { roomId: 'audit', participantId: 'ann' }, admin);
  await ann.until(() => ann.told.some(([name, error]) => name === 'error' && error.reason === 'PARTICIPANT_REMOVED'), 'the removal');
  // It sticks, here and elsewhere, whatever the token.
  for (const gateway of /** @type {const} */ ([0, 1])) {
    const again = await person(gateway, 'ann', { auth: { token: mint({ room: 'audit', sub: 'ann', grants: PARTICIPANT }) } });
    assert.equal((await again.ask('join-room', 'audit', 'ann')).reason, 'PARTICIPANT_REMOVED');
  }
  const text = readFileSync(audit, 'utf8');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line)).filter((line) => line.room === 'audit');
  const told = lines.map(({ what, way, identity, key, by, from, reason }) => [what, way, identity, key, by, from, reason]);
  const from = '127.0.0.1';
  for (const line of [
    ['joined', 'socketio', 'ann', 'main', undefined, from, undefined],
    ['refused', 'socketio', 'eve', undefined, undefined, from, 'TOKEN_SIGNATURE_INVALID'],
    ['removed', 'RemoveParticipant', 'ann', 'main', 'ops', from, undefined],
    ['removed', 'socketio', 'ann', 'main', undefined, from, undefined],
    ['refused', 'socketio', 'ann', 'main', undefined, from, 'PARTICIPANT_REMOVED'],
  ]) assert.ok(told.some((one) => JSON.stringify(one) === JSON.stringify(line)), `${line} is in ${JSON.stringify(told)}`);
  for (const secret of [token, wrong, admin, SECRET, LINK_SECRET]) assert.ok(!text.includes(secret), 'no secret in it');
});
