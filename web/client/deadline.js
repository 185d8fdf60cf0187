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
/** And when there is reason to doubt, such as after a sleep. */
const CHECK_WITHIN_MS = 5_000;

export class Deadline {
  #clock;
  /** @type {any} */
  #timer = null;
  #heardAt = 0;
  #isAsked = false;
  /** @type {{interval: number, ask: () => void, giveUp: () => void} | null} */
  #watched = null;

  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * @param {number} ms
   * @param {() => void} run
   */
  set(ms, run) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(run, ms);
  }

  clear() {
    this.#clock.clearTimeout(this.#timer);
    this.#watched = null;
  }

  /** Something came. */
  heard() {
    this.#heardAt = this.#clock.now();
    this.#isAsked = false;
  }

  /**
   * From now on something has to come.
   *
   * @param {number} interval Milliseconds between the gateway's heartbeats.
   * @param {() => void} ask
   * @param {() => void} giveUp
   */
  watch(interval, ask, giveUp) {
    this.#watched = { interval, ask, giveUp };
    this.heard();
    this.#look();
  }

  /** Asks now, unless an answer is awaited already. */
  check() {
    if (this.#watched && !this.#isAsked) this.#ask(CHECK_WITHIN_MS);
  }

  #look() {
    if (!this.#watched) return;
    const left = this.#heardAt + this.#watched.interval * 1.5 - this.#clock.now();
    if (left > 0) this.set(left, () => this.#look());
    else this.#ask(HEARTBEAT_WITHIN_MS);
  }

  /** @param {number} within */
  #ask(within) {
    this.#isAsked = true;
    this.#watched?.ask();
    this.set(within, () => {
      if (this.#isAsked) this.#watched?.giveUp();
      else this.#look();
    });
  }
}
