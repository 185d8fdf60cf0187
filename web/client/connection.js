/**
 * One WebSocket to a gateway and what belongs to it alone. Knows frames and
 * time, and nothing of sessions.
 */
import { Deadline } from './deadline.js';
import { CloseCode, SUBPROTOCOL, SignalingError, closeError, decode, durationMs, encode } from './protocol.js';

/** From opening the socket to the answer of what it began with. */
const ANSWER_WITHIN_MS = 15_000;
/** An error that no close follows within this was not the last word. */
const LAST_WORD_MS = 1_000;
const HEARTBEAT_INTERVAL_MS = 25_000;
/** After these the gateway waits for something better, and does not close. */
const FAULTS = new Set(['INVALID_FIELD', 'MALFORMED_MESSAGE', 'UNKNOWN_MESSAGE_KIND', 'WRONG_FRAME_TYPE', 'ALREADY_JOINED']);

/**
 * @typedef {object} ConnectionEvents
 * @property {(connection: Connection) => void} opened
 * @property {(connection: Connection, message: import('./protocol.js').ServerMessage | null) => void} message
 * @property {(connection: Connection, error: SignalingError) => void} error Of
 *   the gateway, not about a command, and not its last word.
 * @property {(connection: Connection, code: number, reason: SignalingError) => void} lost
 *   It is no more. Told once, and not after `close`.
 */

export class Connection {
  /** @type {WebSocket} */
  #socket;
  #clock;
  #events;
  #deadline;
  #isClosed = false;
  #begunAt;
  /** @type {number | null} */
  #upAt = null;
  /** @type {SignalingError | null} What the gateway said last, if it was an error. */
  #lastError = null;
  /** Whether it began with a resume. */
  isResume = false;
  /** @type {string | null} Why the snapshot that follows takes the place of what was missed. */
  resetReason = null;

  /**
   * @param {{url: string, WebSocket: typeof globalThis.WebSocket, clock: import('./clock.js').Clock}} options
   * @param {ConnectionEvents} events
   */
  constructor({ url, WebSocket, clock }, events) {
    this.#clock = clock;
    this.#events = events;
    this.#deadline = new Deadline(clock);
    this.#begunAt = clock.now();
    this.#socket = new WebSocket(url, [SUBPROTOCOL]);
    this.#socket.onopen = () => {
      if (!this.#isClosed) events.opened(this);
    };
    this.#socket.onmessage = ({ data }) => this.#onMessage(data);
    this.#socket.onclose = ({ code, reason }) => this.#onClose(code, reason);
    this.#deadline.set(ANSWER_WITHIN_MS, () => {
      this.drop(CloseCode.JOIN_TIMEOUT, new SignalingError('JOIN_TIMEOUT', 'The gateway did not answer in time.', { temporary: true }));
    });
  }

  /** Whether a session goes on over it. */
  get isUp() {
    return this.#upAt !== null;
  }

  /** Milliseconds since it began. */
  get age() {
    return this.#clock.now() - this.#begunAt;
  }

  /** Milliseconds for which a session has gone on over it. */
  get heldFor() {
    return this.#upAt === null ? 0 : this.#clock.now() - this.#upAt;
  }

  /** @param {import('./protocol.js').ClientMessage} message */
  send(message) {
    if (!this.#isClosed) this.#socket.send(encode(message));
  }

  /**
   * The session goes on: from now on something has to come now and then.
   *
   * @param {string | undefined} heartbeatInterval
   */
  up(heartbeatInterval) {
    this.#upAt ??= this.#clock.now();
    this.#deadline.watch(durationMs(heartbeatInterval, HEARTBEAT_INTERVAL_MS), () => this.send({ heartbeat: {} }), () => {
      this.drop(CloseCode.HEARTBEAT_LOST, new SignalingError('PING_TIMEOUT', 'Nothing was heard from the gateway for too long.', { temporary: true }));
    });
  }

  /** There is reason to doubt that it lives. */
  check() {
    this.#deadline.check();
  }

  /**
   * The gateway complains. If a close follows, this is its reason.
   *
   * @param {SignalingError} error
   */
  onError(error) {
    this.#lastError = error;
    if (this.isUp) {
      this.#clock.setTimeout(() => {
        if (!this.#isClosed) this.#events.error(this, error);
      }, LAST_WORD_MS);
    } else if (FAULTS.has(error.reason)) {
      this.drop(this.isResume ? CloseCode.SESSION_OVER : CloseCode.REFUSED, error);
    } else {
      // The close says what to do; if none comes, the error does.
      this.#deadline.set(LAST_WORD_MS, () => this.drop(error.temporary ? CloseCode.INTERNAL : CloseCode.REFUSED, error));
    }
  }

  /**
   * Gives it up without waiting for the other side, which may be gone.
   *
   * @param {number} code
   * @param {SignalingError} reason
   */
  drop(code, reason) {
    if (this.#isClosed) return;
    this.close(code);
    this.#events.lost(this, code, reason);
  }

  /**
   * From now on it is deaf and mute.
   *
   * @param {number} code
   */
  close(code) {
    this.#isClosed = true;
    this.#deadline.clear();
    try {
      this.#socket.close(code);
    } catch {
      // Still connecting, in some browsers.
    }
  }

  /** @param {unknown} data */
  #onMessage(data) {
    if (this.#isClosed) return;
    this.#deadline.heard();
    let message;
    try {
      message = decode(data);
    } catch (error) {
      this.drop(CloseCode.RESYNC_NEEDED, /** @type {SignalingError} */ (error));
      return;
    }
    // Only an error that directly precedes the close tells why it closes.
    if (message?.kind !== 'error') this.#lastError = null;
    this.#events.message(this, message);
  }

  /**
   * @param {number} code
   * @param {string} text
   */
  #onClose(code, text) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadline.clear();
    const error = this.#lastError;
    this.#events.lost(this, code, error ? new SignalingError(error.reason, error.message, { ...error, code }) : closeError(code, text));
  }
}
