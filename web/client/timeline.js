/**
 * What the room told, in its order: each event once, none left out unnoticed,
 * from a snapshot on. Pure, no I/O.
 */
import { eventBody, isAtOrBefore, placeEvent } from './protocol.js';
import { Seen } from './seen.js';

/** @typedef {import('./protocol.js').Snapshot} Snapshot */

export class Timeline {
  /** @type {import('./protocol.js').Position | null} What was applied last; null before a snapshot. */
  #position = null;
  /** @type {Snapshot | null} The pieces so far. */
  #pieces = null;
  #seen = new Seen();

  /** Where a resume goes on. */
  get position() {
    return this.#position;
  }

  /** What was known is void; a snapshot follows. */
  restart() {
    this.#position = null;
    this.#pieces = null;
  }

  /**
   * @param {import('./protocol.js').ServerBodies['snapshot']} piece
   * @returns {Snapshot | null} The whole, with its last piece.
   */
  onSnapshot(piece) {
    const snapshot = (this.#pieces ??= { room: {}, participants: [] });
    if (piece.room) snapshot.room = piece.room;
    snapshot.participants.push(...(piece.participants ?? []));
    if (piece.more) return null;
    this.#pieces = null;
    this.#position = piece.position ?? {};
    this.#seen.keep(new Set(snapshot.participants.map(({ sessionId }) => sessionId)));
    return snapshot;
  }

  /**
   * @param {import('./protocol.js').WireEvent} event
   * @returns {import('./protocol.js').EventBody | 'hole' | null} What is to be
   *   told; null if nothing, as we had it, or do not know its kind.
   */
  onEvent(event) {
    const place = placeEvent(this.#position, event);
    if (place === 'drop') return null;
    if (place === 'hole') return 'hole';
    this.#position = event.position ?? {};
    const body = eventBody(event);
    if (body === null) return null;
    if ((body.kind === 'signalReceived' || body.kind === 'messageReceived') && this.#seen.had(event.from)) return null;
    if (body.kind === 'participantLeft') this.#seen.forget(body.body.sessionId ?? '');
    return body;
  }

  /**
   * It travels behind all events up to it, so it may take us forward: who is
   * told nothing for long can still resume from where the log reaches.
   *
   * @param {import('./protocol.js').Position | undefined} position
   */
  onHeartbeat(position) {
    if (this.#position && position && !isAtOrBefore(position, this.#position)) this.#position = position;
  }
}
