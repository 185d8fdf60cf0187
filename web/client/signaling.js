/**
 * One participant's signaling: a WebSocket to a gateway, kept open, with the
 * room's events in order, once each. Knows nothing of WebRTC.
 *
 * A connection's life: `join` -> `welcome` -> `snapshot` (in pieces) -> events
 * and acknowledgements. When it is lost, a new one begins a new session.
 */
import { Emitter } from './events.js';
import {
  CloseCode, SUBPROTOCOL, SignalingError, UNANSWERED_COMMANDS_MAX,
  closeAdvice, decode, durationMs, encode, errorFrom, eventBody, isAtOrBefore, placeEvent,
  reconnectDelay,
} from './protocol.js';

/** From opening the socket to the end of the snapshot. */
const JOIN_WITHIN_MS = 15_000;
/** How long `leave` waits for its answer before it closes regardless. */
const LEAVE_WITHIN_MS = 2_000;
/** How long an asked-for heartbeat may take. */
const HEARTBEAT_WITHIN_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 25_000;
/** A connection that held for so long has earned a quick retry. */
const HELD_MS = 10_000;
/** Remembered counters a sender; far above what can be sent twice. */
const SEEN_COUNTERS_MAX = 1_024;

/**
 * @typedef {'idle' | 'connecting' | 'joined' | 'reconnecting' | 'closed'} StateName
 * `closed` is final: left, taken over, removed, or refused for good.
 */

/**
 * @typedef {object} State
 * @property {StateName} name
 * @property {SignalingError} [reason] Why it is reconnecting or closed.
 */

/**
 * @typedef {object} Outcome What became of an accepted command.
 * @property {number} counter
 * @property {boolean} stored False while the store is away.
 */

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

/**
 * @typedef {object} Clock Time and chance, so that tests own them.
 * @property {() => number} now Milliseconds.
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random From 0 up to 1.
 */

/** @type {Clock} */
const realClock = {
  now: () => performance.now(),
  setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
  random: () => Math.random(),
};

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
 * @typedef {object} PendingCommand
 * @property {number} counter
 * @property {import('./protocol.js').Command} command
 * @property {(outcome: Outcome) => void} resolve
 * @property {(error: SignalingError) => void} reject
 * @property {boolean} accepted Answered, but not stored: kept to be sent again.
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
  #lastCounter = 0;
  /** @type {Map<number, PendingCommand>} Sent, and not yet stored or refused. */
  #pending = new Map();
  #unanswered = 0;
  /** @type {Omit<PendingCommand, 'counter'>[]} */
  #waiting = [];
  /** @type {Map<string, Set<string>>} Counters had, by their sender's session. */
  #seen = new Map();

  /** @type {any} */
  #reconnectTimer = null;
  /** @type {any} */
  #deadlineTimer = null;
  #heardAt = 0;
  #asked = false;

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
    return new Promise((resolve, reject) => {
      const entry = { command, resolve, reject, accepted: false };
      if (this.#unanswered < UNANSWERED_COMMANDS_MAX) this.#sendCommand(entry);
      else this.#waiting.push(entry);
    });
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
      const left = new Promise((resolve, reject) => {
        this.#sendCommand({ command: { leave: {} }, resolve, reject, accepted: false });
      });
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
    this.#setDeadline(JOIN_WITHIN_MS, () => {
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
    this.#heardAt = this.#options.clock.now();
    this.#asked = false;
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
      case 'ack': return this.#onAck(message.body);
      case 'stored': return this.#onStored(Number(message.body.counter ?? 0));
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
    this.#lastCounter = 0;
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
    const sessions = new Set(snapshot.participants.map(({ sessionId }) => sessionId));
    for (const sessionId of this.#seen.keys()) {
      if (!sessions.has(sessionId)) this.#seen.delete(sessionId);
    }
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
    if ((body.kind === 'signalReceived' || body.kind === 'messageReceived') && this.#hadAlready(event.from)) return;
    if (body.kind === 'participantLeft') this.#seen.delete(body.body.sessionId ?? '');
    this.emit('event', { body, event });
  }

  /**
   * A sender repeats what may have been lost with a fork of the room, so the
   * same signal may stand at two positions.
   *
   * @param {import('./protocol.js').Sender | undefined} from
   */
  #hadAlready(from) {
    const { sessionId, counter } = from ?? {};
    // Sent by a call of the API: not repeated under another position.
    if (!sessionId || !counter) return false;
    let counters = this.#seen.get(sessionId);
    if (!counters) this.#seen.set(sessionId, (counters = new Set()));
    if (counters.has(counter)) return true;
    counters.add(counter);
    if (counters.size > SEEN_COUNTERS_MAX) {
      const [oldest] = counters;
      counters.delete(oldest);
    }
    return false;
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
      this.#refuse(counter, error);
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
    this.#setDeadline(null);
    const advice = closeAdvice(code, reason.reason);
    if (advice === 'stop') {
      this.#close(reason);
      return;
    }
    this.#setState(this.#everJoined ? 'reconnecting' : 'connecting', reason);
    this.#failCommands();
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
    this.#setDeadline(null);
    this.#abandonSocket(CloseCode.NORMAL);
    this.#options.page?.removeEventListener('pagehide', this.#onPageHide);
    this.#options.page?.removeEventListener('pageshow', this.#onPageShow);
    this.#setState('closed', reason);
    this.#failCommands();
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

  // --- Commands ---

  /** @param {Omit<PendingCommand, 'counter'>} entry */
  #sendCommand(entry) {
    const after = this.#lastCounter;
    const counter = (this.#lastCounter += 1);
    this.#pending.set(counter, { ...entry, counter });
    this.#unanswered += 1;
    this.#connection?.socket.send(encode({ ...entry.command, counter: String(counter), after: String(after) }));
  }

  #sendWaiting() {
    while (this.#unanswered < UNANSWERED_COMMANDS_MAX) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#sendCommand(entry);
    }
  }

  /** @param {import('./protocol.js').ServerBodies['ack']} ack */
  #onAck({ counter: text, stored = false, refused }) {
    const counter = Number(text ?? 0);
    if (refused) {
      this.#refuse(counter, errorFrom(refused));
      return;
    }
    const pending = this.#pending.get(counter);
    if (!pending) return;
    if (stored) this.#pending.delete(counter);
    if (pending.accepted) return;
    pending.accepted = true;
    pending.resolve({ counter, stored });
    this.#unanswered -= 1;
    this.#sendWaiting();
  }

  /**
   * @param {number} counter
   * @param {SignalingError} error
   */
  #refuse(counter, error) {
    const pending = this.#pending.get(counter);
    if (!pending) return;
    this.#pending.delete(counter);
    if (pending.accepted) return;
    pending.reject(error);
    this.#unanswered -= 1;
    this.#sendWaiting();
  }

  /** @param {number} upTo */
  #onStored(upTo) {
    for (const [counter, { accepted }] of this.#pending) {
      if (accepted && counter <= upTo) this.#pending.delete(counter);
    }
  }

  /** With the session, the answers of its commands are gone. */
  #failCommands() {
    const entries = [...this.#pending.values(), ...this.#waiting];
    this.#pending.clear();
    this.#waiting = [];
    this.#unanswered = 0;
    for (const entry of entries) {
      if (!entry.accepted) {
        entry.reject(new SignalingError('CONNECTION_LOST', 'The connection was lost before the answer came.', { temporary: true }));
      }
    }
  }

  // --- Liveness ---

  /**
   * A browser does not see the gateway's pings, so it watches that something
   * comes at all. It asks once before it gives up: after a laptop's sleep the
   * timer runs before the messages that have been waiting.
   */
  #watchHeartbeat() {
    const { clock } = this.#options;
    const interval = durationMs(this.#welcome?.heartbeatInterval, HEARTBEAT_INTERVAL_MS);
    this.#heardAt = clock.now();
    this.#asked = false;
    const look = () => {
      const left = this.#heardAt + interval * 1.5 - clock.now();
      if (left > 0) {
        this.#setDeadline(left, look);
      } else if (!this.#asked) {
        this.#asked = true;
        this.#connection?.socket.send(encode({ heartbeat: {} }));
        this.#setDeadline(HEARTBEAT_WITHIN_MS, look);
      } else {
        this.#drop(CloseCode.HEARTBEAT_LOST, new SignalingError('PING_TIMEOUT', 'Nothing was heard from the gateway for too long.', { temporary: true }));
      }
    };
    this.#setDeadline(interval * 1.5, look);
  }

  /**
   * One deadline at a time is enough: to be joined, then to hear something.
   *
   * @param {number | null} ms
   * @param {() => void} [run]
   */
  #setDeadline(ms, run) {
    const { clock } = this.#options;
    clock.clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = ms === null || !run ? null : clock.setTimeout(run, ms);
  }

  // --- The page ---

  /** A tab that goes leaves: the others need not wait for its resume window. */
  #onPageHide = () => {
    if (this.#state.name === 'joined') {
      this.#sendCommand({ command: { leave: {} }, resolve() {}, reject() {}, accepted: false });
    }
    this.#hidden = true;
    this.#options.clock.clearTimeout(this.#reconnectTimer);
    this.#setDeadline(null);
    this.#abandonSocket(CloseCode.NORMAL);
    this.#setState(this.#everJoined ? 'reconnecting' : 'connecting', new SignalingError('LEFT', 'The page was hidden.'));
    this.#failCommands();
  };

  /** Back from the browser's cache of pages, alive: come in again. */
  #onPageShow = () => {
    if (!this.#hidden) return;
    this.#hidden = false;
    this.#attempt = 0;
    this.#reconnectIn(0);
  };
}

/**
 * A sentence for a close without an error message before it.
 *
 * @param {number} code
 * @param {string} text The close frame's reason.
 */
function closeError(code, text) {
  if (code === CloseCode.TAKEN_OVER) {
    return new SignalingError('SESSION_SUPERSEDED', text || 'This identity joined the room somewhere else.', { code });
  }
  switch (closeAdvice(code)) {
    case 'stop': return new SignalingError('CLOSED', text || `The gateway closed the connection for good (code ${code}).`, { code });
    case 'back-off': return new SignalingError('CONNECTION_LOST', text || `The gateway asks to come back later (code ${code}).`, { code, temporary: true });
    case 'resume': return new SignalingError('CONNECTION_LOST', text || `The gateway asks to connect again (code ${code}).`, { code, temporary: true });
    default: return new SignalingError('CONNECTION_LOST', text || `The connection to the gateway was lost (code ${code}).`, { code, temporary: true });
  }
}
