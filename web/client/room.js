/**
 * A room as an application sees it: participants, screen shares, cameras, data
 * channels, messages. Ties signaling (who is here, in order) and the mesh
 * (media, peer to peer); the parts are in files of their own.
 */
import { webSocketUrl, randomParticipantId } from './address.js';
import { Channels } from './channels.js';
import { realClock } from './clock.js';
import { Emitter } from './events.js';
import { Participants } from './participants.js';
import { connectionInWords } from './peer.js';
import { Peers } from './peers.js';
import { isReason, withoutPrefix } from './protocol.js';
import { Published } from './publish.js';
import { OwnShare } from './share.js';
import { Signaling } from './signaling.js';
import { AccessToken, identityOf } from './token.js';

/** @typedef {import('./participants.js').Participant} Participant */
/** @typedef {import('./participants.js').Share} Share */
/** @typedef {import('./negotiation.js').Source} Source */
/** @typedef {import('./peer.js').ConnectionState} ConnectionState */
/** @typedef {import('./peer.js').RemoteTrack} RemoteTrack */

/**
 * @typedef {RemoteTrack & {participantId: string, participant: Participant}} TrackDetail
 * `source`: `screen` (picture or sound of a share), `camera` or `microphone`.
 */

/**
 * @typedef {object} RoomOnlyEvents
 * @property {import('./signaling.js').State} state
 * @property {TrackDetail} track Media of a participant arrived.
 * @property {TrackDetail} trackEnded It is over: stopped, or its sender left.
 * @property {{participantId: string, participant: Participant, state: ConnectionState, sentence: string}} connection
 *   How the media connection to a participant is doing, in words too.
 * @property {{channel: import('./channels.js').Channel, participantId: string}} channel
 *   Somebody sends over a data channel whose label was not asked for here. Who
 *   does not listen to it at once misses its first message.
 * @property {{from: Participant | null, body: string}} message Own messages for
 *   everybody come too, in the room's order (`from.isSelf`). `from` is null for
 *   a message of the application's servers.
 * @property {{grants: readonly string[]}} permissions What the access token
 *   grants; see `grants`.
 * @property {{degraded: boolean}} degraded The room goes on without its store,
 *   or has it again; see `degraded`.
 * @property {Error} error Something went wrong that no call was waiting for.
 */

/** @typedef {import('./participants.js').ParticipantEvents & import('./signaling.js').ReturnEvents & RoomOnlyEvents} RoomEvents */

/**
 * @typedef {object} RoomOptions
 * @property {string} roomId 1 to 128 bytes; the room is made if it is not there.
 * @property {string} [participantId] 1 to 128 bytes, the identity; whoever has
 *   it already is taken over. By default a random one.
 * @property {string} [metadata] Own words on oneself, up to 4,096 bytes.
 * @property {import('./token.js').TokenSource | AccessToken} [token] The access
 *   token, where the gateway wants one: the token, or a function (async too) that
 *   gets one, which is asked again before it ends. The identity is the token's.
 * @property {string} [url] The gateway; by default the page's own origin.
 * @property {RTCConfiguration} [rtc] What to add to each peer connection's
 *   configuration; ICE servers of the gateway count if there are none in it.
 * @property {typeof WebSocket} [WebSocket]
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 * @property {MediaDevices} [mediaDevices]
 * @property {EventTarget | null} [page] Tells `pagehide`; null for none.
 * @property {import('./clock.js').Clock} [clock]
 */

/** @extends {Emitter<RoomEvents>} */
export class Room extends Emitter {
  #options;
  #participantId;
  #metadata;
  /** @type {Signaling} Another one after `continueHere`. */
  #signaling;
  #participants;
  #peers;
  #channels;
  #share;
  #published;

  /**
   * Joins a room.
   *
   * @param {string | undefined} url The gateway, such as `https://example.org`;
   *   by default the page's own origin.
   * @param {Omit<RoomOptions, 'roomId' | 'participantId' | 'url'> & {room: string, identity?: string}} options
   * @returns {Promise<Room>} Fulfilled when joined: `participants` is filled.
   *   Events come from then on; to hear those of joining too, use `new Room`.
   * @throws {import('./protocol.js').SignalingError} If the room refuses for good.
   */
  static async join(url, { room: roomId, identity: participantId, ...options }) {
    const token = options.token instanceof AccessToken || options.token === undefined
      ? options.token : new AccessToken(options.token, options.clock ?? realClock);
    const identity = participantId ?? await token?.identity();
    const room = new Room({ ...options, token, url, roomId, participantId: identity });
    await room.join();
    return room;
  }

  /** @param {RoomOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    const named = typeof options.token === 'string' ? identityOf(options.token) : undefined;
    this.#participantId = options.participantId ?? named ?? randomParticipantId();
    this.#metadata = options.metadata ?? '';
    this.#participants = new Participants(this.#participantId, (type, detail) => this.#onParticipants(type, detail));
    this.#peers = new Peers({
      participantId: this.#participantId,
      configuration: () => ({ iceServers: this.#signaling.iceServers, ...options.rtc }),
      RTCPeerConnection: options.RTCPeerConnection,
      clock: options.clock,
      participant: (participantId) => this.#participants.get(participantId),
      signal: (to, kind, payload) => this.#signal(to, kind, payload),
      opened: (peer) => this.#onPeer(peer),
    });
    this.#channels = new Channels({
      others: () => this.#peers.others,
      open: (participantId) => this.#peers.open(participantId),
      participant: (participantId) => this.#participants.get(participantId),
      found: (channel, participantId) => this.emit('channel', { channel, participantId }),
    });
    this.#published = new Published(this.#peers);
    this.#share = new OwnShare({
      mediaDevices: options.mediaDevices,
      session: () => (this.#signaling.isInSession ? this.#signaling.sessionId : null),
      command: (command) => this.#signaling.command(command),
      send: (outgoing) => this.#peers.send(outgoing),
      unsend: (key) => this.#peers.unsend(key),
      started: (share) => this.#participants.startShare(this.#participantId, share),
      ended: (shareId, reason) => this.#participants.endShare(this.#participantId, shareId, reason),
      failed: (error) => this.#onLateFailure(error),
    });
    this.#signaling = this.#newSignaling();
  }

  get roomId() {
    return this.#options.roomId;
  }

  get participantId() {
    return this.#participantId;
  }

  /** @returns {ReadonlyMap<string, Participant>} Everybody here, oneself included, by participant id. */
  get participants() {
    return this.#participants.all;
  }

  /** Oneself as the room knows it; null before the first join. */
  get self() {
    return this.#participants.get(this.#participantId);
  }

  /** @returns {import('./signaling.js').State} */
  get state() {
    return this.#signaling.state;
  }

  /**
   * What the access token grants, such as `share` or `message`; null where the
   * gateway wants none, and everything is granted.
   */
  get grants() {
    return this.#signaling.grants;
  }

  /**
   * Whether the room goes on without its store (true), in the servers' memory.
   * Nothing is to be done: everything works, and what was said meanwhile is
   * stored once that is back.
   */
  get degraded() {
    return this.#signaling.degraded;
  }

  /** The gateway that holds the connection; null before joining. */
  get gatewayId() {
    return this.#signaling.gatewayId;
  }

  /** What is being shared from here; null if nothing is. */
  get sharedStream() {
    return this.#share.stream;
  }

  /** What is published from here; null if nothing is. */
  get publishedStream() {
    return this.#published.stream;
  }

  /**
   * Joins, and from then on comes back whenever the connection is lost: into
   * the same session while the room has it, else into another.
   *
   * @returns {Promise<void>} Fulfilled when joined.
   * @throws {import('./protocol.js').SignalingError} Rejects when the room
   *   refuses for good.
   */
  join() {
    return this.#signaling.open();
  }

  /**
   * Joins again on purpose after the state became `closed`, such as when this
   * identity joined somewhere else (`SESSION_SUPERSEDED`), which ends there.
   * What was published is sent again; a share is not.
   *
   * @returns {Promise<void>} As `join`.
   */
  continueHere() {
    if (this.state.name !== 'closed') throw new TypeError('Only a closed room is joined again.');
    this.#signaling = this.#newSignaling();
    return this.#signaling.open();
  }

  /**
   * Leaves; sharing ends. Tracks that were published are the application's to
   * stop.
   *
   * @returns {Promise<void>} Fulfilled when the connection is closed.
   */
  async leave() {
    this.#share.drop();
    this.#published.unpublish();
    await this.#signaling.leave();
  }

  /**
   * Shares the screen. Has to be called from a click or a key press, since the
   * browser asks the user. A share under way is replaced. It ends for everybody
   * by `stopShare`, by the browser's own "Stop sharing", by leaving, or, in a
   * room for one share at a time, when somebody else shares.
   *
   * @param {import('./share.js').ShareOptions} [options]
   * @returns {Promise<MediaStream>} Fulfilled when the room knows of it.
   * @throws {import('./capture.js').CaptureError} If there is no screen to be
   *   had: `reason`, `message` and `help` say why, and what to do.
   * @throws {import('./protocol.js').SignalingError} If the room refused it;
   *   nothing is captured then.
   */
  share(options = {}) {
    return this.#share.start(options);
  }

  /**
   * Ends the own share, for everybody. Nothing happens if there is none.
   *
   * @returns {Promise<void>} Fulfilled when the room knows of it. Capturing
   *   ends at once, whatever becomes of the rest.
   * @throws {import('./protocol.js').SignalingError} If the room could not be told.
   */
  stopShare() {
    return this.#share.stop();
  }

  /**
   * Sends the first video track of a stream as the camera and its first audio
   * track as the microphone, to everybody who is here and who comes. What was
   * published before is replaced. To be mute for a while, set `track.enabled`.
   *
   * @param {MediaStream} stream As from `getUserMedia`.
   * @throws {TypeError} If there is no track in it.
   */
  publish(stream) {
    this.#published.publish(stream);
  }

  /** Stops sending camera and microphone. Their tracks are not stopped. */
  unpublish() {
    this.#published.unpublish();
  }

  /**
   * The data channel with this label, to everybody or to some. It costs nothing
   * before something is sent, or `open` is called. It outlives connections: who
   * rejoins is sent to again, though what was under way is lost.
   *
   * @param {string} label
   * @param {import('./channels.js').ChannelInit} [init] Counts at the first
   *   call for this label.
   * @returns {import('./channels.js').Channel}
   */
  channel(label, init) {
    return this.#channels.get(label, init);
  }

  /**
   * Sends a message.
   *
   * @param {string} body Up to 32 KiB.
   * @param {object} [options]
   * @param {string | string[]} [options.to] Participant ids, at most 256; by
   *   default everybody, oneself too, so that all have one order.
   * @returns {Promise<void>} Fulfilled when the room has it.
   * @throws {import('./protocol.js').SignalingError}
   */
  async send(body, { to = [] } = {}) {
    await this.#signaling.command({ message: { to: [to].flat(), body } });
  }

  /**
   * Changes the own metadata.
   *
   * @param {string} metadata Up to 4,096 bytes.
   * @returns {Promise<void>} Fulfilled when the room has it.
   * @throws {import('./protocol.js').SignalingError}
   */
  async setMetadata(metadata) {
    await this.#signaling.updateMetadata(metadata);
    this.#metadata = metadata;
    this.#participants.update(this.#participantId, { metadata });
  }

  /**
   * What comes from a participant right now, as the event `track` told it.
   *
   * @param {string} participantId
   * @returns {RemoteTrack[]}
   */
  tracks(participantId) {
    return this.#peers.get(participantId)?.tracks ?? [];
  }

  /**
   * How the media connection to a participant is doing.
   *
   * @param {string} participantId
   * @returns {{state: ConnectionState, sentence: string} | null} Null if there
   *   is none, since neither side has anything to send.
   */
  connection(participantId) {
    const state = this.#peers.get(participantId)?.connection;
    return state ? { state, sentence: connectionInWords(state) } : null;
  }

  /**
   * Figures of all media connections. Call it every second or so: rates are
   * from one call to the next.
   *
   * @returns {Promise<(import('./stats.js').PeerStats & {participantId: string, connection: ConnectionState})[]>}
   */
  stats() {
    return Promise.all(this.#peers.all.map(async (peer) => ({
      participantId: peer.participantId, connection: peer.connection, ...await peer.stats(),
    })));
  }

  /**
   * The peer connection to a participant, to look into what is not here.
   *
   * @param {string} participantId
   * @returns {RTCPeerConnection | null}
   */
  peerConnection(participantId) {
    return this.#peers.get(participantId)?.peerConnection ?? null;
  }

  // --- From the room ---

  #newSignaling() {
    const { roomId, url, token, WebSocket, page, clock } = this.#options;
    const signaling = new Signaling({
      url: webSocketUrl(url), roomId, participantId: this.#participantId, metadata: this.#metadata, token, WebSocket, page, clock,
    });
    signaling.on('snapshot', (snapshot) => this.#onSnapshot(snapshot));
    signaling.on('event', ({ body, event }) => this.#onEvent(body, event.from ?? {}));
    signaling.on('error', (error) => this.emit('error', error));
    signaling.on('degraded', (detail) => this.emit('degraded', detail));
    signaling.on('permissions', (detail) => this.emit('permissions', detail));
    signaling.on('resumed', (detail) => this.emit('resumed', detail));
    signaling.on('rejoined', (detail) => this.emit('rejoined', detail));
    signaling.on('reset', (detail) => {
      // The others are asked to offer again; what we began ourselves is ours to say again.
      this.#peers.mend();
      this.emit('reset', detail);
    });
    signaling.on('state', (state) => this.#onState(state));
    return signaling;
  }

  /** @param {import('./signaling.js').State} state */
  #onState(state) {
    if (state.name === 'closed') {
      this.#share.drop();
      this.#peers.closeAll();
    }
    this.emit('state', state);
    if (state.name === 'joined') this.#share.onJoined();
  }

  /** @param {import('./signaling.js').Snapshot} snapshot */
  #onSnapshot({ room, participants }) {
    // In a new session of our own, the others have lost our connections.
    const before = this.self?.sessionId;
    const own = participants.find(({ participantId }) => participantId === this.#participantId);
    if (before === this.#signaling.sessionId) {
      this.#share.onReset(own?.share?.shareId);
    } else if (before !== undefined) {
      const othersShare = participants.some((one) => one.share && one !== own);
      this.#share.onNewSession(othersShare && room.settings?.sharePolicy !== 'SHARE_POLICY_MULTIPLE');
      this.#peers.closeAll();
    }
    this.#participants.reset(participants);
    this.#peers.sendAll();
  }

  /**
   * @param {import('./protocol.js').EventBody} event
   * @param {import('./protocol.js').Sender} from
   */
  #onEvent(event, from) {
    const { kind, body } = event;
    switch (kind) {
      case 'signalReceived':
        // Not from a session that is over, or one that we have not seen begin.
        if (!this.#participants.isSession(from)) return;
        this.#peers.receive(from.participantId ?? '', /** @type {import('./negotiation.js').SignalKind} */ (
          withoutPrefix(body.kind, 'SIGNAL_KIND_').toLowerCase()), body.payload ?? '');
        return;
      case 'messageReceived':
        this.emit('message', { from: this.#participants.get(from.participantId), body: body.body ?? '' });
        return;
      case 'renegotiateRequested':
        this.#peers.get(from.participantId ?? '')?.renegotiate();
        return;
      case 'shareEnded':
        if (body.participantId === this.#participantId) this.#share.onEnded(body.shareId);
        this.#participants.apply(event);
        return;
      // `roomUpdated` changes nothing that is shown; after `roomClosed` the
      // gateway closes the connection and says why.
      default:
        this.#participants.apply(event);
    }
  }

  /**
   * @template {keyof import('./participants.js').ParticipantEvents} K
   * @param {K} type
   * @param {import('./participants.js').ParticipantEvents[K]} detail
   */
  #onParticipants(type, detail) {
    const { participantId, isSelf } = detail.participant;
    // Before whoever listens: what came from them is over first.
    if (type === 'participantLeft' && !isSelf) this.#peers.remove(participantId);
    if (type === 'shareEnded' && !isSelf) this.#peers.shareEnded(participantId);
    this.emit(type, /** @type {RoomEvents[K]} */ (detail));
    // Behind: a participant is known before anything comes of them.
    if (type === 'participantJoined' && !isSelf) {
      this.#peers.add(participantId);
      this.#channels.onJoined(participantId);
    }
  }

  // --- The mesh ---

  /** @param {import('./peer.js').Peer} peer */
  #onPeer(peer) {
    const { participantId, sessionId } = peer;
    let participant = /** @type {Participant} */ (this.#participants.get(participantId));
    const now = () => {
      const current = this.#participants.get(participantId);
      // What ends when somebody has left is told of them as they were.
      if (current?.sessionId === sessionId) participant = current;
      return { participantId, participant };
    };
    peer.on('track', (track) => this.emit('track', { ...track, ...now() }));
    peer.on('trackEnded', (track) => this.emit('trackEnded', { ...track, ...now() }));
    peer.on('channel', (line) => this.#channels.onOpened(participantId, line));
    peer.on('replaced', () => this.#channels.onReplaced(participantId));
    peer.on('connection', (state) => {
      if (state === 'closed') this.#channels.onGone(participantId);
      this.emit('connection', { ...now(), state, sentence: connectionInWords(state) });
    });
    peer.on('error', (error) => this.emit('error', error));
    this.emit('connection', { ...now(), state: peer.connection, sentence: connectionInWords(peer.connection) });
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
