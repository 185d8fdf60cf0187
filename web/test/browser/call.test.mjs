/** Cameras, tabs and identities. */
import assert from 'node:assert/strict';

import { Stage, isJoined, seesMoving, seesPeople, shows, until } from './support/stage.mjs';

const stage = new Stage();

stage.scene('a camera call of three through gateways on both sides', async (scene) => {
  const people = /** @type {const} */ (['ann', 'bob', 'carol']);
  const pages = [];
  for (const [index, name] of people.entries()) pages.push(await scene.join(name, { gateway: scene.gateways[index % 2] }));
  const gateways = await Promise.all(pages.map((page) => page.locator('#gateway').textContent()));
  assert.notEqual(gateways[0], gateways[1], 'ann and bob are on two gateways');
  for (const page of pages) await page.getByRole('button', { name: 'Camera on', exact: true }).click();
  for (const [index, page] of pages.entries()) await seesMoving(page, people[index], 2);

  await pages[0].getByRole('button', { name: 'Camera off', exact: true }).click();
  for (const index of [1, 2]) await seesMoving(pages[index], people[index], 1);
  await pages[0].getByRole('button', { name: 'Camera on', exact: true }).click();
  for (const index of [1, 2]) await seesMoving(pages[index], people[index], 2);
});

stage.scene('two tabs of one link are two people', async (scene) => {
  const context = await scene.context();
  const first = await scene.join('ann', { context });
  const second = await scene.join('ann', { context, gateway: scene.gateways[0] });
  // A duplicated tab takes the session storage along.
  const [popup] = await Promise.all([context.waitForEvent('page'), first.evaluate((link) => { open(link); }, first.url())]);
  await isJoined(popup, 'the third tab');
  for (const [page, name] of /** @type {const} */ ([[first, 'tab 1'], [second, 'tab 2'], [popup, 'tab 3']])) await seesPeople(page, name, ['ann', 'ann', 'ann']);
});

stage.scene('who was taken over says so, never fights, and goes on by "Continue here"', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  const elsewhere = await scene.bystander('elsewhere');
  let sockets = 0;
  ann.on('websocket', () => { sockets += 1; });

  // The page gives every tab an identity of its own: only the library can bring this about.
  const participantId = await ann.evaluate(() => document.documentElement.dataset.participantId);
  assert.ok(participantId, 'the page tells its identity in <html data-participant-id>');
  await elsewhere.evaluate(async ({ roomId, participantId: id }) => {
    const { Room } = await import(/** @type {string} */ ('/client/index.js'));
    const room = new Room({ roomId, participantId: id, metadata: JSON.stringify({ name: 'ann' }) });
    Object.assign(window, { testRoom: room, testMessages: [] });
    room.on('message', (/** @type {any} */ { body }) => (/** @type {any} */ (window)).testMessages.push(body));
    await room.join();
  }, { roomId: scene.roomId, participantId });

  await shows(ann, 'ann', 'You went on somewhere else');
  await until(ann, 'ann may continue here', () => document.getElementById('again')?.textContent === 'Continue here');
  await seesPeople(bob, 'bob', ['ann', 'bob']);

  // No fight: for longer than a first reconnect would take, nobody knocks, and the newer one goes on talking.
  const calm = Date.now() + 4_000;
  for (let count = 1; Date.now() < calm; count += 1) {
    await elsewhere.evaluate((body) => (/** @type {any} */ (window)).testRoom.send(body), `still here ${count}`)
      .catch((error) => { throw new Error(`The newer ann was thrown out again, after ${count - 1} messages and ${sockets} new sockets of the page that was taken over: ${error.message}`); });
    await until(elsewhere, 'the newer ann hears herself', (wanted) => (/** @type {any} */ (window)).testMessages.length >= wanted, count);
  }
  assert.equal(sockets, 0, 'the page that was taken over opens no socket by itself');
  assert.equal(await elsewhere.evaluate(() => (/** @type {any} */ (window)).testRoom.state.name), 'joined', 'the newer ann is still in the room');

  await ann.getByRole('button', { name: 'Continue here', exact: true }).click();
  await isJoined(ann, 'ann');
  await until(elsewhere, 'the other ann steps aside', () => {
    const { name, reason } = (/** @type {any} */ (window)).testRoom.state;
    return name === 'closed' && reason.reason === 'SESSION_SUPERSEDED';
  });
  for (const [page, name] of /** @type {const} */ ([[ann, 'ann'], [bob, 'bob']])) await seesPeople(page, name, ['ann', 'bob']);
  assert.equal(sockets, 1, 'ann came back with one socket');
});

stage.scene('what one writes all read, and who leaves is gone at once', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await ann.getByLabel('Message to everybody').fill('<b>Hello</b> & welcome');
  await ann.keyboard.press('Enter');
  for (const [page, name] of /** @type {const} */ ([[ann, 'ann'], [bob, 'bob']])) await shows(page, name, '<b>Hello</b> & welcome');
  await bob.getByRole('button', { name: 'Leave', exact: true }).click();
  await shows(bob, 'bob', 'You left');
  await seesPeople(ann, 'ann', ['ann'], 10_000);
});
