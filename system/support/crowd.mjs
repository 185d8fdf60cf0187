/**
 * People in rooms, with the project's own browser library over real sockets, who talk all the time; and what must hold
 * of what they heard, whatever happened to the machines between them: every message that was acknowledged reached
 * everybody else in its room, once, in its sender's order; and nobody was told that somebody left who did not.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

import { Signaling } from '../../web/client/signaling.js';
import { until } from './fleet.mjs';

const ws = createRequire(new URL('../../web/package.json', import.meta.url))('ws');

/** As browsers have it: an error that nobody listens to any more ends no process. */
export const WebSocket = /** @type {typeof globalThis.WebSocket} */ (class extends ws.WebSocket {
  /** @param {...any} args */
  constructor(...args) {
    super(...args);
    this.on('error', () => {});
  }
});

/** @param {number[]} values @param {number} share @returns {number} */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

class Person {
  /** How many messages it said, and which the room took. */
  said = 0;
  accepted = 0;
  /** What it heard, by sender. @type {Map<string, number[]>} */
  heard = new Map();
  /** Whom it was told to have left. @type {string[]} */
  left = [];
  /** How it came back, one word a time. @type {string[]} */
  returns = [];
  /** What went wrong. @type {string[]} */
  faults = [];
  /** @type {Promise<void>[]} */
  #unanswered = [];

  /** @param {string} url @param {string} room @param {string} name */
  constructor(url, room, name) {
    this.room = room;
    this.name = name;
    this.signaling = new Signaling({ url, roomId: room, participantId: name, WebSocket, page: null });
    this.signaling.on('event', ({ body, event }) => {
      if (body.kind === 'messageReceived') {
        const of = event.from?.participantId ?? '';
        const heard = this.heard.get(of) ?? [];
        this.heard.set(of, heard);
        heard.push(Number(body.body.body));
      } else if (body.kind === 'participantLeft') {
        this.left.push(`${body.body.participantId} ${body.body.reason}`);
      }
    });
    this.signaling.on('resumed', () => this.returns.push('resumed'));
    this.signaling.on('rejoined', () => this.returns.push('rejoined'));
    this.signaling.on('reset', ({ reason }) => this.returns.push(`reset ${reason}`));
    this.signaling.on('state', ({ name: state, reason: why }) => {
      if (state === 'closed' && !this.isDone) this.faults.push(`closed: ${why?.message}`);
    });
  }

  isDone = false;

  /** @param {number} n */
  say(n) {
    this.said = n;
    const answer = this.signaling.command({ message: { body: String(n) } });
    this.#unanswered.push(answer.then(() => { this.accepted += 1; }, (error) => { this.faults.push(`message ${n}: ${error.message}`); }));
  }

  async settled() {
    await Promise.all(this.#unanswered);
  }

  async leave() {
    this.isDone = true;
    await this.signaling.leave();
  }
}

export class Crowd {
  /** @type {Person[]} */
  people = [];
  /** Of people who come for a moment, in milliseconds. @type {number[]} */
  joins = [];
  /** @type {string[]} */
  joinFaults = [];
  #url;
  #talks = false;
  /** @type {Promise<void>[]} */
  #talking = [];

  /** @param {string} url Of the gateways, as http://. */
  constructor(url) {
    this.#url = `${url.replace(/^http/, 'ws')}/ws`;
  }

  /**
   * @param {number} rooms
   * @param {number} each How many are in each.
   * @param {string} [name] Of the rooms.
   */
  async gather(rooms, each, name = 'room') {
    for (let room = 0; room < rooms; room += 1) {
      for (let n = 0; n < each; n += 1) this.people.push(new Person(this.#url, `${name}-${room}`, `p${room}-${n}`));
    }
    await Promise.all(this.people.map(({ signaling }) => signaling.open()));
  }

  /**
   * Everybody says something again and again, and others come for a moment and go, until `quiet`.
   *
   * @param {number} everyMs For each.
   */
  talk(everyMs) {
    this.#talks = true;
    for (const person of this.people) {
      this.#talking.push((async () => {
        await pause(Math.random() * everyMs);
        for (let n = 1; this.#talks; n += 1) {
          person.say(n);
          await pause(everyMs);
        }
      })());
    }
    this.#talking.push(this.#visit());
  }

  /** Somebody joins, and leaves. */
  async #visit() {
    for (let n = 0; this.#talks; n += 1) {
      const visitor = new Person(this.#url, `lobby-${n % 16}`, `visitor-${n}`);
      const began = performance.now();
      try {
        await visitor.signaling.open();
        this.joins.push(performance.now() - began);
      } catch (error) {
        this.joinFaults.push(String(error));
      }
      await visitor.leave();
      await pause(20);
    }
  }

  /** Nobody says anything more, and all has been answered and heard. */
  async quiet() {
    this.#talks = false;
    await Promise.all(this.#talking.splice(0));
    const inTime = new AbortController();
    const late = pause(30_000, 'late', { signal: inTime.signal }).catch(() => '');
    const done = await Promise.race([Promise.all(this.people.map((person) => person.settled())), late]);
    inTime.abort();
    assert.notEqual(done, 'late', `not every message was answered within 30 s; ${this.summary}`);
    await until('everybody heard everything', () => this.#unheard().length === 0, () => `${this.#unheard().slice(0, 10).join('\n')}\n${this.summary}`);
  }

  /** What somebody said and somebody else in the room did not hear. */
  #unheard() {
    const missing = [];
    for (const hearer of this.people) {
      for (const speaker of this.people) {
        if (hearer === speaker || hearer.room !== speaker.room) continue;
        const last = hearer.heard.get(speaker.name)?.at(-1) ?? 0;
        if (last < speaker.said) missing.push(`${hearer.name} heard ${last} of ${speaker.said} of ${speaker.name}`);
      }
    }
    return missing;
  }

  /** After `quiet`: what must hold. */
  check() {
    for (const hearer of this.people) {
      assert.deepEqual(hearer.faults, [], `${hearer.name}: ${this.summary}`);
      assert.equal(hearer.accepted, hearer.said, `of ${hearer.name} everything was taken`);
      assert.deepEqual(hearer.left, [], `${hearer.name} was told of somebody who left`);
      for (const speaker of this.people) {
        if (hearer === speaker || hearer.room !== speaker.room) continue;
        const all = Array.from({ length: speaker.said }, (_, n) => n + 1);
        assert.deepEqual(hearer.heard.get(speaker.name) ?? [], all, `${hearer.name} heard ${speaker.name} in order, each once`);
      }
      assert.ok(!hearer.returns.includes('rejoined'), `${hearer.name} had to join anew: ${hearer.returns}`);
    }
    assert.deepEqual(this.joinFaults, [], 'whoever came could join');
  }

  get said() {
    return this.people.reduce((sum, { said }) => sum + said, 0);
  }

  /** @param {string} how */
  returned(how) {
    return this.people.reduce((sum, { returns }) => sum + returns.filter((one) => one === how).length, 0);
  }

  get summary() {
    const resets = this.people.reduce((sum, { returns }) => sum + returns.filter((one) => one.startsWith('reset')).length, 0);
    const [p50, p99] = [0.5, 0.99].map((share) => Math.round(quantile(this.joins, share)));
    return `${this.people.length} people said ${this.said} messages; ${this.returned('resumed')} resumes, ${this.returned('rejoined')} rejoins, ${resets} resets; `
      + `${this.joins.length} joins: p50 ${p50} ms, p99 ${p99} ms, longest ${Math.round(Math.max(0, ...this.joins))} ms`;
  }

  /** @returns {Promise<void>} */
  async leave() {
    this.#talks = false;
    await Promise.all(this.people.map((person) => person.leave().catch(() => {})));
  }
}
