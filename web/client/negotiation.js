/**
 * Perfect negotiation with one session of one remote participant: the pattern
 * of the W3C's WebRTC specification, where either side may change what it sends
 * at any time and glare (two offers at once) settles itself. Knows WebRTC and
 * no sockets.
 *
 * https://www.w3.org/TR/webrtc/#perfect-negotiation-example
 */
import { Emitter } from './events.js';

const utf8 = new TextEncoder();

/**
 * Which side gives way when offers cross. Both sides must find different
 * answers, in any language: the one whose id comes first, as UTF-8 bytes.
 *
 * @param {string} mine Own participant id.
 * @param {string} theirs The other's participant id.
 * @returns {boolean}
 */
export function isPolite(mine, theirs) {
  const a = utf8.encode(mine);
  const b = utf8.encode(theirs);
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    if (a[i] !== b[i]) return a[i] < b[i];
  }
  return a.length < b.length;
}

/**
 * @typedef {object} Standing What decides on a description from the other side.
 * @property {boolean} polite
 * @property {boolean} makingOffer An own offer is being made.
 * @property {RTCSignalingState} signalingState
 * @property {boolean} settingAnswer The other's answer is being applied.
 * @property {boolean} sameConnection It speaks of the connection that we have.
 * @property {boolean} established Some description of the other's was applied.
 */

/**
 * What to do with a description.
 *
 * - `apply`: set it; the browser rolls back an own offer by itself.
 * - `replace`: the other side began anew; so do we, then set it.
 * - `ignore`: our own offer goes first, or it answers an offer of the past.
 *
 * @param {'offer' | 'answer'} type
 * @param {Standing} standing
 * @returns {'apply' | 'replace' | 'ignore'}
 */
export function decideDescription(type, standing) {
  const { polite, makingOffer, signalingState, settingAnswer, sameConnection, established } = standing;
  if (type === 'answer') {
    return sameConnection && signalingState === 'have-local-offer' ? 'apply' : 'ignore';
  }
  if (!sameConnection && established) return 'replace';
  const ready = !makingOffer && (signalingState === 'stable' || settingAnswer);
  return ready || polite ? 'apply' : 'ignore';
}

/**
 * What to do with a candidate: one of an ignored offer is of no use; one that
 * comes before its description waits for it.
 *
 * @param {object} standing
 * @param {boolean} standing.sameConnection
 * @param {boolean} standing.ignoringOffer
 * @param {boolean} standing.hasRemoteDescription
 * @returns {'add' | 'queue' | 'drop'}
 */
export function decideCandidate({ sameConnection, ignoringOffer, hasRemoteDescription }) {
  if (!sameConnection || ignoringOffer) return 'drop';
  return hasRemoteDescription ? 'add' : 'queue';
}

/** @typedef {'offer' | 'answer' | 'candidate'} SignalKind */

/**
 * @typedef {object} NegotiationOptions
 * @property {boolean} polite See `isPolite`.
 * @property {(kind: SignalKind, payload: string) => void} send Brings a signal
 *   to the other side, in order.
 * @property {RTCIceServer[]} [iceServers]
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 */

/**
 * @typedef {object} NegotiationEvents
 * @property {{track: MediaStreamTrack, streams: readonly MediaStream[]}} track
 *   The other side sends something.
 * @property {RTCPeerConnectionState} state
 * @property {Error} error A description that could not be applied.
 */

/** @extends {Emitter<NegotiationEvents>} */
export class Negotiation extends Emitter {
  #options;
  /** @type {RTCPeerConnection} */
  #pc;
  /**
   * Names the pair of peer connections. It travels beside the W3C's members of
   * a signal: an answer or a candidate for a connection that is gone must not
   * reach its successor, and an offer from a new one must not reach the old.
   */
  #connectionId = randomId();
  /** @type {Map<MediaStreamTrack, MediaStream>} What is sent to the other side. */
  #tracks = new Map();
  #makingOffer = false;
  #ignoringOffer = false;
  #settingAnswer = false;
  #established = false;
  /** @type {RTCIceCandidateInit[]} */
  #queue = [];
  #closed = false;

  /** @param {NegotiationOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#pc = this.#open();
  }

  /** The peer connection of now; another one when the other side began anew. */
  get peerConnection() {
    return this.#pc;
  }

  /**
   * Sends all tracks of a stream to the other side. The offer follows by itself.
   *
   * @param {MediaStream} stream
   */
  addStream(stream) {
    for (const track of stream.getTracks()) {
      if (this.#tracks.has(track)) continue;
      this.#tracks.set(track, stream);
      this.#pc.addTrack(track, stream);
    }
  }

  /**
   * Stops sending a stream. The connection stays, so that the next one starts
   * without finding a path through the network again.
   *
   * @param {MediaStream} stream
   */
  removeStream(stream) {
    for (const [track, of] of this.#tracks) {
      if (of !== stream) continue;
      this.#tracks.delete(track);
      const sender = this.#pc.getSenders().find((one) => one.track === track);
      if (sender) this.#pc.removeTrack(sender);
    }
  }

  /**
   * Takes a signal of the other side.
   *
   * @param {SignalKind} kind
   * @param {string} payload JSON of the W3C object.
   * @returns {Promise<void>} Fulfilled when it was applied or dropped; what
   *   fails is told by the event `error`.
   */
  async receive(kind, payload) {
    try {
      const { connection, ...object } = JSON.parse(payload);
      if (kind === 'candidate') await this.#onCandidate(connection, object);
      else await this.#onDescription(connection, { type: kind, sdp: object.sdp });
    } catch (error) {
      if (!this.#closed) this.emit('error', asError(error));
    }
  }

  /** Signals to the other side were lost: say the newest again. */
  renegotiate() {
    const { localDescription } = this.#pc;
    if (this.#pc.signalingState === 'have-local-offer' && localDescription) {
      this.#send('offer', localDescription);
    } else {
      this.#pc.restartIce();
    }
  }

  /** Ends the connection. The other side is told by other means. */
  close() {
    this.#closed = true;
    this.#pc.close();
  }

  #open() {
    const { iceServers = [], RTCPeerConnection = globalThis.RTCPeerConnection } = this.#options;
    const pc = new RTCPeerConnection({ iceServers });
    pc.onnegotiationneeded = () => this.#offer(pc);
    pc.onicecandidate = ({ candidate }) => {
      if (candidate && pc === this.#pc) this.#send('candidate', candidate.toJSON());
    };
    pc.ontrack = ({ track, streams }) => this.emit('track', { track, streams });
    pc.onconnectionstatechange = () => {
      if (pc !== this.#pc) return;
      this.emit('state', pc.connectionState);
      // One side is enough, and of two that restart at once one is polite.
      if (pc.connectionState === 'failed') pc.restartIce();
    };
    return pc;
  }

  /** The other side has another connection: begin anew, with what we send. */
  #replace() {
    this.#pc.close();
    this.#makingOffer = false;
    this.#settingAnswer = false;
    this.#ignoringOffer = false;
    this.#established = false;
    this.#queue = [];
    this.#pc = this.#open();
    for (const [track, stream] of this.#tracks) this.#pc.addTrack(track, stream);
  }

  /** @param {RTCPeerConnection} pc */
  async #offer(pc) {
    try {
      this.#makingOffer = true;
      await pc.setLocalDescription();
      // Another offer may have been applied meanwhile; this one is then void.
      if (pc === this.#pc && pc.localDescription?.type === 'offer') this.#send('offer', pc.localDescription);
    } catch (error) {
      if (!this.#closed && pc === this.#pc) this.emit('error', asError(error));
    } finally {
      if (pc === this.#pc) this.#makingOffer = false;
    }
  }

  /**
   * @param {string | undefined} connection
   * @param {RTCSessionDescriptionInit & {type: 'offer' | 'answer'}} description
   */
  async #onDescription(connection, description) {
    const decision = decideDescription(description.type, {
      polite: this.#options.polite,
      makingOffer: this.#makingOffer,
      signalingState: this.#pc.signalingState,
      settingAnswer: this.#settingAnswer,
      sameConnection: this.#isSame(connection),
      established: this.#established,
    });
    if (description.type === 'offer') this.#ignoringOffer = decision === 'ignore';
    if (decision === 'ignore') return;
    if (decision === 'replace') this.#replace();
    if (description.type === 'offer' && connection) this.#connectionId = connection;

    const pc = this.#pc;
    this.#established = true;
    this.#settingAnswer = description.type === 'answer';
    try {
      await pc.setRemoteDescription(description);
    } finally {
      if (pc === this.#pc) this.#settingAnswer = false;
    }
    if (pc !== this.#pc || this.#closed) return;
    for (const candidate of this.#queue.splice(0)) await this.#addCandidate(pc, candidate);
    if (description.type !== 'offer') return;
    await pc.setLocalDescription();
    if (pc === this.#pc && pc.localDescription) this.#send('answer', pc.localDescription);
  }

  /**
   * @param {string | undefined} connection
   * @param {RTCIceCandidateInit} candidate
   */
  async #onCandidate(connection, candidate) {
    switch (decideCandidate({
      sameConnection: this.#isSame(connection),
      ignoringOffer: this.#ignoringOffer,
      hasRemoteDescription: this.#pc.remoteDescription !== null,
    })) {
      case 'add': return this.#addCandidate(this.#pc, candidate);
      case 'queue': this.#queue.push(candidate); return undefined;
      default: return undefined;
    }
  }

  /**
   * @param {RTCPeerConnection} pc
   * @param {RTCIceCandidateInit} candidate
   */
  async #addCandidate(pc, candidate) {
    try {
      await pc.addIceCandidate(candidate);
    } catch (error) {
      // A candidate of an earlier ICE generation is no fault, and one bad
      // candidate of many is no reason to stop.
      if (!this.#closed && pc === this.#pc && !isStale(error)) this.emit('error', asError(error));
    }
  }

  /**
   * Clients that do not name their connection are taken at their word.
   *
   * @param {string | undefined} connection
   */
  #isSame(connection) {
    return connection === undefined || connection === this.#connectionId;
  }

  /**
   * @param {SignalKind} kind
   * @param {RTCSessionDescription | RTCIceCandidateInit} object
   */
  #send(kind, object) {
    if (this.#closed) return;
    const init = 'toJSON' in object ? object.toJSON() : object;
    this.#options.send(kind, JSON.stringify({ ...init, connection: this.#connectionId }));
  }
}

/** @param {unknown} error */
function isStale(error) {
  return error instanceof Error && error.name === 'OperationError';
}

/** @param {unknown} error */
function asError(error) {
  return error instanceof Error ? error : new Error(String(error));
}

/** 64 random bits; `crypto.randomUUID` is missing on plain HTTP. */
function randomId() {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}
