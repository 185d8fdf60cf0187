/**
 * What browser and gateway say to each other: shapes, encoding, positions and
 * close codes. Mirrors `proto/switchboard/v1/client.proto`; pure, no I/O.
 *
 * In the proto3 JSON form, 64-bit numbers are decimal strings, fields at their
 * default are absent, and fields of newer versions may be present.
 */

/** Names the JSON encoding when the WebSocket is opened. */
export const SUBPROTOCOL = 'switchboard.v1.json';

/** So many commands of a session may be without an answer; more wait here. */
export const UNANSWERED_COMMANDS_MAX = 64;

/**
 * @typedef {object} Position The place of an event in a room's log.
 * @property {string} [epoch] The term, a decimal number; has no order.
 * @property {string} [seq] The place, a decimal number that only rises.
 */

/**
 * @typedef {object} WireError
 * @property {string} [reason] An `ErrorReason`, such as `ERROR_REASON_ROOM_FULL`.
 * @property {string} [message] For people.
 * @property {{field?: string, description?: string}[]} [fieldViolations]
 * @property {boolean} [temporary] Whether the same may work later.
 * @property {string} [counter] The command it is about, if any.
 * @property {string} [retryAfter] A duration; the same has no chance before.
 */

/**
 * @typedef {object} WireShare
 * @property {string} [shareId]
 * @property {boolean} [audio]
 * @property {string} [startTime] RFC 3339.
 */

/**
 * @typedef {object} WireParticipant
 * @property {string} [participantId]
 * @property {string} [sessionId]
 * @property {'PARTICIPANT_STATE_JOINED' | 'PARTICIPANT_STATE_RECONNECTING'} [state]
 * @property {string} [joinTime] RFC 3339.
 * @property {string} [metadata]
 * @property {WireShare} [share]
 */

/**
 * @typedef {object} WireRoom
 * @property {string} [roomId]
 * @property {Position} [position]
 * @property {string} [createTime] RFC 3339.
 * @property {string} [metadata]
 * @property {{sharePolicy?: 'SHARE_POLICY_SINGLE' | 'SHARE_POLICY_MULTIPLE'}} [settings]
 * @property {number} [participantCount]
 */

/**
 * @typedef {object} Sender Who caused an event; the gateway vouches for it.
 * @property {string} [participantId]
 * @property {string} [sessionId]
 * @property {string} [counter]
 */

/** @typedef {'SIGNAL_KIND_OFFER' | 'SIGNAL_KIND_ANSWER' | 'SIGNAL_KIND_CANDIDATE'} WireSignalKind */

/**
 * @typedef {object} EventBodies The kinds of event and what each holds.
 * @property {{participant?: WireParticipant}} participantJoined
 * @property {{participantId?: string, sessionId?: string, reason?: string}} participantLeft
 * @property {{participantId?: string, metadata?: string}} participantUpdated
 * @property {{participantId?: string, sessionId?: string, expireTime?: string}} participantReconnecting
 * @property {{participantId?: string, sessionId?: string}} participantReturned
 * @property {{participantId?: string, share?: WireShare}} shareStarted
 * @property {{participantId?: string, shareId?: string, reason?: string}} shareEnded
 * @property {{kind?: WireSignalKind, payload?: string}} signalReceived
 * @property {{body?: string}} messageReceived
 * @property {{metadata?: string, settings?: object}} roomUpdated
 * @property {{reason?: string}} roomClosed
 * @property {{}} renegotiateRequested
 */

/**
 * @typedef {object} EventFrame What every event has beside its body.
 * @property {Position} [position]
 * @property {Position} [prev]
 * @property {string} [time] RFC 3339.
 * @property {Sender} [from]
 * @property {boolean} [stored]
 */

/** @typedef {EventFrame & Partial<EventBodies>} WireEvent */

/**
 * @typedef {object} Welcome
 * @property {string} [sessionId]
 * @property {string} [resumeToken] A secret: whoever has it can take up the session.
 * @property {string} [generation]
 * @property {string} [heartbeatInterval] Such as `25s`.
 * @property {string} [resumeWindow] Such as `30s`.
 * @property {RTCIceServer[]} [iceServers]
 * @property {string} [gatewayId]
 * @property {string} [roomId]
 * @property {string} [participantId]
 * @property {boolean} [degraded] Whether the store is away.
 */

/**
 * @typedef {object} ServerBodies The kinds of server message and what each holds.
 * @property {Welcome} welcome
 * @property {{room?: WireRoom, participants?: WireParticipant[], more?: boolean, position?: Position}} snapshot
 * @property {WireEvent} event
 * @property {{counter?: string, stored?: boolean, refused?: WireError}} ack
 * @property {{counter?: string}} stored
 * @property {{sessionId?: string, generation?: string, last?: string,
 *   refused?: {counter?: string, reason?: string}[], resumeToken?: string, gatewayId?: string,
 *   stored?: string, degraded?: boolean}} resumed
 * @property {{reason?: string}} reset
 * @property {{position?: Position, degraded?: boolean}} heartbeat
 * @property {{deadline?: string}} drain
 * @property {WireError} error
 * @property {{grants?: string[], tokenExpireTime?: string}} permissions
 * @property {{iceServers?: RTCIceServer[]}} iceServers
 */

/**
 * @typedef {{[K in keyof ServerBodies]: {kind: K, body: ServerBodies[K]}}[keyof ServerBodies]} ServerMessage
 */

/**
 * @typedef {{[K in keyof EventBodies]: {kind: K, body: EventBodies[K]}}[keyof EventBodies]} EventBody
 */

/**
 * @typedef {{leave: {}}
 *   | {updateMetadata: {metadata: string}}
 *   | {startShare: {shareId: string, audio: boolean}}
 *   | {stopShare: {}}
 *   | {signal: {to: string, kind: WireSignalKind, payload: string}}
 *   | {message: {to?: string[], body: string}}
 *   | {renegotiate: {}}} Command
 */

/**
 * @typedef {object} Resume
 * @property {string} resumeToken
 * @property {string} generation 1 at the join, one more at each attempt to resume.
 * @property {Position} position What was applied last.
 * @property {string} roomId
 * @property {string} participantId
 * @property {string} sessionId
 * @property {string} [token] The access token, where the gateway wants one.
 */

/**
 * @typedef {object} Snapshot A room as it is.
 * @property {WireRoom} room
 * @property {WireParticipant[]} participants
 */

/**
 * @typedef {{join: {roomId: string, participantId: string, metadata: string, token?: string}}
 *   | {resume: Resume}
 *   | {renewToken: {token: string}}
 *   | {heartbeat: {}}
 *   | (Command & {counter: string, after: string})} ClientMessage
 */

/** @type {(keyof ServerBodies)[]} The kinds of server message that this version knows. */
export const SERVER_KINDS = [
  'welcome', 'snapshot', 'event', 'ack', 'stored',
  'resumed', 'reset', 'heartbeat', 'drain', 'error', 'permissions', 'iceServers',
];

/** @type {(keyof EventBodies)[]} The kinds of event that this version knows. */
export const EVENT_KINDS = [
  'participantJoined', 'participantLeft', 'participantUpdated', 'participantReconnecting',
  'participantReturned', 'shareStarted', 'shareEnded', 'signalReceived', 'messageReceived',
  'roomUpdated', 'roomClosed', 'renegotiateRequested',
];

/**
 * Something that the gateway refused, or that could not be sent or done.
 * `reason` is for programs, `message` for people.
 */
export class SignalingError extends Error {
  /**
   * @param {string} reason An `ErrorReason` without its prefix, such as
   *   `ROOM_FULL`; or one of this library's own: `CONNECTION_LOST` (it may or
   *   may not have happened), `CLOSED`, `LEFT`, `UNREADABLE_MESSAGE`.
   * @param {string} message
   * @param {object} [more]
   * @param {boolean} [more.temporary] Whether the same may work later.
   * @param {{field: string, description: string}[]} [more.violations] The
   *   fields that break their rules.
   * @param {number} [more.code] The WebSocket's close code, if it was closed.
   * @param {number} [more.retryAfterMs] The same has no chance before so many
   *   milliseconds are over, where the gateway says so.
   */
  constructor(reason, message, { temporary = false, violations = [], code, retryAfterMs } = {}) {
    super(message);
    this.name = 'SignalingError';
    this.reason = reason;
    this.temporary = temporary;
    this.violations = violations;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * @param {unknown} error
 * @param {...string} reasons
 * @returns {boolean} Whether it is a `SignalingError` with one of the reasons.
 */
export function isReason(error, ...reasons) {
  return error instanceof SignalingError && reasons.includes(error.reason);
}

/**
 * The typed form of an `Error` message.
 *
 * @param {WireError} error
 * @returns {SignalingError}
 */
export function errorFrom(error) {
  const reason = withoutPrefix(error.reason, 'ERROR_REASON_');
  return new SignalingError(reason, error.message || `The gateway refused this: ${reason}.`, {
    temporary: error.temporary ?? false,
    violations: (error.fieldViolations ?? []).map(({ field = '', description = '' }) => ({ field, description })),
    retryAfterMs: error.retryAfter === undefined ? undefined : Math.min(durationMs(error.retryAfter, 0), RETRY_AFTER_MOST_MS),
  });
}

/**
 * An enum's name without what all its names begin with.
 *
 * @param {string | undefined} name As on the wire; absent means the default.
 * @param {string} prefix
 * @returns {string} Such as `ROOM_FULL`; `UNSPECIFIED` if absent.
 */
export function withoutPrefix(name, prefix) {
  if (name === undefined) return 'UNSPECIFIED';
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/**
 * @param {ClientMessage} message
 * @returns {string} The text frame.
 */
export function encode(message) {
  return JSON.stringify(message);
}

/**
 * Reads a text frame.
 *
 * @param {unknown} data What the WebSocket gave.
 * @returns {ServerMessage | null} Null for a kind that this version does not
 *   know: a newer gateway may say more than we understand.
 * @throws {SignalingError} `UNREADABLE_MESSAGE` if it is no JSON object.
 */
export function decode(data) {
  let message;
  try {
    message = JSON.parse(/** @type {string} */ (data));
  } catch {
    message = null;
  }
  if (typeof data !== 'string' || typeof message !== 'object' || message === null) {
    throw new SignalingError('UNREADABLE_MESSAGE', 'The gateway sent a message that cannot be read.');
  }
  return /** @type {ServerMessage | null} */ (oneOf(message, SERVER_KINDS));
}

/**
 * Which kind an event is of.
 *
 * @param {WireEvent} event
 * @returns {EventBody | null} Null for a kind that this version does not know.
 */
export function eventBody(event) {
  return /** @type {EventBody | null} */ (oneOf(event, EVENT_KINDS));
}

/**
 * @param {Record<string, any>} message
 * @param {string[]} kinds
 */
function oneOf(message, kinds) {
  for (const kind of kinds) {
    const body = message[kind];
    if (typeof body === 'object' && body !== null) return { kind, body };
  }
  return null;
}

/**
 * Reads a duration of the proto3 JSON form.
 *
 * @param {string | undefined} text Such as `25s` or `0.500s`.
 * @param {number} fallback Milliseconds, if there is none or it makes no sense.
 * @returns {number} Milliseconds.
 */
export function durationMs(text, fallback) {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(text ?? '');
  const ms = match ? Number(match[1]) * 1000 : 0;
  return ms > 0 ? ms : fallback;
}

/**
 * @param {Position | undefined} a
 * @param {Position | undefined} b
 * @returns {boolean} Whether both name the same place.
 */
export function samePosition(a, b) {
  return epochOf(a) === epochOf(b) && seqOf(a) === seqOf(b);
}

/**
 * Whether a position is already behind us. Epochs have no order, so a position
 * of another epoch never is.
 *
 * @param {Position | undefined} position
 * @param {Position | undefined} mine
 * @returns {boolean}
 */
export function isAtOrBefore(position, mine) {
  return epochOf(position) === epochOf(mine) && seqOf(position) <= seqOf(mine);
}

/**
 * What to do with an event: apply it, drop it as one that we had, or notice
 * that something before it is missing.
 *
 * @param {Position | null} mine What I applied last; null before a snapshot.
 * @param {WireEvent} event
 * @returns {'apply' | 'drop' | 'hole'}
 */
export function placeEvent(mine, event) {
  if (mine === null) return 'hole';
  if (isAtOrBefore(event.position, mine)) return 'drop';
  return samePosition(event.prev, mine) ? 'apply' : 'hole';
}

/** @param {Position | undefined} position */
function epochOf(position) {
  return BigInt(position?.epoch ?? 0);
}

/** @param {Position | undefined} position */
function seqOf(position) {
  return BigInt(position?.seq ?? 0);
}

/** Close codes that this side sends, or that mean something beyond their range. */
export const CloseCode = Object.freeze({
  /** After `leave` only. */
  NORMAL: 1000,
  /** Something was refused for good. */
  REFUSED: 4000,
  /** The session that was to be resumed is over or unknown. */
  SESSION_OVER: 4001,
  /** The access token has ended: with a new one the session goes on. */
  TOKEN_EXPIRED: 4002,
  /** A newer join under the same identity has this session's place. */
  TAKEN_OVER: 4004,
  /** A fault for a while. */
  INTERNAL: 4100,
  /** Nothing was heard from the other side for too long. */
  HEARTBEAT_LOST: 4104,
  /** No answer to `join` in time. */
  JOIN_TIMEOUT: 4105,
  /** The session goes on over a newer connection, as the gateway asked for. */
  MOVED: 4200,
  /** Something is missing: start from a known position. */
  RESYNC_NEEDED: 4202,
});

/**
 * Reasons after which the session is gone but a new one is welcome, although
 * the close code says "not like this again".
 */
const REJOIN_REASONS = new Set(['SESSION_NOT_FOUND', 'SESSION_ENDED', 'INVALID_RESUME_TOKEN']);

/**
 * What a closed connection asks for. The range of the code carries the advice,
 * so that a code of a newer gateway is understood too.
 *
 * - `stop`: 4000-4099. Trying the same again will not work.
 * - `rejoin`: 4001, and any but "taken over" after an error that only says that
 *   the session is over. Join anew.
 * - `back-off`: 4100-4199. Come again, after a second at least.
 * - `resume`: 4200-4299. Come again at once.
 * - `retry`: all others, such as a lost network: come again, with growing waits.
 *
 * @param {number} code
 * @param {string} [reason] The reason of the last error message before the close.
 * @returns {'stop' | 'rejoin' | 'back-off' | 'resume' | 'retry'}
 */
export function closeAdvice(code, reason) {
  if (code === CloseCode.TAKEN_OVER) return 'stop';
  if (code === CloseCode.SESSION_OVER || (reason !== undefined && REJOIN_REASONS.has(reason))) return 'rejoin';
  if (code >= 4000 && code <= 4099) return 'stop';
  if (code >= 4100 && code <= 4199) return 'back-off';
  if (code >= 4200 && code <= 4299) return 'resume';
  return 'retry';
}

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 15_000;
const BACK_OFF_LEAST_MS = 1_000;
/** No gateway asks for more; who says so is not to be believed. */
const RETRY_AFTER_MOST_MS = 3_600_000;

/**
 * How long to wait before the next connection. Full jitter: a whole range, not
 * a value with a wobble, so that thousands of pages that lost one gateway do
 * not come back in step.
 *
 * @param {'rejoin' | 'back-off' | 'resume' | 'retry'} advice
 * @param {number} attempt 0 for the first after a connection that held.
 * @param {number} random From 0 up to 1.
 * @param {number} [retryAfterMs] What the gateway asked to wait. The jitter
 *   comes on top, or all who were refused together would come back together.
 * @returns {number} Milliseconds.
 */
export function reconnectDelay(advice, attempt, random, retryAfterMs = 0) {
  if (attempt === 0 && retryAfterMs === 0 && (advice === 'resume' || advice === 'rejoin')) return 0;
  const range = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.max(retryAfterMs, advice === 'back-off' ? BACK_OFF_LEAST_MS : 0) + random * range;
}

/**
 * A sentence for a close without an error message before it.
 *
 * @param {number} code
 * @param {string} text The close frame's reason.
 * @returns {SignalingError}
 */
export function closeError(code, text) {
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
