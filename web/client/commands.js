/**
 * The commands of one participant: counted, sent within the bound of what may
 * be without an answer, and remembered until each has its outcome.
 */
import { SignalingError, UNANSWERED_COMMANDS_MAX, errorFrom } from './protocol.js';

/**
 * @typedef {object} Outcome What became of an accepted command.
 * @property {number} counter
 * @property {boolean} stored False while the store is away.
 */

/** @typedef {import('./protocol.js').Command | {leave: {}}} AnyCommand */

/**
 * @typedef {object} PendingCommand
 * @property {number} counter
 * @property {AnyCommand} command
 * @property {(outcome: Outcome) => void} resolve
 * @property {(error: SignalingError) => void} reject
 * @property {boolean} accepted Answered, but not stored: kept to be sent again.
 */

export class Commands {
  #transmit;
  #lastCounter = 0;
  /** @type {Map<number, PendingCommand>} Sent, and not yet stored or refused. */
  #pending = new Map();
  #unanswered = 0;
  /** @type {Omit<PendingCommand, 'counter'>[]} */
  #waiting = [];

  /** @param {(message: import('./protocol.js').ClientMessage) => void} transmit */
  constructor(transmit) {
    this.#transmit = transmit;
  }

  /** A new session counts from the beginning. */
  restart() {
    this.#lastCounter = 0;
  }

  /**
   * @param {AnyCommand} command
   * @param {{urgent?: boolean}} [options] `urgent` goes past those that wait.
   * @returns {Promise<Outcome>}
   */
  send(command, { urgent = false } = {}) {
    return new Promise((resolve, reject) => {
      const entry = { command, resolve, reject, accepted: false };
      if (urgent || this.#unanswered < UNANSWERED_COMMANDS_MAX) this.#send(entry);
      else this.#waiting.push(entry);
    });
  }

  /** @param {import('./protocol.js').ServerBodies['ack']} ack */
  onAck({ counter: text, stored = false, refused }) {
    const counter = Number(text ?? 0);
    if (refused) {
      this.refuse(counter, errorFrom(refused));
      return;
    }
    const pending = this.#pending.get(counter);
    if (!pending) return;
    if (stored) this.#pending.delete(counter);
    if (pending.accepted) return;
    pending.accepted = true;
    pending.resolve({ counter, stored });
    this.#answered();
  }

  /**
   * @param {number} counter
   * @param {SignalingError} error
   */
  refuse(counter, error) {
    const pending = this.#pending.get(counter);
    if (!pending) return;
    this.#pending.delete(counter);
    if (pending.accepted) return;
    pending.reject(error);
    this.#answered();
  }

  /** @param {number} upTo */
  onStored(upTo) {
    for (const [counter, { accepted }] of this.#pending) {
      if (accepted && counter <= upTo) this.#pending.delete(counter);
    }
  }

  /** With the session, the answers of its commands are gone. */
  fail() {
    const entries = [...this.#pending.values(), ...this.#waiting];
    this.#pending.clear();
    this.#waiting = [];
    this.#unanswered = 0;
    for (const entry of entries) {
      if (!entry.accepted) {
        entry.reject(new SignalingError('CONNECTION_LOST', 'The connection was lost before the answer came.', { temporary: true }));
      }
    }
  }

  /** @param {Omit<PendingCommand, 'counter'>} entry */
  #send(entry) {
    const after = this.#lastCounter;
    const counter = (this.#lastCounter += 1);
    this.#pending.set(counter, { ...entry, counter });
    this.#unanswered += 1;
    this.#transmit({ .../** @type {import('./protocol.js').Command} */ (entry.command), counter: String(counter), after: String(after) });
  }

  #answered() {
    this.#unanswered -= 1;
    while (this.#unanswered < UNANSWERED_COMMANDS_MAX) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#send(entry);
    }
  }
}
