/**
 * The commands of one session: counted, sent within the bound of what may be
 * without an answer, kept until what became of each is stored, and sent again in
 * order when the session is resumed.
 */
import { SignalingError, UNANSWERED_COMMANDS_MAX, errorFrom, withoutPrefix } from './protocol.js';

/** Accepted and not yet stored, or not yet answered; beyond it new ones are refused. */
export const UNSTORED_COMMANDS_MAX = 256;
/** Not sent yet, since too many are without an answer. */
export const WAITING_COMMANDS_MAX = 1_024;

/**
 * @typedef {object} Outcome What became of an accepted command.
 * @property {number} counter
 * @property {boolean} stored False while the store is away, and if the answer
 *   was lost and an older gateway told of it in a resume.
 */

/** @typedef {import('./protocol.js').Command} Command */

/**
 * @typedef {object} Entry
 * @property {number} counter 0 before it is first sent.
 * @property {Command} command
 * @property {(outcome: Outcome) => void} resolve
 * @property {(error: SignalingError) => void} reject
 * @property {boolean} accepted Its caller knows; it is kept until it is stored.
 * @property {SignalingError} [refused] Its caller is told once that is stored.
 */

export class Commands {
  #transmit;
  /** Whether there is a connection that takes commands. */
  #isOpen = false;
  #lastCounter = 0;
  /** What the room decided last, as a resume told. */
  #decided = 0;
  /** The `after` of the next: the counter that was sent before it. */
  #previous = 0;
  /** @type {Map<number, Entry>} With a counter, and not done: no outcome of theirs is stored; in their order. */
  #kept = new Map();
  /** @type {Entry[]} To be sent over this connection: again, then for the first time. */
  #queue = [];
  /** @type {Set<number>} Sent over this connection. */
  #unanswered = new Set();

  /** @param {(message: import('./protocol.js').ClientMessage) => void} transmit */
  constructor(transmit) {
    this.#transmit = transmit;
  }

  /**
   * @param {Command} command
   * @param {{urgent?: boolean}} [options] `urgent` goes past those that wait.
   * @returns {Promise<Outcome>}
   */
  send(command, { urgent = false } = {}) {
    if (!urgent && this.#kept.size >= UNSTORED_COMMANDS_MAX) {
      return Promise.reject(new SignalingError('UNSTORED_LIMIT', 'Too many commands are waiting to be stored. Try again in a while.', { temporary: true }));
    }
    const waitingMax = this.#isOpen ? WAITING_COMMANDS_MAX : UNSTORED_COMMANDS_MAX;
    if (!urgent && this.#queue.length >= waitingMax) {
      return Promise.reject(new SignalingError('BUSY', 'Too many commands are waiting to be sent. Try again.', { temporary: true }));
    }
    return new Promise((resolve, reject) => {
      /** @type {Entry} */
      const entry = { counter: 0, command, resolve, reject, accepted: false };
      if (urgent && this.#isOpen) {
        this.#sendNow(entry);
      } else {
        this.#queue.push(entry);
        this.#pump();
      }
    });
  }

  /** Whether something was accepted that is not known to be stored. */
  get hasUnstored() {
    return [...this.#kept.values()].some(({ accepted }) => accepted);
  }

  /** The session has begun: what waits is sent. */
  open() {
    this.#isOpen = true;
    this.#pump();
  }

  /** The connection is gone. What comes from now on waits for the next. */
  pause() {
    this.#isOpen = false;
    this.#unanswered.clear();
  }

  /**
   * The session goes on over another connection.
   *
   * @param {import('./protocol.js').ServerBodies['resumed']} resumed
   */
  resume({ last: text, stored: storedText, refused = [] }) {
    const last = Number(text ?? 0);
    const stored = Number(storedText ?? 0);
    const reasons = new Map(refused.map(({ counter, reason }) => [Number(counter ?? 0), reason]));
    for (const entry of this.#kept.values()) {
      if (entry.counter > last) break;
      const refused = reasons.has(entry.counter) ? refusal(reasons.get(entry.counter)) : undefined;
      // Of an older gateway a refusal is final, as it always was.
      this.#decide(entry, refused, entry.counter <= stored || (refused !== undefined && storedText === undefined));
    }
    // What is at or below `last` is in the room, and `stored` will say when it
    // is kept there. An older gateway does not tell what is stored: then it is
    // repeated, which has no second effect, for its answer.
    const again = [...this.#kept.values()].filter(({ counter }) => counter > last || storedText === undefined);
    this.#queue = [...again, ...this.#queue.filter(({ counter }) => counter === 0)];
    this.#unanswered.clear();
    this.#decided = last;
    this.#previous = last;
    this.open();
  }

  /** Another session begins: it counts from 1. What was said in the old one never moves to it. */
  restart() {
    this.fail();
    this.#lastCounter = 0;
    this.#decided = 0;
    this.#previous = 0;
  }

  /** With the session, the answers of its commands are gone. */
  fail() {
    const entries = new Set([...this.#kept.values(), ...this.#queue]);
    this.pause();
    this.#kept.clear();
    this.#queue = [];
    for (const { accepted, reject } of entries) {
      if (!accepted) reject(new SignalingError('CONNECTION_LOST', 'The session ended before the answer came.', { temporary: true }));
    }
  }

  /** @param {import('./protocol.js').ServerBodies['ack']} ack */
  onAck({ counter: text, stored = false, refused }) {
    const counter = Number(text ?? 0);
    const entry = this.#kept.get(counter);
    if (entry) this.#decide(entry, refused && errorFrom(refused), stored);
    this.#unanswered.delete(counter);
    this.#pump();
  }

  /**
   * @param {number} counter
   * @param {SignalingError} error
   */
  refuse(counter, error) {
    const entry = this.#kept.get(counter);
    if (entry) this.#refuse(entry, error);
    this.#unanswered.delete(counter);
    this.#pump();
  }

  /** @param {number} upTo */
  onStored(upTo) {
    for (const [counter, entry] of this.#kept) {
      if (counter > upTo) continue;
      if (entry.refused) this.#refuse(entry, entry.refused);
      else if (entry.accepted) this.#kept.delete(counter);
    }
    this.#pump();
  }

  /**
   * The room has decided. While its store is away a refusal may be taken back:
   * nobody is told of it before it is stored.
   *
   * @param {Entry} entry
   * @param {SignalingError | undefined} refused
   * @param {boolean} stored
   */
  #decide(entry, refused, stored) {
    entry.refused = refused;
    if (!refused) this.#accept(entry, stored);
    else if (stored) this.#refuse(entry, refused);
  }

  /**
   * @param {Entry} entry
   * @param {boolean} stored
   */
  #accept(entry, stored) {
    if (stored) this.#kept.delete(entry.counter);
    entry.accepted = true;
    entry.resolve({ counter: entry.counter, stored });
  }

  /**
   * @param {Entry} entry
   * @param {SignalingError} error
   */
  #refuse(entry, error) {
    this.#kept.delete(entry.counter);
    entry.reject(error);
  }

  #pump() {
    while (this.#isOpen && this.#unanswered.size < UNANSWERED_COMMANDS_MAX) {
      const [entry] = this.#queue;
      if (!entry || (entry.counter === 0 && this.#kept.size >= UNSTORED_COMMANDS_MAX)) return;
      this.#queue.shift();
      // Stored meanwhile: its repeat has nothing to find out.
      if (entry.counter === 0 || this.#kept.has(entry.counter)) this.#sendNow(entry);
    }
  }

  /** @param {Entry} entry */
  #sendNow(entry) {
    if (entry.counter === 0) {
      entry.counter = this.#lastCounter += 1;
      this.#kept.set(entry.counter, entry);
    }
    const { counter } = entry;
    const isRepeat = counter <= this.#decided;
    const after = isRepeat ? counter - 1 : this.#previous;
    if (!isRepeat) this.#previous = counter;
    this.#unanswered.add(counter);
    this.#transmit({ ...entry.command, counter: String(counter), after: String(after) });
  }
}

/** @param {string | undefined} wire */
function refusal(wire) {
  const reason = withoutPrefix(wire, 'ERROR_REASON_');
  return new SignalingError(reason, `The room refused this: ${reason}.`);
}
