/** A WebSocket and a clock that a test holds in its hands. */

/** Sockets in the order of their making; `FakeWebSocket.all = []` begins anew. */
export class FakeWebSocket {
  /** @type {FakeWebSocket[]} */
  static all = [];

  static get last() {
    return FakeWebSocket.all[FakeWebSocket.all.length - 1];
  }

  /** @type {any[]} Messages of the browser, decoded. */
  sent = [];
  /** @type {number | null} The code with which the browser closed. */
  closedWith = null;
  onopen = null;
  onmessage = null;
  onclose = null;

  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.closedWith = code;
  }

  // What the gateway does:

  open() {
    this.onopen?.({});
  }

  says(message) {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  closes(code, reason = '') {
    this.onclose?.({ code, reason });
  }
}

/** Time passes only by `pass`; chance is always one half. */
export class FakeClock {
  #now = 0;
  #timers = new Map();
  #id = 0;

  now = () => this.#now;
  random = () => 0.5;

  setTimeout = (run, ms) => {
    this.#timers.set((this.#id += 1), { at: this.#now + ms, run });
    return this.#id;
  };

  clearTimeout = (id) => {
    this.#timers.delete(id);
  };

  /** Lets milliseconds pass and runs what falls due, in order. */
  pass(ms) {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = due[1].at;
      due[1].run();
    }
    this.#now = until;
  }
}
