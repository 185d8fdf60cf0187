/** A smoke test in another browser: Firefox watches what Chromium shares, and is seen. */
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Firefox } from './support/firefox.mjs';
import { Stage, seesMoving, seesPeople, share, shows, stopSharing } from './support/stage.mjs';

const stage = new Stage();
const firefox = new Firefox();
before(() => firefox.start(), { timeout: 90_000 });
after(() => firefox.stop(), { timeout: 30_000 });

stage.scene('Firefox joins, watches a share of Chromium, chats, and shows its camera', async (scene) => {
  try {
    const ann = await scene.join('ann');
    await firefox.open(scene.link('fox', scene.gateways[1]));
    await firefox.until('Firefox is in the room', "document.documentElement.dataset.state === 'joined'");
    await seesPeople(ann, 'ann', ['ann', 'fox']);

    await share(ann, 'ann');
    const screen = "document.getElementById('screen')";
    // Firefox counts no frames of what comes from a peer; so its pictures are compared.
    await firefox.evaluate('(window.testPictures = new Set()).size');
    await firefox.until('Firefox shows 20 different pictures of the share', `(() => {
      const screen = ${screen};
      if (screen.hidden || screen.paused || !screen.videoWidth) return false;
      const canvas = new OffscreenCanvas(64, 48);
      const context = canvas.getContext('2d');
      context.drawImage(screen, 0, 0, canvas.width, canvas.height);
      window.testPictures.add(context.getImageData(0, 0, canvas.width, canvas.height).data.join());
      return window.testPictures.size >= 20;
    })()`);
    await firefox.screenshot(fileURLToPath(new URL('./output/firefox-viewing.png', import.meta.url)));
    await stopSharing(ann, 'ann');
    await firefox.until('Firefox is told that the share ended', "document.body.innerText.includes('ann stopped sharing.')");

    await ann.getByLabel('Message to everybody').fill('Hello, fox');
    await ann.keyboard.press('Enter');
    await firefox.until('Firefox shows the message', "document.body.innerText.includes('Hello, fox')");

    // The made-up camera of Firefox, by the page's own button.
    await firefox.evaluate("document.getElementById('camera').click()");
    await seesMoving(ann, 'ann', 1);
    await firefox.evaluate("document.getElementById('leave').click()");
    await shows(ann, 'ann', 'fox left');
    await seesPeople(ann, 'ann', ['ann']);
    const errors = firefox.said.filter((line) => line.startsWith('error'));
    if (errors.length > 0) throw new Error("Everything was as it should be, but Firefox's console has errors.");
  } catch (error) {
    throw new Error(`${/** @type {Error} */ (error).message}\n${await firefox.report()}`, { cause: error });
  }
});
