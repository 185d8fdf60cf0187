/**
 * A room as an application sees it: participants, screen shares, messages.
 * Ties signaling (who is here, in order) and negotiation (media, peer to peer).
 */
import { Emitter } from './events.js';
import { Negotiation, isPolite } from './negotiation.js';
import { SignalingError, withoutPrefix } from './protocol.js';
import { Signaling } from './signaling.js';

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
 * @typedef {object} RoomEvents Whatever changes `participants` tells one of the
 *   first five, those found at joining included.
 * @property {{participant: Participant}} participantJoined
 * @property {{participant: Participant, reason: string}} participantLeft
 *   `reason`: `LEFT`, `TAKEN_OVER`, `EXPIRED`, `REMOVED`, `ROOM_CLOSED`, or
 *   `UNSPECIFIED` if it happened while we were away.
 * @property {{participant: Participant}} participantUpdated Metadata or state.
 * @property {{participant: Participant, share: Share}} shareStarted
 * @property {{participant: Participant, share: Share, reason: string}} shareEnded
 *   `reason`: `STOPPED`, `REPLACED`, `LEFT`, or `UNSPECIFIED` as above.
 * @property {{participant: Participant, track: MediaStreamTrack, stream: MediaStream | null, isShare: boolean}} track
 *   Media of a participant arrived.
 * @property {{participant: Participant, state: RTCPeerConnectionState}} connection
 *   How the media connection to a participant is doing.
 * @property {{from: Participant | null, body: string}} message `from` is null
 *   for a message of the application's servers.
 * @property {import('./signaling.js').State} state
 * @property {Error} error Something went wrong that no call was waiting for.
 */

/**
 * @typedef {object} RoomOptions
 * @property {string} roomId 1 to 128 bytes; the room is made if it is not there.
 * @property {string} [participantId] 1 to 128 bytes, the identity; whoever has
 *   it already is taken over. By default a random one.
 * @property {string} [metadata] Own words on oneself, up to 4,096 bytes.
 * @property {string} [url] The gateway; by default the page's own origin.
 * @property {typeof WebSocket} [WebSocket]
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 * @property {MediaDevices} [mediaDevices]
 * @property {EventTarget | null} [page] Tells `pagehide`; null for none.
 */

/** @typedef {{sessionId: string, negotiation: Negotiation}} Link */

/** @extends {Emitter<RoomEvents>} */
export class Room extends Emitter {
  #options;
  #signaling;
  #participantId;
  /** @type {Map<string, Participant>} */
  #participants = new Map();
  /** @type {Map<string, Link>} By participant. */
  #links = new Map();
  /** @type {MediaStream | null} What we share. */
  #stream = null;
  /** @type {string | null} The session in which the room was told of it. */
  #toldIn = null;

  /** @param {RoomOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#participantId = options.participantId ?? randomParticipantId();
    this.#signaling = new Signaling({
      url: webSocketUrl(options.url),
      roomId: options.roomId,
      participantId: this.#participantId,
      metadata: options.metadata,
      WebSocket: options.WebSocket,
      page: options.page,
    });
    this.#signaling.on('snapshot', (snapshot) => this.#onSnapshot(snapshot));
    this.#signaling.on('event', ({ body, event }) => this.#onEvent(body, event.from ?? {}));
    this.#signaling.on('error', (error) => this.emit('error', error));
    this.#signaling.on('state', (state) => this.#onState(state));
  }

  get roomId() {
    return this.#options.roomId;
  }

  get participantId() {
    return this.#participantId;
  }

  /** @returns {ReadonlyMap<string, Participant>} Everybody here, oneself included, by participant id. */
  get participants() {
    return this.#participants;
  }

  /** Oneself as the room knows it; null before the first join. */
  get self() {
    return this.#participants.get(this.#participantId) ?? null;
  }

  /** @returns {import('./signaling.js').State} */
  get state() {
    return this.#signaling.state;
  }

  /** The gateway that holds the connection; null before joining. */
  get gatewayId() {
    return this.#signaling.gatewayId;
  }

  /** What is being shared from here; null if nothing is. */
  get sharedStream() {
    return this.#stream;
  }

  /**
   * Joins, and from then on rejoins whenever the connection is lost.
   *
   * @returns {Promise<void>} Fulfilled when joined.
   * @throws {SignalingError} Rejects when the room refuses for good.
   */
  join() {
    return this.#signaling.open();
  }

  /**
   * Leaves for good; sharing ends.
   *
   * @returns {Promise<void>} Fulfilled when the connection is closed.
   */
  leave() {
    return this.#signaling.leave();
  }

  /**
   * Shares the screen. Has to be called from a click or a key press, since the
   * browser asks the user. A share under way is replaced.
   *
   * @param {object} [options]
   * @param {boolean | MediaTrackConstraints} [options.video] By default up to
   *   1920 × 1080 at 60 frames per second.
   * @param {boolean | MediaTrackConstraints} [options.audio] The tab's or the
   *   system's sound, where the browser can.
   * @param {'motion' | 'detail'} [options.contentHint] Whether to keep the frame
   *   rate (the default) or the sharpness of text when the network is short.
   * @returns {Promise<MediaStream>} Fulfilled when the room knows of it.
   * @throws {DOMException} As `getDisplayMedia`: `NotAllowedError` if the user
   *   said no.
   * @throws {SignalingError} If the room refused it; nothing is captured then.
   */
  async share({ video = true, audio = false, contentHint = 'motion' } = {}) {
    const mediaDevices = this.#options.mediaDevices ?? globalThis.navigator?.mediaDevices;
    if (!mediaDevices?.getDisplayMedia) {
      throw new DOMException('This browser cannot share a screen here.', 'NotSupportedError');
    }
    // Before the user is asked: to choose a window for nothing is no pleasure.
    if (this.state.name !== 'joined') {
      throw new SignalingError('NOT_JOINED', 'There is no connection to the room right now.', { temporary: true });
    }
    const stream = await mediaDevices.getDisplayMedia({
      video: video === true ? { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 60 } } : video,
      audio,
    });
    this.#stopCapture();
    for (const track of stream.getVideoTracks()) track.contentHint = contentHint;
    this.#stream = stream;
    // The browser's own "Stop sharing" bar ends the track, and by that the share.
    for (const track of stream.getVideoTracks()) {
      track.addEventListener('ended', () => {
        if (this.#stream === stream) this.stopShare().catch((error) => this.emit('error', error));
      });
    }
    try {
      await this.#tellShare(stream);
    } catch (error) {
      if (this.#stream === stream) this.#stopCapture();
      throw error;
    }
    return stream;
  }

  /**
   * Ends the own share, for everybody. Nothing happens if there is none.
   *
   * @returns {Promise<void>} Fulfilled when the room knows of it. Capturing
   *   ends at once, whatever becomes of the rest.
   * @throws {SignalingError} If the room could not be told.
   */
  async stopShare() {
    const stream = this.#stream;
    if (!stream) return;
    this.#stopCapture();
    // Without a session there is nothing to end: the next one begins without.
    if (this.state.name !== 'joined') return;
    try {
      await this.#signaling.command({ stopShare: {} });
    } catch (error) {
      if (!isReason(error, 'NOT_SHARING', 'CONNECTION_LOST')) throw error;
    }
    this.#endShare(this.#participantId, stream.id, 'STOPPED');
  }

  /**
   * Sends a message.
   *
   * @param {string} body Up to 32 KiB.
   * @param {object} [options]
   * @param {string[]} [options.to] Participant ids, at most 256; by default
   *   everybody else.
   * @returns {Promise<void>} Fulfilled when the room has it.
   * @throws {SignalingError}
   */
  async send(body, { to = [] } = {}) {
    await this.#signaling.command({ message: { to, body } });
  }

  /**
   * Changes the own metadata.
   *
   * @param {string} metadata Up to 4,096 bytes.
   * @returns {Promise<void>} Fulfilled when the room has it.
   * @throws {SignalingError}
   */
  async setMetadata(metadata) {
    await this.#signaling.updateMetadata(metadata);
    this.#update(this.#participantId, { metadata });
  }

  /**
   * The peer connection to a participant, to look into its statistics.
   *
   * @param {string} participantId
   * @returns {RTCPeerConnection | null}
   */
  peerConnection(participantId) {
    return this.#links.get(participantId)?.negotiation.peerConnection ?? null;
  }

  // --- From the room ---

  /** @param {import('./signaling.js').State} state */
  #onState(state) {
    if (state.name === 'closed') {
      this.#stopCapture();
      this.#closeLinks();
    }
    this.emit('state', state);
    // A share outlives the session in which it began: a new one is told again.
    if (state.name === 'joined' && this.#stream && this.#toldIn !== this.#signaling.sessionId) {
      this.#tellShare(this.#stream).catch((error) => this.#onLateFailure(error));
    }
  }

  /** @param {import('./signaling.js').Snapshot} snapshot */
  #onSnapshot({ participants }) {
    const now = new Map(participants.map((wire) => {
      const participant = this.#fromWire(wire);
      return [participant.participantId, participant];
    }));
    // In a new session of our own, the others have lost our connections.
    const before = this.self?.sessionId;
    if (before !== undefined && before !== now.get(this.#participantId)?.sessionId) this.#closeLinks();

    for (const { participantId, sessionId } of [...this.#participants.values()]) {
      if (now.get(participantId)?.sessionId !== sessionId) this.#remove(participantId, 'UNSPECIFIED');
    }
    for (const participant of now.values()) this.#put(participant);
  }

  /**
   * @param {import('./protocol.js').EventBody} event
   * @param {import('./protocol.js').Sender} from
   */
  #onEvent({ kind, body }, from) {
    switch (kind) {
      case 'participantJoined': {
        const participant = this.#fromWire(body.participant ?? {});
        if (this.#participants.get(participant.participantId)?.sessionId !== participant.sessionId) {
          this.#remove(participant.participantId, 'TAKEN_OVER');
        }
        this.#put(participant);
        return;
      }
      case 'participantLeft':
        if (this.#isSession(body)) this.#remove(body.participantId ?? '', withoutPrefix(body.reason, 'LEAVE_REASON_'));
        return;
      case 'participantUpdated':
        this.#update(body.participantId ?? '', { metadata: body.metadata ?? '' });
        return;
      case 'participantReconnecting':
        if (this.#isSession(body)) this.#update(body.participantId ?? '', { state: 'reconnecting' });
        return;
      case 'participantReturned':
        if (this.#isSession(body)) this.#update(body.participantId ?? '', { state: 'joined' });
        return;
      case 'shareStarted':
        this.#startShare(body.participantId ?? '', shareFromWire(body.share ?? {}));
        return;
      case 'shareEnded': {
        const reason = withoutPrefix(body.reason, 'SHARE_END_REASON_');
        const shareId = body.shareId ?? '';
        // Somebody else's share took the place of ours: stop capturing.
        if (body.participantId === this.#participantId && this.#stream?.id === shareId) this.#stopCapture();
        this.#endShare(body.participantId ?? '', shareId, reason);
        return;
      }
      case 'signalReceived':
        this.#onSignal(from, /** @type {import('./negotiation.js').SignalKind} */ (
          withoutPrefix(body.kind, 'SIGNAL_KIND_').toLowerCase()), body.payload ?? '');
        return;
      case 'messageReceived':
        this.emit('message', { from: this.#participants.get(from.participantId ?? '') ?? null, body: body.body ?? '' });
        return;
      case 'renegotiateRequested':
        this.#links.get(from.participantId ?? '')?.negotiation.renegotiate();
        return;
      // `roomUpdated` changes nothing that is shown; after `roomClosed` the
      // gateway closes the connection and says why.
      default:
    }
  }

  /**
   * @param {import('./protocol.js').Sender} from
   * @param {import('./negotiation.js').SignalKind} kind
   * @param {string} payload
   */
  #onSignal(from, kind, payload) {
    const participant = this.#participants.get(from.participantId ?? '');
    // From a session that is over, or one that we have not seen begin.
    if (!participant || participant.sessionId !== from.sessionId) return;
    const link = this.#links.get(participant.participantId)
      ?? (kind === 'offer' ? this.#openLink(participant) : undefined);
    link?.negotiation.receive(kind, payload);
  }

  // --- Participants. Every change of the map is here, with its event. ---

  /** @param {Participant} participant */
  #put(participant) {
    const old = this.#participants.get(participant.participantId);
    if (old) {
      this.#update(participant.participantId, { state: participant.state, metadata: participant.metadata });
      if (old.share && old.share.shareId !== participant.share?.shareId) {
        this.#endShare(participant.participantId, old.share.shareId, 'UNSPECIFIED');
      }
      if (participant.share) this.#startShare(participant.participantId, participant.share);
      return;
    }
    const { share } = participant;
    this.#participants.set(participant.participantId, { ...participant, share: null });
    this.emit('participantJoined', { participant });
    if (share) this.#startShare(participant.participantId, share);
    if (this.#stream && this.#toldIn === this.#signaling.sessionId) this.#sendTo(participant, this.#stream);
  }

  /**
   * @param {string} participantId
   * @param {Partial<Pick<Participant, 'state' | 'metadata'>>} change
   */
  #update(participantId, change) {
    const old = this.#participants.get(participantId);
    if (!old) return;
    const participant = { ...old, ...change };
    if (participant.state === old.state && participant.metadata === old.metadata) return;
    this.#participants.set(participantId, participant);
    this.emit('participantUpdated', { participant });
  }

  /**
   * @param {string} participantId
   * @param {string} reason
   */
  #remove(participantId, reason) {
    const old = this.#participants.get(participantId);
    if (!old) return;
    if (old.share) this.#endShare(participantId, old.share.shareId, 'LEFT');
    const participant = /** @type {Participant} */ (this.#participants.get(participantId));
    this.#participants.delete(participantId);
    this.#closeLink(participantId);
    this.emit('participantLeft', { participant, reason });
  }

  /**
   * @param {string} participantId
   * @param {Share} share
   */
  #startShare(participantId, share) {
    const old = this.#participants.get(participantId);
    if (!old || old.share?.shareId === share.shareId) return;
    if (old.share) this.#endShare(participantId, old.share.shareId, 'REPLACED');
    const participant = { ...old, share };
    this.#participants.set(participantId, participant);
    this.emit('shareStarted', { participant, share });
  }

  /**
   * @param {string} participantId
   * @param {string} shareId
   * @param {string} reason
   */
  #endShare(participantId, shareId, reason) {
    const old = this.#participants.get(participantId);
    // An acknowledgement and the event may both tell it, in any order.
    if (!old?.share || old.share.shareId !== shareId) return;
    const participant = { ...old, share: null };
    this.#participants.set(participantId, participant);
    this.emit('shareEnded', { participant, share: old.share, reason });
  }

  /** @param {{participantId?: string, sessionId?: string}} of */
  #isSession({ participantId, sessionId }) {
    return this.#participants.get(participantId ?? '')?.sessionId === sessionId;
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
      isSelf: participantId === this.#participantId,
    };
  }

  // --- Media ---

  /**
   * Tells the room, then offers to everybody: so the viewers know what the
   * stream is when it comes.
   *
   * @param {MediaStream} stream
   */
  async #tellShare(stream) {
    const { sessionId } = this.#signaling;
    this.#toldIn = sessionId;
    const audio = stream.getAudioTracks().length > 0;
    try {
      await this.#signaling.command({ startShare: { shareId: stream.id, audio } });
    } catch (error) {
      if (this.#toldIn === sessionId) this.#toldIn = null;
      throw error;
    }
    // Stopped meanwhile, or told anew in a newer session.
    if (this.#stream !== stream || this.#signaling.sessionId !== sessionId) return;
    this.#startShare(this.#participantId, { shareId: stream.id, audio });
    for (const participant of this.#participants.values()) this.#sendTo(participant, stream);
  }

  /**
   * @param {Participant} participant
   * @param {MediaStream} stream
   */
  #sendTo(participant, stream) {
    if (participant.isSelf) return;
    const link = this.#links.get(participant.participantId) ?? this.#openLink(participant);
    link.negotiation.addStream(stream);
  }

  #stopCapture() {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = null;
    this.#toldIn = null;
    for (const track of stream.getTracks()) track.stop();
    for (const { negotiation } of this.#links.values()) negotiation.removeStream(stream);
  }

  /**
   * @param {Participant} participant
   * @returns {Link}
   */
  #openLink({ participantId, sessionId }) {
    const negotiation = new Negotiation({
      polite: isPolite(this.#participantId, participantId),
      iceServers: this.#signaling.iceServers,
      RTCPeerConnection: this.#options.RTCPeerConnection,
      send: (kind, payload) => this.#signal(participantId, kind, payload),
    });
    /** @type {Link} */
    const link = { sessionId, negotiation };
    this.#links.set(participantId, link);
    const here = () => (this.#links.get(participantId) === link ? this.#participants.get(participantId) : undefined);
    negotiation.on('track', ({ track, streams }) => {
      const participant = here();
      const stream = streams[0] ?? null;
      if (participant) this.emit('track', { participant, track, stream, isShare: stream !== null && stream.id === participant.share?.shareId });
    });
    negotiation.on('state', (state) => {
      const participant = here();
      if (participant) this.emit('connection', { participant, state });
    });
    negotiation.on('error', (error) => this.emit('error', error));
    return link;
  }

  /**
   * @param {string} to
   * @param {import('./negotiation.js').SignalKind} kind
   * @param {string} payload
   */
  #signal(to, kind, payload) {
    const wireKind = /** @type {import('./protocol.js').WireSignalKind} */ (`SIGNAL_KIND_${kind.toUpperCase()}`);
    this.#signaling.command({ signal: { to, kind: wireKind, payload } }).catch((error) => this.#onLateFailure(error));
  }

  /** @param {string} participantId */
  #closeLink(participantId) {
    this.#links.get(participantId)?.negotiation.close();
    this.#links.delete(participantId);
  }

  #closeLinks() {
    for (const participantId of [...this.#links.keys()]) this.#closeLink(participantId);
  }

  /**
   * A command that nobody waits for failed. That its receiver has just left, or
   * that our own session is over, mends itself by what follows.
   *
   * @param {unknown} error
   */
  #onLateFailure(error) {
    if (isReason(error, 'PARTICIPANT_NOT_FOUND', 'CONNECTION_LOST', 'NOT_JOINED', 'CLOSED')) return;
    this.emit('error', error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * @param {import('./protocol.js').WireShare} wire
 * @returns {Share}
 */
function shareFromWire(wire) {
  return { shareId: wire.shareId ?? '', audio: wire.audio ?? false };
}

/**
 * @param {unknown} error
 * @param {...string} reasons
 */
function isReason(error, ...reasons) {
  return error instanceof SignalingError && reasons.includes(error.reason);
}

/**
 * The WebSocket address that belongs to a gateway's web address.
 *
 * @param {string} [base] By default the page's own.
 * @returns {string} Ends in `/ws`.
 */
export function webSocketUrl(base = globalThis.location?.href) {
  const url = new URL('/ws', base);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return url.href;
}

/**
 * An identity that nobody else has.
 *
 * @returns {string} 128 random bits in hexadecimal.
 */
export function randomParticipantId() {
  // Not `crypto.randomUUID`, which plain HTTP does not have.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
