/** People with the old front end: a real Socket.IO client that notes what it is told. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

// A room service that has just started ends no window before it has seen the store for a room's own, 30 s.
const WITHIN_MS = 45_000;
const TOLD = [
  'existing-users', 'user-joined', 'user-left', 'user-started-sharing', 'user-stopped-sharing', 'room-users-updated', 'room-stats-updated',
  'offer', 'answer', 'ice-candidate', 'error',
];
/** Lists are state: what counts is the newest. */
const LISTS = new Set(['room-users-updated', 'room-stats-updated']);

export class Person {
  /** Events but lists, in order, without their offsets. @type {[name: string, ...args: any[]][]} */
  told = [];
  /** The newest of each. @type {Record<string, any>} */
  lists = {};
  /** Whether every event that came in a room had an offset. */
  offsets = true;
  /** @type {(() => void)[]} */
  #waiting = [];

  /**
   * @param {(url: string, options?: object) => any} io
   * @param {string} url
   * @param {string} id
   * @param {object} [options]
   */
  constructor(io, url, id, options = {}) {
    this.id = id;
    // With cookies, as a page of the same origin: a balancer may know the gateway by one.
    this.socket = io(url, { forceNew: true, withCredentials: true, reconnectionDelay: 100, reconnectionDelayMax: 500, ...options });
    for (const name of TOLD) {
      this.socket.on(name, (...args) => {
        const hasOffset = typeof args.at(-1) === 'string' && args.length > 1;
        if (hasOffset) args.pop();
        else if (name !== 'error') this.offsets = false;
        if (LISTS.has(name)) [this.lists[name]] = args;
        else this.told.push([name, ...args]);
        this.#wake();
      });
    }
    for (const name of ['connect', 'disconnect']) this.socket.on(name, () => this.#wake());
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /**
   * @param {() => any} isSo
   * @param {string} what
   */
  async until(isSo, what) {
    const late = pause(WITHIN_MS, 'late', { ref: false });
    while (!isSo()) {
      const woken = new Promise((resolve) => this.#waiting.push(() => resolve('woken')));
      if (await Promise.race([woken, late]) === 'late') {
        assert.fail(`${this.id} waited in vain for ${what}; was told ${JSON.stringify(this.told.slice(-10)).slice(0, 1_000)}, ${JSON.stringify(this.lists).slice(0, 500)}`);
      }
    }
  }

  connected() {
    return this.until(() => this.socket.connected, 'the connection');
  }

  /** @param {string} name @param {...any} args */
  hears(name, ...args) {
    const want = JSON.stringify([name, ...args]);
    return this.until(() => this.told.some((event) => JSON.stringify(event) === want), want);
  }

  /** @param {string[]} ids */
  sees(...ids) {
    const want = [...ids].sort().join();
    return this.until(() => this.lists['room-stats-updated']?.users.map(({ id }) => id).sort().join() === want
      && this.lists['room-users-updated']?.map(({ id }) => id).sort().join() === want, `a list of ${want.slice(0, 200)}`);
  }

  /** @param {string} name @param {...any} args @returns {Promise<any>} What its acknowledgement says. */
  ask(name, ...args) {
    return this.socket.timeout(WITHIN_MS).emitWithAck(name, ...args);
  }

  /** @param {string} room */
  async join(room) {
    assert.deepEqual(await this.ask('join-room', room, this.id), { ok: true });
  }

  close() {
    this.socket.close();
  }
}
