/**
 * Who is in the room, and how we are connected to each.
 */
import { element, icon, make, setText } from './dom.js';
import { hueOf, initialsOf, nameOf, pathInWords, pathOf } from './words.js';

/** @typedef {import('../client/room.js').Participant} Participant */

/**
 * @param {Participant[]} participants
 * @param {object} about
 * @param {(participantId: string) => string | undefined} about.path
 * @param {(participant: Participant, source: 'camera' | 'microphone') => boolean} about.sends
 */
export function showPeople(participants, { path, sends }) {
  // Oneself first, then by name: nobody jumps about when somebody's state changes.
  const sorted = [...participants].sort((a, b) => Number(b.isSelf) - Number(a.isSelf) || nameOf(a).localeCompare(nameOf(b)));
  setText(element('people-count'), String(sorted.length));
  element('people').replaceChildren(...sorted.map((participant) => {
    const connection = participant.isSelf ? undefined : path(participant.participantId);
    const item = make('li', `person ${participant.state}`);
    item.dataset.state = participant.state;
    item.dataset.path = pathOf(connection);
    item.dataset.sharing = String(participant.share !== null);
    const notes = [];
    if (participant.isSelf) notes.push('you');
    if (participant.state === 'reconnecting') notes.push('reconnecting…');
    else if (pathInWords(connection)) notes.push(pathInWords(connection));
    const words = make('span', 'person-words', make('span', 'name', nameOf(participant)));
    if (notes.length > 0) words.append(' ', make('span', 'note', notes.join(' · ')));
    item.append(faceOf(participant), words, marksOf(participant, sends));
    return item;
  }));
}

/**
 * @param {Participant} participant
 * @param {string} [className]
 */
export function faceOf(participant, className = '') {
  const face = make('span', `face ${className}`, initialsOf(nameOf(participant)));
  face.dataset.hue = String(hueOf(participant.participantId));
  face.setAttribute('aria-hidden', 'true');
  return face;
}

/**
 * @param {Participant} participant
 * @param {(participant: Participant, source: 'camera' | 'microphone') => boolean} sends
 */
function marksOf(participant, sends) {
  const marks = make('span', 'marks');
  if (participant.share) {
    const mark = make('span', 'badge', 'sharing');
    marks.append(mark);
  }
  if (sends(participant, 'camera')) marks.append(icon('camera', 'camera on'));
  if (sends(participant, 'microphone')) marks.append(icon('mic', 'microphone on'));
  return marks;
}
