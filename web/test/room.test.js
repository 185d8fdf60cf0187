/** Whole rooms over a gateway of a few lines: who gets what, and hears of what. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Room } from '../client/room.js';
import { FakeClock, FakePeerConnection, FakeStream, FakeWebSocket, quiet } from './fakes.js';

/** One room for one share at a time, on one gateway. */
class FakeGateway {
  /** @type {Map<string, {socket: any, wire: any, last: number}>} */
  members = new Map();
  seq = 0;
  sessions = 0;
  settings = {};
  /** What was told, for those who were away. */
  log = [];
  /** Whether the log reaches back. */
  remembers = true;

  /** Takes what the sockets said, until nobody has anything to say. */
  async settle() {
    for (let calm = 0; calm < 3;) {
      await quiet();
      calm += 1;
      for (const socket of FakeWebSocket.all) {
        if (!socket.isOpen) {
          socket.isOpen = true;
          socket.open();
          calm = 0;
        }
        for (const message of socket.sent.splice(0)) {
          this.take(socket, message);
          calm = 0;
        }
      }
    }
  }

  /**
   * @param {any} body
   * @param {{to?: any[], from?: any}} [about]
   */
  event(body, { to = [...this.members.values()], from } = {}) {
    const prev = { epoch: '1', seq: String(this.seq) };
    this.seq += 1;
    const position = { epoch: '1', seq: String(this.seq) };
    const tell = (one) => one.socket.says({ event: { position, prev, ...(to.includes(one) ? { from, ...body } : {}) } });
    this.log.push(tell);
    for (const one of this.members.values()) tell(one);
  }

  /** The socket of a member is gone, and the others are told. */
  loses(id) {
    const { socket, wire: { sessionId } } = /** @type {any} */ (this.members.get(id));
    socket.closes(1006);
    this.event({ participantReconnecting: { participantId: id, sessionId } });
  }

  snapshot() {
    return { snapshot: { room: { settings: this.settings }, participants: [...this.members.values()].map((one) => one.wire), position: { epoch: '1', seq: String(this.seq) } } };
  }

  resume(socket, { participantId, sessionId, position }) {
    const member = this.members.get(participantId);
    if (!member || member.wire.sessionId !== sessionId) {
      socket.says({ error: { reason: 'ERROR_REASON_SESSION_NOT_FOUND' } });
      socket.closes(4001);
      return;
    }
    member.socket = socket;
    socket.id = participantId;
    socket.says({ resumed: { sessionId, last: String(member.last) } });
    if (this.remembers) {
      for (const tell of this.log.slice(Number(position.seq))) tell(member);
    } else {
      socket.says({ reset: { reason: 'RESET_REASON_TRIMMED' } });
      socket.says(this.snapshot());
    }
    this.event({ participantReturned: { participantId, sessionId } });
  }

  gone(id, reason) {
    const member = this.members.get(id);
    this.members.delete(id);
    if (member) this.event({ participantLeft: { participantId: id, sessionId: member.wire.sessionId, reason: `LEAVE_REASON_${reason}` } });
    return member;
  }

  take(socket, { counter, ...message }) {
    if (message.resume) return this.resume(socket, message.resume);
    if (message.join) {
      const { participantId, metadata } = message.join;
      const old = this.gone(participantId, 'TAKEN_OVER');
      if (old) old.socket.closes(4004, 'taken over');
      const wire = { participantId, metadata, sessionId: `se_${this.sessions += 1}`, state: 'PARTICIPANT_STATE_JOINED' };
      this.event({ participantJoined: { participant: wire } });
      this.members.set(participantId, { socket, wire, last: 0 });
      socket.id = participantId;
      socket.says({ welcome: { sessionId: wire.sessionId, gatewayId: 'gw' } });
      socket.says(this.snapshot());
      return undefined;
    }
    const member = this.members.get(socket.id);
    if (!member || member.socket !== socket) return undefined;
    if (Number(counter) > member.last) member.last = Number(counter);
    const from = { participantId: socket.id, sessionId: member.wire.sessionId, counter };
    const end = (one, reason) => {
      const { share, participantId } = one.wire;
      delete one.wire.share;
      if (share) this.event({ shareEnded: { participantId, shareId: share.shareId, reason: `SHARE_END_REASON_${reason}` } });
    };
    if (message.startShare) {
      if (this.settings.sharePolicy === 'SHARE_POLICY_MULTIPLE') end(member, 'REPLACED');
      else for (const one of this.members.values()) end(one, 'REPLACED');
      member.wire.share = message.startShare;
      this.event({ shareStarted: { participantId: socket.id, share: message.startShare } });
    } else if (message.stopShare) {
      end(member, 'STOPPED');
    } else if (message.signal) {
      const to = this.members.get(message.signal.to);
      if (to) this.event({ signalReceived: message.signal }, { to: [to], from });
    } else if (message.message) {
      this.event({ messageReceived: { body: message.message.body } }, { from });
    } else if (message.leave) {
      socket.says({ ack: { counter, stored: true } });
      this.gone(socket.id, 'LEFT');
      return undefined;
    } else if (message.renegotiate) {
      this.event({ renegotiateRequested: {} }, { from });
    }
    socket.says({ ack: { counter, stored: true } });
    return undefined;
  }
}

/** @type {FakeGateway} */
let gateway;

beforeEach(() => {
  FakeWebSocket.all = [];
  FakePeerConnection.all = [];
  gateway = new FakeGateway();
});

async function enter(id) {
  const screens = [];
  const clock = new FakeClock();
  const room = new Room({
    url: 'http://gateway', roomId: 'r', participantId: id, page: null, clock,
    WebSocket: /** @type {any} */ (FakeWebSocket), RTCPeerConnection: /** @type {any} */ (FakePeerConnection),
    mediaDevices: /** @type {any} */ ({
      getDisplayMedia: async () => { screens.push(new FakeStream(`${id} ${screens.length}`, 'video', 'audio')); return screens.at(-1); },
    }),
  });
  const told = [];
  for (const type of ['participantLeft', 'shareStarted', 'shareEnded', 'track', 'trackEnded', 'error', 'channel']) {
    room.on(/** @type {any} */ (type), (detail) => {
      const who = detail.participantId ?? detail.participant?.participantId ?? '';
      told.push([type, who, detail.source ?? detail.reason ?? detail.message, detail.track?.kind].filter(Boolean).join(' '));
    });
  }
  room.join().catch(() => {});
  await gateway.settle();
  const pc = (other) => /** @type {any} */ (room.peerConnection(other));
  return { room, screens, told, clock, pc, take: () => told.splice(0) };
}

async function share(one) {
  const done = one.room.share();
  await gateway.settle();
  return done;
}

test('a share reaches who is here and who comes late, divided among them, and ends for all', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  assert.equal(FakePeerConnection.all.length, 0, 'nothing to send, no connection');
  await share(ann);
  assert.deepEqual(bob.take(), ['shareStarted ann', 'track ann screen video', 'track ann screen audio']);
  const [picture] = ann.pc('bob').transceivers;
  assert.deepEqual(picture.sender.parameters, { encodings: [{ maxBitrate: 8_000_000, maxFramerate: 60 }], degradationPreference: 'maintain-framerate' });
  assert.equal(ann.screens[0].tracks[0].contentHint, 'motion');
  const cy = await enter('cy');
  assert.deepEqual(cy.take(), ['shareStarted ann', 'track ann screen video', 'track ann screen audio']);
  assert.equal(picture.sender.parameters.encodings[0].maxBitrate, 4_000_000);
  assert.equal(ann.pc('cy').transceivers[0].sender.parameters.encodings[0].maxBitrate, 4_000_000);
  cy.room.leave();
  await gateway.settle();
  assert.equal(picture.sender.parameters.encodings[0].maxBitrate, 8_000_000);
  assert.equal(cy.told.includes('trackEnded ann screen video'), true);
  bob.take();
  ann.room.stopShare();
  await gateway.settle();
  assert.deepEqual(bob.take(), ['shareEnded ann STOPPED', 'trackEnded ann screen video', 'trackEnded ann screen audio']);
  assert.equal(ann.screens[0].tracks[0].readyState, 'ended');
  assert.equal(ann.room.sharedStream, null);
});

test('the browser\'s own "Stop sharing" ends the share for everybody', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  bob.take();
  ann.screens[0].tracks[0].ends();
  await gateway.settle();
  assert.equal(bob.take()[0], 'shareEnded ann STOPPED');
  assert.equal(ann.room.self?.share, null);
});

test('whose share is replaced stops capturing; a stream of the application stays alive', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  const own = /** @type {any} */ (new FakeStream('own', 'video'));
  bob.room.share({ stream: own });
  await gateway.settle();
  assert.equal(ann.room.sharedStream, null);
  assert.equal(ann.screens[0].tracks[0].readyState, 'ended');
  assert.deepEqual(ann.take().slice(-3), ['shareEnded ann REPLACED', 'shareStarted bob', 'track bob screen video']);
  await share(ann);
  assert.equal(bob.room.sharedStream, null);
  assert.equal(own.tracks[0].readyState, 'live');
});

test('who shares again without stopping has one share, and the first is told to be over', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  bob.take();
  const own = [];
  ann.room.on('shareEnded', ({ share: { shareId }, reason }) => own.push(`${shareId} ${reason}`));
  await share(ann);
  assert.equal(ann.screens[0].tracks[0].readyState, 'ended');
  assert.deepEqual(bob.take().filter((line) => /^(shareEnded|shareStarted)/.test(line)), ['shareEnded ann REPLACED', 'shareStarted ann']);
  assert.deepEqual(own, ['ann 0 REPLACED']);
  assert.equal(bob.room.participants.get('ann')?.share?.shareId, 'ann 1');
  assert.equal(bob.room.tracks('ann').length, 2);
});

test('a snapshot or event that misses the end of a share tells it all the same', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  bob.take();
  gateway.event({ shareStarted: { participantId: 'ann', share: { shareId: 'another', audio: false } } });
  assert.deepEqual(bob.take(), ['shareEnded ann REPLACED', 'shareStarted ann']);
});

test('both share at once: one of them has it, and all see that one', async () => {
  const [ann, bob, cy] = [await enter('ann'), await enter('bob'), await enter('cy')];
  ann.room.share();
  bob.room.share();
  await gateway.settle();
  const sharing = [ann, bob].filter(({ room }) => room.sharedStream);
  assert.equal(sharing.length, 1);
  const { participantId } = sharing[0].room;
  assert.deepEqual(cy.room.tracks(participantId).map(({ source }) => source), ['screen', 'screen']);
  assert.deepEqual([...cy.room.participants.values()].filter((one) => one.share).map((one) => one.participantId), [participantId]);
});

test('a camera call of three, in which all begin at once, and one hangs up', async () => {
  const all = [await enter('ann'), await enter('bob'), await enter('cy')];
  for (const { room } of all) room.publish(/** @type {any} */ (new FakeStream(`camera of ${room.participantId}`, 'video', 'audio')));
  await gateway.settle();
  for (const { room, told } of all) {
    const others = ['ann', 'bob', 'cy'].filter((id) => id !== room.participantId);
    for (const id of others) assert.deepEqual(room.tracks(id).map(({ source, track }) => `${source} ${track.kind}`), ['camera video', 'microphone audio']);
    assert.equal(told.some((line) => line.startsWith('error')), false);
  }
  const [ann, bob, cy] = all;
  await share(ann);
  assert.equal(bob.room.tracks('ann').length, 4);
  cy.room.unpublish();
  await gateway.settle();
  assert.deepEqual(ann.room.tracks('cy'), []);
  assert.throws(() => cy.room.publish(/** @type {any} */ (new FakeStream('empty'))), TypeError);
});

test('one channel goes to everybody, waits for who is not connected, and says who spoke', async () => {
  const [ann, bob, cy] = [await enter('ann'), await enter('bob'), await enter('cy')];
  const game = ann.room.channel('game', { ordered: false });
  assert.equal(ann.room.channel('game'), game);
  assert.equal(FakePeerConnection.all.length, 0, 'it costs nothing before something is sent');
  assert.equal(game.send('one'), 2);
  assert.equal(game.send('two', { to: 'cy' }), 1);
  await gateway.settle();
  const line = (other) => ann.pc(other).channels[0];
  assert.deepEqual(line('bob').init, { ordered: false });
  line('bob').opens();
  line('cy').opens();
  game.send('three');
  assert.deepEqual(line('bob').sent, ['one', 'three']);
  assert.deepEqual(line('cy').sent, ['one', 'two', 'three']);

  const heard = [];
  game.on('message', ({ participantId, data }) => heard.push(`${participantId}: ${data}`));
  line('bob').says('back on the same');
  ann.pc('bob').ondatachannel({ channel: new (line('bob').constructor)('game') });
  assert.deepEqual(ann.told.filter((one) => one.startsWith('channel')), [], 'this label was asked for');
  bob.room.on('channel', ({ channel }) => channel.on('message', ({ participantId, data }) => heard.push(`${participantId}: ${data}`)));
  const theirs = new (line('bob').constructor)('game');
  bob.pc('ann').ondatachannel({ channel: theirs });
  theirs.says('hello');
  assert.deepEqual(heard, ['bob: back on the same', 'ann: hello']);

  // Who rejoined is sent to again, over a new one.
  line('cy').closes();
  game.send('four');
  assert.equal(ann.pc('cy').channels.length, 2);
  cy.room.leave();
  await gateway.settle();
  assert.equal(game.send('five'), 1);
  game.close();
  assert.throws(() => game.send('six'), { name: 'InvalidStateError' });
});

test('what two say to each other first, at once, survives that one of their connections begins anew', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  for (const { room } of [ann, bob]) room.channel('game').send(`from ${room.participantId}`);
  await gateway.settle();
  for (const [one, other] of /** @type {const} */ ([[ann, 'bob'], [bob, 'ann']])) {
    assert.equal(one.pc(other).isClosed, false);
    const [line] = one.pc(other).channels;
    line.opens();
    assert.deepEqual(line.sent, [`from ${one.room.participantId}`]);
  }
});

test('a channel for one goes to one; what waits for a connection is bounded', async () => {
  const ann = await enter('ann');
  await enter('bob');
  await enter('cy');
  const secret = ann.room.channel('secret', { to: 'bob' });
  assert.equal(secret.send('psst'), 1);
  assert.equal(ann.pc('cy'), null);
  assert.throws(() => { for (let i = 0; i < 5_000; i += 1) secret.send('x'); }, { name: 'OperationError' });
});

test('taken over, the page says so and does not fight; continuing here, it sends again what it published', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  ann.room.publish(/** @type {any} */ (new FakeStream('camera', 'video')));
  await share(ann);
  await enter('ann');
  assert.deepEqual([ann.room.state.name, ann.room.state.reason?.reason], ['closed', 'SESSION_SUPERSEDED']);
  assert.equal(ann.screens[0].tracks[0].readyState, 'ended');
  assert.throws(() => bob.room.continueHere(), TypeError);
  bob.take();
  await assert.doesNotReject(Promise.all([ann.room.continueHere(), gateway.settle()]));
  assert.equal(ann.room.state.name, 'joined');
  assert.deepEqual(bob.room.tracks('ann').map(({ source }) => source), ['camera']);
});

/** Lets one come back whose socket is gone. */
async function comesBack(one) {
  for (const wait of [1_000, 0]) {
    one.clock.pass(wait);
    await gateway.settle();
  }
  assert.equal(one.room.state.name, 'joined');
}

const returns = (one) => {
  /** @type {string[]} */
  const told = [];
  for (const type of /** @type {const} */ (['resumed', 'reset', 'rejoined'])) one.room.on(type, () => told.push(type));
  return told;
};

test('a lost connection to the gateway leaves media as it is; what was missed is told, and what was said is sent', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  const told = returns(bob);
  const connections = [ann.pc('bob'), bob.pc('ann')];
  for (const pc of connections) pc.becomes('connected');
  const heard = [];
  for (const { room } of [ann, bob]) room.on('message', ({ body }) => heard.push(`${room.participantId}: ${body}`));
  gateway.loses('bob');
  ann.room.send('while you were away');
  bob.room.send('said while reconnecting');
  bob.room.publish(/** @type {any} */ (new FakeStream('camera', 'video')));
  await gateway.settle();
  assert.equal(ann.room.participants.get('bob')?.state, 'reconnecting');
  assert.deepEqual(ann.room.tracks('bob'), []);
  await comesBack(bob);
  assert.deepEqual(told, ['resumed']);
  assert.deepEqual([ann.pc('bob'), bob.pc('ann')], connections);
  assert.equal(connections.some(({ isClosed, restarts }) => isClosed || restarts > 0), false);
  assert.deepEqual(heard.sort(), ['ann: said while reconnecting', 'ann: while you were away', 'bob: said while reconnecting', 'bob: while you were away']);
  assert.deepEqual(ann.room.tracks('bob').map(({ source }) => source), ['camera']);
  assert.equal(ann.room.participants.get('bob')?.state, 'joined');
});

test('S39: after a reset what is connected stays; what is broken or waits for an answer tries again', async () => {
  const [ann, bob, cy, dee] = [await enter('ann'), await enter('bob'), await enter('cy'), await enter('dee')];
  await share(ann);
  const told = returns(ann);
  ann.pc('bob').becomes('connected');
  ann.pc('cy').becomes('disconnected');
  ann.pc('dee').becomes('connected');
  const [stays, breaks, goes] = [ann.pc('bob'), ann.pc('cy'), ann.pc('dee')];
  gateway.loses('ann');
  gateway.remembers = false;
  dee.room.leave();
  await gateway.settle();
  await comesBack(ann);
  assert.deepEqual(told, ['resumed', 'reset']);
  assert.deepEqual([ann.pc('bob'), ann.pc('cy'), ann.pc('dee')], [stays, breaks, null]);
  assert.deepEqual([stays.restarts, breaks.restarts, goes.isClosed], [0, 1, true]);
  assert.equal(bob.pc('ann').restarts, 1, 'bob was asked to offer again');
  assert.equal(ann.room.sharedStream !== null, true);
  assert.equal(cy.room.participants.get('ann')?.share?.shareId, 'ann 0');

  // The answer to an offer of ours may be what was lost.
  stays.signalingState = 'have-local-offer';
  const offers = [];
  const { take } = gateway;
  gateway.take = (socket, message) => {
    if (message.signal?.kind === 'SIGNAL_KIND_OFFER') offers.push(`${socket.id} to ${message.signal.to}`);
    return take.call(gateway, socket, message);
  };
  gateway.loses('ann');
  await comesBack(ann);
  assert.equal(offers.includes('ann to bob'), true);
});

test('a reset tells that a share was replaced meanwhile', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  gateway.loses('ann');
  await share(bob);
  ann.take();
  gateway.remembers = false;
  await comesBack(ann);
  assert.equal(ann.room.sharedStream, null);
  assert.equal(ann.screens[0].tracks[0].readyState, 'ended');
  assert.equal(ann.take().includes('shareEnded ann REPLACED'), true);
  assert.equal(bob.room.sharedStream !== null, true);
});

test('a share that was stopped while reconnecting is over for everybody after the resume', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await share(ann);
  bob.take();
  gateway.loses('ann');
  const stopped = ann.room.stopShare();
  await comesBack(ann);
  await stopped;
  assert.deepEqual(bob.take().filter((line) => line.startsWith('share')), ['shareEnded ann STOPPED']);
});

test('who rejoined is connected to anew, from both sides', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  bob.room.publish(/** @type {any} */ (new FakeStream('camera', 'video')));
  await share(ann);
  const told = returns(ann);
  const old = [ann.pc('bob'), bob.pc('ann')];
  gateway.gone('ann', 'EXPIRED')?.socket.closes(1006);
  await comesBack(ann);
  assert.deepEqual(told, ['rejoined']);
  assert.equal(old.every(({ isClosed }) => isClosed), true);
  assert.deepEqual(ann.room.tracks('bob').map(({ source }) => source), ['camera']);
  assert.equal(bob.room.tracks('ann').length, 2);
});

test('who rejoined and alone sends something begins anew with everybody', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  ann.room.publish(/** @type {any} */ (new FakeStream('camera', 'video')));
  await gateway.settle();
  const [old] = [ann.pc('bob')];
  gateway.gone('ann', 'EXPIRED')?.socket.closes(1006);
  await comesBack(ann);
  assert.equal(old.isClosed, true);
  assert.deepEqual(bob.room.tracks('ann').map(({ source }) => source), ['camera']);
});

test('where a session is over another one begins, in which share and camera go on', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  ann.room.publish(/** @type {any} */ (new FakeStream('camera', 'video')));
  await share(ann);
  const { sessionId } = /** @type {any} */ (ann.room.self);
  const states = [];
  ann.room.on('state', ({ name }) => states.push(name));
  gateway.gone('ann', 'EXPIRED')?.socket.closes(1006);
  assert.deepEqual(states, ['reconnecting']);
  ann.clock.pass(1_000);
  await gateway.settle();
  ann.clock.pass(0);
  await gateway.settle();
  assert.deepEqual(states, ['reconnecting', 'reconnecting', 'joined']);
  assert.notEqual(ann.room.self?.sessionId, sessionId);
  assert.deepEqual(bob.room.tracks('ann').map(({ source }) => source).sort(), ['camera', 'screen', 'screen']);
  assert.equal(bob.room.participants.get('ann')?.share?.shareId, 'ann 0');
  assert.equal(ann.screens[0].tracks[0].readyState, 'live');
});

test('after a rejoin a share steps back behind one that began meanwhile, where only one may be', async () => {
  for (const [sharePolicy, stays] of /** @type {const} */ ([['SHARE_POLICY_SINGLE', false], ['SHARE_POLICY_MULTIPLE', true]])) {
    gateway = new FakeGateway();
    gateway.settings = { sharePolicy };
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    await share(ann);
    const [screen] = ann.screens[0].tracks;
    gateway.gone('ann', 'EXPIRED')?.socket.closes(1006);
    await share(bob);
    bob.take();
    ann.take();
    for (const wait of [1_000, 0]) {
      ann.clock.pass(wait);
      await gateway.settle();
    }
    assert.equal(ann.room.state.name, 'joined');
    assert.equal(bob.room.sharedStream !== null, true, `${sharePolicy}: bob goes on`);
    assert.equal(ann.room.sharedStream !== null, stays, sharePolicy);
    assert.equal(screen.readyState, stays ? 'live' : 'ended');
    assert.equal(ann.take().includes('shareEnded ann REPLACED'), !stays);
    assert.equal(bob.take().includes('shareEnded bob REPLACED'), false);
  }
});

test('how a connection is doing is told in words', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  const told = [];
  bob.room.on('connection', ({ participantId, state, sentence }) => {
    told.push(`${participantId} ${state}`);
    assert.match(sentence, /^[A-Z].*[.…]$/);
  });
  assert.equal(bob.room.connection('ann'), null);
  await share(ann);
  for (const state of ['connecting', 'connected', 'disconnected', 'failed', 'connected', 'new']) bob.pc('ann').becomes(state);
  bob.clock.pass(35_000);
  assert.equal(bob.pc('ann').restarts, 0, 'an idle connection looks for no path');
  ann.room.leave();
  await gateway.settle();
  assert.deepEqual(told, ['ann connecting', 'ann connected', 'ann interrupted', 'ann failed', 'ann connected', 'ann idle', 'ann closed']);
});

test('without a screen to be had, sharing fails with a reason and nothing is told', async () => {
  const bob = await enter('bob');
  const denied = new Room({ url: 'http://gateway', roomId: 'r' });
  await assert.rejects(denied.share(), { reason: 'NOT_JOINED' });
  await assert.rejects(new Promise((resolve, reject) => {
    const room = new Room({
      url: 'http://gateway', roomId: 'r', participantId: 'cy', page: null, clock: new FakeClock(), WebSocket: /** @type {any} */ (FakeWebSocket),
      mediaDevices: /** @type {any} */ ({ getDisplayMedia: async () => { throw new DOMException('no', 'NotAllowedError'); } }),
    });
    room.join().then(() => room.share()).then(resolve, reject);
    gateway.settle();
  }), { name: 'CaptureError', reason: 'PERMISSION_DENIED' });
  assert.equal(bob.told.some((line) => line.startsWith('shareStarted')), false);
});
