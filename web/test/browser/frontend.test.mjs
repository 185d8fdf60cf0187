/** A front end that was written for the earlier backend, with its own socket.io-client, in one room with our page. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Stage, isJoined, share, stopSharing, until, watches } from './support/stage.mjs';

const stage = new Stage();

/** @param {string} path */
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
/** @type {Record<string, [kind: string, path: string]>} */
const FILES = {
  '/': ['text/html', file('frontend/index.html')],
  '/frontend.js': ['text/javascript', file('frontend/frontend.js')],
  '/socket.io.min.js': ['text/javascript', file('../../node_modules/socket.io-client/dist/socket.io.min.js')],
};
// From an origin of its own, as a Next.js server has.
const server = createServer(async (request, response) => {
  const [kind, path] = FILES[new URL(request.url ?? '/', 'http://x').pathname] ?? [];
  if (!path) return response.writeHead(404).end();
  return response.writeHead(200, { 'content-type': `${kind}; charset=utf-8` }).end(await readFile(path));
});
before(() => new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined))));
after(() => { server.close(); server.closeAllConnections(); });

/**
 * @param {import('./support/stage.mjs').Scene} scene
 * @param {string} name
 * @param {string} backend
 */
async function comes(scene, name, backend) {
  const page = await scene.page(name);
  const url = new URL('/', `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`);
  url.search = new URLSearchParams({ backend, room: scene.roomId, user: name }).toString();
  await page.goto(url.href);
  await until(page, `${name} is in the room`, (own) => document.getElementById('users')?.textContent?.split(',').includes(own), name);
  return page;
}

/** @param {import('playwright-core').Page} page @param {string} name @param {number} [further] */
async function frontendWatches(page, name, further = 50) {
  await until(page, `${name} gets ${further} frames of the shared screen`, (wanted) => {
    const video = /** @type {HTMLVideoElement & {testFrom?: {stream: any, frames: number}}} */ (document.getElementById('remote'));
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    if (!video.srcObject) return false;
    if (video.testFrom?.stream !== video.srcObject) video.testFrom = { stream: video.srcObject, frames };
    return frames - /** @type {any} */ (video.testFrom).frames >= wanted;
  }, further);
}

/** @param {import('playwright-core').Page} page @param {string} name */
const frontendWatchesNothing = (page, name) => until(page, `${name} watches nothing`, () => (/** @type {HTMLVideoElement} */ (document.getElementById('remote'))).srcObject === null);

stage.scene('our page and an earlier front end, at two gateways, share a screen with each other, in turns', async (scene) => {
  const ann = await scene.join('ann', { gateway: scene.gateways[0] });
  const bob = await comes(scene, 'bob', scene.gateways[1]);
  await until(bob, 'bob sees two', () => document.getElementById('users')?.textContent?.split(',').length === 2);

  await share(ann, 'ann');
  await frontendWatches(bob, 'bob');
  await stopSharing(ann, 'ann');
  await frontendWatchesNothing(bob, 'bob');

  await bob.click('#share');
  await watches(ann, 'ann', 30);
  // And the other way round without a stop: who begins later has the stage.
  await share(ann, 'ann');
  await frontendWatches(bob, 'bob');
  await bob.click('#share');
  await watches(ann, 'ann', 30);
  // Who comes late sees it too, of either kind.
  const carol = await comes(scene, 'carol', scene.gateways[0]);
  await frontendWatches(carol, 'carol', 30);
  const dan = await scene.join('dan', { gateway: scene.gateways[1] });
  await watches(dan, 'dan', 30);
  await bob.click('#stop');
  await frontendWatchesNothing(carol, 'carol');
  await share(dan, 'dan');
  await watches(ann, 'ann', 30);
  for (const [name, page] of Object.entries({ bob, carol })) await frontendWatches(page, name, 30);
});

stage.scene('an earlier front end that comes late sees the screen of our page', async (scene) => {
  const ann = await scene.join('ann', { gateway: scene.gateways[0] });
  await share(ann, 'ann');
  const bob = await comes(scene, 'bob', scene.gateways[1]);
  await frontendWatches(bob, 'bob');
  await isJoined(ann, 'ann');
  await bob.close();
  await until(ann, 'ann is alone', () => document.querySelectorAll('#people > li').length === 1);
});
