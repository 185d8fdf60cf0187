import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Negotiation, decideCandidate, decideDescription, isPolite } from '../client/negotiation.js';

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
  assert.equal(decideDescription('offer', { ...beginning, signalingState: 'have-local-offer', polite: true }), 'apply');
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
  assert.equal(decideCandidate({ ...ready, ignoringOffer: true }), 'drop');
  assert.equal(decideCandidate({ ...ready, sameConnection: false }), 'drop');
});

/** As much of a peer connection as negotiation needs, without a network. */
class FakePeerConnection {
  /** @type {FakePeerConnection[]} */
  static all = [];

  signalingState = 'stable';
  connectionState = 'new';
  /** @type {any} */
  localDescription = null;
  /** @type {any} */
  remoteDescription = null;
  /** @type {any[]} */
  candidates = [];
  restarts = 0;
  isClosed = false;
  /** @type {any[]} */
  senders = [];

  constructor() {
    FakePeerConnection.all.push(this);
  }

  addTrack(track) {
    this.senders.push({ track });
    queueMicrotask(() => this.onnegotiationneeded());
  }

  getSenders() {
    return this.senders;
  }

  removeTrack(sender) {
    sender.track = null;
  }

  restartIce() {
    this.restarts += 1;
  }

  async setLocalDescription() {
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
    this.signalingState = type === 'offer' ? 'have-local-offer' : 'stable';
    this.localDescription = { type, sdp: `${type} of ${FakePeerConnection.all.indexOf(this)}`, toJSON() { return { type, sdp: this.sdp }; } };
  }

  async setRemoteDescription(description) {
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    this.remoteDescription = description;
  }

  async addIceCandidate(candidate) {
    this.candidates.push(candidate);
  }

  close() {
    this.isClosed = true;
  }
}

const quiet = () => new Promise((resolve) => setImmediate(resolve));

/** @param {boolean} polite */
function side(polite) {
  const sent = [];
  const errors = [];
  const negotiation = new Negotiation({
    polite, RTCPeerConnection: /** @type {any} */ (FakePeerConnection),
    send: (kind, payload) => sent.push({ kind, payload }),
  });
  negotiation.on('error', (error) => errors.push(error));
  const track = { kind: 'video' };
  const stream = /** @type {any} */ ({ id: 's', getTracks: () => [track] });
  return { negotiation, sent, errors, stream, pc: () => /** @type {any} */ (negotiation.peerConnection) };
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
  a.negotiation.addStream(a.stream);
  a.negotiation.addStream(a.stream);
  await carry(a, b);
  assert.equal(a.pc().senders.length, 1, 'a track is added once');
  assert.equal(a.pc().signalingState, 'stable');
  assert.equal(b.pc().localDescription.type, 'answer');
  assert.deepEqual([...a.errors, ...b.errors], []);
});

test('when both offer at once, one connection comes of it', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.addStream(a.stream);
  b.negotiation.addStream(b.stream);
  await carry(a, b);
  assert.equal(a.pc().localDescription.type, 'offer');
  assert.equal(b.pc().localDescription.type, 'answer');
  assert.equal(a.pc().signalingState, 'stable');
  assert.equal(b.pc().signalingState, 'stable');
});

test('candidates that come early wait; those of another connection are dropped', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.addStream(a.stream);
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
  a.negotiation.addStream(a.stream);
  await carry(a, b);
  const old = b.pc();
  const again = side(false);
  again.negotiation.addStream(again.stream);
  await carry(again, b);
  assert.equal(old.isClosed, true);
  assert.notEqual(b.pc(), old);
  assert.equal(again.pc().signalingState, 'stable');
  a.pc().onicecandidate({ candidate: { toJSON: () => ({ candidate: 'old' }) } });
  await b.negotiation.receive(a.sent[0].kind, a.sent[0].payload);
  assert.deepEqual(b.pc().candidates, []);
});

test('a failed connection restarts ICE', () => {
  const a = side(false);
  a.pc().connectionState = 'failed';
  a.pc().onconnectionstatechange();
  assert.equal(a.pc().restarts, 1);
});

test('asked to renegotiate, an unanswered offer is said again, else ICE restarts', async () => {
  const [a, b] = [side(false), side(true)];
  a.negotiation.addStream(a.stream);
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
