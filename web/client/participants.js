/**
 * Who is in the room, and who shares. Every change tells one event, so whoever
 * listens never has to compare.
 */
import { withoutPrefix } from './protocol.js';

/**
 * @typedef {object} Share
 * @property {string} shareId The id of the sharer's MediaStream.
 * @property {boolean} audio Whether sound is shared too.
 */

/**
 * @typedef {object} Participant One member of the room. Never changed: a newer
 *   object takes its place.
 * @property {string} participantId
 * @property {string} sessionId
 * @property {'joined' | 'reconnecting'} state
 * @property {string} metadata
 * @property {Share | null} share
 * @property {boolean} isSelf
 */

/**
 * @typedef {object} ParticipantEvents Whatever changes `participants` tells one
 *   of these, those found at joining included.
 * @property {{participant: Participant}} participantJoined
 * @property {{participant: Participant, reason: string}} participantLeft
 *   `reason`: `LEFT`, `TAKEN_OVER`, `EXPIRED`, `REMOVED`, `ROOM_CLOSED`, or
 *   `UNSPECIFIED` if it happened while we were away.
 * @property {{participant: Participant}} participantUpdated Metadata or state.
 * @property {{participant: Participant, share: Share}} shareStarted
 * @property {{participant: Participant, share: Share, reason: string}} shareEnded
 *   `reason`: `STOPPED`, `REPLACED`, `LEFT`, or `UNSPECIFIED` as above.
 */

/**
 * @typedef {<K extends keyof ParticipantEvents>(type: K, detail: ParticipantEvents[K]) => void} Tell
 */

export class Participants {
  #selfId;
  #tell;
  /** @type {Map<string, Participant>} */
  #all = new Map();

  /**
   * @param {string} selfId
   * @param {Tell} tell
   */
  constructor(selfId, tell) {
    this.#selfId = selfId;
    this.#tell = tell;
  }

  /** @returns {ReadonlyMap<string, Participant>} */
  get all() {
    return this.#all;
  }

  /** @param {string | undefined} participantId */
  get(participantId) {
    return this.#all.get(participantId ?? '') ?? null;
  }

  /**
   * The room as it is; what was known before is compared with it.
   *
   * @param {import('./protocol.js').WireParticipant[]} wires
   */
  reset(wires) {
    const now = new Map(wires.map((wire) => [wire.participantId ?? '', this.#fromWire(wire)]));
    for (const { participantId, sessionId } of [...this.#all.values()]) {
      if (now.get(participantId)?.sessionId !== sessionId) this.#remove(participantId, 'UNSPECIFIED');
    }
    for (const participant of now.values()) this.#put(participant);
  }

  /** @param {import('./protocol.js').EventBody} event */
  apply({ kind, body }) {
    switch (kind) {
      case 'participantJoined': {
        const participant = this.#fromWire(body.participant ?? {});
        if (this.#all.get(participant.participantId)?.sessionId !== participant.sessionId) {
          this.#remove(participant.participantId, 'TAKEN_OVER');
        }
        return this.#put(participant);
      }
      case 'participantLeft':
        if (this.isSession(body)) this.#remove(body.participantId ?? '', withoutPrefix(body.reason, 'LEAVE_REASON_'));
        return undefined;
      case 'participantUpdated':
        return this.update(body.participantId ?? '', { metadata: body.metadata ?? '' });
      case 'participantReconnecting':
        if (this.isSession(body)) this.update(body.participantId ?? '', { state: 'reconnecting' });
        return undefined;
      case 'participantReturned':
        if (this.isSession(body)) this.update(body.participantId ?? '', { state: 'joined' });
        return undefined;
      case 'shareStarted':
        return this.startShare(body.participantId ?? '', shareFromWire(body.share ?? {}));
      case 'shareEnded':
        return this.endShare(body.participantId ?? '', body.shareId ?? '', withoutPrefix(body.reason, 'SHARE_END_REASON_'));
      default:
        return undefined;
    }
  }

  /**
   * Whether somebody is here in this very session.
   *
   * @param {{participantId?: string, sessionId?: string}} of
   */
  isSession({ participantId, sessionId }) {
    return this.get(participantId)?.sessionId === sessionId;
  }

  /**
   * @param {string} participantId
   * @param {Partial<Pick<Participant, 'state' | 'metadata'>>} change
   */
  update(participantId, change) {
    const old = this.#all.get(participantId);
    if (!old) return;
    const participant = { ...old, ...change };
    if (participant.state === old.state && participant.metadata === old.metadata) return;
    this.#all.set(participantId, participant);
    this.#tell('participantUpdated', { participant });
  }

  /**
   * @param {string} participantId
   * @param {Share} share
   */
  startShare(participantId, share) {
    const old = this.#all.get(participantId);
    if (!old || old.share?.shareId === share.shareId) return;
    if (old.share) this.endShare(participantId, old.share.shareId, 'REPLACED');
    const participant = { ...old, share };
    this.#all.set(participantId, participant);
    this.#tell('shareStarted', { participant, share });
  }

  /**
   * @param {string} participantId
   * @param {string} shareId
   * @param {string} reason
   */
  endShare(participantId, shareId, reason) {
    const old = this.#all.get(participantId);
    // An acknowledgement and the event may both tell it, in any order.
    if (!old?.share || old.share.shareId !== shareId) return;
    const participant = { ...old, share: null };
    this.#all.set(participantId, participant);
    this.#tell('shareEnded', { participant, share: old.share, reason });
  }

  /** @param {Participant} participant */
  #put(participant) {
    const { participantId, share } = participant;
    const old = this.#all.get(participantId);
    if (old) {
      this.update(participantId, { state: participant.state, metadata: participant.metadata });
      if (old.share && old.share.shareId !== share?.shareId) this.endShare(participantId, old.share.shareId, 'UNSPECIFIED');
    } else {
      this.#all.set(participantId, { ...participant, share: null });
      this.#tell('participantJoined', { participant });
    }
    if (share) this.startShare(participantId, share);
  }

  /**
   * @param {string} participantId
   * @param {string} reason
   */
  #remove(participantId, reason) {
    const share = this.#all.get(participantId)?.share;
    if (share) this.endShare(participantId, share.shareId, 'LEFT');
    const participant = this.#all.get(participantId);
    if (!participant) return;
    this.#all.delete(participantId);
    this.#tell('participantLeft', { participant, reason });
  }

  /**
   * @param {import('./protocol.js').WireParticipant} wire
   * @returns {Participant}
   */
  #fromWire(wire) {
    const participantId = wire.participantId ?? '';
    return {
      participantId,
      sessionId: wire.sessionId ?? '',
      state: wire.state === 'PARTICIPANT_STATE_RECONNECTING' ? 'reconnecting' : 'joined',
      metadata: wire.metadata ?? '',
      share: wire.share ? shareFromWire(wire.share) : null,
      isSelf: participantId === this.#selfId,
    };
  }
}

/**
 * @param {import('./protocol.js').WireShare} wire
 * @returns {Share}
 */
function shareFromWire(wire) {
  return { shareId: wire.shareId ?? '', audio: wire.audio ?? false };
}
