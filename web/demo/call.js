/**
 * In the room: ties the room's events to the parts of the page.
 */
import * as client from '/client/index.js';
import { showChat } from './chat.js';
import { Devices } from './devices.js';
import { copyLink, explainWhyNot, hideEnding, linkTo, openHelp, showEnding } from './dialogs.js';
import { announce, button, element, setText, showEnds } from './dom.js';
import { showFigures } from './figures.js';
import { Media } from './media.js';
import { showPeople } from './people.js';
import { Sound } from './sound.js';
import { Stage } from './stage.js';
import { DEGRADED, RETURNS, captureFailedInWords, endedInWords, leftInWords, nameOf, noPathInWords, pathOf, stateInWords } from './words.js';

/** @typedef {import('../client/room.js').Participant} Participant */

/**
 * @param {string} roomId
 * @param {string} name
 */
export function enter(roomId, name) {
  const page = document.documentElement;
  // The identity is this page's alone and in its memory only: a duplicated tab is somebody else.
  // Behind the # no server is told it.
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  const room = new client.Room({ roomId, token, metadata: JSON.stringify({ name }) });
  const support = client.shareSupport();
  const link = linkTo(roomId);
  let choosing = false;
  /** Whether joins are news, not those who were here before us. */
  let settled = false;

  /** @param {string} [sentence] */
  function tell(sentence = '') {
    setText(element('problem-text'), sentence);
    element('problem').hidden = sentence === '';
  }

  const media = new Media(room, show);
  const devices = new Devices(room, { changed: show, tell });
  const sound = new Sound();
  const stage = new Stage(room, { media, devices, sound, changed: show });

  page.dataset.participantId = room.participantId;
  document.title = `${roomId} · Switchboard`;
  element('room-name').textContent = roomId;
  element('invite-link').textContent = link;
  explainWhyNot(support);
  element('call').hidden = false;

  function showState() {
    const { state } = room;
    page.dataset.state = state.name;
    setText(element('state-text'), stateInWords(state));
    showEnds(element('gateway'), room.gatewayId ?? 'not connected');
    setText(element('degraded'), room.degraded ? DEGRADED : '');
    element('degraded').hidden = !room.degraded;
  }

  function showControls() {
    const sharing = room.sharedStream !== null;
    button('stop').hidden = !sharing;
    button('share').hidden = sharing || !support.ok;
    button('share').disabled = choosing || room.state.name !== 'joined';
    button('why').hidden = support.ok;
    devices.show();
  }

  /** @param {Participant} participant @param {'camera' | 'microphone'} source */
  const sends = (participant, source) => (participant.isSelf
    ? devices.isOn(source)
    : media.get(participant.participantId, source) !== null);

  function show() {
    const participants = [...room.participants.values()];
    showState();
    showControls();
    showPeople(participants, { path: (id) => media.path(id), sends });
    stage.show(support);
    sound.showVoices(new Map(participants.flatMap(({ participantId, isSelf }) => {
      const stream = isSelf ? null : media.get(participantId, 'microphone');
      return stream ? [[participantId, stream]] : [];
    })));
    sound.showButton(media.hasSound);
    const unreached = participants.filter(({ participantId }) => pathOf(media.path(participantId)) === 'failed');
    setText(element('path-problem'), unreached.length > 0 ? noPathInWords(unreached.map(nameOf)) : '');
    element('path-problem').hidden = unreached.length === 0;
  }

  room.on('state', (state) => {
    if (state.name === 'joined') settled = true;
    if (state.name === 'closed') {
      settled = false;
      devices.stop();
      room.unpublish();
      media.clear();
      showEnding(state.reason, roomId);
    }
    show();
  });
  room.on('degraded', show);
  room.on('resumed', ({ wasInterrupted }) => {
    if (wasInterrupted) announce(RETURNS.resumed);
    show();
  });
  room.on('reset', () => announce(RETURNS.reset));
  room.on('rejoined', () => announce(RETURNS.rejoined));
  room.on('participantJoined', ({ participant }) => {
    if (settled && !participant.isSelf && room.state.name === 'joined') announce(`${nameOf(participant)} joined`);
    show();
  });
  room.on('participantUpdated', ({ participant }) => {
    if (participant.state === 'reconnecting' && !participant.isSelf) announce(`${nameOf(participant)} lost the connection`);
    show();
  });
  room.on('participantLeft', ({ participant, reason }) => {
    // Of who left while we were away, the list tells enough.
    if (settled && !participant.isSelf && reason !== 'TAKEN_OVER' && room.state.name === 'joined') announce(leftInWords(participant, reason));
    show();
  });
  room.on('shareStarted', show);
  room.on('shareEnded', ({ participant, reason }) => {
    stage.remember(endedInWords(participant, reason));
    // Somebody else's share stands on the stage now, so the one who was replaced is told beside it.
    if (participant.isSelf && reason === 'REPLACED') tell(endedInWords(participant, reason));
    show();
  });
  room.on('error', (error) => {
    console.error(error);
    tell(error.message);
  });

  button('share').addEventListener('click', async () => {
    tell();
    choosing = true;
    showControls();
    try {
      await room.share();
    } catch (error) {
      tell(captureFailedInWords(error, 'screen'));
    } finally {
      choosing = false;
      show();
    }
  });
  button('stop').addEventListener('click', async () => {
    tell();
    await room.stopShare().catch((error) => tell(error.message));
    show();
    button('share').focus();
  });
  button('why').addEventListener('click', openHelp);
  button('copy').addEventListener('click', () => copyLink(link));
  button('problem-close').addEventListener('click', () => tell());
  button('leave').addEventListener('click', () => {
    button('leave').disabled = true;
    room.leave().catch((error) => tell(error.message));
  });
  button('again').addEventListener('click', async () => {
    button('again').disabled = true;
    try {
      const joined = room.continueHere();
      tell();
      button('leave').disabled = false;
      hideEnding();
      await joined;
    } catch {
      // A refusal for good is shown by the state.
    }
  });

  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    const typing = target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], dialog');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || room.state.name === 'closed') return;
    if (key === 'f') stage.toggleFullScreen();
    else if (key === '?') openHelp();
    else return;
    event.preventDefault();
  });

  showChat(room);
  showFigures(room, () => stage.sharer?.participantId ?? null);
  show();
  // A refusal for good is shown by the state.
  room.join().catch(() => {});
}
