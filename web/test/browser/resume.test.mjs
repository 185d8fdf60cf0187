/** What people notice when gateways, networks or tabs go away and come back: as little as can be. */
import assert from 'node:assert/strict';

import { newSwitchboard } from './support/cluster.mjs';
import { Proxy } from './support/proxy.mjs';
import { Stage, isJoined, noteStates, seesPeople, share, shows, statesOf, until, watches } from './support/stage.mjs';

/** No picture may stand still for longer, on a machine that is busy with all this. */
const STILL_MS = 1_500;

const stage = new Stage();

/** @typedef {import('playwright-core').Page} Page */

/**
 * Addresses for two people: each prefers a gateway of its own, and takes the
 * other when that one is gone.
 *
 * @param {import('./support/stage.mjs').Scene} scene
 * @param {(addresses: [string, string], proxies: [Proxy, Proxy]) => Promise<void>} play
 */
async function withProxies(scene, play) {
  const [first, second] = scene.edges.map(({ port }) => port);
  /** @type {[Proxy, Proxy]} */
  const proxies = [new Proxy([first, second]), new Proxy([second, first])];
  scene.tolerated.push(/WebSocket connection to .* failed/, /ERR_(INTERNET_DISCONNECTED|CONNECTION|EMPTY_RESPONSE|NETWORK)/);
  try {
    await play([await proxies[0].listen(), await proxies[1].listen()], proxies);
  } finally {
    for (const proxy of proxies) await proxy.close();
    for (const edge of scene.edges) if (edge.process?.hasEnded) await edge.start();
  }
}

/**
 * Joins and notes what is said on its sockets, and what state the page was in.
 *
 * @param {import('./support/stage.mjs').Scene} scene
 * @param {string} name
 * @param {string} gateway
 */
async function joinHeard(scene, name, gateway) {
  /** @type {any[]} */
  const heard = [];
  const page = await scene.page(name);
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(JSON.parse(String(payload)))));
  await page.goto(scene.link(name, gateway));
  await isJoined(page, name);
  await noteStates(page);
  const of = (/** @type {string} */ kind) => heard.filter((message) => kind in message).map((message) => message[kind]);
  return { page, of };
}

/** The share's frames are counted from now on, and the longest time without one is kept. @param {Page} page */
const countFrames = (page) => page.evaluate(() => {
  const count = { frames: 0, at: performance.now(), longest: 0 };
  Object.assign(window, { testFrames: count });
  setInterval(async () => {
    let frames = 0;
    for (const connection of (/** @type {RTCPeerConnection[]} */ ((/** @type {any} */ (window)).testConnections))) {
      for (const one of (await connection.getStats()).values()) if (one.type === 'inbound-rtp' && one.kind === 'video') frames += one.framesDecoded ?? 0;
    }
    const now = performance.now();
    count.longest = Math.max(count.longest, now - count.at);
    if (frames > count.frames) [count.frames, count.at] = [frames, now];
  }, 100);
});

/** @param {Page} page @param {string} name @param {number} further */
async function goesOn(page, name, further) {
  const from = await page.evaluate(() => (/** @type {any} */ (window)).testFrames.frames);
  await until(page, `${name} decodes ${further} further frames`, (least) => (/** @type {any} */ (window)).testFrames.frames >= least, from + further);
}

/** @param {Page} page */
const longestStill = (page) => page.evaluate(() => (/** @type {any} */ (window)).testFrames.longest);

/** @param {Page} page @param {string} name @param {string[]} wanted */
const wentThrough = (page, name, wanted) => until(
  page, `${name} went through the states ${wanted.join(', ')}`,
  (states) => (/** @type {any} */ (window)).testStates.join() === states.join(), wanted,
);

stage.scene("a share goes on while the viewer's gateway and then the sharer's is killed", (scene) => withProxies(scene, async ([a, b]) => {
  const ann = await joinHeard(scene, 'ann', a);
  const bob = await joinHeard(scene, 'bob', b);
  await share(ann.page, 'ann');
  await watches(bob.page, 'bob', 20);
  await countFrames(bob.page);

  await scene.edges[1].process?.kill();
  await wentThrough(bob.page, 'bob', ['joined', 'reconnecting', 'joined']);
  await goesOn(bob.page, 'bob', 50);
  await scene.edges[1].start();
  await scene.edges[0].process?.kill();
  await wentThrough(ann.page, 'ann', ['joined', 'reconnecting', 'joined']);
  // Bob had come back there.
  await wentThrough(bob.page, 'bob', ['joined', 'reconnecting', 'joined', 'reconnecting', 'joined']);
  await goesOn(bob.page, 'bob', 50);

  for (const [name, one] of Object.entries({ ann, bob })) {
    const [{ sessionId }] = one.of('welcome');
    assert.equal(one.of('welcome').length, 1, `${name} joined once`);
    assert.ok(one.of('resumed').length > 0 && one.of('resumed').every((resumed) => resumed.sessionId === sessionId), `${name} is in the same session`);
  }
  const longest = await longestStill(bob.page);
  assert.ok(longest < STILL_MS, `The picture stood still for ${Math.round(longest)} ms.`);
  for (const [name, { page }] of Object.entries({ ann, bob })) await seesPeople(page, name, ['ann', 'bob']);
  // Commands go through again, both ways.
  await bob.page.getByLabel('Message to everybody').fill('Still there?');
  await bob.page.keyboard.press('Enter');
  await shows(ann.page, 'ann', 'Still there?');
}));

stage.scene('after a restart of the whole of it, which knows of nothing, tabs come back by themselves and the share goes on', async (scene) => {
  scene.tolerated.push(/WebSocket connection to .* failed/, /ERR_CONNECTION/);
  const server = await newSwitchboard();
  try {
    await server.start();
    const ann = await joinHeard(scene, 'ann', server.url);
    const bob = await joinHeard(scene, 'bob', server.url);
    await share(ann.page, 'ann');
    await watches(bob.page, 'bob', 20);
    await server.process?.kill();
    for (const [name, { page }] of Object.entries({ ann, bob })) await until(page, `${name} is reconnecting`, () => document.documentElement.dataset.state === 'reconnecting');
    await server.start();
    for (const [name, { page }] of Object.entries({ ann, bob })) {
      await shows(page, name, 'Joined the room again');
      await seesPeople(page, name, ['ann', 'bob']);
    }
    for (const one of [ann, bob]) assert.equal(one.of('welcome').length, 2, 'another session');
    await watches(bob.page, 'bob', 50);
  } finally {
    await server.stop();
  }
});

stage.scene('a tab that loses its network and gets it back is in the same session at once', (scene) => withProxies(scene, async ([a, b], [, proxy]) => {
  const ann = await joinHeard(scene, 'ann', a);
  const bob = await joinHeard(scene, 'bob', b);
  await share(ann.page, 'ann');
  await watches(bob.page, 'bob', 20);
  await countFrames(bob.page);
  proxy.cut();
  await bob.page.context().setOffline(true);
  await until(bob.page, 'bob is reconnecting', () => document.documentElement.dataset.state === 'reconnecting');
  await seesPeople(ann.page, 'ann', ['ann', 'bob (reconnecting)']);
  await ann.page.getByLabel('Message to everybody').fill('Said while bob was away');
  await ann.page.keyboard.press('Enter');
  await goesOn(bob.page, 'bob', 20);
  proxy.mend();
  await bob.page.context().setOffline(false);
  await shows(bob.page, 'bob', 'Back in the room');
  await shows(bob.page, 'bob', 'Said while bob was away');
  await seesPeople(ann.page, 'ann', ['ann', 'bob']);
  assert.deepEqual([bob.of('welcome').length, bob.of('resumed').length], [1, 1]);
  await goesOn(bob.page, 'bob', 20);
  assert.ok(await longestStill(bob.page) < STILL_MS);
}));

stage.scene('a tab that was frozen, and lost its socket meanwhile, resumes when it wakes up', (scene) => withProxies(scene, async ([a, b], [, proxy]) => {
  const ann = await joinHeard(scene, 'ann', a);
  const bob = await joinHeard(scene, 'bob', b);
  await seesPeople(ann.page, 'ann', ['ann', 'bob']);
  const devtools = await bob.page.context().newCDPSession(bob.page);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  proxy.cut();
  await seesPeople(ann.page, 'ann', ['ann', 'bob (reconnecting)']);
  await ann.page.getByLabel('Message to everybody').fill('Good morning');
  await ann.page.keyboard.press('Enter');
  proxy.mend();
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await wentThrough(bob.page, 'bob', ['joined', 'reconnecting', 'joined']);
  await shows(bob.page, 'bob', 'Good morning');
  await seesPeople(ann.page, 'ann', ['ann', 'bob']);
  assert.deepEqual([bob.of('welcome').length, bob.of('resumed').length], [1, 1]);
}));

stage.scene('a page that is told to move opens its new socket first, and nobody notices', (scene) => withProxies(scene, async ([a, b], [, proxy]) => {
  const ann = await joinHeard(scene, 'ann', a);
  const page = await scene.page('bob');
  /** @type {{said: any[], tell: (message: object) => void, closedWith: number | undefined}[]} */
  const sockets = [];
  // A gateway says so when it is stopped; here it is said in its name, at a moment of our choice.
  await page.routeWebSocket(/\/ws$/, (client) => {
    const server = client.connectToServer();
    /** @type {typeof sockets[0]} */
    const socket = { said: [], tell: (message) => client.send(JSON.stringify(message)), closedWith: undefined };
    sockets.push(socket);
    server.onMessage((message) => {
      socket.said.push(JSON.parse(String(message)));
      client.send(message);
    });
    // One that drains never says 4004. This one does not know that it does, and would, at the moment at which the page closes.
    server.onClose(() => {});
    client.onClose((code, reason) => {
      socket.closedWith = code;
      server.close({ code, reason });
    });
  });
  await page.goto(scene.link('bob', b));
  await isJoined(page, 'bob');
  await share(ann.page, 'ann');
  await watches(page, 'bob', 20);
  await countFrames(page);
  await noteStates(page);

  proxy.prefer(scene.edges[0].port);
  sockets[0].tell({ drain: { deadline: '2s' } });
  await until(page, "bob's page names the other gateway", (id) => document.getElementById('gateway')?.textContent === id, ann.of('welcome')[0].gatewayId);
  await page.getByLabel('Message to everybody').fill('Hello from over here');
  await page.keyboard.press('Enter');
  await shows(ann.page, 'ann', 'Hello from over here');
  await goesOn(page, 'bob', 30);
  assert.equal(sockets.length, 2);
  assert.equal(sockets[0].closedWith, 4200);
  assert.equal(sockets[1].said[0].resumed.sessionId, sockets[0].said[0].welcome.sessionId);
  assert.deepEqual(await statesOf(page), ['joined']);
  assert.ok(await longestStill(page) < STILL_MS);
  await seesPeople(ann.page, 'ann', ['ann', 'bob']);
}));

stage.scene('a gateway that is stopped in order hands its people over, and the share goes on', (scene) => withProxies(scene, async ([a, b], [, proxy]) => {
  const ann = await joinHeard(scene, 'ann', a);
  const bob = await joinHeard(scene, 'bob', b);
  await share(ann.page, 'ann');
  await watches(bob.page, 'bob', 20);
  await countFrames(bob.page);
  // As a balancer does that looks at the readiness: a gateway that is stopping takes nobody new.
  proxy.prefer(scene.edges[0].port);
  scene.edges[1].process?.terminate();
  await until(bob.page, "bob's page names the other gateway", (id) => document.getElementById('gateway')?.textContent === id, ann.of('welcome')[0].gatewayId);
  await goesOn(bob.page, 'bob', 50);
  assert.deepEqual([bob.of('welcome').length, bob.of('resumed').length], [1, 1]);
  // Where it is told in time, there is not even a moment without.
  if (bob.of('drain').length > 0) assert.deepEqual(await statesOf(bob.page), ['joined']);
  assert.ok(await longestStill(bob.page) < STILL_MS);
  await seesPeople(ann.page, 'ann', ['ann', 'bob']);
}));
