/**
 * How it looks, and whether everybody can use it: axe-core on every view in
 * dark and light, and screenshots in `output/` for people to look at.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { Stage, seesPeople, share, until, watches } from './support/stage.mjs';

const OUTPUT = fileURLToPath(new URL('./output/', import.meta.url));
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const SCHEMES = /** @type {const} */ (['dark', 'light']);

const stage = new Stage();

/** @returns {Promise<string>} */
async function axeSource() {
  try {
    return await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  } catch {
    throw new Error('axe-core is missing. Install it: npm ci --prefix web');
  }
}

/**
 * Looks with axe-core, and takes a picture, in every size and scheme.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} view
 * @returns {Promise<string[]>} What is serious or critical, in sentences.
 */
async function inspect(page, view) {
  await mkdir(OUTPUT, { recursive: true });
  await page.evaluate(await axeSource());
  const findings = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // Colors that fade from one scheme to the other have arrived.
      await until(page, `${view} stands still`, () => document.getAnimations().every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().iterations === Infinity));
      await page.screenshot({ path: `${OUTPUT}${view}-${size}-${colorScheme}.png` });
      const found = await page.evaluate(async () => {
        const { violations } = await (/** @type {any} */ (window)).axe.run(document, { resultTypes: ['violations'] });
        return violations.filter((/** @type {any} */ { impact }) => impact === 'serious' || impact === 'critical').flatMap((/** @type {any} */ { id, impact, help, nodes }) => nodes
          .map((/** @type {any} */ { target, failureSummary }) => `${impact} ${id}: ${help}, at ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`));
      });
      findings.push(...found.map((/** @type {string} */ finding) => `${view}, ${size}, ${colorScheme}: ${finding}`));
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wider > 0) findings.push(`${view}, ${size}, ${colorScheme}: the page is ${wider} px wider than the window, and scrolls sideways.`);
    }
  }
  return findings;
}

/** @param {string[]} findings */
function expectNone(findings) {
  if (findings.length > 0) throw new Error(`${findings.length} findings:\n${findings.join('\n')}`);
}

/** @param {import('./support/stage.mjs').Scene} scene @param {string} name @param {string} address */
async function open(scene, name, address) {
  // The policy of the page lets no script in, which axe-core is.
  const page = await scene.page(name, await scene.context({ bypassCSP: true }));
  await page.goto(address);
  return page;
}

stage.scene('the landing page', async (scene) => {
  const page = await open(scene, 'guest', scene.gateways[0]);
  await page.getByRole('button', { name: 'Join', exact: true }).waitFor();
  expectNone(await inspect(page, 'landing'));
});

stage.scene('the help', async (scene) => {
  const page = await open(scene, 'guest', scene.gateways[0]);
  await page.getByRole('button', { name: 'How it works' }).click();
  await page.getByRole('dialog').waitFor();
  expectNone(await inspect(page, 'help'));
});

stage.scene('a room, alone', async (scene) => {
  const page = await open(scene, 'ann', scene.link('ann'));
  await seesPeople(page, 'ann', ['ann']);
  expectNone(await inspect(page, 'alone'));
});

stage.scene('watching a share, and sharing', async (scene) => {
  const ann = await open(scene, 'ann', scene.link('ann'));
  const bob = await open(scene, 'bob', scene.link('bob', scene.gateways[1]));
  const carol = await scene.join('carol');
  await carol.getByRole('button', { name: 'Camera on', exact: true }).click();
  await seesPeople(bob, 'bob', ['ann', 'bob', 'carol']);
  await share(ann, 'ann');
  for (const text of ['Can you all see the plan?', 'Yes! Very clear.']) {
    const page = text.startsWith('Can') ? ann : carol;
    await page.getByLabel('Message to everybody').fill(text);
    await page.keyboard.press('Enter');
    await bob.getByText(text).waitFor();
  }
  await watches(bob, 'bob', 50);
  await until(bob, 'bob sees figures', () => (document.querySelector('[data-figure="fps"] b')?.textContent ?? '') !== '');
  // What was announced goes by itself, and would hide a corner.
  for (const page of [ann, bob]) await until(page, 'the announcements are gone', () => document.querySelectorAll('.toast').length === 0);
  const findings = [...await inspect(bob, 'viewing'), ...await inspect(ann, 'sharing')];
  await ann.getByRole('button', { name: 'Leave', exact: true }).click();
  await ann.getByRole('heading', { name: /^You left/ }).waitFor();
  findings.push(...await inspect(ann, 'left'));
  expectNone(findings);
});
