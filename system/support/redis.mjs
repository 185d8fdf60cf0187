/** Redis for the tests: one server, or a primary with replicas and the Sentinels that choose among them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Running, freePort } from '../../web/test/browser/support/cluster.mjs';

const WITHIN_MS = 30_000;
const SERVICE = 'switchboard';

/**
 * @param {number} port
 * @param {...string} words
 * @returns {Promise<string>} The answer as it came.
 */
function ask(port, ...words) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    });
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.once('data', (data) => {
      resolve(String(data));
      socket.end();
    }).once('error', reject);
  });
}

/** One server that keeps nothing, as the tests need it. */
export class RedisServer {
  /** @type {Running | null} */
  process = null;
  port = 0;
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-redis-'));

  /** @param {string[]} [args] */
  async start(args = []) {
    this.port ||= await freePort();
    const own = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder];
    this.process = new Running(`redis at ${this.port}`, 'redis-server', [...own, ...args]);
    await this.process.until('it answered', async () => (await ask(this.port, 'PING')).startsWith('+PONG'));
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  async stop() {
    await this.process?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A primary, a replica, and three Sentinels. */
export class WatchedRedis {
  /** @type {RedisServer[]} */
  servers = [];
  /** @type {{ port: number, process: Running }[]} */
  #sentinels = [];
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-sentinels-'));

  async start() {
    const primary = new RedisServer();
    this.servers.push(primary);
    await primary.start();
    await this.addReplica();
    for (let n = 0; n < 3; n += 1) {
      const port = await freePort();
      const file = join(this.#folder, `${n}.conf`);
      // Written to by the Sentinel itself.
      writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${this.#folder}\nsentinel monitor ${SERVICE} 127.0.0.1 ${primary.port} 2\n`
        + `sentinel down-after-milliseconds ${SERVICE} 2000\nsentinel failover-timeout ${SERVICE} 10000\n`);
      const process = new Running(`sentinel at ${port}`, 'redis-server', [file, '--sentinel']);
      this.#sentinels.push({ port, process });
      await process.until('it answered', async () => (await ask(port, 'PING')).startsWith('+PONG'));
    }
    await this.#until('the Sentinels know each other and the replica', async () => {
      const told = await Promise.all(this.#sentinels.map(({ port }) => ask(port, 'SENTINEL', 'MASTER', SERVICE)));
      return told.every((text) => /num-slaves\r\n\$1\r\n1/.test(text) && /num-other-sentinels\r\n\$1\r\n2/.test(text));
    });
  }

  get url() {
    return `redis-sentinel://${this.#sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${SERVICE}`;
  }

  async primary() {
    const told = await ask(this.#sentinels[0].port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', SERVICE);
    const port = Number(told.split('\r\n').at(-2));
    const found = this.servers.find((server) => server.port === port);
    if (!found) throw new Error(`Sentinel names a primary that is none: ${told}`);
    return found;
  }

  /** A further one, in step with the primary. */
  async addReplica() {
    const primary = this.#sentinels.length ? await this.primary() : this.servers[0];
    const replica = new RedisServer();
    this.servers.push(replica);
    await replica.start(['--replicaof', '127.0.0.1', `${primary.port}`, '--repl-diskless-load', 'on-empty-db']);
    await this.#until('the replica is in step', async () => /master_link_status:up/.test(await ask(replica.port, 'INFO', 'replication')));
  }

  /** The primary is replaced as an operator would: another takes over, then the old one goes. */
  async roll() {
    const old = await this.primary();
    await this.addReplica();
    await this.#until('Sentinel takes a failover', async () => (await ask(this.#sentinels[0].port, 'SENTINEL', 'FAILOVER', SERVICE)).startsWith('+OK'));
    await this.#until('another one is the primary', async () => await this.primary() !== old);
    const heir = await this.primary();
    await this.#until('the other one takes writes', async () => /role:master/.test(await ask(heir.port, 'INFO', 'replication')));
    await this.#until('the old one follows it', async () => /role:slave/.test(await ask(old.port, 'INFO', 'replication')));
    await old.stop();
    this.servers = this.servers.filter((server) => server !== old);
  }

  /** @param {string} what @param {() => Promise<boolean>} isSo */
  async #until(what, isSo) {
    const by = Date.now() + WITHIN_MS;
    while (!await isSo().catch(() => false)) {
      if (Date.now() > by) throw new Error(`Redis: waited ${WITHIN_MS / 1_000} s in vain until ${what}.`);
      await pause(100);
    }
  }

  async stop() {
    for (const { process } of this.#sentinels) await process.stop();
    for (const server of this.servers) await server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
