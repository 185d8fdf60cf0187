/**
 * A stay in the room as this side knows it. It outlives its connections, so it
 * holds what a resume needs. The token is a secret: it is kept here, in memory,
 * and goes nowhere but into `resume`.
 */
export class Session {
  #welcome;
  #token;
  /** Made by this side: who is newer is known to the one who knows. */
  #generation = 1;
  /** Whether its first snapshot has come. */
  hasBegun = false;
  gatewayId;

  /** @param {import('./protocol.js').Welcome} welcome */
  constructor({ resumeToken = '', gatewayId = '', ...welcome }) {
    this.#welcome = welcome;
    this.#token = resumeToken;
    this.gatewayId = gatewayId;
  }

  get id() {
    return this.#welcome.sessionId ?? '';
  }

  get heartbeatInterval() {
    return this.#welcome.heartbeatInterval;
  }

  get iceServers() {
    return this.#welcome.iceServers ?? [];
  }

  /** @param {RTCIceServer[]} iceServers With credentials that last longer. */
  set iceServers(iceServers) {
    this.#welcome.iceServers = iceServers;
  }

  /**
   * What a further connection begins with. Each attempt has a generation of its
   * own, since one that seems to have failed may have arrived.
   *
   * @param {import('./protocol.js').Position} position What was applied last.
   */
  resume(position) {
    this.#generation += 1;
    return { resumeToken: this.#token, generation: String(this.#generation), position, sessionId: this.id };
  }

  /** @param {import('./protocol.js').ServerBodies['resumed']} resumed */
  onResumed({ resumeToken, gatewayId }) {
    // The old one stays good; a newer one may be good for longer.
    if (resumeToken) this.#token = resumeToken;
    if (gatewayId) this.gatewayId = gatewayId;
  }
}
