/** Remembered counters a sender; far above what can be sent twice. */
const SEEN_COUNTERS_MAX = 1_024;

/**
 * What was had already. A sender repeats what may have been lost with a fork of
 * the room, so the same signal may stand at two positions.
 */
export class Seen {
  /** @type {Map<string, Set<string>>} Counters had, by their sender's session. */
  #counters = new Map();

  /**
   * @param {import('./protocol.js').Sender | undefined} from
   * @returns {boolean} Whether it was had before; from now on it was.
   */
  had(from) {
    const { sessionId, counter } = from ?? {};
    // Sent by a call of the API: not repeated under another position.
    if (!sessionId || !counter) return false;
    let counters = this.#counters.get(sessionId);
    if (!counters) this.#counters.set(sessionId, (counters = new Set()));
    if (counters.has(counter)) return true;
    counters.add(counter);
    if (counters.size > SEEN_COUNTERS_MAX) {
      const [oldest] = counters;
      counters.delete(oldest);
    }
    return false;
  }

  /** @param {string} sessionId Of a session that is over. */
  forget(sessionId) {
    this.#counters.delete(sessionId);
  }

  /** @param {Set<string | undefined>} sessionIds Forgets all others. */
  keep(sessionIds) {
    for (const sessionId of this.#counters.keys()) if (!sessionIds.has(sessionId)) this.#counters.delete(sessionId);
  }
}
