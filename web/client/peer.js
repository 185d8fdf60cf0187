/**
 * The media connection to one session of one participant: what is sent to it
 * and within which bounds, what comes from it and what that is, how it is doing
 * in words and in figures.
 */
import { Emitter } from './events.js';
import { Negotiation } from './negotiation.js';
import { readStats } from './stats.js';
import { tune } from './tuning.js';

/** Two readings that are closer than this say nothing about a second. */
const STATS_APART_MS = 250;

/** @typedef {import('./negotiation.js').Source} Source */
/** @typedef {import('./negotiation.js').Outgoing} Outgoing */

/**
 * @typedef {'connecting' | 'connected' | 'idle' | 'interrupted' | 'failed' | 'closed'} ConnectionState
 * `idle`: nothing goes over it any more, and it is there for what comes next.
 */

/**
 * @typedef {object} RemoteTrack
 * @property {Source} source
 * @property {MediaStreamTrack} track
 * @property {MediaStream} stream Holds what belongs together: a screen and its
 *   sound, or a camera and its microphone.
 */

/**
 * Before anything is looked for no state is told, so one that is `new` again
 * has lost its last track.
 *
 * @type {Record<RTCPeerConnectionState, ConnectionState>}
 */
const STATES = {
  new: 'idle', connecting: 'connecting', connected: 'connected',
  disconnected: 'interrupted', failed: 'failed', closed: 'closed',
};

/** @type {Record<ConnectionState, string>} */
const SENTENCES = {
  connecting: 'Looking for a path between the two browsers…',
  connected: 'Connected.',
  idle: 'Nothing is sent at the moment.',
  interrupted: 'The connection is interrupted. Waiting for it to come back…',
  failed: 'No path between the two browsers was found. A firewall may be in between, and a TURN server would help. Trying again…',
  closed: 'Not connected.',
};

/**
 * @param {ConnectionState} state
 * @returns {string} A sentence for people.
 */
export function connectionInWords(state) {
  return SENTENCES[state];
}

/**
 * What a track is if the other side did not say, being no client of ours: the
 * share's stream bears the share's id, and of the rest a picture is a camera.
 * Who shares without naming a stream sends nothing else.
 *
 * @param {string} kind
 * @param {string | undefined} streamId
 * @param {string | undefined} shareId Empty if it shares and names no stream.
 * @returns {Source}
 */
export function guessSource(kind, streamId, shareId) {
  if (shareId === '' || (shareId && streamId === shareId)) return 'screen';
  return kind === 'video' ? 'camera' : 'microphone';
}

/**
 * @typedef {object} PeerEvents
 * @property {RemoteTrack} track
 * @property {RemoteTrack} trackEnded
 * @property {RTCDataChannel} channel
 * @property {null} replaced Own data channels are gone with the connection.
 * @property {ConnectionState} connection
 * @property {Error} error
 */

/**
 * @typedef {object} PeerOptions
 * @property {string} participantId
 * @property {string} sessionId
 * @property {() => string | undefined} shareId Of that participant, now.
 */

/** @extends {Emitter<PeerEvents>} */
export class Peer extends Emitter {
  #options;
  #negotiation;
  /** @type {Map<MediaStreamTrack, RemoteTrack & {mid: string | null}>} */
  #received = new Map();
  /** @type {ConnectionState} */
  #connection = 'connecting';
  #receivers = 1;
  /** @type {{at: number, counters: import('./stats.js').Counters, stats: Promise<import('./stats.js').PeerStats>} | null} */
  #lastStats = null;

  /** @param {PeerOptions & import('./negotiation.js').NegotiationOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#negotiation = new Negotiation(options);
    this.#negotiation.on('track', ({ track, streams, mid, source }) => {
      const stream = streams[0] ?? new MediaStream([track]);
      this.#onTrack(track, stream, mid, source ?? guessSource(track.kind, stream.id, options.shareId()));
    });
    this.#negotiation.on('replaced', () => {
      this.#endTracks();
      this.#tune();
      this.#setConnection('connecting');
      this.emit('replaced', null);
    });
    this.#negotiation.on('channel', (channel) => this.emit('channel', channel));
    this.#negotiation.on('state', (state) => this.#setConnection(STATES[state]));
    this.#negotiation.on('error', (error) => this.emit('error', error));
  }

  get participantId() {
    return this.#options.participantId;
  }

  get sessionId() {
    return this.#options.sessionId;
  }

  get connection() {
    return this.#connection;
  }

  get peerConnection() {
    return this.#negotiation.peerConnection;
  }

  /** @returns {RemoteTrack[]} What comes from the participant. */
  get tracks() {
    return [...this.#received.values()].map(({ source, track, stream }) => ({ source, track, stream }));
  }

  /** @param {Outgoing} outgoing */
  send(outgoing) {
    this.#negotiation.send(outgoing, this.#receivers);
    this.#tune();
  }

  /** @param {string} key */
  unsend(key) {
    this.#negotiation.unsend(key);
  }

  /**
   * Divides the bits among so many.
   *
   * @param {number} receivers
   */
  divide(receivers) {
    if (this.#receivers === receivers) return;
    this.#receivers = receivers;
    this.#tune();
  }

  /**
   * @param {string} label
   * @param {RTCDataChannelInit} [init]
   */
  openChannel(label, init) {
    return this.#negotiation.openChannel(label, init);
  }

  /**
   * @param {import('./negotiation.js').SignalKind} kind
   * @param {string} payload
   */
  receive(kind, payload) {
    return this.#negotiation.receive(kind, payload);
  }

  /** Signals to the participant were lost. */
  renegotiate() {
    this.#negotiation.renegotiate();
  }

  /** Signals of the participant may have been lost. A connection that stands stays as it is. */
  mend() {
    const { connectionState, signalingState } = this.peerConnection;
    const isBroken = connectionState === 'disconnected' || connectionState === 'failed';
    if (isBroken || signalingState === 'have-local-offer') this.#negotiation.renegotiate();
  }

  /**
   * @returns {Promise<import('./stats.js').PeerStats>} Rates are from the last
   *   call to this one.
   */
  stats() {
    const now = performance.now();
    if (this.#lastStats && now - this.#lastStats.at < STATS_APART_MS) return this.#lastStats.stats;
    const before = this.#lastStats?.counters ?? null;
    /** @type {import('./stats.js').Counters} */
    const counters = new Map();
    const stats = this.#readStats(before, counters);
    this.#lastStats = { at: now, counters, stats };
    return stats;
  }

  close() {
    this.#negotiation.close();
    this.#endTracks();
    this.#setConnection('closed');
  }

  /**
   * @param {import('./stats.js').Counters | null} before
   * @param {import('./stats.js').Counters} counters Takes what was read.
   */
  async #readStats(before, counters) {
    const report = await this.peerConnection.getStats();
    /** @type {Record<string, Source>} */
    const receiving = {};
    for (const { mid, source } of this.#received.values()) if (mid !== null) receiving[mid] = source;
    /** @type {Record<string, Source>} */
    const sending = {};
    for (const { mid, outgoing } of this.#negotiation.sent) if (mid !== null) sending[mid] = outgoing.source;
    const read = readStats(/** @type {any} */ (report).values(), before, { receiving, sending });
    for (const [id, counter] of read.counters) counters.set(id, counter);
    return read.stats;
  }

  #tune() {
    for (const { sender, outgoing } of this.#negotiation.sent) tune(sender, outgoing, this.#receivers);
  }

  /** @param {ConnectionState} state */
  #setConnection(state) {
    if (this.#connection === state) return;
    this.#connection = state;
    this.emit('connection', state);
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {MediaStream} stream
   * @param {string | null} mid
   * @param {Source} source
   */
  #onTrack(track, stream, mid, source) {
    if (this.#received.has(track)) return;
    this.#received.set(track, { source, track, stream, mid });
    // The other side stopped it for good, or (some clients) just took it out.
    track.addEventListener('ended', () => this.#endTrack(track));
    stream.addEventListener('removetrack', (event) => {
      if (event.track === track) this.#endTrack(track);
    });
    this.emit('track', { source, track, stream });
  }

  /** @param {MediaStreamTrack} track */
  #endTrack(track) {
    const received = this.#received.get(track);
    if (!received) return;
    this.#received.delete(track);
    this.emit('trackEnded', { source: received.source, track, stream: received.stream });
  }

  #endTracks() {
    for (const track of [...this.#received.keys()]) this.#endTrack(track);
  }
}
