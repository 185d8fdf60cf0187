/**
 * Typed events: an EventTarget whose event names and details are known to the
 * type checker.
 *
 * `addEventListener` stays usable as everywhere; `on` saves the
 * `event.detail` and hands back what undoes it.
 *
 * @template {Record<string, any>} Events Event names with their details.
 */
export class Emitter extends EventTarget {
  /**
   * Listens to one event.
   *
   * @template {keyof Events & string} K
   * @param {K} type
   * @param {(detail: Events[K]) => void} listener
   * @returns {() => void} Stops listening.
   */
  on(type, listener) {
    /** @param {Event} event */
    const handle = (event) => listener(/** @type {CustomEvent<Events[K]>} */ (event).detail);
    this.addEventListener(type, handle);
    return () => this.removeEventListener(type, handle);
  }

  /**
   * Tells one event to all listeners, before it returns. For the class that
   * extends this one.
   *
   * @protected
   * @template {keyof Events & string} K
   * @param {K} type
   * @param {Events[K]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
