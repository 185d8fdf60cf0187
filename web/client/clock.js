/**
 * @typedef {object} Clock Time and chance, so that tests own them.
 * @property {() => number} now Milliseconds.
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random From 0 up to 1.
 */

/** @type {Clock} */
export const realClock = {
  now: () => performance.now(),
  setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
  random: () => Math.random(),
};
