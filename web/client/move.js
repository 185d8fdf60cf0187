/**
 * Moving to another gateway before this one stops: the new connection is opened
 * beside the old one, and the old one closes when the new one has taken over.
 * Nothing is interrupted.
 */
import { CloseCode, durationMs, reconnectDelay } from './protocol.js';

/** @typedef {import('./connection.js').Connection} Connection */

const DEADLINE_MS = 10_000;
/** All begin within this share of the time, each when chance says: not all at once. */
const SPREAD = 0.5;

export class Move {
  #clock;
  #dial;
  /** @type {any} */
  #timer = null;
  #attempt = 0;
  /** @type {Connection | null} Being opened. */
  #next = null;
  /** @type {Connection | null} Of no more use, but kept until the new one has taken over. */
  #old = null;

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {() => Connection} dial
   */
  constructor(clock, dial) {
    this.#clock = clock;
    this.#dial = dial;
  }

  /**
   * The gateway is about to stop.
   *
   * @param {string | undefined} deadline
   */
  soon(deadline) {
    if (this.#timer !== null || this.#next) return;
    this.#attempt = 0;
    this.#dialIn(durationMs(deadline, DEADLINE_MS) * SPREAD * this.#clock.random());
  }

  /** @param {Connection} connection */
  isNext(connection) {
    return connection === this.#next;
  }

  /** It did not open. The old one stands, so there is time to try again. */
  failed() {
    this.#next = null;
    this.#dialIn(reconnectDelay('retry', this.#attempt, this.#clock.random()));
    this.#attempt += 1;
  }

  /**
   * The new one has asked for the session.
   *
   * @param {Connection | null} old
   */
  begun(old) {
    this.#next = null;
    this.#old = old;
  }

  /** The session goes on over the new one. */
  done() {
    this.#old?.close(CloseCode.MOVED);
    this.#old = null;
  }

  /**
   * No more of it: the connection is lost.
   *
   * @returns {Connection | null} One that is being opened, to go on with.
   */
  end() {
    const next = this.#next;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#next = null;
    this.done();
    return next;
  }

  /** @param {number} delay */
  #dialIn(delay) {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#next = this.#dial();
    }, delay);
  }
}
