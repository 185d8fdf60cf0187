/**
 * Access tokens: where they come from, and when a new one is due. A token is a
 * secret: it is kept here, in memory, and goes nowhere but into `join`,
 * `resume` and `renewToken`.
 */
import { SignalingError } from './protocol.js';

/** A new one is asked for when so much of the old one's time is over. */
const RENEW_AT = 0.8;
/** After one could not be had. */
const RENEW_AGAIN_MS = 5_000;
/** The longest wait of a timer, in browsers. */
const TIMER_MAX_MS = 2_147_483_647;

/**
 * @typedef {string | (() => string | Promise<string>)} TokenSource The token
 *   itself, or a function that gets one from the application's server. Only with
 *   a function can a token be renewed when it ends.
 */

export class AccessToken {
  #source;
  #clock;
  /** @type {string | null} Fetched and not used yet. */
  #fresh = null;
  /** @type {any} */
  #timer = null;

  /**
   * @param {TokenSource} source
   * @param {import('./clock.js').Clock} clock
   */
  constructor(source, clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Whether there can be another one. */
  get canRenew() {
    return typeof this.#source === 'function';
  }

  /**
   * A token to begin with.
   *
   * @returns {Promise<string>}
   * @throws {SignalingError} `TOKEN_MISSING`, if the application has none.
   */
  async get() {
    if (typeof this.#source === 'string') return this.#source;
    const fresh = this.#fresh;
    this.#fresh = null;
    if (fresh !== null) return fresh;
    try {
      return await this.#source();
    } catch (cause) {
      throw new SignalingError('TOKEN_MISSING', `The application gave no access token: ${/** @type {any} */ (cause)?.message ?? cause}`, { temporary: true });
    }
  }

  /**
   * The identity that the token names. What is fetched for it is used next.
   *
   * @returns {Promise<string | undefined>}
   */
  async identity() {
    const token = await this.get();
    this.#fresh = token;
    return identityOf(token);
  }

  /**
   * A token is in use until then: fetches the next one before, and hands it over.
   *
   * @param {string | undefined} expireTime RFC 3339.
   * @param {(token: string) => void} renew
   */
  watch(expireTime, renew) {
    this.stop();
    const ends = Date.parse(expireTime ?? '');
    if (!this.canRenew || Number.isNaN(ends)) return;
    // Against this machine's clock. If that is wrong, the gateway closes with
    // 4002, after which a new one is fetched too.
    const left = Math.max(0, ends - Date.now());
    this.#in(left * RENEW_AT, renew);
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /**
   * @param {number} delay
   * @param {(token: string) => void} renew
   */
  #in(delay, renew) {
    this.#timer = this.#clock.setTimeout(() => {
      const timer = this.#timer;
      this.get().then((token) => {
        if (this.#timer === timer) renew(token);
      }, () => {
        if (this.#timer === timer) this.#in(RENEW_AGAIN_MS, renew);
      });
    }, Math.min(delay, TIMER_MAX_MS));
  }
}

/**
 * The identity in a token, unchecked: the gateway checks.
 *
 * @param {string} token
 * @returns {string | undefined}
 */
export function identityOf(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}
