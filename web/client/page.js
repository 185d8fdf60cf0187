/**
 * What the page's life means for a connection. A tab that goes says so in time;
 * one that was away, asleep or without a network asks at once how things are,
 * instead of waiting for a timer.
 *
 * `offline` is not listened to: it is said of networks that come right back, and
 * of some that work.
 */

/** @typedef {{gone: () => void, back: () => void, awake: () => void}} PageListeners */

/** On the window, as capture: some of them are told to the document alone. */
const AWAKE = ['online', 'visibilitychange', 'resume'];

export class Page {
  #target;
  #listeners;
  #isGone = false;

  /**
   * @param {EventTarget | null} target The window; null for none.
   * @param {PageListeners} listeners
   */
  constructor(target, listeners) {
    this.#target = target;
    this.#listeners = listeners;
  }

  /** Hidden for good, or in the browser's cache of pages. */
  get isGone() {
    return this.#isGone;
  }

  listen() {
    this.#target?.addEventListener('pagehide', this.#onHide);
    this.#target?.addEventListener('pageshow', this.#onShow);
    for (const type of AWAKE) this.#target?.addEventListener(type, this.#onAwake, { capture: true });
  }

  stop() {
    this.#target?.removeEventListener('pagehide', this.#onHide);
    this.#target?.removeEventListener('pageshow', this.#onShow);
    for (const type of AWAKE) this.#target?.removeEventListener(type, this.#onAwake, { capture: true });
  }

  #onHide = () => {
    this.#isGone = true;
    this.#listeners.gone();
  };

  #onShow = () => {
    if (!this.#isGone) {
      this.#listeners.awake();
      return;
    }
    this.#isGone = false;
    this.#listeners.back();
  };

  #onAwake = () => {
    const { document } = /** @type {{document?: Document}} */ (this.#target);
    if (!this.#isGone && document?.visibilityState !== 'hidden') this.#listeners.awake();
  };
}
