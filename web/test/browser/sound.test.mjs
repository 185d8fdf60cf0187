/**
 * Who comes by a link has made no gesture: the share plays muted, and a button
 * turns the sound on. Playwright's own look into a page counts as a gesture, so
 * the listener's page is looked into by DevTools' protocol until the click.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { Stage, WITHIN_MS, seesPeople, until } from './support/stage.mjs';

const stage = new Stage();

/**
 * @param {import('playwright-core').CDPSession} devtools
 * @param {string} sentence
 * @param {string} expression
 */
async function untilUntouched(devtools, sentence, expression) {
  const by = Date.now() + WITHIN_MS;
  for (;;) {
    const { result } = await devtools.send('Runtime.evaluate', { expression, userGesture: false, returnByValue: true });
    if (result.value) return;
    if (Date.now() > by) throw new Error(`Waited ${WITHIN_MS / 1000} s in vain for this: ${sentence}.`);
    await pause(100);
  }
}

/**
 * Shares a moving picture with a tone, by the library: a headless browser has
 * no sound of a tab to give to getDisplayMedia.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} roomId
 */
async function shareWithSound(page, roomId) {
  await page.evaluate(async (id) => {
    const { Room } = await import(/** @type {string} */ ('/client/index.js'));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    let hue = 0;
    setInterval(() => {
      context.fillStyle = `hsl(${hue += 5} 80% 50%)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }, 50);
    const audio = new AudioContext();
    const tone = new OscillatorNode(audio, { frequency: 440 });
    const out = audio.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    await audio.resume();
    const room = new Room({ roomId: id, metadata: JSON.stringify({ name: 'ann' }) });
    Object.assign(window, { testRoom: room });
    await room.join();
    await room.share({ stream: new MediaStream([...canvas.captureStream(20).getTracks(), ...out.stream.getTracks()]) });
  }, roomId);
}

stage.scene('who joins by a link sees the share muted, and turns on the sound', async (scene) => {
  const ann = await scene.bystander('ann');
  await shareWithSound(ann, scene.roomId);

  const listener = await scene.page('listener');
  const devtools = await listener.context().newCDPSession(listener);
  await listener.goto(scene.link('listener', scene.gateways[0]));
  const screen = "document.getElementById('screen')";
  await untilUntouched(devtools, 'the listener gets 20 frames of the share', `!${screen}.hidden && ${screen}.getVideoPlaybackQuality().totalVideoFrames > 20`);
  await untilUntouched(devtools, 'the sound of the share has arrived', `${screen}.srcObject.getAudioTracks().length === 1`);
  await untilUntouched(devtools, 'a button "Turn on sound" is there', "!document.getElementById('sound').hidden && document.getElementById('sound').innerText.includes('Turn on sound')");
  const { result } = await devtools.send('Runtime.evaluate', { expression: `navigator.userActivation.hasBeenActive || !${screen}.muted || ${screen}.paused`, userGesture: false, returnByValue: true });
  assert.equal(result.value, false, 'nobody has clicked, and the share plays muted');

  await listener.getByRole('button', { name: 'Turn on sound', exact: true }).click();
  await until(listener, 'the share is heard', async () => {
    const video = /** @type {HTMLVideoElement & {testMeter?: AnalyserNode}} */ (document.getElementById('screen'));
    if (video.muted || video.paused) return false;
    if (!video.testMeter) {
      const audio = new AudioContext();
      video.testMeter = audio.createAnalyser();
      audio.createMediaStreamSource(/** @type {MediaStream} */ (video.srcObject)).connect(video.testMeter);
    }
    const samples = new Float32Array(video.testMeter.fftSize);
    video.testMeter.getFloatTimeDomainData(samples);
    return samples.some((sample) => Math.abs(sample) > 0.1);
  });
  await until(listener, 'the button now turns the sound off', () => document.getElementById('sound')?.innerText.includes('Turn off sound'));
  await listener.getByRole('button', { name: 'Turn off sound', exact: true }).click();
  await until(listener, 'the share is muted again, and goes on', () => {
    const video = /** @type {HTMLVideoElement} */ (document.getElementById('screen'));
    return video.muted && !video.paused;
  });
});

stage.scene('without sound in the share there is no button for it', async (scene) => {
  const ann = await scene.join('ann');
  const bob = await scene.join('bob', { gateway: scene.gateways[1] });
  await seesPeople(bob, 'bob', ['ann', 'bob']);
  await ann.getByRole('button', { name: 'Camera on', exact: true }).click();
  await until(bob, "bob sees ann's camera", () => [...document.querySelectorAll('video')].some((video) => video.checkVisibility() && video.getVideoPlaybackQuality().totalVideoFrames > 10));
  assert.equal(await bob.getByRole('button', { name: 'Turn on sound', exact: true }).count(), 0);
});
