/**
 * Two people on two gateways: one shares a screen, the other sees it move.
 *
 *   node web/test/browser/share.mjs --a http://127.0.0.1:8080 --b http://127.0.0.1:8081 [--screenshots DIR]
 *
 * Expects running gateways. Says what it does line by line; the last line is
 * JSON with figures. Exits 0 if the viewer decoded enough frames and saw the
 * share end, 1 otherwise, 2 if it was called wrongly or something is missing.
 */
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const FRAMES_FURTHER = 100;
const WITHIN_MS = 60_000;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Two pages in one browser: neither may be slowed as the one in the back.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  // Chooses a made-up screen in place of the user, which really moves.
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream=fps=60',
  // Host candidates as plain addresses: a test machine may have no mDNS.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

/**
 * @param {string} sentence
 * @returns {never}
 */
function misuse(sentence) {
  console.error(`share.mjs: ${sentence}`);
  process.exit(2);
}

/** @returns {{a: string, b: string, screenshots?: string}} */
function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({ options: { a: { type: 'string' }, b: { type: 'string' }, screenshots: { type: 'string' } } }));
  } catch (error) {
    return misuse(/** @type {Error} */ (error).message);
  }
  const { a, b, screenshots } = values;
  if (!a || !b) return misuse('give both gateways: --a http://127.0.0.1:PORT --b http://127.0.0.1:PORT.');
  return { a, b, screenshots };
}

const { a, b, screenshots } = readArguments();

const playwright = await import('playwright-core').catch(() => null);
if (!playwright) misuse('playwright-core is missing. Install it: npm ci --prefix web');
await access(CHROMIUM).catch(() => misuse(`there is no Chromium at ${CHROMIUM}. Install it (Debian: apt-get install chromium), or name it in the variable CHROMIUM.`));
if (screenshots) await mkdir(screenshots, { recursive: true });

const roomId = `share-${Math.random().toString(36).slice(2, 10)}`;
const browser = await playwright.chromium.launch({ executablePath: CHROMIUM, headless: true, args: CHROMIUM_ARGS })
  .catch((error) => misuse(`${CHROMIUM} did not start: ${error.message}`));

/** @type {string[]} What the pages said on their consoles, to be shown if something fails. */
const said = [];
/** What is waited for, for the sentence of a failure. */
let waitingFor = '';

/**
 * @param {string} origin
 * @param {string} name
 */
async function open(origin, name) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(WITHIN_MS);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(`${name}: ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => said.push(`${name}: uncaught: ${error.stack ?? error.message}`));
  waitingFor = `${name} to join at ${origin}`;
  const url = new URL('/', origin);
  url.search = new URLSearchParams({ room: roomId, name }).toString();
  await page.goto(url.href);
  await page.waitForFunction(() => document.documentElement.dataset.state === 'joined');
  console.log(`${name} joined room ${roomId} at ${origin}, gateway ${await page.locator('#gateway').textContent()}`);
  return page;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
async function screenshot(page, name) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** Frames that the viewer's `<video>` was given so far. */
const framesOf = () => {
  const video = /** @type {HTMLVideoElement} */ (document.getElementById('screen'));
  return video.getVideoPlaybackQuality().totalVideoFrames;
};

/**
 * Waits until more than `frames` frames were decoded.
 *
 * @param {import('playwright-core').Page} page
 * @param {number} frames
 */
async function waitForFrames(page, frames) {
  await page.waitForFunction((least) => {
    const video = /** @type {HTMLVideoElement} */ (document.getElementById('screen'));
    return !video.hidden && video.getVideoPlaybackQuality().totalVideoFrames > least;
  }, frames, { polling: 100 });
  return page.evaluate(framesOf);
}

async function run() {
  const [alice, bob] = [await open(a, 'alice'), await open(b, 'bob')];

  waitingFor = 'both to see each other in the list';
  for (const [page, other] of /** @type {const} */ ([[alice, 'bob'], [bob, 'alice']])) {
    await page.locator('#people li', { hasText: other }).waitFor();
  }

  waitingFor = 'alice to share her screen';
  await alice.getByRole('button', { name: 'Share screen', exact: true }).click();
  await alice.getByRole('button', { name: 'Stop sharing', exact: true }).waitFor();
  console.log('alice shares her screen');

  waitingFor = "the first frame of alice's screen at bob";
  const clicked = performance.now();
  const first = await waitForFrames(bob, 0);
  const began = performance.now();
  console.log(`bob decoded the first frame after ${((began - clicked) / 1000).toFixed(2)} s`);

  waitingFor = `${FRAMES_FURTHER} further frames at bob`;
  const last = await waitForFrames(bob, first + FRAMES_FURTHER - 1);
  const seconds = (performance.now() - began) / 1000;
  const { width, height } = await bob.evaluate(() => {
    const { videoWidth, videoHeight } = /** @type {HTMLVideoElement} */ (document.getElementById('screen'));
    return { width: videoWidth, height: videoHeight };
  });
  const frames = last - first;
  console.log(`bob decoded ${frames} further frames of ${width}x${height} in ${seconds.toFixed(2)} s`);

  await screenshot(alice, 'share-sharer-light');
  await screenshot(bob, 'share-viewer-light');
  if (screenshots) {
    await bob.emulateMedia({ colorScheme: 'dark' });
    await screenshot(bob, 'share-viewer-dark');
    await bob.setViewportSize({ width: 390, height: 844 });
    await screenshot(bob, 'share-viewer-phone-dark');
    await bob.emulateMedia({ colorScheme: 'light' });
    await screenshot(bob, 'share-viewer-phone-light');
    await bob.setViewportSize({ width: 1280, height: 800 });
  }

  waitingFor = 'bob to see the share end';
  await alice.getByRole('button', { name: 'Stop sharing', exact: true }).click();
  await bob.getByText('alice stopped sharing.').waitFor();
  await bob.locator('#screen').waitFor({ state: 'hidden' });
  await alice.getByRole('button', { name: 'Share screen', exact: true }).waitFor();
  console.log('alice stopped sharing, and bob was told');
  await screenshot(bob, 'share-ended-light');

  return {
    ok: true,
    frames,
    seconds: Number(seconds.toFixed(3)),
    framesPerSecond: Number((frames / seconds).toFixed(1)),
    firstFrameSeconds: Number(((began - clicked) / 1000).toFixed(3)),
    width,
    height,
  };
}

let result;
try {
  result = await run();
} catch (error) {
  const sentence = `waiting for ${waitingFor} failed: ${/** @type {Error} */ (error).message.split('\n')[0]}`;
  console.error(`share.mjs: ${sentence}`);
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const words = await page.locator('body').innerText({ timeout: 2_000 }).catch(() => '(no answer)');
    console.error(`--- the page ${page.url()} shows:\n${words}`);
  }
  console.error(said.length ? `--- the consoles said:\n${said.join('\n')}` : '--- the consoles said nothing.');
  result = { ok: false, error: sentence };
  process.exitCode = 1;
} finally {
  await browser.close();
}
console.log(JSON.stringify(result));
