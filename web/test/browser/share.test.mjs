/** Screen shares: again and again, joined late, two at once, and through a reload. */
import assert from 'node:assert/strict';

import { callApi } from './support/cluster.mjs';
import { Stage, isJoined, seesMoving, seesPeople, share, shows, stopSharing, until, watches } from './support/stage.mjs';

const stage = new Stage();

/** @param {import('playwright-core').Page} page @param {string} name */
const seesNoScreen = (page, name) => until(page, `${name} sees no shared screen any more`, () => (/** @type {HTMLElement} */ (document.getElementById('screen'))).hidden);

/** @param {import('playwright-core').Page} page @param {string} name */
const captureEnded = (page, name) => until(page, `the browser of ${name} captures nothing any more`, () => (/** @type {MediaStream[]} */ ((/** @type {any} */ (window)).testCaptured))
  .every((stream) => stream.getTracks().every(({ readyState }) => readyState === 'ended')));

stage.scene('share, stop, share again, across two gateways', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await seesPeople(bob, 'bob', ['ann', 'bob']);
  for (const round of [1, 2]) {
    await share(ann, `ann (round ${round})`);
    await watches(bob, `bob (round ${round})`);
    await stopSharing(ann, 'ann');
    await shows(bob, 'bob', 'ann stopped sharing.');
    await seesNoScreen(bob, 'bob');
    await captureEnded(ann, 'ann');
  }
});

stage.scene("the browser's own \"Stop sharing\" ends the share for everybody", async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await share(ann, 'ann');
  await watches(bob, 'bob', 20);
  // A headless browser has no bar to click on. What a click there does: the track ends, and is told so.
  await ann.evaluate(() => {
    const [track] = (/** @type {any} */ (window)).testCaptured[0].getVideoTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await shows(bob, 'bob', 'ann stopped sharing.');
  await seesNoScreen(bob, 'bob');
  await captureEnded(ann, 'ann');
  await until(ann, 'ann could share again', () => document.getElementById('stop')?.hidden && !document.getElementById('share')?.hidden);
});

stage.scene('a media path that is not found at first is looked for again by ICE restarts', async (scene) => {
  // Without a relay to be had, a browser that may use nothing else offers no address at all.
  const context = await scene.context();
  await context.addInitScript(() => {
    window.RTCPeerConnection = /** @type {any} */ (class extends RTCPeerConnection {
      /** @param {RTCConfiguration} configuration */
      constructor(configuration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    });
  });
  const ann = await scene.join('ann', { context });
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await share(ann, 'ann');
  await shows(bob, 'bob', 'finding a path');
  await ann.evaluate(() => {
    const [connection] = (/** @type {any} */ (window)).testConnections;
    const heard = new Set();
    Object.assign(window, { testUserNames: heard });
    connection.addEventListener('signalingstatechange', () => heard.add(/a=ice-ufrag:(\S+)/.exec(connection.localDescription?.sdp ?? '')?.[1]));
  });
  await until(ann, 'ann restarts ICE by herself', () => (/** @type {any} */ (window)).testUserNames.size > 0);
  await shows(bob, 'bob', 'Waiting for the picture');
  await ann.evaluate(() => {
    for (const connection of (/** @type {any} */ (window)).testConnections) connection.setConfiguration({ ...connection.getConfiguration(), iceTransportPolicy: 'all' });
  });
  await watches(bob, 'bob', 50);
});

stage.scene('after a share nobody is said to be still looked for', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await share(ann, 'ann');
  await watches(bob, 'bob', 20);
  await stopSharing(ann, 'ann');
  await seesNoScreen(bob, 'bob');
  for (const [page, name] of /** @type {const} */ ([[ann, 'ann'], [bob, 'bob']])) {
    await until(page, `${name}'s list of people has no "finding a path…" when nothing is sent any more`, () => {
      const held = /** @type {{testCalm?: number}} */ (window);
      if (document.getElementById('people')?.innerText.includes('finding a path')) held.testCalm = 0;
      else held.testCalm = (held.testCalm ?? 0) + 1;
      return held.testCalm >= 20; // For two seconds on end.
    }, undefined, 15_000);
  }
});

stage.scene('who joins while a share is on sees it', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await share(ann, 'ann');
  await watches(bob, 'bob', 20);
  const late = await scene.join('late', { gateway: scene.gateways[1] });
  await watches(late, 'late');
  await watches(bob, 'bob', 20);
});

stage.scene('by default the newest share wins, and the older sharer is told', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  const carol = await scene.join('carol');
  await share(ann, 'ann');
  await watches(carol, 'carol', 20);
  const told = shows(ann, 'ann', 'Your share ended, because somebody else began to share.');
  told.catch(() => {}); // Awaited below; a failure before that is told instead.
  await share(bob, 'bob');
  await told;
  await captureEnded(ann, 'ann');
  await watches(carol, 'carol', 20);
  await shows(carol, 'carol', 'bob is sharing');
  await watches(ann, 'ann', 20);
  // Still the one who shares, and not stopped by what ended the other.
  assert.equal(await bob.locator('#stop').isVisible(), true, 'bob still shares');
});

stage.scene('in a room made with SHARE_POLICY_MULTIPLE both shares are seen', async (scene) => {
  await callApi(scene.roomServices[0], 'CreateRoom', { roomId: scene.roomId, settings: { sharePolicy: 'SHARE_POLICY_MULTIPLE' } });
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  const carol = await scene.join('carol');
  await share(ann, 'ann');
  await share(bob, 'bob');
  await seesMoving(carol, 'carol', 2);
  await seesMoving(ann, 'ann', 1);
  await seesMoving(bob, 'bob', 1);
});

stage.scene('a page that is reloaded while it watches sees the share again, and leaves no ghost', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  const witness = await scene.bystander('witness');
  await witness.evaluate(async (roomId) => {
    const { Room } = await import(/** @type {string} */ ('/client/index.js'));
    const room = new Room({ roomId, metadata: JSON.stringify({ name: 'witness' }) });
    const left = /** @type {string[]} */ ([]);
    room.on('participantLeft', (/** @type {any} */ { participant }) => left.push(JSON.parse(participant.metadata).name));
    Object.assign(window, { testRoom: room, testLeft: left });
    await room.join();
  }, scene.roomId);
  await share(ann, 'ann');
  await watches(bob, 'bob', 20);

  await bob.reload();
  await isJoined(bob, 'bob');
  await watches(bob, 'bob', 50);
  // Well before the resume window of 30 s would have ended a ghost.
  for (const [page, name] of /** @type {const} */ ([[ann, 'ann'], [bob, 'bob']])) await seesPeople(page, name, ['ann', 'bob', 'witness'], 10_000);
  const left = await witness.evaluate(() => (/** @type {any} */ (window)).testLeft);
  assert.ok(left.length <= 1, `One leave at most is told for a reload, but it was: ${left.join(', ')}`);
});
