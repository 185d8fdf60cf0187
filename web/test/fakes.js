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
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** For a gateway that opens each once. */
  isOpen = false;

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

/** Lets everything that was promised happen. */
export const quiet = () => new Promise((resolve) => setImmediate(resolve));

export class FakeTrack extends EventTarget {
  readyState = 'live';

  /** @param {string} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }

  stop() {
    this.readyState = 'ended';
  }

  /** As if the user pressed the browser's "Stop sharing", or pulled a plug. */
  ends() {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

export class FakeStream extends EventTarget {
  /**
   * @param {string} id
   * @param {...string} kinds
   */
  constructor(id, ...kinds) {
    super();
    this.id = id;
    this.tracks = kinds.map((kind) => new FakeTrack(kind));
  }

  getTracks() {
    return this.tracks;
  }

  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }

  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }
}

export class FakeDataChannel extends EventTarget {
  readyState = 'connecting';
  bufferedAmount = 0;
  /** @type {any[]} */
  sent = [];

  constructor(label, init) {
    super();
    this.label = label;
    this.init = init;
  }

  send(data) {
    if (this.readyState !== 'open') throw new Error(`is ${this.readyState}`);
    this.sent.push(data);
  }

  close() {
    this.closes();
  }

  // What the network does:

  opens() {
    this.readyState = 'open';
    this.dispatchEvent(new Event('open'));
  }

  says(data) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  closes() {
    this.readyState = 'closed';
    this.dispatchEvent(new Event('close'));
  }
}

/**
 * As much of a peer connection as negotiation needs, without a network. A
 * description's text names the connection and what it sends: tracks arrive at
 * whoever applies it.
 */
export class FakePeerConnection {
  /** @type {FakePeerConnection[]} */
  static all = [];

  signalingState = 'stable';
  connectionState = 'new';
  /** @type {any} */
  localDescription = null;
  /** @type {any} */
  remoteDescription = null;
  /** @type {any[]} */
  candidates = [];
  /** @type {() => void} */
  onnegotiationneeded = () => {};
  /** @type {(event: any) => void} */
  ontrack = () => {};
  /** @type {() => void} */
  onconnectionstatechange = () => {};
  restarts = 0;
  rollbacks = 0;
  isClosed = false;
  /** @type {any[]} */
  transceivers = [];
  /** @type {FakeDataChannel[]} */
  channels = [];
  /** @type {Map<string, {track: FakeTrack, stream: FakeStream}>} By the sender's mid. */
  arrived = new Map();
  #needed = false;

  constructor(configuration) {
    this.configuration = configuration;
    FakePeerConnection.all.push(this);
  }

  addTransceiver(track, init) {
    const pc = this;
    const transceiver = {
      mid: null,
      init,
      isStopped: false,
      sender: {
        track,
        parameters: { encodings: init.sendEncodings.map((one) => ({ ...one })) },
        getParameters() { return structuredClone(this.parameters); },
        async setParameters(parameters) { this.parameters = parameters; },
        async replaceTrack(other) { this.track = other; },
      },
      stop() {
        this.isStopped = true;
        pc.#need();
      },
    };
    this.transceivers.push(transceiver);
    this.#need();
    return transceiver;
  }

  getTransceivers() {
    return this.transceivers;
  }

  createDataChannel(label, init) {
    const channel = new FakeDataChannel(label, init);
    this.channels.push(channel);
    if (this.channels.length === 1) this.#need();
    return channel;
  }

  #need() {
    this.#needed = true;
    queueMicrotask(() => {
      if (!this.#needed || this.isClosed || this.signalingState !== 'stable') return;
      this.#needed = false;
      this.onnegotiationneeded();
    });
  }

  restartIce() {
    this.restarts += 1;
  }

  async setLocalDescription() {
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
    if (type === 'offer') for (const one of this.transceivers) one.mid ??= String(this.transceivers.indexOf(one));
    const sends = this.transceivers.filter(({ isStopped, mid }) => !isStopped && mid !== null)
      .map(({ mid, sender, init }) => ({ mid, kind: sender.track.kind, stream: init.streams[0].id }));
    const sdp = JSON.stringify({ pc: FakePeerConnection.all.indexOf(this), sends });
    this.#becomes(type === 'offer' ? 'have-local-offer' : 'stable');
    this.localDescription = { type, sdp, toJSON: () => ({ type, sdp }) };
  }

  async setRemoteDescription({ type, sdp }) {
    if (type === 'offer' && this.signalingState === 'have-local-offer') {
      this.rollbacks += 1;
      this.#needed = true;
    }
    this.#becomes(type === 'offer' ? 'have-remote-offer' : 'stable');
    this.remoteDescription = { type, sdp };
    const sends = sdp?.startsWith('{') ? JSON.parse(sdp).sends : [];
    for (const [mid, { track }] of this.arrived) {
      if (sends.some((one) => one.mid === mid)) continue;
      this.arrived.delete(mid);
      track.ends();
    }
    for (const { mid, kind, stream: id } of sends) {
      if (this.arrived.has(mid)) continue;
      const stream = [...this.arrived.values()].find(({ stream }) => stream.id === id)?.stream ?? new FakeStream(id);
      const track = new FakeTrack(kind);
      this.arrived.set(mid, { track, stream });
      this.ontrack({ track, streams: [stream], transceiver: { mid } });
    }
  }

  #becomes(state) {
    this.signalingState = state;
    if (state === 'stable' && this.#needed) this.#need();
  }

  async addIceCandidate(candidate) {
    this.candidates.push(candidate);
  }

  /** As the network has it. */
  becomes(connectionState) {
    this.connectionState = connectionState;
    this.onconnectionstatechange();
  }

  async getStats() {
    return new Map();
  }

  close() {
    this.isClosed = true;
    for (const channel of this.channels) channel.closes();
  }
}
