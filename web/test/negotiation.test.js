import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideCandidate, decideDescription, isPolite } from '../client/glare.js';
import { Negotiation, restartDelay } from '../client/negotiation.js';
import { FakeClock, FakePeerConnection, FakeStream, quiet } from './fakes.js';

test('of two sides exactly one is polite, in the order of UTF-8 bytes', () => {
  const ids = ['a', 'b', 'ab', 'B', 'é', '\u{ff5e}', '\u{1f600}', '10', '9'];
  for (const mine of ids) {
    for (const theirs of ids) {
      if (mine !== theirs) assert.notEqual(isPolite(mine, theirs), isPolite(theirs, mine), `${mine} ${theirs}`);
    }
  }
  assert.equal(isPolite('10', '9'), true);
  // JavaScript's own order of strings has these two the other way round.
  assert.equal(isPolite('\u{ff5e}', '\u{1f600}'), true);
});

const calm = { polite: false, makingOffer: false, signalingState: /** @type {const} */ ('stable'), settingAnswer: false, sameConnection: true, established: true };

test('an offer without glare is applied by either side', () => {
  assert.equal(decideDescription('offer', calm), 'apply');
  assert.equal(decideDescription('offer', { ...calm, polite: true }), 'apply');
});

test('in a glare the polite side gives way and the other does not', () => {
  for (const glare of [
    { ...calm, makingOffer: true },
    { ...calm, signalingState: /** @type {const} */ ('have-local-offer') },
  ]) {
    assert.equal(decideDescription('offer', glare), 'ignore');
    assert.equal(decideDescription('offer', { ...glare, polite: true }), 'apply');
  }
});

test('an offer right behind an answer is no glare', () => {
  assert.equal(decideDescription('offer', { ...calm, signalingState: 'have-local-offer', settingAnswer: true }), 'apply');
});

test('an offer of a connection that we do not know begins anew, unless both are just beginning', () => {
  const other = { ...calm, sameConnection: false };
  assert.equal(decideDescription('offer', other), 'replace');
  assert.equal(decideDescription('offer', { ...other, signalingState: 'have-local-offer' }), 'replace');
  const beginning = { ...other, established: false };
  assert.equal(decideDescription('offer', beginning), 'apply');
  assert.equal(decideDescription('offer', { ...beginning, signalingState: 'have-local-offer' }), 'ignore');
  // Not by a rollback: see glare.js.
  assert.equal(decideDescription('offer', { ...beginning, signalingState: 'have-local-offer', polite: true }), 'replace');
  assert.equal(decideDescription('offer', { ...beginning, makingOffer: true, polite: true }), 'replace');
  assert.equal(decideDescription('offer', { ...beginning, polite: true }), 'apply');
});

test('an answer counts only for the offer that waits for it', () => {
  const waiting = { ...calm, signalingState: /** @type {const} */ ('have-local-offer') };
  assert.equal(decideDescription('answer', waiting), 'apply');
  assert.equal(decideDescription('answer', calm), 'ignore');
  assert.equal(decideDescription('answer', { ...waiting, sameConnection: false }), 'ignore');
});

test('candidates wait for their description, and those of no use are dropped', () => {
  const ready = { sameConnection: true, ignoringOffer: false, hasRemoteDescription: true };
  assert.equal(decideCandidate(ready), 'add');
  assert.equal(decideCandidate({ ...ready, hasRemoteDescription: false }), 'queue');
  // It may belong to the answer before the offer that is ignored.
  assert.equal(decideCandidate({ ...ready, ignoringOffer: true }), 'add');
  assert.equal(decideCandidate({ ...ready, ignoringOffer: true, hasRemoteDescription: false }), 'drop');
  assert.equal(decideCandidate({ ...ready, sameConnection: false }), 'drop');
});

/** @param {boolean} polite */
function side(polite) {
  const sent = [];
  const errors = [];
  const tracks = [];
  const before = FakePeerConnection.all.length;
  const clock = new FakeClock();
  const negotiation = new Negotiation({
    polite, clock, RTCPeerConnection: /** @type {any} */ (FakePeerConnection),
    send: (kind, payload) => sent.push({ kind, payload }),
  });
  negotiation.on('error', (error) => errors.push(error));
  negotiation.on('track', ({ track, mid, source }) => tracks.push({ kind: track.kind, mid, source }));
  const stream = new FakeStream('s', 'video');
  const screen = /** @type {any} */ ({ key: 'screen/video', source: 'screen', track: stream.tracks[0], stream });
  // In these tests the sides are made first, so what comes later is a replacement.
  const first = FakePeerConnection.all[before];
  const pcs = () => [first, ...(negotiation.peerConnection === /** @type {any} */ (first) ? [] : [/** @type {any} */ (negotiation.peerConnection)])];
  return { negotiation, sent, errors, tracks, clock, screen, get pcs() { return pcs(); }, pc: () => /** @type {any} */ (negotiation.peerConnection) };
}

/** Carries what was sent, until nobody has anything to say. */
async function carry(a, b) {
  for (;;) {
    await quiet();
    const fromA = a.sent.splice(0);
    const fromB = b.sent.splice(0);
    if (fromA.length + fromB.length === 0) return;
    for (const { kind, payload } of fromA) await b.negotiation.receive(kind, payload);
    for (const { kind, payload } of fromB) await a.negotiation.receive(kind, payload);
  }
}

test('who has something to send offers, the other answers', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  a.negotiation.send(a.screen);
  await carry(a, b);
  assert.equal(a.pc().transceivers.length, 1, 'a track is added once');
  assert.equal(a.pc().signalingState, 'stable');
  assert.equal(b.pc().localDescription.type, 'answer');
  assert.deepEqual([...a.errors, ...b.errors], []);
});

test('when both offer at once, one connection comes of it', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  b.negotiation.send(b.screen);
  await carry(a, b);
  assert.equal(a.pc().signalingState, 'stable');
  assert.equal(b.pc().signalingState, 'stable');
  assert.deepEqual(a.tracks.map(({ source }) => source), ['screen'], 'who gave way offered again');
  assert.deepEqual(b.tracks.map(({ source }) => source), ['screen']);
  assert.deepEqual([a.pcs, b.pcs].map((pcs) => pcs.map((pc) => pc.isClosed)), [[false], [true, false]], 'who gave way began anew');
  assert.equal(b.pcs[1].rollbacks, 0);
  assert.deepEqual([...a.errors, ...b.errors], []);
});

test('candidates that come early wait; those of another connection are dropped', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  await quiet();
  const { connection } = JSON.parse(a.sent[0].payload);
  const offer = a.sent.shift();
  await b.negotiation.receive('candidate', JSON.stringify({ candidate: 'early' }));
  await b.negotiation.receive('candidate', JSON.stringify({ candidate: 'stray', connection: 'another' }));
  assert.deepEqual(b.pc().candidates, []);
  await b.negotiation.receive(offer.kind, offer.payload);
  await b.negotiation.receive('candidate', JSON.stringify({ candidate: 'late', connection }));
  assert.deepEqual(b.pc().candidates.map(({ candidate }) => candidate), ['early', 'late']);
});

test('an offer of a new connection makes a new one here, and late words of the old are dropped', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  await carry(a, b);
  const old = b.pc();
  const again = side(false);
  again.negotiation.send(again.screen);
  await carry(again, b);
  assert.equal(old.isClosed, true);
  assert.notEqual(b.pc(), old);
  assert.equal(again.pc().signalingState, 'stable');
  a.pc().onicecandidate({ candidate: { toJSON: () => ({ candidate: 'old' }) } });
  await b.negotiation.receive(a.sent[0].kind, a.sent[0].payload);
  assert.deepEqual(b.pc().candidates, []);
});

test('both change what they send at once, again and again, and both end up with all of it', async () => {
  const [a, b] = [side(false), side(true)];
  for (let round = 0; round < 5; round += 1) {
    for (const one of [a, b]) {
      const stream = new FakeStream(`s${round}`, 'video');
      one.negotiation.send({ ...one.screen, track: stream.tracks[0], stream });
    }
    await carry(a, b);
    for (const one of [a, b]) {
      const [{ stream }] = [...one.pc().arrived.values()];
      assert.deepEqual([one.pc().arrived.size, stream.id, one.pc().signalingState], [1, `s${round}`, 'stable']);
    }
  }
  assert.deepEqual([...a.errors, ...b.errors], []);
});

test('each track is told with what it shows, by its place in the description', async () => {
  const [a, b] = [side(false), side(true)];
  const camera = new FakeStream('c', 'video', 'audio');
  a.negotiation.send(a.screen);
  a.negotiation.send(/** @type {any} */ ({ key: 'camera', source: 'camera', track: camera.tracks[0], stream: camera }));
  a.negotiation.send(/** @type {any} */ ({ key: 'microphone', source: 'microphone', track: camera.tracks[1], stream: camera }));
  await carry(a, b);
  assert.deepEqual(b.tracks, [
    { kind: 'video', mid: '0', source: 'screen' }, { kind: 'video', mid: '1', source: 'camera' }, { kind: 'audio', mid: '2', source: 'microphone' },
  ]);
  // Ended before its offer has left: the offer says what it is all the same.
  const again = new FakeStream('again', 'video');
  a.negotiation.send({ ...a.screen, track: again.tracks[0], stream: again });
  await Promise.resolve();
  a.negotiation.unsend('screen/video');
  await quiet();
  const { sdp, sources } = JSON.parse(a.sent[0].payload);
  for (const { mid } of JSON.parse(sdp).sends) assert.ok(sources[mid], `place ${mid} has a name`);
});

test('another camera takes the place of the first without an offer; another share is a new one', async () => {
  const [a, b] = [side(false), side(true)];
  const [one, two] = [new FakeStream('1', 'video'), new FakeStream('2', 'video')];
  for (const stream of [one, two]) {
    a.negotiation.send(/** @type {any} */ ({ key: 'camera', source: 'camera', track: stream.tracks[0], stream }));
    await carry(a, b);
  }
  assert.equal(b.tracks.length, 1);
  assert.equal(a.pc().transceivers[0].sender.track, two.tracks[0]);
  for (const stream of [one, two]) {
    a.negotiation.send({ ...a.screen, track: stream.tracks[0], stream });
    await carry(a, b);
  }
  assert.equal(b.tracks.length, 3);
});

test('a failed connection restarts ICE at once, then less and less often, until it holds', async () => {
  const a = side(false);
  a.pc().becomes('failed');
  const after = [0, 1_500, 3_000, 6_000].map((ms) => {
    a.clock.pass(ms);
    return a.pc().restarts;
  });
  assert.deepEqual(after, [1, 2, 3, 4]);
  a.pc().becomes('connected');
  a.clock.pass(100_000);
  assert.equal(a.pc().restarts, 4);
  a.pc().becomes('failed');
  a.clock.pass(0);
  assert.equal(a.pc().restarts, 5, 'a connection that held is restarted at once');
  assert.equal(restartDelay(50, 1), 30_000);
});

test('ICE that neither comes nor fails is restarted too, and left alone once it holds', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  await carry(a, b);
  b.clock.pass(9_999);
  assert.equal(b.pc().restarts, 0);
  b.clock.pass(1);
  assert.equal(b.pc().restarts, 1);
  a.pc().becomes('connected');
  a.clock.pass(100_000);
  assert.equal(a.pc().restarts, 0);
  b.negotiation.close();
  b.clock.pass(100_000);
  assert.equal(b.pc().restarts, 1);
});

test('an own offer that is still being made never goes out under the name of the other\'s connection', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  await quiet();
  const { kind, payload } = a.sent[0];
  const { connection } = JSON.parse(payload);
  let go = () => {};
  const made = new Promise((resolve) => { go = () => resolve(undefined); });
  const set = b.pc().setLocalDescription.bind(b.pc());
  b.pc().setLocalDescription = async () => { await made; return set(); };
  b.negotiation.send(b.screen);
  await quiet();
  const received = b.negotiation.receive(kind, payload);
  await quiet();
  go();
  await received;
  const named = b.sent.map((one) => [one.kind, JSON.parse(one.payload).connection === connection]);
  assert.deepEqual(named.slice(0, 2), [['offer', false], ['answer', true]]);
});

test('signals are worked on one after the other: a candidate right behind its offer is not lost', async () => {
  const [a, b] = [side(false), side(true)];
  for (const one of [a, b]) one.negotiation.send(one.screen);
  await quiet();
  const { kind, payload } = a.sent[0];
  const { connection } = JSON.parse(payload);
  const both = [b.negotiation.receive(kind, payload), b.negotiation.receive('candidate', JSON.stringify({ candidate: 'next', connection }))];
  await Promise.all(both);
  assert.deepEqual(b.pc().candidates.map(({ candidate }) => candidate), ['next']);
});

test('asked to renegotiate, an unanswered offer is said again, else ICE restarts', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.send(a.screen);
  await quiet();
  const lost = a.sent.splice(0);
  a.negotiation.renegotiate();
  assert.deepEqual(a.sent.map(({ payload }) => payload), lost.map(({ payload }) => payload));
  await carry(a, b);
  a.negotiation.renegotiate();
  assert.equal(a.pc().restarts, 1);
});

test('a payload that is no JSON is an error, not an exception', async () => {
  const a = side(false);
  await a.negotiation.receive('offer', 'no json');
  assert.equal(a.errors.length, 1);
});
