/** A call while the server's Redis is away, and when it comes back: nobody is to notice but by a sentence. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Stage, isJoined, noteStates, seesPeople, share, shows, statesOf, until, watches } from './support/stage.mjs';

const OUTAGE_MS = 20_000;
const OUTPUT = fileURLToPath(new URL('./output/', import.meta.url));
const DEGRADED = 'works without its memory';

/** @typedef {import('playwright-core').Page} Page */

const stage = new Stage({ redisKeeps: true });

/**
 * Joins and keeps the states that the page goes through from then on.
 *
 * @param {import('./support/stage.mjs').Scene} scene
 * @param {string} name
 * @param {string} gateway
 */
async function join(scene, name, gateway) {
  const page = await scene.page(name);
  await page.goto(scene.link(name, gateway));
  await isJoined(page, name);
  await noteStates(page);
  return page;
}

/** @param {Page} page @param {string} text */
async function say(page, text) {
  await page.getByLabel('Message to everybody').fill(text);
  await page.keyboard.press('Enter');
}

/** @param {Page} page @param {string} name @param {boolean} wanted */
const tellsOutage = (page, name, wanted) => until(
  page, `${name}'s page ${wanted ? 'says' : 'no longer says'} that the server works without its memory`,
  ([sentence, is]) => {
    const line = document.querySelector('[data-testid="degraded"]');
    return (line instanceof HTMLElement && line.role === 'status' && line.checkVisibility() && line.innerText.includes(/** @type {string} */ (sentence))) === is;
  },
  /** @type {const} */ ([DEGRADED, wanted]),
);

/**
 * Ann shares to bob on the other gateway, and dave is there too. Redis goes;
 * carol joins, dave leaves, all talk. Redis comes back.
 *
 * @param {import('./support/stage.mjs').Scene} scene
 * @param {{empty: boolean, pictures?: boolean}} how
 */
async function outage(scene, { empty, pictures = false }) {
  const [one, other] = scene.gateways;
  const ann = await join(scene, 'ann', one);
  const bob = await join(scene, 'bob', other);
  const dave = await join(scene, 'dave', other);
  await share(ann, 'ann');
  await watches(bob, 'bob', 20);
  await seesPeople(ann, 'ann', ['ann', 'bob', 'dave']);
  for (const [name, page] of Object.entries({ ann, bob, dave })) await tellsOutage(page, name, false);

  await scene.redis.process?.kill();
  const from = Date.now();
  try {
    // Before anybody does anything: nothing else could tell them.
    for (const [name, page] of Object.entries({ ann, bob, dave })) await tellsOutage(page, name, true);
    await watches(bob, 'bob', 30);
    const carol = await join(scene, 'carol', one);
    await watches(carol, 'carol', 20);
    await dave.getByRole('button', { name: 'Leave', exact: true }).click();
    await dave.getByRole('heading', { name: /^You left/ }).waitFor();
    const all = { ann, bob, carol };
    const said = Object.keys(all).map((name) => `${name} was here without Redis`);
    for (const [i, [name, page]] of Object.entries(all).entries()) {
      await seesPeople(page, name, ['ann', 'bob', 'carol']);
      await say(page, said[i]);
    }
    for (const [name, page] of Object.entries(all)) {
      for (const text of said) await shows(page, name, text);
      await tellsOutage(page, name, true);
    }
    if (pictures) await takePictures(bob);
    await pause(Math.max(0, from + OUTAGE_MS - Date.now()));
    await watches(bob, 'bob', 30);
    await watches(carol, 'carol', 20);

    if (empty) scene.redis.empty();
    await scene.redis.start();
    for (const [name, page] of Object.entries(all)) await tellsOutage(page, name, false);
    await say(bob, 'Redis is back');
    for (const [name, page] of Object.entries(all)) {
      await shows(page, name, 'Redis is back');
      await seesPeople(page, name, ['ann', 'bob', 'carol']);
      const texts = await page.locator('#chat-list > li').allInnerTexts();
      for (const text of said) assert.equal(texts.filter((line) => line.includes(text)).length, 1, `${name} has "${text}" once, in ${JSON.stringify(texts)}`);
      assert.deepEqual(await statesOf(page), ['joined'], `${name} was in the room all the time`);
    }
    await watches(bob, 'bob', 50);
    await watches(carol, 'carol', 50);
    for (const [name, page] of Object.entries(all)) await tellsOutage(page, name, false);
  } finally {
    if (scene.redis.process?.hasEnded) await scene.redis.start();
  }
}

/** For people to look at. @param {Page} page */
async function takePictures(page) {
  await until(page, 'the announcements are gone', () => document.querySelectorAll('.toast').length === 0);
  await mkdir(OUTPUT, { recursive: true });
  for (const [size, viewport] of Object.entries({ desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await until(page, 'the colors have arrived', () => document.getAnimations().every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().iterations === Infinity));
      await page.screenshot({ path: `${OUTPUT}degraded-${size}-${colorScheme}.png` });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

stage.scene('a call goes on for 20 s without Redis, which comes back empty', (scene) => outage(scene, { empty: true, pictures: true }));

stage.scene('a call goes on for 20 s without Redis, which comes back with its data', (scene) => outage(scene, { empty: false }));
