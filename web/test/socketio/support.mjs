/** What the tests with Socket.IO clients share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as newest from 'socket.io-client';
import * as older from 'socket.io-client-4.7.2';

export { freePort, program, Running, startCluster } from '../browser/support/cluster.mjs';

// Each process of a cluster that is started again listens for the end of this one.
process.setMaxListeners(50);

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** @type {[version: string, client: { io: typeof newest.io }][]} */
export const clients = [['4.7.2', /** @type {any} */ (older)], ['newest', newest]];

/** @type {[name: string, options: object][]} */
export const transports = [
  ['polling', { transports: ['polling'] }],
  ['websocket', { transports: ['websocket'] }],
  ['default', {}],
];

/**
 * @param {string} name
 * @returns {string} The program of an example, as the Rust tests have built it.
 */
export function example(name) {
  const built = process.env.SWITCHBOARD_BIN ? join(process.env.SWITCHBOARD_BIN, '..') : join(root, 'target/debug');
  const path = join(built, 'examples', name);
  if (!existsSync(path)) throw new Error(`There is no example at ${path}. Build it: cargo build --example ${name}`);
  return path;
}
