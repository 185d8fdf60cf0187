/** How a session outlives its connections. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Signaling } from '../client/signaling.js';
import { FakeClock, FakeWebSocket } from './fakes.js';

const EPOCH = '18446744073709551615';
const at = (seq) => ({ epoch: EPOCH, seq: String(seq) });
const updated = (seq) => ({ event: { position: at(seq), prev: at(seq - 1), participantUpdated: { participantId: 'bob', metadata: `m${seq}` } } });

/** @type {FakeClock} */
let clock;
/** @type {EventTarget & {document?: {visibilityState: string}}} */
let page;

beforeEach(() => {
  FakeWebSocket.all = [];
  clock = new FakeClock();
  page = new EventTarget();
});

/** A signaling that has joined, standing at 4, with what it told. */
function joined() {
  const signaling = new Signaling({
    url: 'ws://gateway.test/ws', roomId: 'r', participantId: 'alice',
    WebSocket: /** @type {any} */ (FakeWebSocket), clock, page,
  });
  /** @type {string[]} */
  const told = [];
  signaling.on('state', ({ name }) => told.push(name));
  signaling.on('event', ({ event }) => told.push(`event ${event.position?.seq}`));
  signaling.on('snapshot', () => told.push('snapshot'));
  signaling.on('resumed', ({ gatewayId, wasInterrupted }) => told.push(`resumed ${gatewayId}${wasInterrupted ? '' : ' in passing'}`));
  signaling.on('reset', ({ reason }) => told.push(`reset ${reason}`));
  signaling.on('rejoined', ({ sessionId }) => told.push(`rejoined ${sessionId}`));
  signaling.on('error', ({ reason }) => told.push(`error ${reason}`));
  signaling.open().catch(() => {});
  joins('s1');
  told.length = 0;
  const outcomes = [];
  /** Sends a message and notes what becomes of it. */
  const say = (body) => {
    signaling.command({ message: { body } })
      .then(({ stored }) => outcomes.push(`${body} ${stored ? 'stored' : 'accepted'}`), ({ reason }) => outcomes.push(`${body} ${reason}`));
  };
  return { signaling, told, outcomes, say, take: () => told.splice(0) };
}

/** The gateway takes a join. */
function joins(sessionId, socket = FakeWebSocket.last, seq = 4) {
  socket.open();
  socket.says({ welcome: { sessionId, resumeToken: `secret of ${sessionId}`, gatewayId: 'g1', heartbeatInterval: '20s' } });
  socket.says({ snapshot: { room: {}, participants: [{ participantId: 'alice', sessionId }], position: at(seq) } });
}

/** The gateway takes a resume. */
function resumes(more = {}, socket = FakeWebSocket.last) {
  socket.open();
  socket.says({ resumed: { sessionId: 's1', gatewayId: 'g2', last: '0', ...more } });
}

/** The connection is lost, and the next one is there. */
function loses(code = 1006, wait = 1_000) {
  FakeWebSocket.last.closes(code);
  clock.pass(wait);
  return FakeWebSocket.last;
}

function refuses(reason, code, socket = FakeWebSocket.last) {
  socket.open();
  socket.says({ error: { reason: `ERROR_REASON_${reason}`, message: reason } });
  socket.closes(code);
}

/** Lets promises settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const commands = (socket) => socket.sent.filter(({ counter }) => counter).map(({ counter, after }) => `${counter} after ${after}`);
const wakes = (type) => page.dispatchEvent(new Event(type));

test('a lost connection is resumed from where we stood; what was missed follows', () => {
  const { signaling, told } = joined();
  FakeWebSocket.last.says(updated(5));
  FakeWebSocket.last.says({ heartbeat: { position: at(7) } });
  const socket = loses();
  socket.open();
  assert.deepEqual(socket.sent, [{ resume: { resumeToken: 'secret of s1', generation: '2', position: at(7), roomId: 'r', participantId: 'alice', sessionId: 's1' } }]);
  assert.equal(signaling.state.name, 'reconnecting');
  socket.says({ resumed: { sessionId: 's1', generation: '2', last: '0', resumeToken: 'newer', gatewayId: 'g2' } });
  socket.says(updated(7));
  socket.says(updated(8));
  assert.deepEqual(told, ['event 5', 'reconnecting', 'joined', 'resumed g2', 'event 8']);
  assert.deepEqual([signaling.sessionId, signaling.gatewayId], ['s1', 'g2']);
  loses().open();
  assert.equal(FakeWebSocket.last.sent[0].resume.resumeToken, 'newer');
});

test('R13: every attempt has a higher generation, also after one that failed', () => {
  joined();
  for (const generation of ['2', '3', '4']) {
    loses(1006, 8_000).open();
    assert.equal(FakeWebSocket.last.sent[0].resume.generation, generation);
  }
  FakeWebSocket.last.says({ resumed: { sessionId: 's1', last: '0' } });
  loses(1006, 8_000).open();
  assert.equal(FakeWebSocket.last.sent[0].resume.generation, '5');
});

test('R13: an older connection has no say any more', async () => {
  const { signaling, told, outcomes, say, take } = joined();
  say('a');
  const [old] = FakeWebSocket.all;
  clock.pass(25_000);
  wakes('online');
  clock.pass(5_000);
  assert.equal(old.closedWith, 4104);
  clock.pass(1_000);
  take();
  old.says({ ack: { counter: '1', stored: true } });
  old.says(updated(5));
  old.says({ error: { reason: 'ERROR_REASON_SESSION_SUPERSEDED' } });
  old.closes(4004);
  await settle();
  assert.deepEqual([told, outcomes, signaling.state.name], [[], [], 'reconnecting']);
});

test('R4: what the room did not decide is sent again, in order, from `last` on', async () => {
  const { outcomes, say } = joined();
  for (const body of ['a', 'b', 'c', 'd', 'e']) say(body);
  FakeWebSocket.last.says({ ack: { counter: '1', stored: true } });
  const socket = loses();
  say('f');
  resumes({ last: '3', refused: [{ counter: '2', reason: 'ERROR_REASON_PARTICIPANT_NOT_FOUND' }] });
  await settle();
  assert.deepEqual(outcomes, ['a stored', 'b PARTICIPANT_NOT_FOUND', 'c accepted']);
  // 3 is repeated, which has no effect, to hear whether it is stored.
  assert.deepEqual(commands(socket), ['3 after 2', '4 after 3', '5 after 4', '6 after 5']);
  assert.deepEqual(socket.sent.slice(1).map(({ message }) => message.body), ['c', 'd', 'e', 'f']);
  for (const counter of ['3', '4', '5', '6']) socket.says({ ack: { counter, stored: true } });
  say('g');
  assert.deepEqual(commands(socket).at(-1), '7 after 6');
  await settle();
  assert.deepEqual(outcomes.slice(3), ['d stored', 'e stored', 'f stored']);
  assert.deepEqual(commands(loses()), []);
  resumes({ last: '6' });
  assert.deepEqual(commands(FakeWebSocket.last), ['7 after 6']);
});

test('R4: the first above `last` names `last`, also if those between were refused', () => {
  const { say } = joined();
  for (const body of ['a', 'b', 'c']) say(body);
  FakeWebSocket.last.says({ ack: { counter: '2', stored: true, refused: { reason: 'ERROR_REASON_NOT_FORWARDED' } } });
  loses();
  resumes({ last: '0' });
  assert.deepEqual(commands(FakeWebSocket.last), ['1 after 0', '3 after 1']);
});

test('R9: accepted and not stored, a command is kept and sent again until it is stored', async () => {
  const { outcomes, say } = joined();
  for (const body of ['a', 'b', 'c']) say(body);
  for (const counter of ['1', '2', '3']) FakeWebSocket.last.says({ ack: { counter } });
  FakeWebSocket.last.says({ stored: { counter: '1' } });
  await settle();
  assert.deepEqual(outcomes, ['a accepted', 'b accepted', 'c accepted']);
  loses();
  // The store lost what came after 1.
  resumes({ last: '1' });
  assert.deepEqual(commands(FakeWebSocket.last), ['2 after 1', '3 after 2']);
  FakeWebSocket.last.says({ ack: { counter: '2', stored: true } });
  loses();
  resumes({ last: '3' });
  assert.deepEqual(commands(FakeWebSocket.last), ['3 after 2'], 'a repeat');
  await settle();
  assert.equal(outcomes.length, 3, 'told once');
});

test('R9: a resume tells what is stored: what is only accepted is kept, and not sent again before it is lost', async () => {
  const { outcomes, say } = joined();
  for (const body of ['a', 'b', 'c', 'd']) say(body);
  for (const counter of ['1', '2']) FakeWebSocket.last.says({ ack: { counter } });
  let socket = loses();
  resumes({ last: '3', stored: '1' });
  assert.deepEqual(commands(socket), ['4 after 3'], 'not 2 and 3, which the room has');
  socket.says({ ack: { counter: '4' } });
  await settle();
  assert.deepEqual(outcomes, ['a accepted', 'b accepted', 'c accepted', 'd accepted']);
  socket.says({ stored: { counter: '2' } });
  // The room went on elsewhere, without 3 and 4.
  socket = loses();
  resumes({ last: '2', stored: '2' });
  assert.deepEqual(commands(socket), ['3 after 2', '4 after 3']);
  for (const counter of ['3', '4']) socket.says({ ack: { counter, stored: true } });
  socket = loses();
  resumes({ last: '4', stored: '4' });
  assert.deepEqual(commands(socket), []);
});

test('at most 64 are without an answer after a resume too', () => {
  const { say } = joined();
  for (let i = 1; i <= 100; i += 1) {
    say(String(i));
    FakeWebSocket.last.says({ ack: { counter: String(i) } });
  }
  loses();
  resumes({ last: '0' });
  assert.equal(commands(FakeWebSocket.last).length, 64);
  FakeWebSocket.last.says({ ack: { counter: '1', stored: true } });
  assert.deepEqual(commands(FakeWebSocket.last).at(-1), '65 after 64');
});

test('inv 8: what waits is bounded: 256 that are not stored, or that wait for the resume', async () => {
  const one = joined();
  for (let i = 1; i <= 257; i += 1) {
    one.say(String(i));
    FakeWebSocket.last.says({ ack: { counter: String(i) } });
  }
  await settle();
  assert.equal(one.outcomes.at(-1), '257 UNSTORED_LIMIT');
  FakeWebSocket.last.says({ stored: { counter: '256' } });
  one.say('more');
  assert.equal(commands(FakeWebSocket.last).length, 257);

  const other = joined();
  FakeWebSocket.last.closes(1006);
  for (let i = 1; i <= 257; i += 1) other.say(String(i));
  await settle();
  assert.deepEqual(other.outcomes, ['257 BUSY']);
});

test('4001, whatever the reason, and words that are not understood: a join, not the end', () => {
  for (const reason of ['SESSION_NOT_FOUND', 'SESSION_ENDED', 'INVALID_RESUME_TOKEN', 'OF_TOMORROW']) {
    const { signaling, take } = joined();
    loses();
    refuses(reason, 4001);
    assert.equal(signaling.sessionId, null);
    clock.pass(0);
    joins('s2', FakeWebSocket.last, 9);
    assert.deepEqual(take(), ['reconnecting', 'reconnecting', 'snapshot', 'joined', 'rejoined s2'], reason);
    assert.deepEqual(Object.keys(FakeWebSocket.last.sent[0]), ['join']);
    loses().open();
    assert.equal(FakeWebSocket.last.sent[0].resume.generation, '2', 'counted anew');
  }
  joined();
  const socket = loses();
  socket.open();
  // The gateway does not close after this one.
  socket.says({ error: { reason: 'ERROR_REASON_INVALID_FIELD' } });
  clock.pass(0);
  FakeWebSocket.last.open();
  assert.deepEqual(Object.keys(FakeWebSocket.last.sent[0]), ['join']);
});

test('a refusal for now, or a gateway that asks to resume once more, keeps the session', () => {
  joined();
  loses();
  resumes();
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_SLOW_READER', temporary: true } });
  loses(4202);
  const socket = FakeWebSocket.last;
  socket.open();
  socket.says({ error: { reason: 'ERROR_REASON_ROOM_SERVICE_UNAVAILABLE', temporary: true } });
  socket.closes(4103);
  clock.pass(3_000);
  FakeWebSocket.last.open();
  assert.equal(FakeWebSocket.last.sent[0].resume.generation, '4');
});

test('a join that came too late joins again, and does not end', () => {
  const { signaling } = joined();
  loses();
  refuses('SESSION_ENDED', 4001);
  clock.pass(0);
  refuses('STALE_JOIN', 4202);
  clock.pass(5_000);
  joins('s3', FakeWebSocket.last, 9);
  assert.equal(signaling.sessionId, 's3');
});

test('S53: superseded while resuming is the end', () => {
  const { signaling, told } = joined();
  loses();
  refuses('SESSION_SUPERSEDED', 4004);
  clock.pass(3_600_000);
  assert.equal(signaling.state.reason?.reason, 'SESSION_SUPERSEDED');
  assert.deepEqual(told, ['reconnecting', 'closed']);
  assert.equal(FakeWebSocket.all.length, 2);
});

test('S39: a reset while resuming takes the snapshot in place of what was missed, and asks the others to offer again', () => {
  const { signaling, told, say } = joined();
  say('a');
  const socket = loses();
  resumes({ last: '1' });
  socket.says({ reset: { reason: 'RESET_REASON_TRIMMED' } });
  socket.says({ snapshot: { room: {}, participants: [{ participantId: 'alice', sessionId: 's1' }], position: at(90) } });
  assert.deepEqual(told, ['reconnecting', 'joined', 'resumed g2', 'snapshot', 'reset TRIMMED']);
  assert.equal(signaling.sessionId, 's1');
  assert.deepEqual(commands(socket), ['1 after 0', '2 after 1']);
  assert.deepEqual(socket.sent.at(-1).renegotiate, {});
});

test('a connection that is lost before its snapshot: without one, a join; after a reset, a resume from nowhere', () => {
  const { signaling, told } = joined();
  const socket = loses();
  resumes({ last: '0' });
  socket.says({ reset: { reason: 'RESET_REASON_TRIMMED' } });
  socket.says({ snapshot: { room: {}, participants: [{ participantId: 'alice', sessionId: 's1' }], more: true } });
  const next = loses();
  resumes({ last: '0' });
  assert.deepEqual(next.sent[0].resume.position, {}, 'which is answered by a reset');
  next.says({ reset: { reason: 'RESET_REASON_NOT_IN_HISTORY' } });
  next.says({ snapshot: { room: {}, participants: [{ participantId: 'alice', sessionId: 's1' }], position: at(90) } });
  assert.deepEqual(told.slice(-2), ['snapshot', 'reset NOT_IN_HISTORY']);
  loses();
  refuses('SESSION_NOT_FOUND', 4001);
  clock.pass(0);
  FakeWebSocket.last.open();
  FakeWebSocket.last.says({ welcome: { sessionId: 's2' } });
  loses(1006, 5_000).open();
  assert.deepEqual(Object.keys(FakeWebSocket.last.sent[0]), ['join']);
  assert.equal(signaling.state.name, 'reconnecting');
});

test('S56: a second welcome is another session, on the same connection', async () => {
  const { signaling, told, outcomes, say } = joined();
  say('a');
  const [socket] = FakeWebSocket.all;
  joins('s2', socket, 2);
  await settle();
  assert.deepEqual(told, ['snapshot', 'rejoined s2']);
  assert.deepEqual(outcomes, ['a CONNECTION_LOST']);
  assert.equal(signaling.sessionId, 's2');
  say('b');
  assert.deepEqual(commands(socket).at(-1), '1 after 0');
});

test('counters that the gateway does not understand are put right by a resume', async () => {
  const { outcomes, say } = joined();
  say('a');
  FakeWebSocket.last.says({ error: { reason: 'ERROR_REASON_COUNTER_OUT_OF_ORDER', counter: '1' } });
  clock.pass(0);
  resumes({ last: '0' });
  assert.deepEqual(commands(FakeWebSocket.last), ['1 after 0']);
  await settle();
  assert.deepEqual(outcomes, []);
});

test('drain: a new connection takes the session over, and only then the old one closes', async () => {
  const { signaling, told, outcomes, say } = joined();
  const [old] = FakeWebSocket.all;
  say('a');
  old.says({ drain: { deadline: '20s' } });
  old.says({ drain: { deadline: '10s' } });
  clock.pass(4_999);
  assert.equal(FakeWebSocket.all.length, 1, 'not all at once: at a moment of their own');
  clock.pass(1);
  assert.equal(FakeWebSocket.all.length, 2);
  const next = FakeWebSocket.last;
  old.says(updated(5));
  old.says({ ack: { counter: '1', stored: true } });
  say('b');
  next.open();
  assert.deepEqual([next.sent[0].resume.position, next.sent[0].resume.generation], [at(5), '2'], 'read when it is sent');
  assert.equal(old.closedWith, null);
  // From here on the old one counts no more.
  old.says({ ack: { counter: '2', stored: true } });
  old.says(updated(6));
  old.closes(4004);
  say('c');
  assert.equal(commands(next).length, 0);
  next.says({ resumed: { sessionId: 's1', last: '1', gatewayId: 'g2' } });
  assert.equal(old.closedWith, 4200);
  assert.deepEqual(commands(next), ['2 after 1', '3 after 2']);
  next.says(updated(6));
  await settle();
  assert.deepEqual(told, ['event 5', 'resumed g2 in passing', 'event 6'], 'nobody noticed');
  assert.deepEqual(outcomes, ['a stored']);
  assert.equal(signaling.state.name, 'joined');
});

test('drain: where the new connection does not open, the old one serves until it ends, and then one of them goes on', () => {
  const { signaling, told } = joined();
  const [old] = FakeWebSocket.all;
  old.says({ drain: { deadline: '2s' } });
  clock.pass(500);
  FakeWebSocket.all[1].closes(1006);
  old.says(updated(5));
  assert.deepEqual(told, ['event 5']);
  assert.equal(signaling.state.name, 'joined');
  clock.pass(250);
  assert.equal(FakeWebSocket.all.length, 3, 'it is tried again');
  old.closes(4200);
  assert.equal(signaling.state.name, 'reconnecting');
  clock.pass(5_000);
  assert.equal(FakeWebSocket.all.length, 3, 'the one that is being opened is enough');
  resumes();
  assert.deepEqual(told.slice(1), ['reconnecting', 'joined', 'resumed g2']);
});

test('drain: where no connection is being opened when the old one ends, it is as if it had been lost', () => {
  const { told } = joined();
  const [old] = FakeWebSocket.all;
  old.says({ drain: { deadline: '2s' } });
  clock.pass(500);
  FakeWebSocket.all[1].closes(1006);
  old.closes(4200);
  clock.pass(0);
  resumes({}, FakeWebSocket.all[2]);
  clock.pass(5_000);
  assert.deepEqual(told, ['reconnecting', 'joined', 'resumed g2']);
  assert.equal(FakeWebSocket.all.length, 3);
});

test('drain: a session that can not be taken over is joined anew', () => {
  const { told } = joined();
  const [old] = FakeWebSocket.all;
  old.says({ drain: { deadline: '1s' } });
  clock.pass(250);
  refuses('SESSION_NOT_FOUND', 4001);
  assert.equal(old.closedWith, 4200);
  clock.pass(0);
  joins('s2', FakeWebSocket.last, 9);
  assert.deepEqual(told, ['reconnecting', 'snapshot', 'joined', 'rejoined s2']);
});

test('back online, shown or awake: a wait ends at once, but not again and again', () => {
  for (const type of ['online', 'pageshow', 'visibilitychange', 'resume']) {
    FakeWebSocket.all = [];
    page = new EventTarget();
    joined();
    for (let i = 0; i < 6; i += 1) loses(1006, 8_000);
    FakeWebSocket.last.closes(1006);
    const before = FakeWebSocket.all.length;
    clock.pass(1_000);
    wakes(type);
    clock.pass(0);
    assert.equal(FakeWebSocket.all.length, before + 1, type);
    FakeWebSocket.last.closes(1006);
    for (let i = 0; i < 10; i += 1) {
      clock.pass(50);
      wakes(type);
    }
    assert.equal(FakeWebSocket.all.length, before + 1, 'a second lies between two attempts');
    clock.pass(500);
    assert.equal(FakeWebSocket.all.length, before + 2);
  }
});

test('a hidden page that changes does not hurry; offline alone does nothing', () => {
  joined();
  wakes('offline');
  page.document = { visibilityState: 'hidden' };
  wakes('visibilitychange');
  assert.equal(FakeWebSocket.last.sent.length, 1);
  page.document.visibilityState = 'visible';
  wakes('visibilitychange');
  assert.deepEqual(FakeWebSocket.last.sent.at(-1), { heartbeat: {} });
});

test('joined and awake again, the connection is asked once, and given up if it says nothing', () => {
  const { told } = joined();
  const [socket] = FakeWebSocket.all;
  wakes('online');
  wakes('visibilitychange');
  assert.deepEqual(socket.sent.slice(1), [{ heartbeat: {} }]);
  socket.says({ heartbeat: { position: at(4) } });
  clock.pass(20_000);
  assert.equal(socket.closedWith, null);
  socket.says({ heartbeat: { position: at(4) } });
  clock.pass(29_999);
  assert.equal(socket.sent.length, 2, 'watched as before');
  socket.says({ heartbeat: { position: at(4) } });
  wakes('online');
  clock.pass(4_999);
  assert.deepEqual(told, []);
  clock.pass(1);
  assert.equal(socket.closedWith, 4104);
  assert.deepEqual(told, ['reconnecting']);
});

test('awake again, an attempt of long ago is not waited for', () => {
  joined();
  const stalled = loses();
  clock.pass(4_000);
  wakes('online');
  assert.equal(FakeWebSocket.last, stalled);
  clock.pass(2_000);
  wakes('online');
  clock.pass(0);
  assert.notEqual(FakeWebSocket.last, stalled);
  stalled.open();
  assert.deepEqual(stalled.sent, []);
});

test('a page that went while reconnecting could not leave: back again, it resumes', () => {
  joined();
  FakeWebSocket.last.closes(1006);
  wakes('pagehide');
  clock.pass(60_000);
  assert.equal(FakeWebSocket.all.length, 1);
  wakes('pageshow');
  clock.pass(0);
  FakeWebSocket.last.open();
  assert.equal(FakeWebSocket.last.sent[0].resume.sessionId, 's1');
});

test('the token goes nowhere but into the resume', () => {
  const { signaling } = joined();
  loses();
  for (const { url, protocols } of FakeWebSocket.all) assert.equal(`${url} ${protocols}`.includes('secret'), false);
  assert.equal(JSON.stringify(signaling).includes('secret'), false);
  assert.equal(JSON.stringify(signaling.state).includes('secret'), false);
});
