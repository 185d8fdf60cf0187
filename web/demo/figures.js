/**
 * Live figures: of the share that is watched, else of the own one.
 */
import { element, setText } from './dom.js';
import { bitrateInWords } from './words.js';

/** @typedef {import('../client/room.js').Room} Room */
/** @typedef {import('../client/stats.js').PeerStats & {participantId: string}} PeerFigures */

const EVERY_MS = 1_000;
const NAMES = /** @type {const} */ (['fps', 'resolution', 'bitrate', 'rtt', 'lost', 'codec']);

/**
 * @typedef {object} Figures
 * @property {number | null} fps
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} bitrate Bits per second.
 * @property {number | null} rtt Milliseconds.
 * @property {number | null} lost Packets.
 * @property {string | null} codec
 */

/**
 * @param {PeerFigures[]} all
 * @param {string | null} sharerId Whose screen is watched; null for the own.
 * @returns {Figures | null}
 */
export function figuresOf(all, sharerId) {
  const isScreen = (/** @type {import('../client/stats.js').MediaStats} */ one) => one.kind === 'video' && one.source === 'screen';
  if (sharerId) {
    const peer = all.find(({ participantId }) => participantId === sharerId);
    const media = peer?.receiving.find(isScreen);
    return peer && media ? { ...pick(media), rtt: peer.roundTripMs } : null;
  }
  const sent = all.flatMap((peer) => peer.sending.filter(isScreen).map((media) => ({ media, peer })));
  if (sent.length === 0) return null;
  // What leaves here is the sum; the rest is told of the best-served viewer.
  const best = sent.reduce((a, b) => ((b.media.framesPerSecond ?? 0) > (a.media.framesPerSecond ?? 0) ? b : a));
  return {
    ...pick(best.media),
    bitrate: sum(sent.map(({ media }) => media.bitrate)),
    lost: sum(sent.map(({ media }) => media.packetsLost)),
    rtt: best.peer.roundTripMs,
  };
}

/** @param {import('../client/stats.js').MediaStats} media */
function pick({ framesPerSecond: fps, width, height, bitrate, packetsLost: lost, codec }) {
  return { fps, width, height, bitrate, lost, codec };
}

/** @param {(number | null)[]} values */
function sum(values) {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
}

/**
 * @param {Room} room
 * @param {() => string | null} sharerId
 */
export function showFigures(room, sharerId) {
  const refresh = async () => {
    if (document.hidden) return;
    const id = sharerId();
    const active = room.state.name !== 'closed' && (id || room.sharedStream);
    try {
      write(active ? figuresOf(/** @type {any} */ (await room.stats()), id) : null, Boolean(id));
    } catch {
      // The connection went away while it was looked at.
      write(null, false);
    }
  };
  setInterval(refresh, EVERY_MS);
  // What has ended has no figures any more; the next second would be late.
  room.on('shareEnded', refresh);
}

/**
 * @param {Figures | null} figures
 * @param {boolean} watching
 */
function write(figures, watching) {
  const output = element('figures', HTMLOutputElement);
  output.dataset.of = figures ? (watching ? 'watching' : 'sharing') : 'nothing';
  output.setAttribute('aria-label', figures && !watching ? 'Live figures of what you send' : 'Live figures');
  const texts = {
    fps: figures?.fps == null ? '' : String(Math.round(figures.fps)),
    resolution: figures?.width && figures.height ? `${figures.width}×${figures.height}` : '',
    bitrate: figures?.bitrate == null ? '' : bitrateInWords(figures.bitrate),
    rtt: figures?.rtt == null ? '' : `${figures.rtt < 10 ? Number(figures.rtt.toFixed(1)) : Math.round(figures.rtt)} ms`,
    lost: figures?.lost == null ? '' : String(Math.max(0, figures.lost)),
    codec: figures?.codec ?? '',
  };
  for (const name of NAMES) {
    const figure = output.querySelector(`[data-figure="${name}"]`);
    if (!(figure instanceof HTMLElement)) continue;
    figure.hidden = texts[name] === '';
    setText(/** @type {Element} */ (figure.querySelector('b')), texts[name]);
  }
  Object.assign(output.dataset, {
    fps: figures?.fps?.toFixed(1) ?? '', width: figures?.width ?? '', height: figures?.height ?? '',
    bitrate: figures?.bitrate?.toFixed(0) ?? '', rtt: figures?.rtt?.toFixed(1) ?? '', lost: figures?.lost ?? '', codec: figures?.codec ?? '',
  });
}
