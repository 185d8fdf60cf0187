/**
 * The demo page: `/?room=R&name=N` joins at once; without both, a form asks.
 * A thin layer over the library: it shows what the room tells.
 */
import { Room } from '/client/index.js';

/** @typedef {import('../client/room.js').Participant} Participant */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`The page has no ${type.name} #${id}.`);
  return found;
}

const query = new URLSearchParams(location.search);
const roomId = query.get('room')?.trim() ?? '';
const name = query.get('name')?.trim() ?? '';

if (roomId && name) enter(roomId, name);
else ask();

function ask() {
  element('room-field', HTMLInputElement).value = roomId;
  element('name-field', HTMLInputElement).value = name;
  element('landing', HTMLElement).hidden = false;
  element(roomId ? 'name-field' : 'room-field', HTMLInputElement).focus();
}

/**
 * @param {string} roomId
 * @param {string} name
 */
function enter(roomId, name) {
  const video = element('screen', HTMLVideoElement);
  const shareButton = element('share', HTMLButtonElement);
  const stopButton = element('stop', HTMLButtonElement);
  const stageText = element('stage-text', HTMLElement);
  const problem = element('problem', HTMLElement);

  // The identity is this page's alone: a duplicated tab is somebody else.
  const room = new Room({ roomId, metadata: JSON.stringify({ name }) });

  /** What happened last on the stage, while nobody shares. */
  let lastOnStage = 'Nobody is sharing.';
  /** @type {Map<string, MediaStream>} Arrived streams, by their id, which is the share's. */
  const streams = new Map();
  /** @type {Map<string, RTCPeerConnectionState>} By participant. */
  const connections = new Map();
  let choosing = false;

  element('call', HTMLElement).hidden = false;
  element('room-name', HTMLElement).textContent = roomId;
  document.title = `${roomId} · Switchboard`;

  /** @param {string} [sentence] */
  function tell(sentence = '') {
    problem.textContent = sentence;
    problem.hidden = sentence === '';
  }

  function showState() {
    const { state } = room;
    document.documentElement.dataset.state = state.name;
    element('state-text', HTMLElement).textContent = stateInWords(state);
    element('gateway', HTMLElement).textContent = room.gatewayId ?? 'not connected';
    if (state.name === 'closed') tell(closedInWords(state.reason));
  }

  function showPeople() {
    const items = [...room.participants.values()].map((participant) => {
      const item = document.createElement('li');
      item.className = participant.state;
      const notes = [];
      if (participant.isSelf) notes.push('you');
      if (participant.share) notes.push('sharing');
      if (participant.state === 'reconnecting') notes.push('reconnecting…');
      item.append(span('name', nameOf(participant)), span('note', notes.join(', ')));
      return item;
    });
    element('people', HTMLElement).replaceChildren(...items);
  }

  function showStage() {
    const sharing = room.sharedStream !== null;
    stopButton.hidden = !sharing;
    shareButton.hidden = sharing;
    shareButton.disabled = choosing || room.state.name !== 'joined';

    // Out of the room nothing moves any more; a frozen picture would lie.
    const others = room.state.name === 'closed' ? [] : [...room.participants.values()];
    const sharer = others.find(({ share, isSelf }) => share && !isSelf);
    const stream = sharer?.share ? streams.get(sharer.share.shareId) : undefined;
    if (video.srcObject !== (stream ?? null)) video.srcObject = stream ?? null;
    video.hidden = !stream;
    if (sharer) stageText.textContent = watchingInWords(sharer, Boolean(stream), connections.get(sharer.participantId));
    else if (sharing) stageText.textContent = 'You are sharing your screen.';
    else stageText.textContent = lastOnStage;
  }

  function show() {
    showState();
    showPeople();
    showStage();
  }

  room.on('state', () => show());
  room.on('participantJoined', show);
  room.on('participantUpdated', show);
  room.on('participantLeft', ({ participant }) => {
    connections.delete(participant.participantId);
    show();
  });
  room.on('shareStarted', show);
  room.on('shareEnded', ({ participant, share, reason }) => {
    streams.delete(share.shareId);
    lastOnStage = endedInWords(participant, reason);
    show();
  });
  room.on('track', ({ stream }) => {
    if (stream) streams.set(stream.id, stream);
    showStage();
  });
  room.on('connection', ({ participant, state }) => {
    connections.set(participant.participantId, state);
    showStage();
  });
  room.on('error', (error) => {
    console.error(error);
    tell(error.message);
  });

  shareButton.addEventListener('click', async () => {
    tell();
    choosing = true;
    showStage();
    try {
      await room.share();
    } catch (error) {
      tell(shareFailedInWords(/** @type {Error} */ (error)));
    } finally {
      choosing = false;
      show();
    }
  });
  stopButton.addEventListener('click', async () => {
    tell();
    try {
      await room.stopShare();
    } catch (error) {
      tell(/** @type {Error} */ (error).message);
    }
    show();
  });

  show();
  // A refusal for good is shown by the state.
  room.join().catch(() => {});
}

/**
 * @param {string} className
 * @param {string} text
 */
function span(className, text) {
  const made = document.createElement('span');
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * Metadata is whatever another client chose to send.
 *
 * @param {Participant} participant
 */
function nameOf({ metadata, participantId }) {
  try {
    const { name } = JSON.parse(metadata);
    if (typeof name === 'string' && name.trim()) return name.trim().slice(0, 60);
  } catch {
    // No JSON: the id has to do.
  }
  return participantId.slice(0, 12);
}

/** @param {import('../client/signaling.js').State} state */
function stateInWords({ name }) {
  switch (name) {
    case 'joined': return 'Connected';
    case 'reconnecting': return 'Connection lost. Reconnecting…';
    case 'closed': return 'Not in the room';
    default: return 'Connecting…';
  }
}

/** @param {import('../client/protocol.js').SignalingError | undefined} reason */
function closedInWords(reason) {
  switch (reason?.reason) {
    case 'LEFT': return 'You left the room.';
    case 'SESSION_SUPERSEDED': return 'You joined this room in another place, so this page has left it. Reload it to join here.';
    case 'PARTICIPANT_REMOVED': return 'You were removed from this room.';
    case 'ROOM_CLOSED': return 'This room was closed.';
    case 'ROOM_FULL': return 'This room is full. Try again when somebody has left.';
    default: return reason?.message ?? 'The connection was closed.';
  }
}

/**
 * @param {Participant} sharer
 * @param {boolean} arrived
 * @param {RTCPeerConnectionState | undefined} connection
 */
function watchingInWords(sharer, arrived, connection) {
  const who = nameOf(sharer);
  if (connection === 'failed') {
    return `${who} is sharing, but no path to their browser was found. A firewall may be in between; trying again…`;
  }
  if (connection === 'disconnected') return `${who} is sharing, but the picture is interrupted. Waiting for it to come back…`;
  return arrived && connection === 'connected' ? `${who} is sharing their screen.` : `${who} is sharing. Waiting for the picture…`;
}

/**
 * @param {Participant} participant
 * @param {string} reason
 */
function endedInWords(participant, reason) {
  if (participant.isSelf) return reason === 'REPLACED' ? 'Your share ended, because somebody else began to share.' : 'You stopped sharing.';
  switch (reason) {
    case 'LEFT': return `${nameOf(participant)} left, so the share ended.`;
    case 'REPLACED': return `The share of ${nameOf(participant)} was replaced by another one.`;
    default: return `${nameOf(participant)} stopped sharing.`;
  }
}

/** @param {Error} error */
function shareFailedInWords(error) {
  switch (error.name) {
    case 'NotAllowedError': return 'Nothing is shared: the choice was canceled, or this browser may not record the screen. If you did not cancel it, look into the system\'s privacy settings.';
    case 'NotSupportedError': return isSecureContext
      ? 'This browser cannot share a screen. A browser on a computer can.'
      : 'Screens can be shared only from a page on https:// or on localhost. Open this page at one of these.';
    case 'NotFoundError': return 'There is no screen that could be shared.';
    case 'NotReadableError': return 'The system did not let the browser read the screen.';
    default: return `Nothing is shared: ${error.message}`;
  }
}
