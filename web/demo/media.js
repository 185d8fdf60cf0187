/**
 * What has arrived from whom: one stream a person and source, made here, so
 * that it does not matter how the sender bundled its tracks.
 */

import { pathOf } from './words.js';

/** @typedef {'screen' | 'camera' | 'microphone'} Source */

export class Media {
  /** @type {Map<string, Map<Source, MediaStream>>} */
  #streams = new Map();
  /** @type {Map<string, string>} State of the media connection, by participant. */
  #paths = new Map();

  /**
   * @param {import('../client/room.js').Room} room
   * @param {() => void} changed
   */
  constructor(room, changed) {
    const on = /** @type {(name: string, listener: (event: any) => void) => void} */ (room.on.bind(room));
    on('track', ({ participant, track, source, isShare }) => {
      this.#add(participant.participantId, source ?? guess(track, isShare), track);
      track.addEventListener('ended', () => {
        this.#prune();
        changed();
      });
      changed();
    });
    on('trackEnded', ({ participant, track }) => {
      this.#prune(participant.participantId, track);
      changed();
    });
    on('connection', ({ participant, state }) => {
      this.#paths.set(participant.participantId, state);
      changed();
    });
    on('participantLeft', ({ participant }) => {
      this.#streams.delete(participant.participantId);
      this.#paths.delete(participant.participantId);
      changed();
    });
  }

  /**
   * @param {string} participantId
   * @param {Source} source
   * @returns {MediaStream | null} With a live track, or none.
   */
  get(participantId, source) {
    return this.#streams.get(participantId)?.get(source) ?? null;
  }

  /**
   * How the media connection to somebody is doing; undefined if there is none.
   *
   * @param {string} participantId
   */
  path(participantId) {
    return this.#paths.get(participantId);
  }

  /** Out of the room nothing moves any more; a frozen picture would lie. */
  clear() {
    this.#streams.clear();
    this.#paths.clear();
  }

  /** Whether anything arrives that can be heard. */
  get hasSound() {
    // What is announced but has no path yet is silent.
    return [...this.#streams].some(([id, streams]) => ['connected', 'interrupted'].includes(pathOf(this.path(id))) && [...streams.values()].some((stream) => stream.getAudioTracks().length > 0));
  }

  /**
   * @param {string} participantId
   * @param {Source} source
   * @param {MediaStreamTrack} track
   */
  #add(participantId, source, track) {
    const streams = this.#streams.get(participantId) ?? new Map();
    this.#streams.set(participantId, streams);
    const stream = streams.get(source) ?? new MediaStream();
    streams.set(source, stream);
    // The newest of a kind takes the place of what it follows.
    for (const old of stream.getTracks()) if (old !== track && old.kind === track.kind) stream.removeTrack(old);
    stream.addTrack(track);
  }

  /**
   * Forgets what has ended.
   *
   * @param {string} [participantId]
   * @param {MediaStreamTrack} [gone] Ended for sure.
   */
  #prune(participantId, gone) {
    for (const [id, streams] of this.#streams) {
      for (const [source, stream] of streams) {
        for (const track of stream.getTracks()) {
          if (track.readyState === 'ended' || (id === participantId && track === gone)) stream.removeTrack(track);
        }
        if (stream.getTracks().length === 0) streams.delete(source);
      }
    }
  }
}

/**
 * @param {MediaStreamTrack} track
 * @param {boolean | undefined} isShare
 * @returns {Source}
 */
function guess(track, isShare) {
  if (isShare) return 'screen';
  return track.kind === 'video' ? 'camera' : 'microphone';
}
