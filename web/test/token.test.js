import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Room, Signaling } from '../client/index.js';
import { identityOf } from '../client/token.js';
import { FakeClock, FakeWebSocket } from './fakes.js';

/** @type {FakeClock} */
let clock;

beforeEach(() => {
  FakeWebSocket.all = [];
  clock = new FakeClock();
});

/** Lets promises of the library go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const jwt = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

function start(token) {
  const signaling = new Signaling({
    url: 'ws://gateway.test/ws', roomId: 'r', participantId: 'ann', token, page: null, clock,
    WebSocket: /** @type {any} */ (FakeWebSocket),
  });
  signaling.open().catch(() => {});
  return signaling;
}

/** The gateway takes the join of a token that ends in so many milliseconds. */
async function join(ms, grants = ['join', 'share']) {
  const socket = FakeWebSocket.last;
  socket.open();
  await settle();
  socket.says({ welcome: { sessionId: 's', resumeToken: 't', iceServers: [{ urls: ['stun:x'] }] } });
  socket.says({ permissions: { grants, tokenExpireTime: new Date(Date.now() + ms).toISOString() } });
  socket.says({ snapshot: { room: { roomId: 'r' }, participants: [], position: { epoch: '1', seq: '1' } } });
  return socket;
}

test('a token travels in the join, and what it grants is told', async () => {
  const signaling = start('the token');
  const socket = await join(60_000);
  assert.equal(socket.sent[0].join.token, 'the token');
  assert.deepEqual(signaling.grants, ['join', 'share']);
  assert.ok(!socket.url.includes('token'));
});

test('without one, nothing is said of it', () => {
  start(undefined);
  FakeWebSocket.last.open();
  assert.ok(!('token' in JSON.parse(JSON.stringify(FakeWebSocket.last.sent[0].join))));
});

test('a function is asked again before the token ends, and the new one is handed in', async () => {
  let n = 0;
  const signaling = start(async () => `token ${n += 1}`);
  const socket = await join(20_000);
  clock.pass(14_000);
  await settle();
  assert.equal(socket.sent.filter((message) => message.renewToken).length, 0);
  clock.pass(3_000);
  await settle();
  assert.deepEqual(socket.sent.filter((message) => message.renewToken), [{ renewToken: { token: 'token 2' } }]);
  const told = [];
  signaling.on('permissions', ({ grants }) => told.push(grants));
  socket.says({ permissions: { grants: ['see'], tokenExpireTime: new Date(Date.now() + 100_000).toISOString() } });
  assert.deepEqual([told, signaling.grants], [[['see']], ['see']]);
});

test('after 4002 the session goes on with another token, and stops where there is none', async () => {
  let n = 0;
  const renewing = start(() => `token ${n += 1}`);
  const socket = await join(100_000);
  socket.closes(4002);
  assert.equal(renewing.state.name, 'reconnecting');
  clock.pass(1);
  FakeWebSocket.last.open();
  await settle();
  assert.equal(FakeWebSocket.last.sent[0].resume.token, 'token 2');

  const fixed = start('the token');
  (await join(100_000)).closes(4002);
  assert.equal(fixed.state.name, 'closed');
});

test('a function that fails is a failure for a while', async () => {
  let fails = true;
  const signaling = start(async () => {
    if (fails) throw new Error('no network');
    return 'the token';
  });
  FakeWebSocket.last.open();
  await settle();
  assert.equal(signaling.state.name, 'connecting');
  assert.equal(signaling.state.reason?.reason, 'TOKEN_MISSING');
  fails = false;
  clock.pass(20_000);
  const socket = await join(60_000);
  assert.equal(socket.sent[0].join.token, 'the token');
});

test('new ICE servers take the place of the old ones', async () => {
  const signaling = start('the token');
  const socket = await join(60_000);
  socket.says({ iceServers: { iceServers: [{ urls: ['turn:y'], username: 'u', credential: 'c' }] } });
  assert.deepEqual(signaling.iceServers, [{ urls: ['turn:y'], username: 'u', credential: 'c' }]);
});

test('the identity is that of the token', async () => {
  assert.equal(identityOf(jwt({ sub: 'Zoë' })), 'Zoë');
  for (const none of ['', 'x', 'a.b.c', jwt({}), jwt({ sub: 7 })]) assert.equal(identityOf(none), undefined);
  let asked = 0;
  const room = Room.join('http://gateway.test', {
    room: 'r', page: null, clock, WebSocket: /** @type {any} */ (FakeWebSocket), RTCPeerConnection: /** @type {any} */ (class {}),
    token: () => { asked += 1; return jwt({ sub: 'ann' }); },
  });
  await settle();
  FakeWebSocket.last.open();
  await settle();
  assert.equal(FakeWebSocket.last.sent[0].join.participantId, 'ann');
  assert.equal(asked, 1);
  room.catch(() => {});
});
