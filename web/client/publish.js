/** The own camera and microphone: at most one of each is sent, to everybody. */
import { CAMERA_BITRATE } from './tuning.js';

/** @typedef {import('./negotiation.js').Outgoing} Outgoing */

/**
 * What of a stream is sent, and as what.
 *
 * @param {MediaStream} stream
 * @returns {Outgoing[]}
 */
export function outgoingOf(stream) {
  const [picture] = stream.getVideoTracks();
  const [sound] = stream.getAudioTracks();
  /** @type {Outgoing[]} */
  const outgoing = [];
  if (picture) outgoing.push({ key: 'camera', source: 'camera', track: picture, stream, budget: CAMERA_BITRATE });
  if (sound) outgoing.push({ key: 'microphone', source: 'microphone', track: sound, stream });
  return outgoing;
}

export class Published {
  #peers;
  /** @type {MediaStream | null} */
  #stream = null;

  /** @param {{send: (outgoing: Outgoing) => void, unsend: (key: string) => void}} peers */
  constructor(peers) {
    this.#peers = peers;
  }

  get stream() {
    return this.#stream;
  }

  /** @param {MediaStream} stream */
  publish(stream) {
    const outgoing = outgoingOf(stream);
    if (outgoing.length === 0) throw new TypeError('There is no track in the stream to be published.');
    this.#stream = stream;
    for (const key of ['camera', 'microphone']) {
      if (!outgoing.some((one) => one.key === key)) this.#peers.unsend(key);
    }
    for (const one of outgoing) {
      this.#peers.send(one);
      // Unplugged, or taken away by the user.
      one.track.addEventListener('ended', () => {
        if (this.#stream === stream) this.#peers.unsend(one.key);
      });
    }
  }

  unpublish() {
    this.#stream = null;
    this.#peers.unsend('camera');
    this.#peers.unsend('microphone');
  }
}
