/**
 * Small pictures: cameras, and screens beside the one that is shown large.
 */
import { icon, make, setChildren, setStream, setText } from './dom.js';
import { faceOf } from './people.js';
import { nameOf } from './words.js';

/** @typedef {import('../client/room.js').Participant} Participant */

/**
 * @typedef {object} Tile
 * @property {string} key
 * @property {Participant} participant
 * @property {MediaStream | null} stream
 * @property {'camera' | 'screen'} kind
 * @property {boolean} microphone
 * @property {() => void} [choose] Shows it large.
 */

export class Tiles {
  /** @type {Map<string, HTMLLIElement>} */
  #items = new Map();

  /**
   * @param {Element} list
   * @param {Tile[]} tiles
   */
  show(list, tiles) {
    const items = tiles.map((tile) => this.#item(tile));
    for (const key of this.#items.keys()) if (!tiles.some((tile) => tile.key === key)) this.#items.delete(key);
    setChildren(list, items);
    /** @type {HTMLElement} */ (list).dataset.count = String(tiles.length);
    // Taken to another list, a video stops.
    for (const video of list.querySelectorAll('video')) if (video.paused && video.srcObject) video.play().catch(() => {});
  }

  /** @param {Tile} tile */
  #item({ key, participant, stream, kind, microphone, choose }) {
    const item = this.#items.get(key) ?? newItem(choose);
    this.#items.set(key, item);
    const name = participant.isSelf ? 'You' : nameOf(participant);
    const isScreen = kind === 'screen';
    item.className = `tile ${kind} ${participant.isSelf ? 'own' : ''} ${participant.state}`;
    item.dataset.participant = nameOf(participant);
    item.dataset.kind = kind;
    const video = /** @type {HTMLVideoElement} */ (item.querySelector('video'));
    setStream(video, stream);
    video.hidden = !stream;
    video.setAttribute('aria-label', isScreen ? `Screen of ${name}` : `Camera of ${name}`);
    const face = /** @type {HTMLElement} */ (item.querySelector('.face'));
    const wanted = faceOf(participant, 'big-face');
    if (face.textContent !== wanted.textContent) face.replaceWith(wanted);
    const label = /** @type {HTMLElement} */ (item.querySelector('.tile-name'));
    setText(label, isScreen ? (participant.isSelf ? 'Your screen' : `${name}’s screen`) : name);
    const mic = item.querySelector('.tile-mic');
    if (!isScreen && mic instanceof HTMLElement && mic.dataset.on !== String(microphone)) {
      mic.dataset.on = String(microphone);
      mic.replaceChildren(microphone ? icon('mic', 'microphone on') : icon('mic-off', 'microphone off'));
    }
    const chooser = item.querySelector('button');
    if (chooser) chooser.setAttribute('aria-label', `Show ${name}’s screen large`);
    return item;
  }
}

/** @param {(() => void) | undefined} choose */
function newItem(choose) {
  const video = make('video');
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  const item = make('li', 'tile', make('span', 'face'), video, make('span', 'tile-label', make('span', 'tile-mic'), make('span', 'tile-name')));
  if (choose) {
    const chooser = make('button', 'choose');
    chooser.type = 'button';
    chooser.addEventListener('click', choose);
    item.append(chooser);
  }
  return item;
}
