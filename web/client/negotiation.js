/**
 * Perfect negotiation with one session of one remote participant: the pattern
 * of the W3C's WebRTC specification, where either side may change what it sends
 * at any time. Knows WebRTC and no sockets; `glare.js` has the decisions.
 *
 * https://www.w3.org/TR/webrtc/#perfect-negotiation-example
 */
import { realClock } from './clock.js';
import { Emitter } from './events.js';
import { decideCandidate, decideDescription } from './glare.js';
import { encodingFor, preferCodec } from './tuning.js';

/** @typedef {'offer' | 'answer' | 'candidate'} SignalKind */

/** @typedef {'screen' | 'camera' | 'microphone'} Source What a track shows. */

/**
 * @typedef {import('./tuning.js').Tuning & {key: string, source: Source,
 *   track: MediaStreamTrack, stream: MediaStream}} Outgoing One track that is
 *   sent, under a key of its own, such as `screen/video`.
 */

/**
 * @typedef {object} NegotiationOptions
 * @property {boolean} polite See `isPolite`.
 * @property {(kind: SignalKind, payload: string) => void} send Brings a signal
 *   to the other side, in order.
 * @property {RTCConfiguration} [configuration]
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 * @property {import('./clock.js').Clock} [clock]
 */

/**
 * @typedef {object} NegotiationEvents
 * @property {{track: MediaStreamTrack, streams: readonly MediaStream[], mid: string | null, source: Source | null}} track
 *   The other side sends something. `source` is what it said of it, if it did.
 * @property {RTCDataChannel} channel The other side opened a data channel.
 * @property {RTCPeerConnectionState} state
 * @property {null} replaced The other side began anew: what came is gone, what
 *   is sent is sent again.
 * @property {Error} error A description that could not be applied.
 */

/** From the first description to a connection; ICE that has nothing to try never fails. */
const CONNECT_WITHIN_MS = 10_000;
const RESTART_FIRST_MS = 1_000;
const RESTART_MOST_MS = 30_000;

/**
 * How long to wait before ICE is restarted once more. The first failure is
 * answered at once.
 *
 * @param {number} attempt 0 for the first since the connection held.
 * @param {number} random From 0 up to 1.
 * @returns {number} Milliseconds.
 */
export function restartDelay(attempt, random) {
  if (attempt === 0) return 0;
  // Half of it by chance, so that the two sides do not restart in step.
  return Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** Math.min(attempt, 10)) * (0.5 + random / 2);
}

/** @extends {Emitter<NegotiationEvents>} */
export class Negotiation extends Emitter {
  #options;
  #clock;
  /** @type {RTCPeerConnection} */
  #pc;
  /**
   * Names the pair of peer connections. It travels beside the W3C's members of
   * a signal: an answer or a candidate for a connection that is gone must not
   * reach its successor, and an offer from a new one must not reach the old.
   */
  #connectionId = randomId();
  /**
   * What is sent, by its key. Each track has a transceiver of its own that goes
   * one way, and that is stopped with it: the next one takes its place in the
   * description, which therefore does not grow with every share.
   *
   * @type {Map<string, {outgoing: Outgoing, transceiver: RTCRtpTransceiver}>}
   */
  #sent = new Map();
  /** @type {WeakMap<RTCRtpTransceiver, Source>} What we ever sent. */
  #named = new WeakMap();
  /** @type {Record<string, Source>} What the other side sends, by `mid`. */
  #sources = {};
  #makingOffer = false;
  /** The own offer that is being made, or was last. */
  #offering = Promise.resolve();
  /** What was received last, as far as it is worked on. */
  #received = Promise.resolve();
  #ignoringOffer = false;
  #settingAnswer = false;
  #established = false;
  /** @type {RTCIceCandidateInit[]} */
  #queue = [];
  #restarts = 0;
  /** @type {any} */
  #restartTimer = null;
  #closed = false;

  /** @param {NegotiationOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#pc = this.#open();
  }

  /** The peer connection of now; another one when the other side began anew. */
  get peerConnection() {
    return this.#pc;
  }

  /** What is sent to the other side, with its senders. */
  get sent() {
    return [...this.#sent.values()].map(({ outgoing, transceiver }) => ({
      outgoing, sender: transceiver.sender, mid: transceiver.mid,
    }));
  }

  /**
   * Sends a track to the other side. The offer follows by itself. A camera or
   * microphone that takes another's place needs none.
   *
   * @param {Outgoing} outgoing
   * @param {number} [receivers] Among whom its bitrate is divided.
   */
  send(outgoing, receivers = 1) {
    const old = this.#sent.get(outgoing.key);
    if (old?.outgoing.track === outgoing.track) return;
    // The stream of a share is its name: another share is another stream.
    if (old && outgoing.source !== 'screen') {
      old.outgoing = outgoing;
      old.transceiver.sender.replaceTrack(outgoing.track).catch((error) => this.#onError(error));
      return;
    }
    this.unsend(outgoing.key);
    this.#sent.set(outgoing.key, { outgoing, transceiver: this.#add(outgoing, receivers) });
  }

  /**
   * Stops sending a track. The connection stays, so that the next one starts
   * without finding a path through the network again.
   *
   * @param {string} key
   */
  unsend(key) {
    const old = this.#sent.get(key);
    if (!old) return;
    this.#sent.delete(key);
    old.transceiver.stop();
  }

  /**
   * Opens a data channel. The offer, if one is needed, follows by itself.
   *
   * @param {string} label
   * @param {RTCDataChannelInit} [init]
   * @returns {RTCDataChannel}
   */
  openChannel(label, init) {
    return this.#pc.createDataChannel(label, init);
  }

  /**
   * Takes a signal of the other side.
   *
   * @param {SignalKind} kind
   * @param {string} payload JSON of the W3C object.
   * @returns {Promise<void>} Fulfilled when it was applied or dropped; what
   *   fails is told by the event `error`.
   */
  receive(kind, payload) {
    // One after the other, as they came: a candidate waits for the description
    // before it to be applied.
    this.#received = this.#received.then(() => this.#receive(kind, payload));
    return this.#received;
  }

  /**
   * @param {SignalKind} kind
   * @param {string} payload
   */
  async #receive(kind, payload) {
    if (this.#closed) return;
    try {
      const { connection, sources, ...object } = JSON.parse(payload);
      if (kind === 'candidate') await this.#onCandidate(connection, object);
      else await this.#onDescription(connection, { type: kind, sdp: object.sdp }, sources ?? {});
    } catch (error) {
      this.#onError(error);
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
    this.#clock.clearTimeout(this.#restartTimer);
    this.#pc.close();
  }

  #open() {
    const { configuration = {}, RTCPeerConnection = globalThis.RTCPeerConnection } = this.#options;
    const pc = new RTCPeerConnection(configuration);
    pc.onnegotiationneeded = () => {
      this.#offering = this.#offer(pc);
    };
    pc.onicecandidate = ({ candidate }) => {
      if (candidate && pc === this.#pc) this.#send('candidate', candidate.toJSON());
    };
    pc.ontrack = ({ track, streams, transceiver }) => {
      const mid = transceiver?.mid ?? null;
      if (pc === this.#pc) this.emit('track', { track, streams, mid, source: (mid !== null && this.#sources[mid]) || null });
    };
    pc.ondatachannel = ({ channel }) => {
      if (pc === this.#pc) this.emit('channel', channel);
    };
    pc.onconnectionstatechange = () => {
      if (pc !== this.#pc || this.#closed) return;
      this.emit('state', pc.connectionState);
      this.#clock.clearTimeout(this.#restartTimer);
      if (pc.connectionState === 'connected') this.#restarts = 0;
      // Its last track was stopped: there is no path to look for.
      else if (pc.connectionState === 'new') return;
      else if (pc.connectionState === 'failed') this.#restartUntilConnected(pc, this.#nextDelay());
      else if (this.#established) this.#restartUntilConnected(pc, CONNECT_WITHIN_MS);
    };
    return pc;
  }

  /**
   * Both sides may do so at once: one of them is polite.
   *
   * @param {RTCPeerConnection} pc
   * @param {number} delay Milliseconds.
   */
  #restartUntilConnected(pc, delay) {
    this.#clock.clearTimeout(this.#restartTimer);
    this.#restartTimer = this.#clock.setTimeout(() => {
      if (pc !== this.#pc || this.#closed || pc.connectionState === 'connected') return;
      this.renegotiate();
      // A restart that nobody answers changes no state, so nothing else would
      // bring us here again. One that is under way gets its time.
      const next = this.#nextDelay();
      this.#restartUntilConnected(pc, pc.connectionState === 'failed' ? next : Math.max(CONNECT_WITHIN_MS, next));
    }, delay);
  }

  #nextDelay() {
    const delay = restartDelay(this.#restarts, this.#clock.random());
    this.#restarts += 1;
    return delay;
  }

  /**
   * @param {Outgoing} outgoing
   * @param {number} receivers
   */
  #add(outgoing, receivers) {
    const { track, stream, source, codec } = outgoing;
    const transceiver = this.#pc.addTransceiver(track, {
      direction: 'sendonly', streams: [stream], sendEncodings: [encodingFor(outgoing, receivers)],
    });
    this.#named.set(transceiver, source);
    if (codec) preferCodec(transceiver, track.kind, codec);
    return transceiver;
  }

  /** The other side has another connection: begin anew, with what we send. */
  #replace() {
    this.#clock.clearTimeout(this.#restartTimer);
    const old = this.#pc;
    this.#makingOffer = false;
    this.#settingAnswer = false;
    this.#ignoringOffer = false;
    this.#established = false;
    this.#restarts = 0;
    this.#queue = [];
    this.#pc = this.#open();
    for (const entry of this.#sent.values()) entry.transceiver = this.#add(entry.outgoing, 1);
    this.emit('replaced', null);
    // Last, so that whoever listens moves on before its channels say "closed".
    old.close();
  }

  /** @param {RTCPeerConnection} pc */
  async #offer(pc) {
    try {
      this.#makingOffer = true;
      await pc.setLocalDescription();
      // Another offer may have been applied meanwhile; this one is then void.
      if (pc === this.#pc && pc.localDescription?.type === 'offer') this.#send('offer', pc.localDescription);
    } catch (error) {
      if (pc === this.#pc) this.#onError(error);
    } finally {
      if (pc === this.#pc) this.#makingOffer = false;
    }
  }

  /**
   * @param {string | undefined} connection
   * @param {RTCSessionDescriptionInit & {type: 'offer' | 'answer'}} description
   * @param {Record<string, Source>} sources
   */
  async #onDescription(connection, description, sources) {
    // Not while an own offer is being made, which would then be sent under the
    // name of the connection that the other's offer began.
    await this.#offering;
    if (this.#closed) return;
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
    if (!this.#established) this.#restartUntilConnected(pc, CONNECT_WITHIN_MS);
    this.#established = true;
    // Before the description, since that is when the tracks are told.
    this.#sources = sources;
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
      if (pc === this.#pc && !this.#ignoringOffer && !isStale(error)) this.#onError(error);
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
    const more = kind === 'candidate' ? {} : { sources: this.#mySources() };
    this.#options.send(kind, JSON.stringify({ ...init, ...more, connection: this.#connectionId }));
  }

  /**
   * What each track of ours shows, by `mid`: both sides call a track's place in
   * the description by that name, whatever ids they give to track and stream.
   */
  #mySources() {
    // Not only of what is sent now: the description may be older than the end
    // of a share in it.
    return Object.fromEntries(this.#pc.getTransceivers().flatMap((transceiver) => {
      const source = this.#named.get(transceiver);
      return source && transceiver.mid !== null ? [[transceiver.mid, source]] : [];
    }));
  }

  /** @param {unknown} error */
  #onError(error) {
    if (!this.#closed) this.emit('error', asError(error));
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
