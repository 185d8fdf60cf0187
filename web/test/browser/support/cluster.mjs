/**
 * A small Switchboard for the tests: one Redis, two room services, two
 * gateways that hang on both. Everything is stopped by its process id.
 */
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 5_000;
/** Lines of a process's output that a failure shows. */
const SAID_LINES = 30;

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** @returns {string} Where the program is. */
export function program() {
  const path = process.env.SWITCHBOARD_BIN ?? join(root, 'target/debug/switchboard');
  if (!canRun(path)) throw new Error(`There is no switchboard at ${path}. Build it: cargo build -p switchboard (or name one in SWITCHBOARD_BIN).`);
  return path;
}

/** @param {string} path */
function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
const onPath = (name) => (process.env.PATH ?? '').split(delimiter).some((folder) => canRun(join(folder, name)));

/** @returns {Promise<number>} A port that was free a moment ago. */
export async function freePort() {
  for (;;) {
    // Below those that the kernel gives to connections: one that is given back would be somebody else's a moment later.
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (given.has(port)) continue;
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) {
      given.add(port);
      return port;
    }
  }
}

/** @type {Set<number>} */
const given = new Set();

/** A process that is stopped with the test, and whose last words are kept. */
export class Running {
  /** @type {string[]} */
  #said = [];
  #child;
  #name;
  #ended;

  /**
   * @param {string} name
   * @param {string} path
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} [env]
   * @param {string} [folder] That it runs in.
   * @param {(line: string) => void} [hear] Gets each line that it says.
   */
  constructor(name, path, args, env = process.env, folder = undefined, hear = () => {}) {
    this.#name = name;
    this.#child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: folder });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (!line) return;
        this.#said.push(line);
        this.#said.splice(0, this.#said.length - SAID_LINES);
        hear(line);
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#said.push(error.message);
        resolve(undefined);
      });
      this.#child.once('exit', resolve);
    });
    // Should the test itself be ended.
    process.once('exit', () => this.#child.kill('SIGKILL'));
  }

  /** @returns {number} Its process id; 0 if it could not be started. */
  get pid() {
    return this.#child.pid ?? 0;
  }

  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  get lastWords() {
    return `${this.#name}${this.hasEnded ? ` (ended, code ${this.#child.exitCode})` : ''}:\n  ${this.#said.join('\n  ') || '(said nothing)'}`;
  }

  /**
   * @param {string} what
   * @param {() => Promise<boolean>} isSo
   */
  async until(what, isSo) {
    const by = Date.now() + READY_WITHIN_MS;
    while (!await isSo().catch(() => false)) {
      if (this.hasEnded) throw new Error(`${this.#name} ended before ${what}.\n${this.lastWords}`);
      if (Date.now() > by) throw new Error(`${this.#name}: waited ${READY_WITHIN_MS / 1000} s in vain until ${what}.\n${this.lastWords}`);
      await pause(50);
    }
  }

  /** Asks it to stop, and does not wait. */
  terminate() {
    this.#child.kill('SIGTERM');
  }

  /** Fulfilled when it has ended, by whatever. */
  get ended() {
    return this.#ended;
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** @param {number} [withinMs] How long it may take by itself. */
  async stop(withinMs = STOPPED_WITHIN_MS) {
    if (this.hasEnded) return;
    this.#child.kill('SIGTERM');
    const late = new AbortController();
    await Promise.race([this.#ended, pause(withinMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
    if (this.hasEnded) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/**
 * @typedef {object} Cluster
 * @property {[string, string]} gateways Their web addresses.
 * @property {[string, string]} roomServices Their gRPC addresses.
 * @property {[Server, Server]} edges The gateways' processes.
 * @property {Redis} redis
 * @property {() => string} lastWords What the processes said.
 * @property {() => Promise<void>} stop
 */

/** One `switchboard`, at ports of its own; after its end it can be started again, at the same ones. */
export class Server {
  #args;
  #name;
  #adminPort;
  /** @type {Running | null} */
  process = null;

  /**
   * @param {string} name
   * @param {string[]} args
   * @param {number} port
   * @param {number} adminPort
   * @param {string} [scheme]
   */
  constructor(name, args, port, adminPort, scheme = 'http') {
    this.#name = `${name} at ${port}`;
    this.#args = [...args, '--listen', `127.0.0.1:${port}`, '--admin-listen', `127.0.0.1:${adminPort}`];
    this.#adminPort = adminPort;
    this.port = port;
    this.url = `${scheme}://127.0.0.1:${port}`;
  }

  /** Fulfilled when it is ready. */
  async start() {
    const one = new Running(this.#name, program(), this.#args);
    this.process = one;
    await one.until('/readyz said so', async () => (await fetch(`http://127.0.0.1:${this.#adminPort}/readyz`)).ok);
  }

  /** @param {string} line How its line begins. @returns {Promise<number>} A metric of now; 0 if it tells none such. */
  async metric(line) {
    const text = await (await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`)).text();
    return Number(text.split('\n').find((each) => each.startsWith(line))?.split(' ').at(-1) ?? 0);
  }

  get lastWords() {
    return this.process?.lastWords ?? '';
  }

  async stop() {
    await this.process?.stop();
  }
}

/** A Redis with a folder and a port of its own; after its end it can be started again, with its data if it keeps any. */
class Redis {
  #port;
  #keeps;
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-redis-'));
  /** @type {Running | null} */
  process = null;

  /**
   * @param {number} port
   * @param {boolean} keeps Whether it writes what it is told to its folder.
   */
  constructor(port, keeps) {
    this.#port = port;
    this.#keeps = keeps;
  }

  get url() {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Fulfilled when it answers. */
  async start() {
    const one = new Running('redis-server', 'redis-server', ['--port', `${this.#port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', this.#keeps ? 'yes' : 'no', '--dir', this.#folder]);
    this.process = one;
    await one.until('it answered', () => listens(this.#port));
  }

  /** Forgets all that was kept; for while it is not running. */
  empty() {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
  }

  get lastWords() {
    return this.process?.lastWords ?? '';
  }

  async stop() {
    await this.process?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * All in one process, with rooms that end with it.
 *
 * @returns {Promise<Server>} Not started yet.
 */
export async function newSwitchboard() {
  const [port, adminPort, grpcPort] = [await freePort(), await freePort(), await freePort()];
  return new Server('switchboard', ['--grpc-listen', `127.0.0.1:${grpcPort}`], port, adminPort);
}

/**
 * @param {object} [options]
 * @param {boolean} [options.redisKeeps] Whether the Redis has its data again after a restart.
 * @param {{ secret: string, link: string }} [options.tokens] What access tokens are checked with, and what gateways say. None: open.
 * @param {boolean} [options.secure] Whether the gateways are at https://, with one self-signed certificate.
 * @param {string[]} [options.gatewayArgs] More for both gateways.
 * @param {boolean} [options.apart] Whether each gateway knows one room service only.
 * @returns {Promise<Cluster>} Ready to be joined.
 */
export async function startCluster({ redisKeeps = false, secure = false, gatewayArgs = [], apart = false, tokens } = {}) {
  // The same tests, as far as they do not choose their gateway, behind a real Envoy, which then chooses it (system/suites.test.mjs).
  if (process.env.SWITCHBOARD_BEHIND_ENVOY) return (await import(/** @type {string} */ ('../../../../system/support/fleet.mjs'))).startBehindEnvoy({ gatewayArgs });
  /** @type {(Redis | Server)[]} */
  const running = [];
  const kept = secure ? mkdtempSync(join(tmpdir(), 'switchboard-data-')) : null;
  const stop = async () => {
    // Gateways first, the Redis last, as an operator would.
    for (const one of running.reverse()) await one.stop();
    if (kept) rmSync(kept, { recursive: true, force: true });
  };
  try {
    if (!onPath('redis-server')) throw new Error('There is no redis-server on the PATH. Install it (Debian: apt-get install redis-server).');
    const redis = new Redis(await freePort(), redisKeeps);
    running.push(redis);
    await redis.start();

    const auth = tokens
      ? ['--auth', 'token', '--token-secret', `main=${tokens.secret}`, '--link-secret', tokens.link]
      : ['--auth', 'open'];
    /** @param {string} kind @param {string[]} more */
    const start = async (kind, ...more) => {
      const [args, scheme] = kept && kind === 'gateway' ? [['--tls', 'self-signed', '--data-dir', kept], 'https'] : [[], 'http'];
      const server = new Server(kind, [kind, ...more, ...args], await freePort(), await freePort(), scheme);
      running.push(server);
      return { server, url: server.url, ready: server.start() };
    };
    const rooms = [await start('roomsvc', ...auth, '--redis-url', redis.url), await start('roomsvc', ...auth, '--redis-url', redis.url)];
    await Promise.all(rooms.map(({ ready }) => ready));
    const urls = rooms.map(({ url }) => url);
    // Each names another one first.
    const known = apart ? urls : [urls.join(','), [...urls].reverse().join(',')];
    const edges = [await start('gateway', '--roomsvc', known[0], ...auth, ...gatewayArgs), await start('gateway', '--roomsvc', known[1], ...auth, ...gatewayArgs)];
    await Promise.all(edges.map(({ ready }) => ready));
    return {
      gateways: [edges[0].url, edges[1].url],
      edges: [edges[0].server, edges[1].server],
      roomServices: [urls[0], urls[1]],
      redis,
      lastWords: () => running.map(({ lastWords }) => lastWords).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {number} port */
async function listens(port) {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Calls the gRPC API with a client that is not ours.
 *
 * @param {string} roomService
 * @param {string} method Such as `CreateRoom`.
 * @param {object} request
 * @param {string} [token]
 * @returns {Promise<any>}
 */
export async function callApi(roomService, method, request, token) {
  const buf = join(root, 'tools/buf/node_modules/.bin/buf');
  if (!canRun(buf)) throw new Error('buf is missing. Install it: npm ci --prefix tools/buf');
  const { stdout } = await promisify(execFile)(buf, [
    'curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...(token ? ['-H', `authorization: Bearer ${token}`, '--reflect-header', '*'] : []), '-d', JSON.stringify(request), `${roomService}/switchboard.v1.RoomService/${method}`,
  ]);
  return JSON.parse(stdout);
}
