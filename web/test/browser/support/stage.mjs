/**
 * People at real browsers on a real cluster. A test file asks for one `Stage`,
 * and tells its tests by `stage.scene`, which says at a failure what every
 * page showed and what its console said.
 */
import { access } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { startCluster } from './cluster.mjs';

export const WITHIN_MS = 60_000;
const SCENE_WITHIN_MS = 240_000;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** As in share.mjs. No --autoplay-policy: sound needs a gesture, as for a user. */
const CHROMIUM_ARGS = [
  '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding',
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=fps=60',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */

/**
 * Runs in every page before its own scripts: small pictures, since a test
 * machine encodes in software, and lists of what was captured and connected.
 */
function modestCapture() {
  /** @type {MediaStream[]} */
  const captured = [];
  /** @type {RTCPeerConnection[]} */
  const connections = [];
  Object.defineProperties(window, { testCaptured: { value: captured }, testConnections: { value: connections } });
  window.RTCPeerConnection = /** @type {any} */ (class extends RTCPeerConnection {
    /** @param {RTCConfiguration} configuration */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
    }
  });
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const { getDisplayMedia, getUserMedia } = devices;
  devices.getDisplayMedia = async (options = {}) => {
    const stream = await getDisplayMedia.call(devices, { ...options, video: { width: 640, height: 360, frameRate: 30 } });
    captured.push(stream);
    return stream;
  };
  devices.getUserMedia = async (options = {}) => {
    const stream = await getUserMedia.call(devices, { ...options, ...(options.video ? { video: { width: 320, height: 180, frameRate: 15 } } : {}) });
    captured.push(stream);
    return stream;
  };
}

export class Stage {
  /** @type {import('./cluster.mjs').Cluster} */
  cluster = /** @type {any} */ (undefined);
  /** @type {import('playwright-core').Browser} */
  browser = /** @type {any} */ (undefined);

  /**
   * @param {Parameters<typeof startCluster>[0] | (() => Promise<Parameters<typeof startCluster>[0]>)} [options] Of the cluster,
   *   or what starts something beside it and tells them.
   * @param {string[]} [args] More of the browser.
   */
  constructor(options, args = []) {
    before(async () => {
      const playwright = await import('playwright-core').catch(() => {
        throw new Error('playwright-core is missing. Install it: npm ci --prefix web');
      });
      await access(CHROMIUM).catch(() => {
        throw new Error(`There is no Chromium at ${CHROMIUM}. Install it (Debian: apt-get install chromium), or name it in the variable CHROMIUM.`);
      });
      this.cluster = await startCluster(typeof options === 'function' ? await options() : options);
      this.browser = await playwright.chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...CHROMIUM_ARGS, ...args] });
    }, { timeout: 120_000 });
    after(async () => {
      await this.browser?.close();
      await this.cluster?.stop();
    }, { timeout: 60_000 });
  }

  /**
   * @param {string} name A sentence.
   * @param {(scene: Scene) => Promise<void>} play
   */
  scene(name, play) {
    test(name, { timeout: SCENE_WITHIN_MS }, async () => {
      const scene = new Scene(this);
      try {
        await play(scene);
        scene.expectCleanConsoles();
      } catch (error) {
        throw new Error(await scene.report(/** @type {Error} */ (error)), { cause: error });
      } finally {
        await scene.close();
      }
    });
  }
}

export class Scene {
  #stage;
  /** @type {{name: string, page: Page}[]} */
  #pages = [];
  /** @type {{name: string, type: string, text: string}[]} */
  #said = [];
  /** @type {Set<BrowserContext>} */
  #contexts = new Set();
  /** @type {RegExp[]} Console errors that the scene itself brings about. */
  tolerated = [];
  roomId = `test-${Math.random().toString(36).slice(2, 10)}`;

  /** @param {Stage} stage */
  constructor(stage) {
    this.#stage = stage;
  }

  get gateways() {
    return this.#stage.cluster.gateways;
  }

  get edges() {
    return this.#stage.cluster.edges;
  }

  get redis() {
    return this.#stage.cluster.redis;
  }

  get roomServices() {
    return this.#stage.cluster.roomServices;
  }

  /** @param {import('playwright-core').BrowserContextOptions} [options] */
  async context(options = {}) {
    const context = await this.#stage.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    this.#contexts.add(context);
    await context.addInitScript(modestCapture);
    return context;
  }

  /**
   * A page that is listened to.
   *
   * @param {string} name
   * @param {BrowserContext} [context] By default one of its own, as another person has.
   */
  async page(name, context) {
    const page = await (context ?? await this.context()).newPage();
    page.setDefaultTimeout(WITHIN_MS);
    this.#pages.push({ name, page });
    page.on('console', (message) => {
      const type = message.type();
      if (type === 'error' || type === 'warning') this.#said.push({ name, type, text: `${message.text()} (${message.location().url})` });
    });
    page.on('pageerror', (error) => this.#said.push({ name, type: 'error', text: `uncaught: ${error.stack ?? error.message}` }));
    return page;
  }

  /** @param {string} name @param {string} [gateway] */
  link(name, gateway = this.gateways[0]) {
    const url = new URL('/', gateway);
    url.search = new URLSearchParams({ room: this.roomId, name }).toString();
    return url.href;
  }

  /**
   * Joins by a link.
   *
   * @param {string} name
   * @param {object} [how]
   * @param {string} [how.gateway]
   * @param {BrowserContext} [how.context]
   */
  async join(name, { gateway, context } = {}) {
    const page = await this.page(name, context);
    await page.goto(this.link(name, gateway));
    await isJoined(page, name);
    return page;
  }

  /**
   * A page of the gateway that is in no room, to run the library in.
   *
   * @param {string} name
   */
  async bystander(name) {
    const page = await this.page(name);
    await page.goto(new URL('/', this.gateways[1]).href);
    return page;
  }

  expectCleanConsoles() {
    const bad = this.#said.filter(({ type, text }) => type === 'error' && !this.tolerated.some((pattern) => pattern.test(text)));
    if (bad.length > 0) throw new Error('Everything was as it should be, but a console has errors.');
  }

  /** @param {Error} error */
  async report(error) {
    const parts = [error.message];
    for (const { name, page } of this.#pages) {
      const words = await page.locator('body').innerText({ timeout: 3_000 }).catch(() => '(no answer)');
      parts.push(`--- ${name}'s page ${page.url()} shows:\n${words.replace(/\n{2,}/g, '\n')}`);
    }
    parts.push(this.#said.length ? `--- the consoles said:\n${this.#said.map(({ name, type, text }) => `${name}: ${type}: ${text}`).join('\n')}` : '--- the consoles said nothing.');
    return parts.join('\n');
  }

  async close() {
    for (const context of this.#contexts) await context.close().catch(() => {});
  }
}

/**
 * Waits until something is so in a page.
 *
 * @template A
 * @param {Page} page
 * @param {string} sentence What is waited for.
 * @param {(arg: A) => unknown} isSo Runs in the page.
 * @param {A} [arg]
 * @param {number} [within]
 */
export async function until(page, sentence, isSo, arg, within = WITHIN_MS) {
  await page.waitForFunction(/** @type {any} */ (isSo), arg, { polling: 100, timeout: within }).catch((error) => {
    throw new Error(`Waited ${within / 1000} s in vain for this: ${sentence}. ${/Timeout/.test(error.message) ? '' : error.message}`);
  });
}

/** @param {Page} page @param {string} name */
export const isJoined = (page, name) => until(page, `${name} is in the room`, () => document.documentElement.dataset.state === 'joined');

/** @param {Page} page @param {string} name @param {string} text */
export const shows = (page, name, text) => until(page, `${name}'s page shows "${text}"`, (wanted) => document.body.innerText.includes(wanted), text);

/**
 * The names in the list of people, sorted, with the state where it is not `joined`.
 *
 * @param {Page} page
 * @param {string} name
 * @param {string[]} expected
 * @param {number} [within]
 */
export const seesPeople = (page, name, expected, within) => until(
  page, `${name}'s list of people is exactly ${expected.join(', ')}`,
  (wanted) => {
    const items = [...document.querySelectorAll('#people > li')];
    const names = items.map((item) => (item.querySelector('.name')?.textContent ?? '') + (item.classList.contains('reconnecting') ? ' (reconnecting)' : ''));
    return JSON.stringify(names.sort()) === JSON.stringify(wanted);
  },
  [...expected].sort(), within,
);

/** Keeps the states that the page goes through from now on. @param {Page} page */
export const noteStates = (page) => page.evaluate(() => {
  const states = [document.documentElement.dataset.state];
  Object.assign(window, { testStates: states });
  new MutationObserver(() => {
    const { state } = document.documentElement.dataset;
    if (state !== states.at(-1)) states.push(state);
  }).observe(document.documentElement, { attributeFilter: ['data-state'] });
});

/** The states that {@link noteStates} kept. @param {Page} page @returns {Promise<string[]>} */
export const statesOf = (page) => page.evaluate(() => (/** @type {any} */ (window)).testStates);

/** @param {Page} page @param {string} name */
export async function share(page, name) {
  await page.getByRole('button', { name: 'Share screen', exact: true }).click();
  await until(page, `${name} shares, and has a button to stop`, () => !(/** @type {HTMLElement} */ (document.getElementById('stop')).hidden));
}

/** @param {Page} page @param {string} name */
export async function stopSharing(page, name) {
  await page.getByRole('button', { name: 'Stop sharing', exact: true }).click();
  await until(page, `${name} could share again`, () => {
    const button = /** @type {HTMLButtonElement} */ (document.getElementById('share'));
    return !button.hidden && !button.disabled;
  });
}

/**
 * The large video was given further frames, counted from the first one seen now.
 *
 * @param {Page} page
 * @param {string} name
 * @param {number} [further]
 */
export async function watches(page, name, further = 100) {
  await until(page, `${name} gets the first frame of the shared screen`, () => {
    const video = /** @type {HTMLVideoElement} */ (document.getElementById('screen'));
    return !video.hidden && video.getVideoPlaybackQuality().totalVideoFrames > 0;
  });
  await until(page, `${name} gets ${further} further frames of the shared screen`, (wanted) => {
    const video = /** @type {HTMLVideoElement & {testFrom?: {stream: any, frames: number}}} */ (document.getElementById('screen'));
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    if (video.hidden) return false;
    if (video.testFrom?.stream !== video.srcObject || frames < /** @type {any} */ (video.testFrom).frames) video.testFrom = { stream: video.srcObject, frames };
    return frames - /** @type {any} */ (video.testFrom).frames >= wanted;
  }, further);
  await page.evaluate(() => { delete (/** @type {any} */ (document.getElementById('screen'))).testFrom; });
}

/**
 * So many visible videos of others move at once: each was given 20 further frames.
 *
 * @param {Page} page
 * @param {string} name
 * @param {number} count
 */
export const seesMoving = (page, name, count) => until(page, `${name} sees ${count} moving videos of others`, (wanted) => {
  const own = new Set((/** @type {any} */ (window)).testCaptured.flatMap((/** @type {MediaStream} */ stream) => stream.getTracks().map(({ id }) => id)));
  const moving = [...document.querySelectorAll('video')].filter((video) => {
    const of = /** @type {HTMLVideoElement & {testFirst?: {id: string, frames: number}}} */ (video);
    const track = (/** @type {MediaStream | null} */ (of.srcObject))?.getVideoTracks()[0];
    if (!track || own.has(track.id) || !of.checkVisibility() || of.paused) return false;
    const frames = of.getVideoPlaybackQuality().totalVideoFrames;
    if (of.testFirst?.id !== track.id || frames < of.testFirst.frames) of.testFirst = { id: track.id, frames };
    return frames - of.testFirst.frames >= 20;
  });
  return moving.length === wanted;
}, count);
