/**
 * The large picture, what stands there while there is none, and the small ones.
 */
import { button, element, setStream, setText } from './dom.js';
import { Tiles } from './tiles.js';
import { nameOf, pathOf, sharingInWords, watchingInWords } from './words.js';

/** @typedef {import('../client/room.js').Room} Room */
/** @typedef {import('../client/room.js').Participant} Participant */
/** @typedef {import('./tiles.js').Tile} Tile */

/** All viewers of a share together, in bits per second; the help says so too. */
const SHARE_BUDGET = 8_000_000;
/** A double click that enters full screen must not leave it at once. */
const SETTLED_MS = 600;

export class Stage {
  #room;
  #media;
  #devices;
  #sound;
  #changed;
  #tiles = new Tiles();
  /** What happened last, while nobody shares. */
  #last = 'Nobody is sharing.';
  /** @type {string | null} Whose share was chosen, if there are several. */
  #chosen = null;
  #enteredAt = 0;

  /**
   * @param {Room} room
   * @param {object} parts
   * @param {import('./media.js').Media} parts.media
   * @param {import('./devices.js').Devices} parts.devices
   * @param {import('./sound.js').Sound} parts.sound
   * @param {() => void} parts.changed
   */
  constructor(room, { media, devices, sound, changed }) {
    this.#room = room;
    this.#media = media;
    this.#devices = devices;
    this.#sound = sound;
    this.#changed = changed;
    this.#listenForFullScreen();
  }

  /** @param {string} sentence */
  remember(sentence) {
    this.#last = sentence;
  }

  /** @returns {Participant | null} Whose screen is shown large. */
  get sharer() {
    const sharers = this.#sharers();
    return sharers.find(({ participantId }) => participantId === this.#chosen) ?? sharers[0] ?? null;
  }

  /** @param {{ok: boolean, sentence?: string, help?: string}} support */
  show(support) {
    const { sharer } = this;
    const room = this.#room;
    const sent = sharer && this.#media.get(sharer.participantId, 'screen');
    const sharing = room.sharedStream;

    this.#sound.showScreen(sent);
    const stream = sharer && this.#hasArrived(sharer) ? sent : null;
    element('screen').hidden = !stream;
    button('full').hidden = !stream;
    if (!stream && document.fullscreenElement) document.exitFullscreen();

    const cameras = this.#cameras();
    const screens = this.#otherScreens(sharer);
    // Without a screen, cameras have the room; with one, they make way for it.
    const inStrip = Boolean(sharer || sharing);
    const grid = inStrip ? [] : cameras;
    const strip = inStrip ? [...screens, ...cameras] : [];
    this.#tiles.show(element(inStrip ? 'strip' : 'grid'), inStrip ? strip : grid);
    element(inStrip ? 'grid' : 'strip').replaceChildren();
    element('grid').hidden = grid.length === 0;
    element('strip').hidden = strip.length === 0;
    element('theatre').dataset.shows = stream ? 'screen' : grid.length > 0 ? 'cameras' : 'nothing';

    element('empty').hidden = Boolean(stream) || grid.length > 0;
    this.#showEmpty(sharer, sharing, support);
    setText(element('stage-text'), this.#sentence(sharer, Boolean(stream), sharing));
  }

  /**
   * A track is announced before a path is found: until then it is no picture.
   *
   * @param {Participant} sharer
   */
  #hasArrived({ participantId }) {
    return pathOf(this.#media.path(participantId)) === 'connected' || element('screen', HTMLVideoElement).videoWidth > 0;
  }

  #sharers() {
    if (this.#room.state.name === 'closed') return [];
    return [...this.#room.participants.values()].filter(({ share, isSelf }) => share && !isSelf);
  }

  /**
   * @param {Participant | null} sharer
   * @param {boolean} arrived
   * @param {MediaStream | null} sharing
   */
  #sentence(sharer, arrived, sharing) {
    if (sharer) return watchingInWords(sharer, arrived, this.#media.path(sharer.participantId));
    return sharing ? 'You are sharing your screen.' : this.#last;
  }

  /**
   * @param {Participant | null} sharer
   * @param {MediaStream | null} sharing
   * @param {{ok: boolean, sentence?: string, help?: string}} support
   */
  #showEmpty(sharer, sharing, support) {
    const others = [...this.#room.participants.values()].filter(({ isSelf }) => !isSelf);
    const self = element('self-screen', HTMLVideoElement);
    const own = sharer ? null : sharing;
    setStream(self, own);
    self.hidden = !own;
    element('empty-icon').hidden = Boolean(own);
    element('empty-icon').classList.toggle('waiting', Boolean(sharer));
    const alone = this.#room.state.name === 'joined' && others.length === 0;
    element('invite').hidden = !alone;
    element('cannot').hidden = support.ok;
    setText(element('cannot'), support.ok ? '' : `You can’t share from here. ${support.sentence ?? ''} ${support.help ?? ''}`);
    const [title, text] = this.#emptyWords({ sharer, own, alone, viewers: others.length, support });
    setText(element('empty-title'), title);
    setText(element('empty-text'), text);
  }

  /** @param {{sharer: Participant | null, own: MediaStream | null, alone: boolean, viewers: number, support: {ok: boolean, sentence?: string, help?: string}}} now */
  #emptyWords({ sharer, own, alone, viewers, support }) {
    if (sharer && pathOf(this.#media.path(sharer.participantId)) === 'failed') return [`No path to ${nameOf(sharer)} yet`, 'Still trying. The line above says what helps.'];
    if (sharer) return [`${nameOf(sharer)}’s screen is on its way`, 'Looking for the shortest path between the two browsers.'];
    if (own) return ['Your screen is on', sharingInWords(viewers, SHARE_BUDGET)];
    if (this.#room.state.name === 'reconnecting') return ['Reconnecting', 'Finding the way back into the room.'];
    if (this.#room.state.name !== 'joined') return ['One moment', 'Finding the way into the room.'];
    if (alone) return ['Nobody else is here yet', 'Send them this link. Whoever opens it is in the room with you.'];
    if (!support.ok) return ['Nothing to see yet', 'When somebody shares, you see it here.'];
    return ['The stage is free', 'Share your screen, or turn on a camera.'];
  }

  /** @returns {Tile[]} Of everybody who can be seen or heard. */
  #cameras() {
    return [...this.#room.participants.values()].flatMap((participant) => {
      const { participantId: id, isSelf } = participant;
      const stream = isSelf ? this.#devices.preview : this.#media.get(id, 'camera');
      const microphone = isSelf ? this.#devices.isOn('microphone') : this.#media.get(id, 'microphone') !== null;
      return stream || microphone ? [{ key: `camera/${id}`, participant, stream, microphone, kind: /** @type {const} */ ('camera') }] : [];
    }).sort((a, b) => Number(a.participant.isSelf) - Number(b.participant.isSelf));
  }

  /**
   * @param {Participant | null} large
   * @returns {Tile[]}
   */
  #otherScreens(large) {
    /** @type {Tile[]} */
    const tiles = this.#sharers().filter((one) => one !== large).map((participant) => ({
      key: `screen/${participant.participantId}`,
      participant,
      stream: this.#media.get(participant.participantId, 'screen'),
      microphone: false,
      kind: 'screen',
      choose: () => {
        this.#chosen = participant.participantId;
        this.#changed();
      },
    }));
    const { self, sharedStream } = this.#room;
    if (large && self && sharedStream) tiles.push({ key: 'screen/self', participant: self, stream: sharedStream, microphone: false, kind: 'screen' });
    return tiles;
  }

  #listenForFullScreen() {
    const screen = element('screen', HTMLVideoElement);
    screen.addEventListener('click', () => this.#enterFullScreen());
    screen.addEventListener('dblclick', () => {
      if (document.fullscreenElement && performance.now() - this.#enteredAt > SETTLED_MS) document.exitFullscreen();
    });
    button('full').addEventListener('click', () => this.toggleFullScreen());
    document.addEventListener('fullscreenchange', () => {
      const name = document.fullscreenElement ? 'Leave full screen' : 'Full screen';
      button('full').setAttribute('aria-label', name);
      button('full').title = `${name} (f)`;
    });
  }

  toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#enterFullScreen();
  }

  #enterFullScreen() {
    const screen = element('screen', HTMLVideoElement);
    if (screen.hidden || document.fullscreenElement) return;
    this.#enteredAt = performance.now();
    const theatre = element('theatre');
    // Safari on an iPhone knows only its own way, for videos alone.
    if (theatre.requestFullscreen) theatre.requestFullscreen().catch(() => {});
    else /** @type {any} */ (screen).webkitEnterFullscreen?.();
  }
}
