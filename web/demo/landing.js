/**
 * The first page: a room, a name, Join.
 */
import { element } from './dom.js';

const NAME_KEY = 'switchboard.name';
const WORDS = [
  ['amber', 'brisk', 'calm', 'clear', 'early', 'gentle', 'green', 'light', 'mellow', 'quiet', 'silver', 'sunny'],
  ['brook', 'cedar', 'harbor', 'heron', 'island', 'lantern', 'meadow', 'orchard', 'pebble', 'river', 'valley', 'willow'],
];

/**
 * @param {object} known From the address.
 * @param {string} known.roomId
 * @param {string} known.name
 * @param {(roomId: string, name: string) => void} join
 */
export function showLanding({ roomId, name }, join) {
  const roomField = element('room-field', HTMLInputElement);
  const nameField = element('name-field', HTMLInputElement);
  roomField.value = roomId || suggestRoom();
  nameField.value = name || rememberedName();
  if (roomId) {
    element('join-title').textContent = 'You are invited';
    element('join-note').textContent = `Somebody sent you the link to ${roomId}. Say who you are, and you are in.`;
    element('join-note').hidden = false;
  }
  element('landing').hidden = false;
  if (!nameField.value) nameField.focus();
  else roomField.focus();

  element('join-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const [room, who] = [roomField.value.trim(), nameField.value.trim()];
    if (!room) return roomField.focus();
    if (!who) return nameField.focus();
    rememberName(who);
    // Not by loading the page anew: the click that came before is what lets a share be heard.
    const address = new URL('/', location.href);
    address.search = new URLSearchParams({ room, name: who }).toString();
    history.pushState(null, '', address);
    element('landing').hidden = true;
    return join(room, who);
  });
}

/** @param {string} name */
function rememberName(name) {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Storage may be forbidden; the name is then asked for again.
  }
}

function rememberedName() {
  try {
    return localStorage.getItem(NAME_KEY) ?? '';
  } catch {
    return '';
  }
}

function suggestRoom() {
  const pick = (/** @type {string[]} */ words) => words[crypto.getRandomValues(new Uint32Array(1))[0] % words.length];
  const number = crypto.getRandomValues(new Uint32Array(1))[0] % 900 + 100;
  return `${WORDS.map(pick).join('-')}-${number}`;
}
