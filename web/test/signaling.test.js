import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Signaling } from '../client/signaling.js';
import { FakeClock, FakeWebSocket } from './fakes.js';

const EPOCH = '18446744073709551615';
const at = (seq) => ({ epoch: EPOCH, seq: String(seq) });

/** @type {FakeClock} */
let clock;
/** @type {EventTarget} */
let page;

beforeEach(() => {
  FakeWebSocket.all = [];
  clock = new FakeClock();
  page = new EventTarget();
});

/** A signaling with what it told, and the promise of its first join. */
function start(options = {}) {
  const signaling = new Signaling({
    url: 'ws://gateway.test/ws', roomId: 'r', participantId: 'alice', metadata: 'm',
    WebSocket: /** @type {any} */ (FakeWebSocket), clock, page, ...options,
  });
  const states = [];
  const told = [];
  const snapshots = [];
  const errors = [];
  signaling.on('state', (state) => states.push(state));
  signaling.on('event', ({ body, event }) => told.push({ ...body, seq: event.position?.seq }));
  signaling.on('snapshot', (snapshot) => snapshots.push(snapshot));
  signaling.on('error', (error) => errors.push(error));
  const joined = signaling.open();
  joined.catch(() => {});
  return { signaling, states, told, snapshots, errors, joined };
}

function welcome(socket, sessionId = 's1') {
  socket.open();
  socket.says({ welcome: { sessionId, resumeToken: `token of ${sessionId}`, gatewayId: 'g1', heartbeatInterval: '20s', iceServers: [{ urls: ['stun:x'] }] } });
}

function join(socket = FakeWebSocket.last, seq = 4, sessionId = 's1') {
  welcome(socket, sessionId);
  socket.says({ snapshot: { room: { roomId: 'r' }, participants: [{ participantId: 'alice', sessionId }], position: at(seq) } });
}

/** The gateway takes the resume up. */
function resume({ socket = FakeWebSocket.last, ...more } = {}) {
  socket.open();
  socket.says({ resumed: { sessionId: 's1', last: '0', gatewayId: 'g2', ...more } });
}

/** The gateway refuses what a connection begins with, and closes. */
function refuse(reason, code, socket = FakeWebSocket.last) {
  socket.open();
  socket.says({ error: { reason: `ERROR_REASON_${reason}`, message: `It is ${reason}.` } });
  socket.closes(code);
}

const updated = (seq, prev, metadata = `m${seq}`) => ({ event: { position: at(seq), prev: at(prev), participantUpdated: { participantId: 'bob', metadata } } });
const signal = (seq, prev, sessionId, counter) => ({ event: { position: at(seq), prev: at(prev), from: { participantId: 'bob', sessionId, counter }, signalReceived: { kind: 'SIGNAL_KIND_OFFER', payload: '{}' } } });
const names = (states) => states.map(({ name }) => name);

test('join, welcome, snapshot in pieces, joined', async () => {
  const { signaling, states, snapshots, joined } = start();
  const socket = FakeWebSocket.last;
  assert.deepEqual(socket.protocols, ['switchboard.v1.json']);
  assert.deepEqual(socket.sent, [], 'nothing before the socket is open');
  welcome(socket);
  assert.deepEqual(socket.sent, [{ join: { roomId: 'r', participantId: 'alice', metadata: 'm' } }]);
  socket.says({ snapshot: { room: { roomId: 'r' }, participants: [{ participantId: 'alice' }], more: true } });
  assert.equal(signaling.state.name, 'connecting');
  assert.equal(snapshots.length, 0);
  socket.says({ snapshot: { participants: [{ participantId: 'bob' }], position: at(4) } });
  await joined;
  assert.deepEqual(names(states), ['connecting', 'joined']);
  assert.deepEqual(snapshots[0].participants.map((one) => one.participantId), ['alice', 'bob']);
  assert.equal(signaling.sessionId, 's1');
  assert.equal(signaling.gatewayId, 'g1');
  assert.deepEqual(signaling.iceServers, [{ urls: ['stun:x'] }]);
});

test('inv 4: events are applied in order, once each', () => {
  const { told } = start();
  join();
  const socket = FakeWebSocket.last;
  socket.says(updated(5, 4));
  socket.says(updated(5, 4));
  socket.says(updated(3, 2));
  socket.says(updated(9, 5));
  assert.deepEqual(told.map(({ seq }) => seq), ['5', '9']);
});

test('inv 4: a hole is noticed, nothing behind it is applied, and what is missing is asked for', () => {
  const { told, states } = start();
  join();
  const first = FakeWebSocket.last;
  first.says(updated(7, 6));
  assert.deepEqual(told, []);
  assert.equal(first.closedWith, 4202);
  assert.deepEqual(names(states), ['connecting', 'joined', 'reconnecting']);
  first.says(updated(5, 4));
  assert.deepEqual(told, [], 'an older connection has no say');
  clock.pass(0);
  assert.equal(FakeWebSocket.all.length, 2);
  resume();
  assert.deepEqual(FakeWebSocket.last.sent[0].resume.position, at(4));
  for (const seq of [5, 6, 7]) FakeWebSocket.last.says(updated(seq, seq - 1));
  assert.deepEqual(told.map(({ seq }) => seq), ['5', '6', '7']);
  assert.deepEqual(names(states), ['connecting', 'joined', 'reconnecting', 'joined']);
});

test('a hole that a resume brings back is got past by a join, and none turns into a storm', () => {
  start();
  join();
  FakeWebSocket.last.says(updated(7, 6));
  clock.pass(0);
  resume();
  FakeWebSocket.last.says(updated(7, 6));
  clock.pass(0);
  assert.equal(FakeWebSocket.all.length, 2, 'only the first retry is at once');
  clock.pass(1_000);
  FakeWebSocket.last.open();
  assert.deepEqual(Object.keys(FakeWebSocket.last.sent[0]), ['join']);
});

test('an event of an unknown kind moves the position', () => {
  const { told, states } = start();
  join();
  FakeWebSocket.last.says({ event: { position: at(5), prev: at(4), tomorrow: {} } });
  FakeWebSocket.last.says(updated(6, 5));
  assert.deepEqual(told.map(({ seq }) => seq), ['6']);
  assert.deepEqual(names(states), ['connecting', 'joined']);
});

test('a heartbeat carries the position forward, never back', () => {
  const { told } = start();
  join();
  const socket = FakeWebSocket.last;
  socket.says({ heartbeat: { position: at(6) } });
  socket.says({ heartbeat: { position: at(2) } });
  socket.says(updated(7, 6));
  assert.deepEqual(told.map(({ seq }) => seq), ['7']);
});

test('a signal of the same session and counter is told once, wherever it stands', () => {
  const { told } = start();
  join();
  const socket = FakeWebSocket.last;
  socket.says(signal(5, 4, 's9', '1'));
  socket.says(signal(6, 5, 's9', '1'));
  socket.says(signal(7, 6, 's9', '2'));
  socket.says(signal(8, 7, 's10', '1'));
  assert.deepEqual(told.map(({ seq }) => seq), ['5', '7', '8']);
});

test('a reset brings a new snapshot and asks the others to offer again', () => {
  const { told, snapshots, states } = start();
  join();
  const socket = FakeWebSocket.last;
  socket.says({ reset: { reason: 'RESET_REASON_TRIMMED' } });
  socket.says({ snapshot: { room: {}, participants: [], position: at(50) } });
  socket.says(updated(51, 50));
  assert.equal(snapshots.length, 2);
  assert.deepEqual(told.map(({ seq }) => seq), ['51']);
  assert.deepEqual(socket.sent.at(-1), { renegotiate: {}, counter: '1', after: '0' });
  assert.deepEqual(names(states), ['connecting', 'joined']);
});

test('commands are numbered from 1, name the one before, and end with their answer', async () => {
  const { signaling } = start();
  join();
  const socket = FakeWebSocket.last;
  const one = signaling.command({ startShare: { shareId: 'x', audio: false } });
  const two = signaling.command({ stopShare: {} });
  assert.deepEqual(socket.sent.slice(1), [
    { startShare: { shareId: 'x', audio: false }, counter: '1', after: '0' },
    { stopShare: {}, counter: '2', after: '1' },
  ]);
  socket.says({ ack: { counter: '2', stored: true, refused: { reason: 'ERROR_REASON_NOT_SHARING', message: 'Nothing is shared.' } } });
  socket.says({ ack: { counter: '1', stored: true } });
  assert.deepEqual(await one, { counter: 1, stored: true });
  await assert.rejects(two, { name: 'SignalingError', reason: 'NOT_SHARING', message: 'Nothing is shared.' });
});

test('an error that names a command refuses it; one that names none is told', async () => {
  const { signaling, errors, states } = start();
  join();
  const command = signaling.command({ message: { body: 'x' } });
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_RATE_LIMITED', message: 'Slower.', temporary: true, counter: '1' } });
  await assert.rejects(command, { reason: 'RATE_LIMITED', temporary: true });
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_MALFORMED_MESSAGE', message: 'What?' } });
  clock.pass(1_000);
  assert.deepEqual(errors.map(({ reason }) => reason), ['MALFORMED_MESSAGE']);
  assert.deepEqual(names(states), ['connecting', 'joined']);
});

test('inv 5: a refusal is told once it is stored: the room that refused may be given up for one that did not', async () => {
  const { signaling } = start();
  join();
  const socket = FakeWebSocket.last;
  const told = [];
  for (const name of ['a', 'b']) {
    signaling.command({ stopShare: {} }).then(() => told.push(`${name} accepted`), ({ reason }) => told.push(`${name} ${reason}`));
  }
  const refused = { reason: 'ERROR_REASON_NOT_SHARING' };
  socket.says({ ack: { counter: '1', refused } });
  socket.says({ ack: { counter: '2', refused } });
  await Promise.resolve();
  assert.deepEqual(told, []);
  socket.says({ ack: { counter: '1', stored: true } });
  socket.says({ stored: { counter: '2' } });
  await new Promise(setImmediate);
  assert.deepEqual(told, ['a accepted', 'b NOT_SHARING']);
});

test('an accepted command is done for its caller, and an answer counts once', async () => {
  const { signaling } = start();
  join();
  const command = signaling.command({ message: { body: 'x' } });
  FakeWebSocket.last.says({ ack: { counter: '1' } });
  FakeWebSocket.last.says({ ack: { counter: '1' } });
  FakeWebSocket.last.says({ stored: { counter: '1' } });
  FakeWebSocket.last.says({ ack: { counter: '99', stored: true } });
  assert.deepEqual(await command, { counter: 1, stored: false });
});

/** What a signaling told of being degraded, after its join. */
function startHearingDegraded() {
  const { signaling } = start();
  const told = [];
  signaling.on('degraded', ({ degraded }) => told.push(degraded));
  join();
  const say = () => { signaling.command({ message: { body: 'x' } }).catch(() => {}); };
  const hear = (seq, stored) => FakeWebSocket.last.says({ event: { ...updated(seq, seq - 1).event, ...(stored ? { stored } : {}) } });
  return { signaling, told, say, hear };
}

test('degraded: from the first answer that is not stored until all that is ours is', () => {
  const { signaling, told, say, hear } = startHearingDegraded();
  const socket = FakeWebSocket.last;
  for (let i = 0; i < 3; i += 1) say();
  socket.says({ ack: { counter: '1', stored: true } });
  assert.equal(signaling.degraded, false);
  socket.says({ ack: { counter: '2' } });
  socket.says({ ack: { counter: '3' } });
  assert.equal(signaling.degraded, true);
  hear(5, true);
  socket.says({ stored: { counter: '2' } });
  assert.equal(signaling.degraded, true, '3 is not stored');
  socket.says({ stored: { counter: '3' } });
  assert.equal(signaling.degraded, false);
  assert.deepEqual(told, [true, false]);
});

test('degraded: who says nothing is it from an event that is not stored to one that is', () => {
  const { signaling, told, hear } = startHearingDegraded();
  hear(5, true);
  assert.deepEqual(told, []);
  hear(6, false);
  hear(7, false);
  // What is dropped as known tells nothing.
  hear(5, true);
  assert.equal(signaling.degraded, true);
  hear(8, true);
  assert.deepEqual(told, [true, false]);
});

test('degraded: who neither says nor hears anything is told by heartbeats, and what is stored by chance does not end it', () => {
  const { signaling, told, say, hear } = startHearingDegraded();
  const socket = FakeWebSocket.last;
  socket.says({ heartbeat: { position: at(4) } });
  assert.deepEqual(told, []);
  socket.says({ heartbeat: { position: at(4), degraded: true } });
  assert.equal(signaling.degraded, true);
  hear(5, true);
  say();
  socket.says({ ack: { counter: '1', stored: true } });
  assert.equal(signaling.degraded, true, 'another room is without the store still');
  socket.says({ heartbeat: { position: at(5) } });
  assert.deepEqual(told, [true, false]);
});

test('degraded: a resume and a join tell of it too', () => {
  const { signaling, told } = startHearingDegraded();
  FakeWebSocket.last.says({ heartbeat: { position: at(4), degraded: true } });
  FakeWebSocket.last.closes(1006);
  clock.pass(1_000);
  resume(/** @type {any} */ ({ degraded: true }));
  assert.deepEqual(told, [true]);
  FakeWebSocket.last.closes(1006);
  clock.pass(10_000);
  resume();
  assert.deepEqual(told, [true, false]);
  FakeWebSocket.last.says({ welcome: { sessionId: 's2', resumeToken: 't', gatewayId: 'g', heartbeatInterval: '25s', degraded: true } });
  assert.equal(signaling.degraded, true);
});

test('degraded: a refusal tells nothing of the store', () => {
  const { told, say, hear } = startHearingDegraded();
  say();
  say();
  FakeWebSocket.last.says({ ack: { counter: '1', refused: { reason: 'ERROR_REASON_NOT_SHARING' } } });
  assert.deepEqual(told, []);
  hear(5, false);
  FakeWebSocket.last.says({ ack: { counter: '2', stored: true, refused: { reason: 'ERROR_REASON_NOT_SHARING' } } });
  assert.deepEqual(told, [true]);
});

test('degraded: a resume ends it, unless something of ours is not stored', () => {
  const { signaling, told, say, hear } = startHearingDegraded();
  hear(5, false);
  FakeWebSocket.last.closes(1006);
  assert.equal(signaling.degraded, true);
  clock.pass(1_000);
  resume();
  assert.deepEqual(told, [true, false]);
  say();
  FakeWebSocket.last.says({ ack: { counter: '1' } });
  FakeWebSocket.last.closes(1006);
  clock.pass(10_000);
  resume(/** @type {any} */ ({ last: '1' }));
  assert.deepEqual(told, [true, false, true]);
  FakeWebSocket.last.says({ ack: { counter: '1', stored: true } });
  assert.deepEqual(told, [true, false, true, false]);
});

test('degraded: another session ends it, and so does leaving', async () => {
  const { signaling, told, say } = startHearingDegraded();
  say();
  FakeWebSocket.last.says({ ack: { counter: '1' } });
  welcome(FakeWebSocket.last, 's2');
  assert.deepEqual(told, [true, false]);
  FakeWebSocket.last.says({ snapshot: { room: {}, participants: [{ participantId: 'alice', sessionId: 's2' }], position: at(1) } });
  say();
  FakeWebSocket.last.says({ ack: { counter: '1' } });
  const left = signaling.leave();
  FakeWebSocket.last.says({ ack: { counter: '2' } });
  await left;
  assert.deepEqual(told, [true, false, true, false]);
  assert.equal(signaling.degraded, false);
});

test('at most 64 commands are without an answer; the rest waits in order', () => {
  const { signaling } = start();
  join();
  const socket = FakeWebSocket.last;
  for (let i = 1; i <= 70; i += 1) signaling.command({ message: { body: String(i) } }).catch(() => {});
  assert.equal(socket.sent.length - 1, 64);
  socket.says({ ack: { counter: '1', stored: true } });
  socket.says({ ack: { counter: '2', stored: true, refused: { reason: 'ERROR_REASON_BUSY' } } });
  assert.deepEqual(socket.sent.slice(65).map(({ counter, message }) => [counter, message.body]), [['65', '65'], ['66', '66']]);
});

test('commands of a lost session end as unknown and are never sent in another', async () => {
  const { signaling } = start();
  join();
  const sent = signaling.command({ message: { body: 'x' } });
  FakeWebSocket.last.closes(1006);
  const waiting = signaling.command({ message: { body: 'y' } });
  clock.pass(1_000);
  refuse('SESSION_NOT_FOUND', 4001);
  for (const command of [sent, waiting]) await assert.rejects(command, { reason: 'CONNECTION_LOST', temporary: true });
  await assert.rejects(signaling.command({ message: { body: 'z' } }), { reason: 'NOT_JOINED' });
  clock.pass(0);
  join(FakeWebSocket.last, 9, 's2');
  assert.equal(FakeWebSocket.last.sent.length, 1, 'only the join');
  signaling.command({ stopShare: {} });
  assert.deepEqual(FakeWebSocket.last.sent[1], { stopShare: {}, counter: '1', after: '0' });
});

test('a lost connection is tried again with growing waits, for as long as it takes', () => {
  const { states } = start();
  join();
  FakeWebSocket.last.closes(1006);
  const waits = [];
  for (let i = 0; i < 8; i += 1) {
    const before = FakeWebSocket.all.length;
    let waited = 0;
    while (FakeWebSocket.all.length === before) {
      clock.pass(50);
      waited += 50;
    }
    waits.push(waited);
    FakeWebSocket.last.closes(1006);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
  assert.equal(states.at(-1).name, 'reconnecting');
});

test('before the first join the state stays connecting, whatever fails', () => {
  const { states } = start();
  FakeWebSocket.last.closes(1006);
  clock.pass(60_000);
  assert.deepEqual([...new Set(names(states))], ['connecting']);
});

test('a connection that held for long is retried quickly', () => {
  start();
  join();
  FakeWebSocket.last.closes(1006);
  clock.pass(250);
  resume();
  clock.pass(20_000);
  FakeWebSocket.last.says({ heartbeat: {} });
  FakeWebSocket.last.closes(4200);
  const before = FakeWebSocket.all.length;
  clock.pass(0);
  assert.equal(FakeWebSocket.all.length, before + 1);
});

test('4100 to 4199 wait for a second at least', () => {
  start();
  join();
  FakeWebSocket.last.closes(4177);
  clock.pass(999);
  assert.equal(FakeWebSocket.all.length, 1);
  clock.pass(1000);
  assert.equal(FakeWebSocket.all.length, 2);
});

test('what the gateway asks to wait is waited, whoever hopes for more', () => {
  const { states } = start();
  const [socket] = FakeWebSocket.all;
  socket.open();
  socket.says({ error: { reason: 'ERROR_REASON_TOO_MANY_JOINS', message: 'Too many.', temporary: true, retryAfter: '6.500s' } });
  socket.closes(4102);
  assert.equal(states.at(-1).reason.retryAfterMs, 6_500);
  clock.pass(3_000);
  page.dispatchEvent(new Event('online'));
  clock.pass(3_499);
  assert.equal(FakeWebSocket.all.length, 1, 'not before, though the network is back');
  clock.pass(251);
  assert.equal(FakeWebSocket.all.length, 2, 'and soon after');
  // It has held for once: from then on all is as before.
  join(FakeWebSocket.last);
  clock.pass(20_000);
  FakeWebSocket.last.says({ heartbeat: {} });
  FakeWebSocket.last.closes(4200);
  clock.pass(0);
  assert.equal(FakeWebSocket.all.length, 3);
});

test('a gateway that asks to wait for ever is asked again within the hour', () => {
  start();
  const [socket] = FakeWebSocket.all;
  socket.open();
  socket.says({ error: { reason: 'ERROR_REASON_BUSY', message: 'Busy.', temporary: true, retryAfter: '315576000000s' } });
  socket.closes(4103);
  clock.pass(3_601_000);
  assert.equal(FakeWebSocket.all.length, 2);
});

test('inv 7: taken over is the end: no further connection, ever', async () => {
  const { signaling, states } = start();
  join();
  const command = signaling.command({ message: { body: 'x' } });
  FakeWebSocket.last.closes(4004);
  assert.deepEqual(names(states), ['connecting', 'joined', 'closed']);
  assert.equal(signaling.state.reason?.reason, 'SESSION_SUPERSEDED');
  assert.equal(signaling.state.reason?.code, 4004);
  await assert.rejects(command, { reason: 'CONNECTION_LOST' });
  await assert.rejects(signaling.command({ stopShare: {} }), { reason: 'CLOSED' });
  page.dispatchEvent(new Event('pagehide'));
  page.dispatchEvent(new Event('pageshow'));
  clock.pass(3_600_000);
  assert.equal(FakeWebSocket.all.length, 1);
});

test('the error before a close tells why, once', () => {
  const { signaling, errors } = start();
  join();
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_PARTICIPANT_REMOVED', message: 'You were removed.' } });
  FakeWebSocket.last.closes(4005);
  clock.pass(60_000);
  assert.deepEqual(errors, [], 'the state tells it');
  assert.equal(signaling.state.name, 'closed');
  assert.equal(signaling.state.reason?.reason, 'PARTICIPANT_REMOVED');
  assert.equal(signaling.state.reason?.message, 'You were removed.');
});

test('an error of long ago is not the reason of a close', () => {
  const { signaling } = start();
  join();
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_SESSION_ENDED' } });
  FakeWebSocket.last.says({ heartbeat: {} });
  FakeWebSocket.last.closes(4006);
  assert.equal(signaling.state.name, 'closed');
});

test('a join that is refused for good rejects; one refused for now is tried again', async () => {
  const full = start();
  FakeWebSocket.last.open();
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_INVALID_FIELD', message: 'The room id is too long.' } });
  await assert.rejects(full.joined, { reason: 'INVALID_FIELD' });
  clock.pass(60_000);
  assert.equal(FakeWebSocket.all.length, 1);

  start();
  FakeWebSocket.last.open();
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_ROOM_SERVICE_UNAVAILABLE', temporary: true } });
  FakeWebSocket.last.closes(4103);
  clock.pass(999);
  assert.equal(FakeWebSocket.all.length, 2, 'the close says: not at once');
  clock.pass(1_000);
  assert.equal(FakeWebSocket.all.length, 3);
  FakeWebSocket.last.open();
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_BUSY', temporary: true } });
  clock.pass(5_000);
  assert.equal(FakeWebSocket.all.length, 4, 'nor does a close that never comes keep us');
});

test('a gateway that never answers is given up', () => {
  start();
  FakeWebSocket.last.open();
  clock.pass(15_000);
  assert.equal(FakeWebSocket.all[0].closedWith, 4105);
  clock.pass(2_000);
  assert.equal(FakeWebSocket.all.length, 2);
});

test('a silent connection is asked, then given up without waiting for its close', () => {
  const { states } = start();
  join();
  const socket = FakeWebSocket.last;
  clock.pass(25_000);
  socket.says({ heartbeat: { position: at(4) } });
  clock.pass(29_999);
  assert.equal(socket.sent.length, 1, 'what comes counts');
  clock.pass(1);
  assert.deepEqual(socket.sent.at(-1), { heartbeat: {} });
  socket.says({ heartbeat: { position: at(4) } });
  clock.pass(30_000);
  assert.equal(socket.closedWith, null, 'an answer saves it');
  clock.pass(10_000);
  assert.equal(socket.closedWith, 4104);
  assert.equal(states.at(-1).name, 'reconnecting');
});

test('leave tells the room, then closes with 1000', async () => {
  const { signaling, states } = start();
  join();
  const left = signaling.leave();
  const socket = FakeWebSocket.last;
  assert.deepEqual(socket.sent.at(-1), { leave: {}, counter: '1', after: '0' });
  socket.says({ ack: { counter: '1', stored: true } });
  await left;
  assert.equal(socket.closedWith, 1000);
  assert.deepEqual(names(states), ['connecting', 'joined', 'closed']);
  assert.equal(signaling.state.reason?.reason, 'LEFT');
});

test('leave does not wait for ever, nor reconnect if the gateway closes first', async () => {
  const silent = start();
  join();
  const left = silent.signaling.leave();
  clock.pass(2_000);
  await left;
  assert.equal(silent.signaling.state.name, 'closed');

  const quick = start();
  join();
  const gone = quick.signaling.leave();
  FakeWebSocket.last.closes(1000);
  await gone;
  const before = FakeWebSocket.all.length;
  clock.pass(60_000);
  assert.equal(quick.signaling.state.name, 'closed');
  assert.equal(FakeWebSocket.all.length, before);
});

test('a page that goes leaves at once; back from the cache it joins again', () => {
  const { signaling } = start();
  join();
  const socket = FakeWebSocket.last;
  page.dispatchEvent(new Event('pagehide'));
  assert.deepEqual(socket.sent.at(-1), { leave: {}, counter: '1', after: '0' });
  assert.equal(socket.closedWith, 1000);
  clock.pass(60_000);
  assert.equal(FakeWebSocket.all.length, 1);
  page.dispatchEvent(new Event('pageshow'));
  clock.pass(0);
  join(FakeWebSocket.last, 9, 's2');
  assert.equal(signaling.state.name, 'joined');
});

test('what cannot be read ends the connection, not the page', () => {
  const { states } = start();
  join();
  FakeWebSocket.last.says('no json');
  assert.equal(FakeWebSocket.last.closedWith, 4202);
  assert.equal(states.at(-1).name, 'reconnecting');
});

test('own metadata is kept for later joins', async () => {
  const { signaling } = start();
  join();
  const done = signaling.updateMetadata('new');
  FakeWebSocket.last.says({ ack: { counter: '1', stored: true } });
  await done;
  FakeWebSocket.last.closes(4200);
  clock.pass(0);
  refuse('SESSION_ENDED', 4001);
  clock.pass(0);
  FakeWebSocket.last.open();
  assert.equal(FakeWebSocket.last.sent[0].join.metadata, 'new');
});

test('closed is final and told once, also to a listener that leaves while it is told', async () => {
  const { signaling, states } = start();
  join();
  signaling.on('state', ({ name }) => {
    if (name === 'reconnecting') signaling.leave();
  });
  FakeWebSocket.last.closes(1006);
  await signaling.leave();
  clock.pass(60_000);
  assert.deepEqual(names(states), ['connecting', 'joined', 'reconnecting', 'closed']);
  assert.equal(FakeWebSocket.all.length, 1);

  const twice = start();
  join();
  const both = [twice.signaling.leave(), twice.signaling.leave()];
  FakeWebSocket.last.closes(1000);
  await Promise.all(both);
  assert.deepEqual(names(twice.states), ['connecting', 'joined', 'closed']);
});
