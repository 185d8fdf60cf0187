/**
 * One participant's signaling: a connection to a gateway, kept open, with the
 * room's events in order, once each. Knows nothing of WebRTC.
 *
 * A session begins with `join` -> `welcome` -> `snapshot` (in pieces) and goes
 * on with events and acknowledgements. It outlives its connections: a further
 * one takes it up with `resume` -> `resumed` and what was missed, or a `reset`
 * and a snapshot. Where it can't be taken up, a join begins another.
 */
import { realClock } from './clock.js';
import { Commands } from './commands.js';
import { Connection } from './connection.js';
import { Emitter } from './events.js';
import { Move } from './move.js';
import { Page } from './page.js';
import { CloseCode, SignalingError, closeAdvice, errorFrom, isReason, withoutPrefix } from './protocol.js';
import { Retry } from './retry.js';
import { Session } from './session.js';
import { Timeline } from './timeline.js';
import { AccessToken } from './token.js';

/** How long `leave` waits for its answer before it closes regardless. */
const LEAVE_WITHIN_MS = 2_000;
/** A connection that held for so long has earned a quick retry. */
const HELD_MS = 10_000;
/** One that has had so long to begin is not waited for when the page wakes up. */
const STALLED_MS = 5_000;

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

/** @typedef {import('./protocol.js').Snapshot} Snapshot */

/**
 * @typedef {object} ReturnEvents How it came back.
 * @property {{gatewayId: string, wasInterrupted: boolean}} resumed The session
 *   goes on; what was missed follows, in order. It was not interrupted if the
 *   old connection held until the new one took over.
 * @property {{reason: string}} reset The session goes on, and what was missed is
 *   gone: the snapshot took its place. `TRIMMED`, `NOT_IN_HISTORY`, `DIVERGED`.
 * @property {{sessionId: string}} rejoined The session was over and another one
 *   began. To the others it looks like a leave and a join.
 */

/**
 * @typedef {object} SignalingOnlyEvents
 * @property {State} state
 * @property {Snapshot} snapshot The room as it is; forget what was known before.
 * @property {{body: import('./protocol.js').EventBody, event: import('./protocol.js').WireEvent}} event
 *   In order, once each.
 * @property {SignalingError} error Something that concerns no command and does
 *   not end the connection.
 * @property {{grants: readonly string[]}} permissions What the access token
 *   grants, when joined and whenever that changed.
 * @property {{degraded: boolean}} degraded It became so, or is so no longer; see
 *   `Signaling.degraded`.
 */

/** @typedef {SignalingOnlyEvents & ReturnEvents} SignalingEvents */

/** @typedef {import('./clock.js').Clock} Clock */

/**
 * @typedef {object} SignalingOptions
 * @property {string} url `ws:` or `wss:` address of the gateway's `/ws`.
 * @property {string} roomId
 * @property {string} participantId
 * @property {string} [metadata] Sent with every join; see `updateMetadata`.
 * @property {import('./token.js').TokenSource | AccessToken} [token] Where the
 *   gateway wants an access token.
 * @property {typeof WebSocket} [WebSocket]
 * @property {EventTarget | null} [page] The window, whose life counts; null for none.
 * @property {Clock} [clock]
 */

/** @extends {Emitter<SignalingEvents>} */
export class Signaling extends Emitter {
  /** @type {SignalingOptions & {WebSocket: typeof WebSocket, clock: Clock}} */
  #options;
  #metadata;
  /** @type {State} */
  #state = { name: 'idle' };
  /** @type {Session | null} To be resumed if the connection is lost; without one, a join. */
  #session = null;
  /** @type {Connection | null} Only its words count: the newest that has said what it begins with. */
  #connection = null;
  #everJoined = false;
  #leaving = false;
  /** @type {readonly string[] | null} */
  #grants = null;
  #token;
  #degraded = false;
  /** What the gateway said last. */
  #storeIsAway = false;
  #commands = new Commands((message) => this.#connection?.send(message));
  #timeline = new Timeline();
  #retry;
  #move;
  #page;

  /** @param {SignalingOptions} options */
  constructor(options) {
    super();
    const { WebSocket = globalThis.WebSocket, clock = realClock, page = globalThis.window ?? null } = options;
    this.#options = { ...options, WebSocket, clock };
    this.#metadata = options.metadata ?? '';
    const { token } = options;
    this.#token = token === undefined || token instanceof AccessToken ? token ?? null : new AccessToken(token, clock);
    this.#retry = new Retry(clock, () => this.#connect());
    this.#move = new Move(clock, () => this.#dial());
    this.#page = new Page(page, { gone: () => this.#onGone(), back: () => this.#onBack(), awake: () => this.#onAwake() });
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /**
   * Whether the room goes on without its store, in the memory of a room service
   * alone: all of it works, and what happens now is lost if that ends too. The
   * gateway says when it begins and when it is over; answers and events that are
   * not stored say so too. It is not over before all of our own commands are
   * stored, or the state is `closed`.
   */
  get degraded() {
    return this.#degraded;
  }

  /** The session's id; null while there is none. */
  get sessionId() {
    return this.#session?.id ?? null;
  }

  /** Whether a command would reach the room in this session, now or after a resume. */
  get isInSession() {
    return ['joined', 'reconnecting'].includes(this.#state.name) && (this.#session?.hasBegun ?? false);
  }

  /** The gateway that holds the connection, or held it last; null while there is no session. */
  get gatewayId() {
    return this.#session?.gatewayId ?? null;
  }

  /**
   * What the access token grants, such as `share` or `message`; null where the
   * gateway wants none, and everything is granted.
   */
  get grants() {
    return this.#grants;
  }

  /** @returns {RTCIceServer[]} For `RTCConfiguration.iceServers`. */
  get iceServers() {
    return this.#session?.iceServers ?? [];
  }

  /**
   * Connects and joins, and goes on trying while there is hope.
   *
   * @returns {Promise<void>} Fulfilled when first joined.
   * @throws {SignalingError} Rejects when the state becomes closed before.
   */
  open() {
    if (this.#state.name !== 'idle') throw new TypeError('A Signaling is opened once.');
    this.#page.listen();
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
   * Sends a command. While reconnecting it waits for the resume.
   *
   * @param {import('./protocol.js').Command} command
   * @returns {Promise<Outcome>} Fulfilled when the room has accepted it.
   * @throws {SignalingError} Rejects with the reason of a refusal; with
   *   `NOT_JOINED` if there is no session to send it in, `UNSTORED_LIMIT` if
   *   too many are not stored yet, or `BUSY` if too many wait (nothing was sent); with `CONNECTION_LOST` if the session
   *   ended before the answer came: it may have happened, and is not sent in
   *   another session by itself.
   */
  command(command) {
    if (!this.isInSession) {
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
    this.#connection = this.#dial();
  }

  #dial() {
    return new Connection(this.#options, {
      opened: (connection) => this.#onOpened(connection),
      message: (connection, message) => {
        if (connection === this.#connection) this.#onMessage(connection, message);
      },
      error: (connection, error) => {
        if (connection === this.#connection) this.emit('error', error);
      },
      lost: (connection, code, reason) => this.#onLost(connection, code, reason),
    });
  }

  /** @param {Connection} connection */
  #onOpened(connection) {
    if (!this.#token) return this.#begin(connection);
    this.#token.get().then((token) => this.#begin(connection, token), (error) => connection.drop(CloseCode.INTERNAL, error));
  }

  /**
   * @param {Connection} connection
   * @param {string} [token]
   */
  #begin(connection, token) {
    // It may have been given up while the token was fetched.
    if (connection !== this.#connection && !this.#move.isNext(connection)) return;
    const { roomId, participantId } = this.#options;
    if (this.#move.isNext(connection)) {
      // From here on the old one's words are void: its answers may be to what
      // is sent again over the new one.
      this.#move.begun(this.#connection);
      this.#connection = connection;
      this.#commands.pause();
    }
    connection.isResume = this.#session !== null;
    connection.send(this.#session
      ? { resume: { ...this.#session.resume(this.#timeline.position ?? {}), roomId, participantId, token } }
      : { join: { roomId, participantId, metadata: this.#metadata, token } });
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').ServerMessage | null} message
   */
  #onMessage(connection, message) {
    switch (message?.kind) {
      case 'welcome': return this.#onWelcome(message.body);
      case 'resumed': return this.#onResumed(connection, message.body);
      case 'snapshot': return this.#onSnapshot(connection, message.body);
      case 'event': return this.#onEvent(connection, message.body);
      case 'ack':
        this.#commands.onAck(message.body);
        // A refusal stores nothing.
        return message.body.refused ? undefined : this.#onStore(message.body.stored ?? false);
      case 'stored':
        this.#commands.onStored(Number(message.body.counter ?? 0));
        return this.#onStore(true);
      case 'reset':
        this.#timeline.restart();
        connection.resetReason = withoutPrefix(message.body.reason, 'RESET_REASON_');
        return undefined;
      case 'heartbeat':
        this.#timeline.onHeartbeat(message.body.position);
        return this.#onStoreIs(message.body);
      case 'permissions': return this.#onPermissions(connection, message.body);
      case 'iceServers':
        if (this.#session) this.#session.iceServers = message.body.iceServers ?? [];
        return undefined;
      case 'drain': return connection.isUp ? this.#move.soon(message.body.deadline) : undefined;
      case 'error': return this.#onError(connection, message.body);
      default: return undefined;
    }
  }

  /**
   * Another session, also on a connection that had one: then the room had
   * forgotten that.
   *
   * @param {import('./protocol.js').Welcome} welcome
   */
  #onWelcome(welcome) {
    this.#session = new Session(welcome);
    this.#timeline.restart();
    this.#commands.restart();
    this.#onStoreIs(welcome);
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').ServerBodies['permissions']} permissions
   */
  #onPermissions(connection, { grants = [], tokenExpireTime }) {
    this.#token?.watch(tokenExpireTime, (token) => {
      if (connection === this.#connection) connection.send({ renewToken: { token } });
    });
    if (grants.join() === this.#grants?.join()) return;
    this.#grants = Object.freeze(grants);
    this.emit('permissions', { grants: this.#grants });
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').ServerBodies['resumed']} resumed
   */
  #onResumed(connection, resumed) {
    if (!this.#session) return;
    this.#session.onResumed(resumed);
    this.#move.done();
    connection.up(this.#session.heartbeatInterval);
    this.#commands.resume(resumed);
    this.#onStoreIs(resumed);
    const wasInterrupted = this.#state.name !== 'joined';
    this.#setState('joined');
    // A listener may have left.
    if (this.#connection === connection) this.emit('resumed', { gatewayId: this.gatewayId ?? '', wasInterrupted });
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').ServerBodies['snapshot']} piece
   */
  #onSnapshot(connection, piece) {
    const session = this.#session;
    const snapshot = this.#timeline.onSnapshot(piece);
    if (!session || !snapshot) return;
    const { resetReason } = connection;
    connection.resetReason = null;
    const isRejoin = this.#everJoined && !session.hasBegun;
    session.hasBegun = true;
    this.#everJoined = true;
    this.#move.done();
    connection.up(session.heartbeatInterval);
    this.emit('snapshot', snapshot);
    // Only now, so that whoever hears of it finds the room filled. A listener
    // may have left meanwhile.
    if (this.#connection !== connection) return;
    this.#commands.open();
    this.#setState('joined');
    if (isRejoin) this.emit('rejoined', { sessionId: session.id });
    if (isRejoin || resetReason === null) return;
    // Signals for us may have been among what is gone; whatever becomes of this
    // command, the next reset asks again.
    this.command({ renegotiate: {} }).catch(() => {});
    this.emit('reset', { reason: resetReason });
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').WireEvent} event
   */
  #onEvent(connection, event) {
    const body = this.#timeline.onEvent(event);
    if (body === 'hole') {
      connection.drop(CloseCode.RESYNC_NEEDED, new SignalingError('HOLE', 'Events of the room are missing.', { temporary: true }));
    } else if (body !== null) {
      this.emit('event', { body, event });
      this.#onStore(event.stored ?? false);
    }
  }

  /** @param {{degraded?: boolean}} told What the gateway says of the store. */
  #onStoreIs({ degraded = false }) {
    this.#storeIsAway = degraded;
    this.#onStore(!degraded);
  }

  /** @param {boolean} stored What was just heard: whether the store was there. */
  #onStore(stored) {
    this.#setDegraded(!stored || this.#storeIsAway || (this.#degraded && this.#commands.hasUnstored));
  }

  /** @param {boolean} degraded */
  #setDegraded(degraded) {
    if (this.#degraded === degraded || (degraded && this.#state.name === 'closed')) return;
    this.#degraded = degraded;
    this.emit('degraded', { degraded });
  }

  /**
   * @param {Connection} connection
   * @param {import('./protocol.js').WireError} wire
   */
  #onError(connection, wire) {
    const error = errorFrom(wire);
    const counter = Number(wire.counter ?? 0);
    if (error.reason === 'COUNTER_OUT_OF_ORDER') {
      // The two sides no longer count alike. A resume tells where the room stands.
      connection.drop(CloseCode.RESYNC_NEEDED, error);
    } else if (counter > 0) {
      this.#commands.refuse(counter, error);
    } else {
      connection.onError(error);
    }
  }

  /**
   * A connection is no more: what now?
   *
   * @param {Connection} connection
   * @param {number} code
   * @param {SignalingError} reason
   */
  #onLost(connection, code, reason) {
    // The one that was to be moved to: the old one still stands.
    if (this.#move.isNext(connection)) return this.#move.failed();
    if (connection !== this.#connection) return undefined;
    this.#connection = null;
    if (this.#leaving) return this.#close(new SignalingError('LEFT', 'You left the room.', { code }));
    // With another token the session goes on. Were that of no more use, each attempt waits for longer.
    const advice = code === CloseCode.TOKEN_EXPIRED && this.#token?.canRenew ? 'resume' : closeAdvice(code, reason.reason);
    if (advice === 'stop') return this.#close(reason);

    const held = connection.heldFor >= HELD_MS;
    if (held) this.#retry.held();
    // What a resume brings back again and again, the snapshot of a join gets past.
    const isInVain = connection.isResume && !held && isReason(reason, 'HOLE', 'UNREADABLE_MESSAGE', 'COUNTER_OUT_OF_ORDER');
    const next = this.#move.end();
    // Nor is there anything to go on with before the first snapshot.
    if (advice === 'rejoin' || isInVain || !this.#session?.hasBegun) this.#forget();
    else this.#commands.pause();
    this.#setState(this.#everJoined ? 'reconnecting' : 'connecting', reason);
    // A listener may have left for good.
    if (this.#state.name === /** @type {StateName} */ ('closed')) return next?.close(CloseCode.NORMAL);
    if (next) this.#connection = next;
    else if (advice === 'rejoin' && connection.isResume && !reason.retryAfterMs) this.#retry.now();
    else this.#retry.after(advice, reason.retryAfterMs);
    return undefined;
  }

  /** The session is over: the next connection joins. */
  #forget() {
    this.#session = null;
    this.#commands.fail();
  }

  /** @param {number} code */
  #abandon(code) {
    this.#retry.stop();
    this.#move.end()?.close(code);
    this.#connection?.close(code);
    this.#connection = null;
  }

  /**
   * The end, for good.
   *
   * @param {SignalingError} reason
   */
  #close(reason) {
    this.#abandon(CloseCode.NORMAL);
    this.#page.stop();
    this.#token?.stop();
    this.#setState('closed', reason);
    this.#commands.fail();
    this.#setDegraded(false);
  }

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

  // --- The page ---

  /** A tab that goes leaves: the others need not wait for its resume window. */
  #onGone() {
    if (this.#state.name === 'joined') {
      this.#commands.send({ leave: {} }, { urgent: true }).catch(() => {});
      this.#forget();
    }
    this.#abandon(CloseCode.NORMAL);
    this.#commands.pause();
    this.#setState(this.#everJoined ? 'reconnecting' : 'connecting', new SignalingError('LEFT', 'The page was hidden.'));
  }

  /** Back from the browser's cache of pages, alive. */
  #onBack() {
    this.#retry.held();
    this.#retry.now();
  }

  /** It was hidden, asleep or without a network, and is not any more. */
  #onAwake() {
    const connection = this.#connection;
    if (connection?.isUp) {
      connection.check();
    } else if (connection && connection.age >= STALLED_MS) {
      connection.close(CloseCode.JOIN_TIMEOUT);
      this.#connection = null;
      this.#retry.now();
    } else {
      this.#retry.hurry();
    }
  }
}
