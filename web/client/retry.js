/** When to try again: growing waits with full jitter, and at once when there is reason to hope. */
import { reconnectDelay } from './protocol.js';

/** However often somebody hopes, attempts begin so far apart at least. */
const APART_MS = 1_000;

export class Retry {
  #clock;
  #run;
  #attempt = 0;
  #lastAt = -Infinity;
  #dueAt = 0;
  /** The gateway has said that nothing will come of it before. */
  #notBefore = -Infinity;
  /** @type {any} */
  #timer = null;

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {() => void} run
   */
  constructor(clock, run) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Tries now, or as soon as the gateway lets. */
  now() {
    this.#at(0);
  }

  /**
   * Tries after a lost connection.
   *
   * @param {'rejoin' | 'back-off' | 'resume' | 'retry'} advice
   * @param {number} [retryAfterMs] What the gateway asked to wait at least.
   */
  after(advice, retryAfterMs = 0) {
    if (retryAfterMs > 0) this.#notBefore = this.#clock.now() + retryAfterMs;
    this.#at(reconnectDelay(advice, this.#attempt, this.#clock.random(), retryAfterMs));
    this.#attempt += 1;
  }

  /** There is reason to hope, such as that the network is back: does not wait any longer. */
  hurry() {
    if (this.#timer === null) return;
    const { now } = this.#clock;
    const wait = Math.max(0, this.#lastAt + APART_MS - now(), this.#notBefore - now());
    if (now() + wait < this.#dueAt) this.#at(wait);
  }

  /** A connection held: the next loss is the first again. */
  held() {
    this.#attempt = 0;
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @param {number} delay Milliseconds. */
  #at(delay) {
    this.stop();
    const wait = Math.max(delay, this.#notBefore - this.#clock.now());
    this.#dueAt = this.#clock.now() + wait;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#lastAt = this.#clock.now();
      this.#run();
    }, wait);
  }
}
