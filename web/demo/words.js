/**
 * What the page says, in sentences. Pure.
 */

/** @typedef {import('../client/room.js').Participant} Participant */

/**
 * Metadata is whatever another client chose to send.
 *
 * @param {Pick<Participant, 'metadata' | 'participantId'>} participant
 */
export function nameOf({ metadata, participantId }) {
  try {
    const { name } = JSON.parse(metadata);
    if (typeof name === 'string' && name.trim()) return name.trim().slice(0, 60);
  } catch {
    // No JSON: the id has to do.
  }
  return participantId.slice(0, 12);
}

/**
 * Up to two letters for a face.
 *
 * @param {string} name
 */
export function initialsOf(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [name];
  return letters.map((word) => [...word][0] ?? '').join('').toLocaleUpperCase();
}

/** How many colors of faces the style sheet has. */
const HUES = 8;

/**
 * The same color for the same person, wherever they are shown.
 *
 * @param {string} id
 */
export function hueOf(id) {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % HUES;
}

/** @param {import('../client/signaling.js').State} state */
export function stateInWords({ name }) {
  switch (name) {
    case 'joined': return 'Connected';
    case 'reconnecting': return 'Connection lost. Reconnecting…';
    case 'closed': return 'Not in the room';
    default: return 'Connecting…';
  }
}

/** While the room goes on without its store. */
export const DEGRADED = 'The call goes on. The server works without its memory for the moment; there is nothing for you to do.';

/** How we came back, in the words of the room's events. */
export const RETURNS = {
  resumed: 'Back in the room',
  reset: 'Back in the room, but some of what happened meanwhile was missed',
  rejoined: 'Joined the room again, and connected to everybody anew',
};

/**
 * @typedef {object} Ending How the page takes leave.
 * @property {string} icon
 * @property {string} title
 * @property {string} text
 * @property {string} again The button that goes back in.
 */

/**
 * @param {{reason?: string, message?: string} | undefined} reason
 * @param {string} roomId
 * @returns {Ending}
 */
export function endingInWords(reason, roomId) {
  switch (reason?.reason) {
    case 'LEFT': return { icon: 'door', title: `You left ${roomId}`, text: 'Nothing is shared from here any more.', again: 'Join again' };
    case 'SESSION_SUPERSEDED': return {
      icon: 'moved',
      title: 'You went on somewhere else',
      text: `Another window or device joined ${roomId} as you, so this page stepped aside. It stays silent until you say so.`,
      again: 'Continue here',
    };
    case 'PARTICIPANT_REMOVED': return { icon: 'door', title: 'You were removed', text: `Somebody who looks after ${roomId} took you out of it.`, again: 'Try again' };
    case 'ROOM_CLOSED': return { icon: 'door', title: 'The room was closed', text: `${roomId} is over for everybody.`, again: 'Open it anew' };
    case 'ROOM_FULL': return { icon: 'people', title: 'The room is full', text: 'Try again when somebody has left.', again: 'Try again' };
    default: return { icon: 'info', title: 'The connection was closed', text: reason?.message ?? 'The gateway did not say why.', again: 'Join again' };
  }
}

/**
 * The library's words and the browser's own, as one.
 *
 * @param {string | undefined} state
 * @returns {'' | 'connecting' | 'connected' | 'interrupted' | 'failed'}
 */
export function pathOf(state) {
  switch (state) {
    case 'new': case 'connecting': return 'connecting';
    case 'connected': return 'connected';
    case 'disconnected': case 'interrupted': return 'interrupted';
    case 'failed': return 'failed';
    default: return '';
  }
}

const PATHS = {
  '': '',
  connecting: 'finding a path…',
  connected: 'connected',
  interrupted: 'interrupted…',
  failed: 'no path found',
};

/** @param {string | undefined} state How the media connection to somebody is doing. */
export const pathInWords = (state) => PATHS[pathOf(state)];

/** @param {string[]} names */
export function noPathInWords(names) {
  return `No direct path to ${listOf(names)} was found; still trying. Some networks block peer-to-peer: another network helps, `
    + 'or a TURN server that whoever runs this Switchboard can add.';
}

/**
 * @param {Participant} sharer
 * @param {boolean} arrived
 * @param {string | undefined} connection
 */
export function watchingInWords(sharer, arrived, connection) {
  const who = nameOf(sharer);
  switch (pathOf(connection)) {
    case 'failed': return `${who} is sharing, but no path to their browser was found. Trying again…`;
    case 'interrupted': return `${who} is sharing, but the picture is interrupted. Waiting for it to come back…`;
    default: return arrived ? `${who} is sharing their screen.` : `${who} is sharing. Waiting for the picture…`;
  }
}

/**
 * @param {Participant} participant
 * @param {string} reason
 */
export function endedInWords(participant, reason) {
  if (participant.isSelf) return reason === 'REPLACED' ? 'Your share ended, because somebody else began to share.' : 'You stopped sharing.';
  switch (reason) {
    case 'LEFT': return `${nameOf(participant)} left, so the share ended.`;
    case 'REPLACED': return `The share of ${nameOf(participant)} was replaced by another one.`;
    default: return `${nameOf(participant)} stopped sharing.`;
  }
}

/**
 * @param {Participant} participant
 * @param {string} reason
 */
export function leftInWords(participant, reason) {
  const who = nameOf(participant);
  switch (reason) {
    case 'EXPIRED': return `${who} did not come back`;
    case 'REMOVED': return `${who} was removed`;
    default: return `${who} left`;
  }
}

/** @param {string[]} names */
export function listOf(names) {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** @param {number} bitsPerSecond */
export function bitrateInWords(bitsPerSecond) {
  if (bitsPerSecond >= 999_500) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbps`;
  return `${Math.round(bitsPerSecond / 1e3)} kbps`;
}

/**
 * @param {number} viewers
 * @param {number} budget Bits per second.
 */
export function sharingInWords(viewers, budget) {
  if (viewers === 0) return 'Nobody is here to see it yet.';
  const each = `${Number((budget / 1e6 / viewers).toFixed(1))} Mbps`;
  return viewers === 1 ? `One person can see it, at up to ${each}.` : `${viewers} people can see it, at up to ${each} each.`;
}

/**
 * @param {unknown} error
 * @param {'screen' | 'camera' | 'microphone'} what
 */
export function captureFailedInWords(error, what) {
  const { name = '', message = '', help = '' } = /** @type {{name?: string, message?: string, help?: string}} */ (error ?? {});
  // The library's own errors are sentences already, and some know what helps.
  if (help) return `${message} ${help}`;
  const thing = what === 'screen' ? 'screen' : what;
  switch (name) {
    case 'NotAllowedError': return what === 'screen'
      ? 'Nothing is shared: the choice was canceled, or the browser may not record the screen. If you did not cancel it, look into the system’s privacy settings.'
      : `This page may not use the ${thing}. Allow it in the browser’s address bar.`;
    case 'NotFoundError': return `No ${thing} was found.`;
    case 'NotReadableError': return `The system did not let the browser use the ${thing}. Another program may be using it.`;
    default: return message || `The ${thing} could not be used.`;
  }
}
