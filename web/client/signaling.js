/**
 * One participant's signaling: a WebSocket to a gateway, kept open, with the
 * room's events in order, once each. Knows nothing of WebRTC.
 *
 * A connection's life: `join` -> `welcome` -> `snapshot` (in pieces) -> events
 * and acknowledgements. When it is lost, a new one begins a new session.
 */
import { realClock } from './clock.js';
import { Commands } from './commands.js';
import { Deadline } from './deadline.js';
import { Emitter } from './events.js';
import {
  CloseCode, SUBPROTOCOL, SignalingError,
  closeAdvice, closeError, decode, durationMs, encode, errorFrom, eventBody, isAtOrBefore, placeEvent, reconnectDelay,
} from './protocol.js';
import { Seen } from './seen.js';

/** From opening the socket to the end of the snapshot. */
const JOIN_WITHIN_MS = 15_000;
/** How long `leave` waits for its answer before it closes regardless. */
const LEAVE_WITHIN_MS = 2_000;
const HEARTBEAT_INTERVAL_MS = 25_000;
/** A connection that held for so long has earned a quick retry. */
const HELD_MS = 10_000;
/**
 * @typedef {'idle' | 'connecting' | 'joined' | 'reconnecting' | 'closed'} StateName
 * `closed` is final: left, taken over, removed, or refused for good.
 */

/**
 * @typedef {object} State
 * @property {StateName} name
 * @property {SignalingError} [reason] Why it is reconnecting or closed.
 */

/** @typedef {import('./commands.js').Outcome} Outcome */

/**
 * @typedef {object} Snapshot
 * @property {import('./protocol.js').WireRoom} room
 * @property {import('./protocol.js').WireParticipant[]} participants
 */

/**
 * @typedef {object} SignalingEvents
 * @property {State} state
 * @property {Snapshot} snapshot The room as it is; forget what was known before.
 * @property {{body: import('./protocol.js').EventBody, event: import('./protocol.js').WireEvent}} event
 *   In order, once each.
 * @property {SignalingError} error Something that concerns no command and does
 *   not end the connection.
 */

/** @typedef {import('./clock.js').Clock} Clock */

/**
 * @typedef {object} SignalingOptions
 * @property {string} url `ws:` or `wss:` address of the gateway's `/ws`.
 * @property {string} roomId
 * @property {string} participantId
 * @property {string} [metadata] Sent with every join; see `updateMetadata`.
 * @property {typeof WebSocket} [WebSocket]
 * @property {EventTarget | null} [page] Tells `pagehide` and `pageshow`; null
 *   for none.
 * @property {Clock} [clock]
 */

/**
 * @typedef {object} Connection One WebSocket and what belongs to it alone.
 * @property {WebSocket} socket
 * @property {SignalingError | null} lastError What the gateway said before it closed.
 * @property {number | null} joinedAt
 * @property {{room: import('./protocol.js').WireRoom, participants: import('./protocol.js').WireParticipant[]} | null} snapshot
 *   The pieces so far.
 */

/** @extends {Emitter<SignalingEvents>} */
export class Signaling extends Emitter {
  /** @type {SignalingOptions & {WebSocket: typeof WebSocket, clock: Clock, page: EventTarget | null}} */
  #options;
  /** @type {State} */
  #state = { name: 'idle' };
  /** @type {Connection | null} Only its words count; an older socket is deaf and mute. */
  #connection = null;
  #attempt = 0;
  #everJoined = false;
  #leaving = false;
  #hidden = false;
  #isReset = false;
  #metadata;

  /** @type {import('./protocol.js').Welcome | null} */
  #welcome = null;
  /** @type {import('./protocol.js').Position | null} */
  #position = null;
  #commands = new Commands((message) => this.#connection?.socket.send(encode(message)));
  #seen = new Seen();
  #deadline;

  /** @type {any} */
  #reconnectTimer = null;

  /** @param {SignalingOptions} options */
  constructor(options) {
    super();
    this.#options = {
      ...options,
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      clock: options.clock ?? realClock,
      page: options.page === undefined ? (globalThis.window ?? null) : options.page,
    };
    this.#metadata = options.metadata ?? '';
    this.#deadline = new Deadline(this.#options.clock);
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /** The session's id; null before the first `welcome`. */
  get sessionId() {
    return this.#welcome?.sessionId ?? null;
  }

  /** The gateway that holds the connection; null before the first `welcome`. */
  get gatewayId() {
    return this.#welcome?.gatewayId ?? null;
  }

  /** @returns {RTCIceServer[]} For `RTCConfiguration.iceServers`. */
  get iceServers() {
    return this.#welcome?.iceServers ?? [];
  }

  /**
   * Connects and joins, and goes on trying while there is hope.
   *
   * @returns {Promise<void>} Fulfilled when first joined.
   * @throws {SignalingError} Rejects when the state becomes closed before.
   */
  open() {
    if (this.#state.name !== 'idle') throw new TypeError('A Signaling is opened once.');
    this.#options.page?.addEventListener('pagehide', this.#onPageHide);
    this.#options.page?.addEventListener('pageshow', this.#onPageShow);
    const joined = new Promise((resolve, reject) => {
      const stop = this.on('state', ({ name, reason }) => {
        if (name === 'joined') resolve(undefined);
        else if (name === 'closed') reject(reason);
        else return;
        stop();
      });
    });
    this.#setState('connecting');
    this.#connect();
    return joined;
  }

  /**
   * Sends a command.
   *
   * @param {import('./protocol.js').Command} command
   * @returns {Promise<Outcome>} Fulfilled when the room has accepted it.
   * @throws {SignalingError} Rejects with the reason of a refusal; with
   *   `NOT_JOINED` if there is no session to send it in (nothing was sent);
   *   with `CONNECTION_LOST` if the answer was lost: it may have happened. It
   *   is not sent again by itself, since it belonged to a session that is over.
   */
  command(command) {
    if (this.#state.name !== 'joined') {
      return Promise.reject(this.#state.name === 'closed'
        ? new SignalingError('CLOSED', 'The room was left or closed.')
        : new SignalingError('NOT_JOINED', 'There is no connection to the room right now.', { temporary: true }));
    }
    return this.#commands.send(command);
  }

  /**
   * Changes the own metadata, now and for every later join.
   *
   * @param {string} metadata Up to 4,096 bytes.
   * @returns {Promise<Outcome>} As `command`.
   */
  async updateMetadata(metadata) {
    const outcome = await this.command({ updateMetadata: { metadata } });
    this.#metadata = metadata;
    return outcome;
  }

  /**
   * Ends the session, so that the others see it at once, and the connection.
   *
   * @returns {Promise<void>} Fulfilled when closed, after 2 s at the latest.
   */
  async leave() {
    if (this.#state.name === 'closed' || this.#state.name === 'idle') return;
    if (this.#state.name === 'joined') {
      this.#leaving = true;
      const { clock } = this.#options;
      /** @type {any} */
      let timer;
      const late = new Promise((resolve) => {
        timer = clock.setTimeout(() => resolve(undefined), LEAVE_WITHIN_MS);
      });
      // Past the waiting commands: whoever leaves does not care for them.
      const left = this.#commands.send({ leave: {} }, { urgent: true });
      await Promise.race([left.catch(() => {}), late]);
      clock.clearTimeout(timer);
    }
    this.#close(new SignalingError('LEFT', 'You left the room.'));
  }

  // --- The connection ---

  #connect() {
    const { url, WebSocket } = this.#options;
    const socket = new WebSocket(url, [SUBPROTOCOL]);
    /** @type {Connection} */
    const connection = { socket, lastError: null, joinedAt: null, snapshot: null };
    this.#connection = connection;
    const isCurrent = () => this.#connection === connection;
    socket.onopen = () => {
      if (isCurrent()) socket.send(encode(this.#greeting()));
    };
    socket.onmessage = ({ data }) => {
      if (isCurrent()) this.#onMessage(connection, data);
    };
    socket.onclose = ({ code, reason }) => {
      if (isCurrent()) this.#onClose(connection, code, reason);
    };
    this.#deadline.set(JOIN_WITHIN_MS, () => {
      this.#drop(CloseCode.JOIN_TIMEOUT, new SignalingError('JOIN_TIMEOUT', 'The gateway did not answer in time.', { temporary: true }));
    });
  }

  /**
   * What a connection begins with. A `resume` will go here: everything else is
   * ready for `resumed` and `reset` in place of `welcome`.
   *
   * @returns {import('./protocol.js').ClientMessage}
   */
  #greeting() {
    const { roomId, participantId } = this.#options;
    return { join: { roomId, participantId, metadata: this.#metadata } };
  }

  /**
   * @param {Connection} connection
   * @param {unknown} data
   */
  #onMessage(connection, data) {
    this.#deadline.heard();
    let message;
    try {
      message = decode(data);
    } catch (error) {
      this.#drop(CloseCode.RESYNC_NEEDED, /** @type {SignalingError} */ (error));
      return;
    }
    // Only an error that directly precedes the close tells why it closes.
    if (message?.kind !== 'error') connection.lastError = null;
    switch (message?.kind) {
      case 'welcome': return this.#onWelcome(message.body);
      case 'snapshot': return this.#onSnapshot(connection, message.body);
      case 'event': return this.#onEvent(message.body);
      case 'ack': return this.#commands.onAck(message.body);
      case 'stored': return this.#commands.onStored(Number(message.body.counter ?? 0));
      case 'reset': return this.#onReset();
      case 'heartbeat': return this.#onHeartbeat(message.body);
      case 'error': return this.#onError(connection, message.body);
      // `drain` needs nothing yet: the close that follows says "resume at once".
      default: return undefined;
    }
  }

  /** @param {import('./protocol.js').Welcome} welcome */
  #onWelcome(welcome) {
    this.#welcome = welcome;
    this.#position = null;
    this.#commands.restart();
    this.#isReset = false;
  }

  #onReset() {
    this.#position = null;
    this.#isReset = true;
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').ServerBodies['snapshot']} piece
   */
  #onSnapshot(connection, piece) {
    const snapshot = (connection.snapshot ??= { room: {}, participants: [] });
    if (piece.room) snapshot.room = piece.room;
    snapshot.participants.push(...(piece.participants ?? []));
    if (piece.more) return;

    connection.snapshot = null;
    connection.joinedAt ??= this.#options.clock.now();
    this.#position = piece.position ?? {};
    this.#seen.keep(new Set(snapshot.participants.map(({ sessionId }) => sessionId)));
    this.#everJoined = true;
    this.#watchHeartbeat();
    this.emit('snapshot', snapshot);
    // Only now, so that whoever hears of it finds the room filled. A listener
    // may have left meanwhile.
    if (this.#connection !== connection) return;
    this.#setState('joined');
    // Signals for us may have been among what is gone; whatever becomes of this
    // command, the next reset asks again.
    if (this.#isReset) this.command({ renegotiate: {} }).catch(() => {});
    this.#isReset = false;
  }

  /** @param {import('./protocol.js').WireEvent} event */
  #onEvent(event) {
    const place = placeEvent(this.#position, event);
    if (place === 'drop') return;
    if (place === 'hole') {
      this.#drop(CloseCode.RESYNC_NEEDED, new SignalingError('HOLE', 'Events of the room are missing.', { temporary: true }));
      return;
    }
    this.#position = event.position ?? {};
    const body = eventBody(event);
    if (body === null) return;
    if ((body.kind === 'signalReceived' || body.kind === 'messageReceived') && this.#seen.had(event.from)) return;
    if (body.kind === 'participantLeft') this.#seen.forget(body.body.sessionId ?? '');
    this.emit('event', { body, event });
  }

  /** @param {import('./protocol.js').ServerBodies['heartbeat']} heartbeat */
  #onHeartbeat({ position }) {
    // It travels behind all events up to it, so it may take us forward.
    if (this.#position && position && !isAtOrBefore(position, this.#position)) this.#position = position;
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').WireError} wire
   */
  #onError(connection, wire) {
    const error = errorFrom(wire);
    const counter = Number(wire.counter ?? 0);
    if (counter > 0) {
      this.#commands.refuse(counter, error);
      return;
    }
    connection.lastError = error;
    if (this.#state.name === 'joined') {
      this.emit('error', error);
    } else if (error.temporary) {
      // The join was refused for now; the connection is of no use.
      this.#drop(CloseCode.NORMAL, error);
    } else {
      this.#close(error);
    }
  }

  /**
   * @param {Connection} connection
   * @param {number} code
   * @param {string} text
   */
  #onClose(connection, code, text) {
    const { lastError } = connection;
    this.#connection = null;
    this.#lost(connection, code, lastError
      ? new SignalingError(lastError.reason, lastError.message, { ...lastError, code })
      : closeError(code, text));
  }

  /**
   * Gives up the connection without waiting for the other side, which may be
   * gone.
   *
   * @param {number} code
   * @param {SignalingError} reason
   */
  #drop(code, reason) {
    const connection = this.#connection;
    this.#abandonSocket(code);
    this.#lost(connection, code, reason);
  }

  /** @param {number} code */
  #abandonSocket(code) {
    const socket = this.#connection?.socket;
    this.#connection = null;
    try {
      socket?.close(code);
    } catch {
      // Still connecting in some browsers; it is deaf and mute in any case.
    }
  }

  /**
   * The connection is no more: what now?
   *
   * @param {Connection | null} connection
   * @param {number} code
   * @param {SignalingError} reason
   */
  #lost(connection, code, reason) {
    if (this.#leaving) {
      this.#close(new SignalingError('LEFT', 'You left the room.', { code }));
      return;
    }
    const { clock } = this.#options;
    const joinedAt = connection?.joinedAt ?? null;
    if (joinedAt !== null && clock.now() - joinedAt >= HELD_MS) this.#attempt = 0;
    this.#deadline.clear();
    const advice = closeAdvice(code, reason.reason);
    if (advice === 'stop') {
      this.#close(reason);
      return;
    }
    this.#setState(this.#everJoined ? 'reconnecting' : 'connecting', reason);
    this.#commands.fail();
    // A listener may have left for good.
    if (this.#state.name === /** @type {StateName} */ ('closed')) return;
    const delay = reconnectDelay(advice, this.#attempt, clock.random());
    this.#attempt += 1;
    this.#reconnectIn(delay);
  }

  /** @param {number} delay Milliseconds. */
  #reconnectIn(delay) {
    const { clock } = this.#options;
    clock.clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = clock.setTimeout(() => this.#connect(), delay);
  }

  /**
   * The end, for good.
   *
   * @param {SignalingError} reason
   */
  #close(reason) {
    this.#options.clock.clearTimeout(this.#reconnectTimer);
    this.#deadline.clear();
    this.#abandonSocket(CloseCode.NORMAL);
    this.#options.page?.removeEventListener('pagehide', this.#onPageHide);
    this.#options.page?.removeEventListener('pageshow', this.#onPageShow);
    this.#setState('closed', reason);
    this.#commands.fail();
  }

  // --- The state ---

  /**
   * The only place where the state changes. Closed is final.
   *
   * @param {StateName} name
   * @param {SignalingError} [reason]
   */
  #setState(name, reason) {
    if (this.#state.name === 'closed') return;
    if (this.#state.name === name && this.#state.reason === reason) return;
    this.#state = reason ? { name, reason } : { name };
    this.emit('state', this.#state);
  }

  #watchHeartbeat() {
    const interval = durationMs(this.#welcome?.heartbeatInterval, HEARTBEAT_INTERVAL_MS);
    this.#deadline.watch(interval, () => this.#connection?.socket.send(encode({ heartbeat: {} })), () => {
      this.#drop(CloseCode.HEARTBEAT_LOST, new SignalingError('PING_TIMEOUT', 'Nothing was heard from the gateway for too long.', { temporary: true }));
    });
  }

  // --- The page ---

  /** A tab that goes leaves: the others need not wait for its resume window. */
  #onPageHide = () => {
    if (this.#state.name === 'joined') {
      this.#commands.send({ leave: {} }, { urgent: true }).catch(() => {});
    }
    this.#hidden = true;
    this.#options.clock.clearTimeout(this.#reconnectTimer);
    this.#deadline.clear();
    this.#abandonSocket(CloseCode.NORMAL);
    this.#setState(this.#everJoined ? 'reconnecting' : 'connecting', new SignalingError('LEFT', 'The page was hidden.'));
    this.#commands.fail();
  };

  /** Back from the browser's cache of pages, alive: come in again. */
  #onPageShow = () => {
    if (!this.#hidden) return;
    this.#hidden = false;
    this.#attempt = 0;
    this.#reconnectIn(0);
  };
}
