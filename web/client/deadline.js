/**
 * One deadline at a time is enough for a connection: to be joined, then to hear
 * something.
 *
 * A browser does not see the gateway's pings, so it watches that something
 * comes at all. It asks once before it gives up: after a laptop's sleep the
 * timer runs before the messages that have been waiting.
 */

/** How long an asked-for heartbeat may take. */
const HEARTBEAT_WITHIN_MS = 10_000;

export class Deadline {
  #clock;
  /** @type {any} */
  #timer = null;
  #heardAt = 0;
  #asked = false;

  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * @param {number} ms
   * @param {() => void} run
   */
  set(ms, run) {
    this.clear();
    this.#timer = this.#clock.setTimeout(run, ms);
  }

  clear() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Something came. */
  heard() {
    this.#heardAt = this.#clock.now();
    this.#asked = false;
  }

  /**
   * From now on something has to come.
   *
   * @param {number} interval Milliseconds between the gateway's heartbeats.
   * @param {() => void} ask
   * @param {() => void} giveUp
   */
  watch(interval, ask, giveUp) {
    this.heard();
    const look = () => {
      const left = this.#heardAt + interval * 1.5 - this.#clock.now();
      if (left > 0) {
        this.set(left, look);
      } else if (!this.#asked) {
        this.#asked = true;
        ask();
        this.set(HEARTBEAT_WITHIN_MS, look);
      } else {
        giveUp();
      }
    };
    this.set(interval * 1.5, look);
  }
}
