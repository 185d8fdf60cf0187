/**
 * The own screen share: captured, told to the room, sent to everybody, and
 * ended for everybody, whoever ends it.
 */
import { CaptureError, captureProblem, displayMediaOptions, shareSupport } from './capture.js';
import { SignalingError, isReason } from './protocol.js';
import { SHARE_BITRATE, SHARE_FRAMERATE } from './tuning.js';

/**
 * @typedef {object} ShareOptions
 * @property {boolean | MediaTrackConstraints} [video] By default up to
 *   1920 × 1080 at 60 frames per second.
 * @property {boolean | MediaTrackConstraints} [audio] The tab's or the system's
 *   sound, where the browser can; true by default.
 * @property {MediaStream} [stream] Shared in place of a screen, without asking
 *   anybody. Its tracks stay the application's: they are not stopped here.
 * @property {'motion' | 'detail' | 'text'} [contentHint] Whether to keep the
 *   frame rate (`motion`, the default) or the sharpness when bits are short.
 */

/**
 * @typedef {object} ShareHost What a share needs from the room.
 * @property {MediaDevices} [mediaDevices]
 * @property {() => string | null} session Own session's id, if the room can be
 *   told something in it, now or when it is resumed.
 * @property {(command: import('./protocol.js').Command) => Promise<unknown>} command
 * @property {(outgoing: import('./negotiation.js').Outgoing) => void} send
 * @property {(key: string) => void} unsend
 * @property {(share: import('./participants.js').Share) => void} started
 * @property {(shareId: string, reason: string) => void} ended
 * @property {(error: unknown) => void} failed What no call was waiting for.
 */

const KEYS = { video: 'screen/video', audio: 'screen/audio' };

export class OwnShare {
  #host;
  /** @type {MediaStream | null} */
  #stream = null;
  #isOurs = false;
  /** @type {import('./tuning.js').Tuning} */
  #tuning = {};
  /** @type {string | null} The session in which the room was told of it. */
  #toldIn = null;
  /** The room has it, in that session. */
  #isTold = false;
  /** `start` waits for the room's answer, and says what becomes of it. */
  #isStarting = false;

  /** @param {ShareHost} host */
  constructor(host) {
    this.#host = host;
  }

  get stream() {
    return this.#stream;
  }

  /**
   * @param {ShareOptions} options
   * @returns {Promise<MediaStream>}
   */
  async start({ video, audio, stream: given, contentHint = 'motion' }) {
    // Before the user is asked: to choose a window for nothing is no pleasure.
    if (this.#host.session() === null) {
      throw new SignalingError('NOT_JOINED', 'There is no connection to the room right now.', { temporary: true });
    }
    const stream = given ?? await this.#capture({ video, audio });
    this.drop();
    for (const track of stream.getVideoTracks()) track.contentHint = contentHint;
    this.#stream = stream;
    this.#isOurs = !given;
    this.#tuning = {
      budget: SHARE_BITRATE,
      maxFramerate: SHARE_FRAMERATE,
      degradationPreference: contentHint === 'motion' ? 'maintain-framerate' : 'maintain-resolution',
      codec: 'video/VP9',
    };
    // The browser's own "Stop sharing" bar ends the track, and by that the share.
    for (const track of stream.getVideoTracks()) {
      track.addEventListener('ended', () => {
        if (this.#stream === stream) this.stop().catch(this.#host.failed);
      });
    }
    try {
      this.#isStarting = true;
      await this.#tell(stream);
    } catch (error) {
      if (this.#stream === stream) this.drop();
      throw error;
    } finally {
      this.#isStarting = false;
    }
    return stream;
  }

  async stop() {
    const stream = this.#stream;
    if (!stream) return;
    this.drop();
    // Without a session there is nothing to end: the next one begins without.
    if (this.#host.session() === null) return;
    try {
      await this.#host.command({ stopShare: {} });
    } catch (error) {
      if (!isReason(error, 'NOT_SHARING', 'CONNECTION_LOST')) throw error;
    }
    this.#host.ended(stream.id, 'STOPPED');
  }

  /** Stops capturing and sending, without a word to the room. */
  drop() {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = null;
    this.#toldIn = null;
    this.#isTold = false;
    this.#unsend();
    if (this.#isOurs) for (const track of stream.getTracks()) track.stop();
  }

  /**
   * A new session of our own begins, in which nobody was told of a share.
   *
   * @param {boolean} isTaken Somebody else shares, where only one may: ours does
   *   not push theirs aside, which may well be the newer one.
   */
  onNewSession(isTaken) {
    this.#toldIn = null;
    this.#isTold = false;
    this.#unsend();
    if (isTaken) this.#end('REPLACED');
  }

  /**
   * The session goes on, and what was told in it meanwhile is gone.
   *
   * @param {string | undefined} shareId Of our share as the room has it now.
   */
  onReset(shareId) {
    if (this.#isTold && this.#stream?.id !== shareId) this.#end('REPLACED');
  }

  /** Joined: a share outlives the session in which it began. */
  onJoined() {
    if (this.#stream && !this.#isStarting && this.#toldIn !== this.#host.session()) this.#tell(this.#stream).catch(this.#host.failed);
  }

  /**
   * The room says that our share ended, since somebody else's took its place.
   *
   * @param {string | undefined} shareId
   */
  onEnded(shareId) {
    if (this.#stream?.id === shareId) this.drop();
  }

  /** @param {Pick<ShareOptions, 'video' | 'audio'>} options */
  async #capture(options) {
    const { mediaDevices = globalThis.navigator?.mediaDevices } = this.#host;
    if (!mediaDevices?.getDisplayMedia) {
      const support = shareSupport();
      throw new CaptureError(support.ok ? captureProblem(new Error('getDisplayMedia is missing')) : support);
    }
    try {
      return await mediaDevices.getDisplayMedia(displayMediaOptions(options));
    } catch (error) {
      throw new CaptureError(captureProblem(error), error);
    }
  }

  /**
   * Tells the room, then sends to everybody: so the viewers know of the share
   * when it comes.
   *
   * @param {MediaStream} stream
   */
  async #tell(stream) {
    const session = this.#host.session();
    this.#toldIn = session;
    const audio = stream.getAudioTracks().length > 0;
    try {
      await this.#host.command({ startShare: { shareId: stream.id, audio } });
    } catch (error) {
      if (this.#toldIn === session) this.#toldIn = null;
      throw error;
    }
    // Stopped meanwhile, or told anew in a newer session.
    if (this.#stream !== stream || this.#toldIn !== session) return;
    this.#isTold = true;
    this.#host.started({ shareId: stream.id, audio });
    const [picture] = stream.getVideoTracks();
    const [sound] = stream.getAudioTracks();
    if (picture) this.#host.send({ ...this.#tuning, key: KEYS.video, source: 'screen', track: picture, stream });
    if (sound) this.#host.send({ key: KEYS.audio, source: 'screen', track: sound, stream });
  }

  /** @param {string} reason */
  #end(reason) {
    const shareId = this.#stream?.id;
    if (shareId === undefined) return;
    this.drop();
    this.#host.ended(shareId, reason);
  }

  #unsend() {
    this.#host.unsend(KEYS.video);
    this.#host.unsend(KEYS.audio);
  }
}
