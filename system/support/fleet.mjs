/**
 * Switchboard as it is deployed, on one machine: a Redis, room services, gateways, and a real Envoy from the project's
 * own envoy.yaml before both. Each process has an address of its own in 127/8 and all of a kind one port, so that Envoy
 * finds them by a name, as in a cluster of machines. Everything is stopped by its process id.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { stringify } from 'yaml';

import { Running, freePort, program } from '../../web/test/browser/support/cluster.mjs';
import { patched, readConfig } from '../envoy.mjs';
import { NameServer } from './dns.mjs';
import { Api } from './grpc.mjs';
import { RedisServer, WatchedRedis } from './redis.mjs';

const WITHIN_MS = 30_000;
/** Where the Envoy of layer 4 connects from. */
export const LAYER_4 = '127.0.0.9';
/** A drain, its last deadline, and the stop behind it. */
const STOP_WITHIN_MS = 30_000;

// Each process that is started listens for the end of this one.
process.setMaxListeners(200);

/**
 * @param {string} what
 * @param {() => Promise<boolean> | boolean} isSo
 * @param {() => string} [more] Told with a failure.
 * @param {number} [withinMs]
 */
export async function until(what, isSo, more = () => '', withinMs = WITHIN_MS) {
  const by = Date.now() + withinMs;
  let why = '';
  const holds = async () => {
    try {
      return await isSo();
    } catch (error) {
      why = ` (${error instanceof Error ? error.message : error})`;
      return false;
    }
  };
  while (!await holds()) {
    if (Date.now() > by) throw new Error(`Waited ${withinMs / 1_000} s in vain until ${what}${why}.\n${more()}`);
    await pause(50);
  }
}

/** A gateway or a room service. */
export class Member {
  /** Where the links of a gateway are that it opened last: room services by partition. @type {Map<number, string>} */
  links = new Map();
  #running;
  #admin;

  /**
   * @param {'gateway' | 'roomsvc'} kind
   * @param {string} address Of its own.
   * @param {number} port
   * @param {number} admin
   * @param {string[]} args
   * @param {string} path Of the program.
   */
  constructor(kind, address, port, admin, args, path) {
    this.kind = kind;
    this.address = address;
    this.#admin = `http://${address}:${admin}`;
    this.#running = new Running(`${kind} at ${address}:${port}`, path, [kind, '--listen', `${address}:${port}`, '--admin-listen', `${address}:${admin}`, ...args], process.env, undefined, (line) => this.#hear(line));
  }

  /** @param {string} line */
  #hear(line) {
    // Not a terminal: an object a line.
    if (!line.includes('"link is open"')) return;
    const { partition, room_service: room } = JSON.parse(line);
    this.links.set(partition, room);
  }

  get pid() {
    return this.#running.pid;
  }

  get lastWords() {
    return this.#running.lastWords;
  }

  ready() {
    return this.#running.until('/readyz said so', async () => (await fetch(`${this.#admin}/readyz`)).ok);
  }

  /** @param {string} name With all labels; without any it is the sum over them. @returns {Promise<number>} 0 if it tells none such. */
  async metric(name) {
    const text = await (await fetch(`${this.#admin}/metrics`)).text();
    const full = `switchboard_${this.kind}_${name}`;
    const lines = text.split('\n').filter((line) => line.startsWith(`${full} `) || line.startsWith(`${full}{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Where it tells its metrics, as host and port. */
  get admin() {
    return new URL(this.#admin).host;
  }

  /** As a crash would. */
  kill() {
    return this.#running.kill();
  }

  /** As an orderly end. */
  stop() {
    return this.#running.stop(STOP_WITHIN_MS);
  }
}

/** One Envoy; several may have the same ports at one time. */
export class Envoy {
  /** @param {string} file @param {string} folder @param {number} admin */
  constructor(file, folder, admin) {
    this.admin = `http://127.0.0.1:${admin}`;
    this.running = new Running('envoy', 'envoy', ['-c', file, '--disable-hot-restart', '--concurrency', '2', '-l', 'warning', '--file-flush-interval-msec', '500'], process.env, folder);
  }

  ready() {
    return this.running.until('it was live', async () => (await fetch(`${this.admin}/ready`)).ok);
  }

  /** @param {string} name @returns {Promise<number>} 0 if it tells none such. */
  async stat(name) {
    const { stats } = /** @type {any} */ (await (await fetch(`${this.admin}/stats?format=json&filter=^${name.replaceAll('.', '\\.')}$`)).json());
    return stats[0]?.value ?? 0;
  }

  /** Takes no further connections, and keeps those that are there. */
  async drain() {
    await fetch(`${this.admin}/drain_listeners`, { method: 'POST' });
  }

  stop() {
    return this.running.stop();
  }
}

/**
 * @typedef {object} FleetOptions
 * @property {number} [roomServices]
 * @property {number} [gateways]
 * @property {boolean} [watchedRedis] Whether Redis has a replica and Sentinels.
 * @property {string[]} [gatewayArgs]
 * @property {boolean} [findsGateways] Whether the Envoy of envoy.yaml is to reach them: unless told otherwise.
 * @property {string[]} [roomServiceArgs]
 * @property {string} [path] Another program than the tests' own.
 * @property {(config: any) => void} [change] Changes Envoy's configuration further.
 * @property {import('../envoy.mjs').Changes} [changes] The same, by what is foreseen.
 */

export class Fleet {
  /** @type {Member[]} */
  gateways = [];
  /** @type {Member[]} */
  roomServices = [];
  /** @type {Envoy[]} The last one is the newest. */
  envoys = [];
  /** @type {RedisServer | WatchedRedis} */
  redis;
  #names = new NameServer();
  #options;
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-fleet-'));
  /** The last byte of addresses, which are not used again. */
  #last = { gateway: 10, roomsvc: 10 };
  /** @type {Record<string, number>} */
  #ports = {};
  #path;
  /** @type {Api | undefined} */
  #api;
  /** What has ended, for a failure. @type {Member[]} */
  #gone = [];

  /** @param {FleetOptions} options */
  constructor(options) {
    this.#options = options;
    this.#path = options.path ?? program();
    this.redis = options.watchedRedis ? new WatchedRedis() : new RedisServer();
  }

  /** @param {FleetOptions} [options] @returns {Promise<Fleet>} Ready to be joined. */
  static async start(options = {}) {
    const fleet = new Fleet(options);
    try {
      await fleet.#start();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Whichever program new members are of. @param {string} path */
  useProgram(path) {
    this.#path = path;
  }

  /** Where browsers go. */
  get url() {
    return `http${this.#options.changes?.tls ? 's' : ''}://127.0.0.1:${this.#ports.public}`;
  }

  /** The gRPC API, by Envoy. */
  get api() {
    this.#api ??= new Api(this.grpc);
    return this.#api;
  }

  /** Where gRPC goes, as host and port. */
  get grpc() {
    return `127.0.0.1:${this.#ports.grpc}`;
  }

  /** Where the API is as JSON. */
  get rest() {
    return `http://127.0.0.1:${this.#ports.rest}`;
  }

  get stats() {
    return `http://127.0.0.1:${this.#ports.stats}`;
  }

  get envoy() {
    const newest = this.envoys.at(-1);
    if (!newest) throw new Error('There is no Envoy.');
    return newest;
  }

  async #start() {
    const { roomServices = 2, gateways = 2 } = this.#options;
    for (const name of ['public', 'grpc', 'rest', 'stats', 'gateway', 'roomsvc', 'gatewayAdmin', 'roomsvcAdmin']) this.#ports[name] = await freePort();
    this.#ports.resolver = await this.#names.start();
    await this.redis.start();
    await Promise.all([...Array(roomServices)].map(() => this.addRoomService()));
    await this.addEnvoy();
    await until('Envoy finds the room services', async () => await this.envoy.stat('cluster.rooms_links.membership_healthy') === roomServices, () => this.lastWords);
    await Promise.all([...Array(gateways)].map(() => this.addGateway()));
    // Where they are behind another one it does not reach them.
    if (this.#options.findsGateways !== false) await until('Envoy finds the gateways', async () => await this.envoy.stat('cluster.gateways.membership_healthy') === gateways, () => this.lastWords);
  }

  /** One more Envoy, on the ports of those that are there. */
  async addEnvoy() {
    const admin = await freePort();
    const { public: web, grpc, rest, stats, gateway, roomsvc, resolver } = this.#ports;
    const rooms = { port: roomsvc };
    const config = patched(readConfig(), {
      host: '127.0.0.1',
      ports: { public: web, grpc, rest, stats, admin },
      upstreams: { gateways: { port: gateway }, rooms_links: rooms, rooms, rooms_watches: rooms },
      resolver,
      ...this.#options.changes,
    });
    this.#options.change?.(config);
    const file = join(this.#folder, `envoy-${admin}.yaml`);
    writeFileSync(file, stringify(config, { aliasDuplicateObjects: false }));
    const envoy = new Envoy(file, this.#folder, admin);
    this.envoys.push(envoy);
    await envoy.ready();
    return envoy;
  }

  /** An Envoy from envoy-l4.yaml, at a port of its own. */
  async addLayer4() {
    const [port, stats, admin] = [await freePort(), await freePort(), await freePort()];
    const { gateway, gatewayAdmin: health, resolver } = this.#ports;
    const config = patched(readConfig('envoy-l4.yaml'), { host: '127.0.0.1', ports: { public: port, stats, admin }, upstreams: { gateways: { port: gateway, health } }, resolver });
    // Another address than ours: who is named as a balancer must say PROXY at the admin port too.
    for (const cluster of config.static_resources.clusters) {
      if (cluster.name === 'gateways') cluster.upstream_bind_config = { source_address: { address: LAYER_4, port_value: 0 } };
    }
    const file = join(this.#folder, 'envoy-l4.yaml');
    writeFileSync(file, stringify(config, { aliasDuplicateObjects: false }));
    const envoy = new Envoy(file, this.#folder, admin);
    // Not among those of which the last one is asked.
    this.envoys.unshift(envoy);
    await envoy.ready();
    await until('it finds the gateways', async () => await envoy.stat('cluster.gateways.membership_healthy') === this.gateways.length, () => this.lastWords);
    return { envoy, url: `https://127.0.0.1:${port}` };
  }

  addGateway() {
    return this.#add('gateway', this.gateways, ['--auth', 'open', '--roomsvc', `http://${this.grpc}`, ...(this.#options.findsGateways === false ? [] : ['--trusted-hops', '1']), '--drain-window', '3s', '--log', 'info,switchboard_gateway::link=debug', ...this.#options.gatewayArgs ?? []]);
  }

  addRoomService() {
    return this.#add('roomsvc', this.roomServices, ['--auth', 'open', '--redis-url', this.redis.url, ...this.#options.roomServiceArgs ?? []]);
  }

  /** @param {'gateway' | 'roomsvc'} kind @param {Member[]} members @param {string[]} args */
  async #add(kind, members, args) {
    this.#last[kind] += 1;
    const address = `127.0.${kind === 'gateway' ? 2 : 1}.${this.#last[kind]}`;
    const member = new Member(kind, address, this.#ports[kind], this.#ports[`${kind}Admin`], args, this.#path);
    members.push(member);
    await member.ready();
    this.#tell(kind);
    return member;
  }

  /** @param {'gateway' | 'roomsvc'} kind */
  #tell(kind) {
    this.#names.tell(kind, (kind === 'gateway' ? this.gateways : this.roomServices).map(({ address }) => address));
  }

  /** A member leaves in good order: its name first, then the process. @param {Member} member */
  async leave(member) {
    this.#forget(member);
    await member.stop();
  }

  /** A member crashes: its name stays for a while, as it does until somebody notices. @param {Member} member */
  async crash(member) {
    await member.kill();
    return () => this.#forget(member);
  }

  /** @param {Member} member */
  #forget(member) {
    const members = member.kind === 'gateway' ? this.gateways : this.roomServices;
    members.splice(members.indexOf(member), 1);
    this.#gone.push(member);
    this.#tell(member.kind);
  }

  /** @returns {Promise<Map<number, string[]>>} The room services that open links are at, of all gateways, by partition. */
  async linksByPartition() {
    /** @type {Map<number, string[]>} */
    const links = new Map();
    for (const gateway of this.gateways) {
      for (const [partition, room] of gateway.links) links.set(partition, [...links.get(partition) ?? [], room]);
    }
    return links;
  }

  get lastWords() {
    const all = [...this.envoys.map(({ running }) => running), ...this.gateways, ...this.roomServices, ...this.#gone];
    return all.map(({ lastWords }) => lastWords).join('\n');
  }

  async stop() {
    this.#api?.close();
    // All at once: a test's end is no drain.
    await Promise.all([...this.gateways, ...this.#gone].map((member) => member.kill()));
    await Promise.all(this.roomServices.map((member) => member.stop()));
    await Promise.all(this.envoys.map((envoy) => envoy.stop()));
    await this.redis.stop();
    this.#names.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * What the tests in web/ know as a cluster, with Envoy in its way: both gateways are one address.
 *
 * @param {FleetOptions} options
 * @returns {Promise<any>}
 */
export async function startBehindEnvoy(options) {
  const fleet = await Fleet.start(options);
  return {
    gateways: [fleet.url, fleet.url],
    roomServices: [`http://${fleet.grpc}`, `http://${fleet.grpc}`],
    lastWords: () => fleet.lastWords,
    stop: () => fleet.stop(),
  };
}
