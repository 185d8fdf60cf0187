/**
 * Data channels to everybody. A channel of the room is a label; behind it
 * stands an `RTCDataChannel` to each participant that something was sent to.
 *
 * What one sends goes over the RTCDataChannel that one opened oneself, and what
 * comes is heard on those of both sides. So two who begin at the same time need
 * no rule on whose is the right one, and each sender's messages stay in order.
 */
import { Emitter } from './events.js';

/** Waiting for one participant's channel to open: messages, then bytes. */
const QUEUE_MESSAGES_MAX = 1_000;
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;

/** @typedef {string | ArrayBuffer | ArrayBufferView} ChannelData */

/**
 * @typedef {object} ChannelInit Beside these, as `RTCDataChannelInit`.
 * @property {string | string[]} [to] Participant ids; by default everybody else.
 * @property {boolean} [ordered] True by default.
 * @property {number} [maxRetransmits] Without it or the next: nothing is lost.
 * @property {number} [maxPacketLifeTime] Milliseconds.
 */

/**
 * @typedef {object} ChannelsHost What channels need from the room.
 * @property {() => string[]} others
 * @property {(participantId: string) => import('./peer.js').Peer} open
 * @property {(participantId: string) => import('./room.js').Participant | null} participant
 * @property {(channel: Channel, participantId: string) => void} found Somebody
 *   opened a channel that nobody here has asked for.
 */

/**
 * @typedef {object} ChannelEvents
 * @property {{participantId: string, participant: import('./room.js').Participant | null, data: string | ArrayBuffer}} message
 * @property {{participantId: string}} open Messages to this participant flow.
 * @property {{participantId: string}} closed They do not any more.
 */

/**
 * @typedef {object} Line One's own RTCDataChannel to a participant.
 * @property {RTCDataChannel} line
 * @property {ChannelData[]} queue Said before it was open.
 * @property {number} queued Bytes.
 */

/** @extends {Emitter<ChannelEvents>} */
export class Channel extends Emitter {
  #label;
  #init;
  #host;
  /** @type {Map<string, Line>} By participant. */
  #lines = new Map();
  /** @type {Set<RTCDataChannel>} Those that others opened. */
  #theirs = new Set();
  #isKeptOpen = false;
  #isClosed = false;

  /**
   * @param {string} label
   * @param {ChannelInit} init
   * @param {ChannelsHost} host
   */
  constructor(label, init, host) {
    super();
    this.#label = label;
    this.#init = init;
    this.#host = host;
  }

  get label() {
    return this.#label;
  }

  /** Bytes that wait to be sent, to whoever is slowest. */
  get bufferedAmount() {
    return Math.max(0, ...[...this.#lines.values()].map(({ line, queued }) => line.bufferedAmount + queued));
  }

  /**
   * Sends to everybody, or to some. Who is not connected yet gets it as soon as
   * that is done.
   *
   * @param {ChannelData} data Browsers agree on up to 256 KiB at once.
   * @param {object} [options]
   * @param {string | string[]} [options.to] Participant ids.
   * @returns {number} How many it is for. Who is not here is left out.
   * @throws {DOMException} `OperationError` if too much is waiting already.
   */
  send(data, { to } = {}) {
    if (this.#isClosed) throw new DOMException('The channel was closed.', 'InvalidStateError');
    const receivers = this.#receivers(to);
    for (const participantId of receivers) this.#sendTo(participantId, data);
    return receivers.length;
  }

  /** Opens to everybody now, and to whoever comes, so that the first message need not wait. */
  open() {
    this.#isKeptOpen = true;
    for (const participantId of this.#receivers()) this.#line(participantId);
  }

  /** Closes it for both directions. */
  close() {
    this.#isClosed = true;
    for (const { line } of this.#lines.values()) line.close();
    for (const line of this.#theirs) line.close();
  }

  get isClosed() {
    return this.#isClosed;
  }

  /**
   * For the room: somebody came.
   *
   * @param {string} participantId
   */
  onJoined(participantId) {
    if (this.#isKeptOpen && !this.#isClosed && this.#receivers().includes(participantId)) this.#line(participantId);
  }

  /**
   * For the room: somebody opened a channel with this label.
   *
   * @param {string} participantId
   * @param {RTCDataChannel} line
   */
  onOpened(participantId, line) {
    this.#theirs.add(line);
    line.addEventListener('close', () => this.#theirs.delete(line));
    this.#listen(participantId, line);
  }

  /** @param {string | string[] | undefined} [to] */
  #receivers(to = this.#init.to) {
    const others = this.#host.others();
    if (to === undefined) return others;
    const wanted = new Set([to].flat());
    return others.filter((participantId) => wanted.has(participantId));
  }

  /**
   * @param {string} participantId
   * @param {ChannelData} data
   */
  #sendTo(participantId, data) {
    const entry = this.#line(participantId);
    if (entry.line.readyState === 'open') {
      entry.line.send(/** @type {any} */ (data));
      return;
    }
    const bytes = typeof data === 'string' ? data.length : data.byteLength;
    if (entry.queue.length >= QUEUE_MESSAGES_MAX || entry.queued + bytes > QUEUE_BYTES_MAX) {
      throw new DOMException(`Too much is waiting for ${participantId} to be connected.`, 'OperationError');
    }
    entry.queue.push(data);
    entry.queued += bytes;
  }

  /** @param {string} participantId */
  #line(participantId) {
    const old = this.#lines.get(participantId);
    if (old) return old;
    const { to, ...init } = this.#init;
    const line = this.#host.open(participantId).openChannel(this.#label, init);
    /** @type {Line} */
    const entry = { line, queue: [], queued: 0 };
    this.#lines.set(participantId, entry);
    line.addEventListener('open', () => {
      for (const data of entry.queue.splice(0)) line.send(/** @type {any} */ (data));
      entry.queued = 0;
      this.emit('open', { participantId });
    });
    line.addEventListener('close', () => this.#forget(participantId, line));
    this.#listen(participantId, line);
    return entry;
  }

  /**
   * For the room: the connection to a participant is gone, and a connection
   * that we close ourselves does not always say so.
   *
   * @param {string} participantId
   */
  onGone(participantId) {
    const entry = this.#lines.get(participantId);
    if (entry) this.#forget(participantId, entry.line);
  }

  /**
   * For the room: the connection to a participant began anew. What waited for
   * it waits for the next.
   *
   * @param {string} participantId
   */
  onReplaced(participantId) {
    const entry = this.#lines.get(participantId);
    if (!entry) return;
    this.#forget(participantId, entry.line);
    if (this.#isClosed || (entry.queue.length === 0 && !this.#isKeptOpen)) return;
    for (const data of entry.queue.splice(0)) this.#sendTo(participantId, data);
    this.#line(participantId);
  }

  /**
   * @param {string} participantId
   * @param {RTCDataChannel} line
   */
  #forget(participantId, line) {
    if (this.#lines.get(participantId)?.line !== line) return;
    this.#lines.delete(participantId);
    this.emit('closed', { participantId });
  }

  /**
   * @param {string} participantId
   * @param {RTCDataChannel} line
   */
  #listen(participantId, line) {
    line.binaryType = 'arraybuffer';
    line.addEventListener('message', ({ data }) => {
      if (this.#isClosed) return;
      this.emit('message', { participantId, participant: this.#host.participant(participantId), data });
    });
  }
}

/** The room's channels, by their label. */
export class Channels {
  #host;
  /** @type {Map<string, Channel>} */
  #channels = new Map();

  /** @param {ChannelsHost} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * @param {string} label
   * @param {ChannelInit} [init] Counts at the first call for a label.
   * @returns {Channel}
   */
  get(label, init = {}) {
    const old = this.#channels.get(label);
    if (old && !old.isClosed) return old;
    const channel = new Channel(label, init, this.#host);
    this.#channels.set(label, channel);
    return channel;
  }

  /** @param {string} participantId */
  onJoined(participantId) {
    for (const channel of this.#channels.values()) channel.onJoined(participantId);
  }

  /** @param {string} participantId */
  onReplaced(participantId) {
    for (const channel of this.#channels.values()) channel.onReplaced(participantId);
  }

  /** @param {string} participantId */
  onGone(participantId) {
    for (const channel of this.#channels.values()) channel.onGone(participantId);
  }

  /**
   * @param {string} participantId
   * @param {RTCDataChannel} line
   */
  onOpened(participantId, line) {
    const isNew = this.#channels.get(line.label)?.isClosed ?? true;
    const channel = this.get(line.label);
    channel.onOpened(participantId, line);
    if (isNew) this.#host.found(channel, participantId);
  }
}
