/** What HTTPS is for: pages of other machines share too. */
import assert from 'node:assert/strict';

import { newSwitchboard } from './support/cluster.mjs';
import { Stage, isJoined, share, shows, stopSharing, watches } from './support/stage.mjs';

/** A name that is not this machine's own, as another one of the LAN would type it. */
const LAN = 'gateway.lan';

const stage = new Stage({ secure: true }, [`--host-resolver-rules=MAP ${LAN} 127.0.0.1`]);

/** @param {string} url */
const onTheLan = (url) => url.replace('127.0.0.1', LAN);

stage.scene('two people at https:// addresses of two gateways share a screen', async (scene) => {
  assert.match(scene.gateways[0], /^https:/);
  const trusting = () => scene.context({ ignoreHTTPSErrors: true });
  const ann = await scene.join('ann', { gateway: onTheLan(scene.gateways[0]), context: await trusting() });
  const bob = await scene.join('bob', { gateway: onTheLan(scene.gateways[1]), context: await trusting() });
  assert.equal(await ann.evaluate(() => isSecureContext), true);
  await share(ann, 'ann');
  await watches(bob, 'bob');
  await stopSharing(ann, 'ann');
  await share(bob, 'bob');
  await watches(ann, 'ann', 20);
});

stage.scene('a page that came by plain HTTP says which flag brings it by HTTPS', async (scene) => {
  const plain = await newSwitchboard();
  try {
    await plain.start();
    const page = await scene.page('carol');
    await page.goto(scene.link('carol', onTheLan(plain.url)));
    await isJoined(page, 'carol');
    await shows(page, 'carol', 'only if it came over https:// or from localhost');
    await shows(page, 'carol', 'switchboard --tls self-signed');
    // It leaves before its server does: it would look for it, and its console would say so.
    await page.goto('about:blank');
  } finally {
    await plain.stop();
  }
});

stage.scene('who forgets the s of https:// is sent there', async (scene) => {
  const page = await scene.page('dan', await scene.context({ ignoreHTTPSErrors: true }));
  await page.goto(scene.link('dan', scene.gateways[0].replace('https:', 'http:')));
  await isJoined(page, 'dan');
  assert.equal(new URL(page.url()).protocol, 'https:');
});
