/**
 * Chat by the room's messages. The room sends everybody everything, our own
 * words included; they are shown at once and ticked off when they come back.
 */
import { announce, button, element, make } from './dom.js';
import { hueOf, initialsOf, nameOf } from './words.js';

/** So many messages stay on the page. */
const MESSAGES_MOST = 500;
const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;

/** @typedef {import('../client/room.js').Room} Room */

/** @param {Room} room */
export function showChat(room) {
  const list = element('chat-list', HTMLOListElement);
  const log = element('chat-log');
  const field = element('chat-field', HTMLInputElement);
  /** @type {{body: string, item: HTMLLIElement}[]} Sent, and not yet back. */
  const underWay = [];
  let lastFrom = '';

  /**
   * @param {{id: string, name: string, isSelf: boolean}} from
   * @param {string} body
   */
  function add(from, body) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const time = make('time', '', new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
    const item = make('li', from.isSelf ? 'said own' : 'said');
    item.dataset.from = from.name;
    const follows = lastFrom === from.id;
    if (follows) item.classList.add('follows');
    lastFrom = from.id;
    const face = make('span', 'face small-face', initialsOf(from.name));
    face.setAttribute('aria-hidden', 'true');
    face.dataset.hue = String(hueOf(from.id));
    const who = make('span', 'who', from.isSelf ? 'You' : from.name, ' ', time);
    item.append(face, make('div', 'words', who, make('p', 'body', ...withLinks(body))));
    list.append(item);
    while (list.children.length > MESSAGES_MOST) list.firstElementChild?.remove();
    element('chat-empty').hidden = true;
    if (atEnd || from.isSelf) log.scrollTop = log.scrollHeight;
    return item;
  }

  const self = () => ({ id: room.participantId, name: room.self ? nameOf(room.self) : 'You', isSelf: true });

  room.on('message', ({ from, body }) => {
    if (from?.isSelf) {
      const index = underWay.findIndex((one) => one.body === body);
      if (index >= 0) underWay.splice(index, 1)[0].item.classList.remove('pending');
      else add(self(), body);
      return;
    }
    const name = from ? nameOf(from) : 'The room’s service';
    add({ id: from?.participantId ?? '', name, isSelf: false }, body);
    if (!isSeen(log)) announce(`${name}: ${body.length > 80 ? `${body.slice(0, 80)}…` : body}`);
  });

  room.on('state', ({ name }) => {
    button('chat-send').disabled = name !== 'joined';
  });

  element('chat-form', HTMLFormElement).addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = field.value.trim();
    if (!body || button('chat-send').disabled) return;
    field.value = '';
    const item = add(self(), body);
    item.classList.add('pending');
    const one = { body, item };
    underWay.push(one);
    try {
      await room.send(body);
      item.classList.remove('pending');
    } catch (error) {
      const index = underWay.indexOf(one);
      if (index < 0) return;
      underWay.splice(index, 1);
      item.classList.replace('pending', 'failed');
      item.querySelector('.words')?.append(make('p', 'not-sent', `Not sent: ${/** @type {Error} */ (error).message}`));
    }
  });
}

/** @param {Element} of */
function isSeen(of) {
  const { top, bottom } = of.getBoundingClientRect();
  return document.fullscreenElement === null && bottom > 0 && top < innerHeight - 120;
}

/**
 * Web addresses become links, everything else stays text.
 *
 * @param {string} body
 * @returns {(Node | string)[]}
 */
function withLinks(body) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let from = 0;
  for (const { 0: address, index } of body.matchAll(ADDRESS)) {
    const link = make('a', '', address);
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    parts.push(body.slice(from, index), link);
    from = index + address.length;
  }
  return [...parts, body.slice(from)];
}
