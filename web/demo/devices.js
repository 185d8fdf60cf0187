/**
 * The own camera and microphone: two switches, one published stream.
 */
import { button, relabel } from './dom.js';
import { captureFailedInWords } from './words.js';

/** @typedef {import('../client/room.js').Room} Room */
/** @typedef {'camera' | 'microphone'} Device */

const WANTED = {
  camera: { video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } },
  microphone: { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
};
const LABELS = { camera: ['camera', 'Camera'], microphone: ['mic', 'Microphone'] };

export class Devices {
  #room;
  #changed;
  #tell;
  /** @type {Map<Device, MediaStreamTrack>} */
  #tracks = new Map();
  /** @type {Set<Device>} Being asked for. */
  #asking = new Set();
  /** @type {MediaStream | null} For the own tile. */
  #preview = null;

  /**
   * @param {Room} room
   * @param {object} page
   * @param {() => void} page.changed
   * @param {(sentence?: string) => void} page.tell
   */
  constructor(room, { changed, tell }) {
    this.#room = room;
    this.#changed = changed;
    this.#tell = tell;
    for (const device of /** @type {Device[]} */ (['camera', 'microphone'])) {
      button(device).addEventListener('click', () => this.#toggle(device));
    }
  }

  /** @param {Device} device */
  isOn(device) {
    return this.#tracks.has(device);
  }

  /** The own camera's picture, if it is on. */
  get preview() {
    return this.#preview;
  }

  /** Names the buttons after what they would do. */
  show() {
    // Where the browser has no devices to give, the help says why; a dead button does not.
    const possible = Boolean(navigator.mediaDevices?.getUserMedia);
    for (const device of /** @type {Device[]} */ (['camera', 'microphone'])) {
      const [icon, name] = LABELS[device];
      const on = this.isOn(device);
      relabel(button(device), on ? icon : `${icon}-off`, `${name} ${on ? 'off' : 'on'}`);
      button(device).dataset.on = String(on);
      button(device).hidden = !possible;
      button(device).disabled = this.#asking.has(device) || this.#room.state.name === 'closed';
    }
  }

  /** Turns everything off, for good. */
  stop() {
    for (const track of this.#tracks.values()) track.stop();
    this.#tracks.clear();
    this.#preview = null;
  }

  /** @param {Device} device */
  async #toggle(device) {
    this.#tell();
    const track = this.#tracks.get(device);
    if (track) {
      track.stop();
      this.#tracks.delete(device);
    } else {
      this.#asking.add(device);
      this.show();
      try {
        await this.#start(device);
      } catch (error) {
        this.#tell(captureFailedInWords(error, device));
      } finally {
        this.#asking.delete(device);
      }
    }
    this.#publish();
  }

  /** @param {Device} device */
  async #start(device) {
    const [track] = (await navigator.mediaDevices.getUserMedia(WANTED[device])).getTracks();
    // Left while the browser asked.
    if (this.#room.state.name === 'closed') return track.stop();
    this.#tracks.set(device, track);
    // Unplugged, or taken away by the user.
    track.addEventListener('ended', () => {
      if (this.#tracks.get(device) !== track) return;
      this.#tracks.delete(device);
      this.#publish();
    });
    return undefined;
  }

  #publish() {
    const tracks = [...this.#tracks.values()];
    if (tracks.length > 0) this.#room.publish(new MediaStream(tracks));
    else this.#room.unpublish();
    const camera = this.#tracks.get('camera');
    if (this.#preview?.getVideoTracks()[0] !== camera) this.#preview = camera ? new MediaStream([camera]) : null;
    this.#changed();
  }
}
