/**
 * The mesh: a `Peer` for each participant with whom there is something to
 * exchange, and what all of them are to be sent.
 */
import { isPolite } from './glare.js';
import { Peer } from './peer.js';
import { isPlain, isSameConnection } from './plain.js';

/** @typedef {import('./negotiation.js').Outgoing} Outgoing */

/**
 * @typedef {object} PeersHost What the mesh needs from the room.
 * @property {string} participantId Own.
 * @property {() => RTCConfiguration} configuration
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 * @property {import('./clock.js').Clock} [clock]
 * @property {(participantId: string) => {sessionId: string, share: {shareId: string} | null} | null} participant
 * @property {(to: string, kind: import('./negotiation.js').SignalKind, payload: string) => void} signal
 * @property {(peer: Peer) => void} opened Time to listen to it.
 */

export class Peers {
  #host;
  /** @type {Map<string, Peer>} By participant. */
  #peers = new Map();
  /** @type {Map<string, Outgoing>} What everybody else is sent, by its key. */
  #outgoing = new Map();
  /** @type {Set<string>} All others who are here. */
  #others = new Set();
  /** @type {Set<string>} Those of them whose client names no connection. */
  #plain = new Set();

  /** @param {PeersHost} host */
  constructor(host) {
    this.#host = host;
  }

  /** Everybody else in the room, with a connection or without. */
  get others() {
    return [...this.#others];
  }

  /** @returns {Peer[]} */
  get all() {
    return [...this.#peers.values()];
  }

  /** @param {string} participantId */
  get(participantId) {
    return this.#peers.get(participantId) ?? null;
  }

  /**
   * Somebody is here: who is late gets what is being sent.
   *
   * @param {string} participantId
   */
  add(participantId) {
    this.#others.add(participantId);
    this.#divide();
    for (const outgoing of this.#outgoing.values()) this.open(participantId).send(outgoing);
  }

  /** @param {string} participantId */
  remove(participantId) {
    this.#others.delete(participantId);
    this.#plain.delete(participantId);
    this.#close(participantId);
    this.#divide();
  }

  /** Closes all connections. Who is here stays, and so does what is sent. */
  closeAll() {
    for (const participantId of [...this.#peers.keys()]) this.#close(participantId);
  }

  /** Signals may have been lost: whatever is not connected tries again. */
  mend() {
    for (const peer of this.#peers.values()) peer.mend();
  }

  /** @param {Outgoing} outgoing */
  send(outgoing) {
    this.#outgoing.set(outgoing.key, outgoing);
    for (const participantId of this.#others) {
      if (this.#plain.has(participantId)) this.#begin(participantId);
      else this.open(participantId).send(outgoing);
    }
  }

  /** Sends to everybody what they don't have yet, such as after `closeAll`. */
  sendAll() {
    for (const outgoing of this.#outgoing.values()) this.send(outgoing);
  }

  /** @param {string} key */
  unsend(key) {
    this.#outgoing.delete(key);
    for (const [participantId, peer] of [...this.#peers]) {
      if (this.#outgoing.size === 0 && this.#plain.has(participantId)) this.#close(participantId);
      else peer.unsend(key);
    }
  }

  /**
   * A participant's share is over: with some clients, so is the connection.
   *
   * @param {string} participantId
   */
  shareEnded(participantId) {
    if (this.#outgoing.size === 0 && this.#plain.has(participantId)) this.#close(participantId);
  }

  /**
   * The connection to a participant, made if it is not there. Nothing goes over
   * the network before there is something to send.
   *
   * @param {string} participantId
   * @returns {Peer}
   */
  open(participantId) {
    const old = this.#peers.get(participantId);
    if (old) return old;
    const host = this.#host;
    const peer = new Peer({
      participantId,
      sessionId: host.participant(participantId)?.sessionId ?? '',
      shareId: () => host.participant(participantId)?.share?.shareId,
      polite: isPolite(host.participantId, participantId),
      configuration: host.configuration(),
      RTCPeerConnection: host.RTCPeerConnection,
      clock: host.clock,
      send: (kind, payload) => host.signal(participantId, kind, payload),
    });
    this.#peers.set(participantId, peer);
    peer.divide(Math.max(1, this.#others.size));
    host.opened(peer);
    return peer;
  }

  /**
   * @param {string} participantId
   * @param {import('./negotiation.js').SignalKind} kind
   * @param {string} payload
   */
  receive(participantId, kind, payload) {
    if (isPlain(payload)) {
      this.#plain.add(participantId);
      const old = this.#peers.get(participantId);
      // It can't roll back what it offers, so that an offer of ours gives way.
      if (kind === 'offer' && old && !isSameConnection(old.peerConnection.remoteDescription?.sdp, payload)) this.#close(participantId);
    }
    // Only an offer begins something; the rest is about what is gone.
    const peer = kind === 'offer' ? this.#openToAnswer(participantId) : this.#peers.get(participantId);
    peer?.receive(kind, payload);
  }

  /** @param {string} participantId */
  #openToAnswer(participantId) {
    const isNew = !this.#peers.has(participantId);
    const peer = this.open(participantId);
    // Their offer may have overtaken our own.
    if (isNew) for (const outgoing of this.#outgoing.values()) peer.send(outgoing);
    return peer;
  }

  /**
   * A new connection in place of what there is, over which everything goes.
   *
   * @param {string} participantId
   */
  #begin(participantId) {
    this.#close(participantId);
    const peer = this.open(participantId);
    for (const outgoing of this.#outgoing.values()) peer.send(outgoing);
  }

  /** @param {string} participantId */
  #close(participantId) {
    const peer = this.#peers.get(participantId);
    this.#peers.delete(participantId);
    peer?.close();
  }

  #divide() {
    for (const peer of this.#peers.values()) peer.divide(Math.max(1, this.#others.size));
  }
}
