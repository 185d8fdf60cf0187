/**
 * docker-compose.yml as processes of this machine: the same commands, environments and ports, where there is no Docker.
 * Each container is an address in 127/8; a service's name is its first one's address where our programs look it up, and
 * all of them where Envoy does. Images, networks, limits and read-only roots are not tried by this.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { Running, program } from '../../web/test/browser/support/cluster.mjs';
import { patched, readConfig, root } from '../envoy.mjs';
import { NameServer } from './dns.mjs';

/** @returns {any} The file, with its merges and variables resolved. @param {Record<string, string | undefined>} [variables] */
export function readCompose(variables = process.env) {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const resolved = text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name, otherwise) => variables[name] || otherwise);
  return structuredClone(JSON.parse(JSON.stringify(parse(resolved, { merge: true }))));
}

/** What runs in an image. @param {string} image @param {string[]} command */
function commandOf(image, command) {
  const [name] = image.split(':');
  if (name === 'switchboard') return [program(), ...command];
  if (['redis', 'envoyproxy/envoy', 'coturn/coturn'].includes(name)) return command;
  throw new Error(`What runs in ${image} is not known here.`);
}

export class Composed {
  /** Running containers, by service. @type {Record<string, { address: string, running: Running }[]>} */
  containers = {};
  file = readCompose();
  #names = new NameServer();
  #resolver = 0;
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-compose-'));
  /** Of all addresses: two runs do not meet. */
  #net = `127.${64 + Math.floor(Math.random() * 128)}`;
  #scale;

  /** @param {Record<string, number>} scale As with `--scale`. */
  constructor(scale) {
    this.#scale = scale;
  }

  /** @param {Record<string, number>} [scale] @returns {Promise<Composed>} All of no profile, healthy. */
  static async up(scale = {}) {
    const composed = new Composed(scale);
    try {
      await composed.#up();
      return composed;
    } catch (error) {
      await composed.down();
      throw error;
    }
  }

  async #up() {
    this.#resolver = await this.#names.start();
    execFileSync(join(root, 'deploy/secrets.sh'), [join(this.#folder, 'secrets')]);
    const services = Object.entries(this.file.services).filter(([, service]) => !service.profiles);
    for (const [name, service] of services) {
      const count = this.#scale[name] ?? service.deploy?.replicas ?? 1;
      this.containers[name] = Array.from({ length: count }, (_, n) => ({ address: `${this.#net}.${services.findIndex(([other]) => other === name) + 1}.${n + 1}`, running: /** @type {any} */ (null) }));
    }
    /** @type {Set<string>} */
    const started = new Set();
    while (started.size < services.length) {
      const next = services.filter(([name, { depends_on: needs = {} }]) => !started.has(name) && Object.keys(needs).every((need) => started.has(need)));
      if (!next.length) throw new Error(`depends_on goes round in circles: ${services.map(([name]) => name).filter((name) => !started.has(name))}`);
      for (const [name, service] of next) {
        await Promise.all(this.containers[name].map((_, n) => this.#run(name, service, n)));
        this.#names.tell(name, this.containers[name].map(({ address }) => address));
        started.add(name);
      }
    }
  }

  /** @param {string} name @param {any} service @param {number} n */
  async #run(name, service, n) {
    const container = this.containers[name][n];
    const local = (/** @type {string} */ text) => this.#localized(String(text), container.address, service, `${name}-${n}`);
    const [path, ...args] = commandOf(service.image, [...service.entrypoint ?? [], ...service.command ?? []].map(local));
    const environment = Object.fromEntries(Object.entries(service.environment ?? {}).map(([key, value]) => [key, local(/** @type {string} */ (value))]));
    container.running = new Running(`${name}-${n + 1}`, path, args, { PATH: process.env.PATH, ...environment }, this.#folder);
    const { healthcheck } = service;
    if (!healthcheck) return;
    const [, ...test] = healthcheck.test;
    await container.running.until('its health check passed', async () => {
      if (test[0] === 'redis-cli') return answers(container.address, 6379);
      execFileSync(join(root, 'deploy/healthcheck.sh'), [...test.slice(1), container.address], { stdio: 'pipe' });
      return true;
    });
  }

  /** What a container says of itself, as it is here. @param {string} text @param {string} address @param {any} service @param {string} who */
  #localized(text, address, service, who) {
    let local = text.replaceAll('$$', '$').replaceAll('0.0.0.0', address).replaceAll('/run/secrets/', `${join(this.#folder, 'secrets')}/`);
    // Names behind a scheme alone: `redis` is also a scheme, and `envoy` a program.
    local = local.replace(/:\/\/(\w+):/g, (whole, name) => (this.containers[name] ? `://${this.containers[name][0].address}:` : whole));
    for (const volume of service.volumes ?? []) {
      const [from, to] = volume.split(':');
      if (to.endsWith('envoy.yaml')) local = local.replace(to, this.#envoyConfig(address));
      else if (!from.startsWith('.')) local = local.replace(to, this.#volume(from));
    }
    return local.replaceAll('/tmp/turn', `${this.#folder}/${who}-turn`);
  }

  /** @param {string} name */
  #volume(name) {
    const folder = join(this.#folder, 'volumes', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** envoy.yaml with nothing changed but where it listens, and whom it asks for names. @param {string} address */
  #envoyConfig(address) {
    const config = patched(readConfig(), { host: address, resolver: this.#resolver });
    config.admin.address.socket_address.address = address;
    for (const { name, load_assignment: { endpoints } } of config.static_resources.clusters) {
      if (name === 'self_admin') endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address = address;
    }
    const file = join(this.#folder, 'envoy.yaml');
    writeFileSync(file, stringify(config, { aliasDuplicateObjects: false }));
    return file;
  }

  /** Where a published port of the file is. @param {string} service @param {number} port */
  at(service, port) {
    const published = this.file.services[service].ports?.some((each) => String(each).replace(/\/\w+$/, '').endsWith(`:${port}`));
    if (!published) throw new Error(`${service} publishes no port ${port}.`);
    return `${this.containers[service][0].address}:${port}`;
  }

  /** A command in a service's environment, as by `docker compose run`. @param {string} service @param {...string} command */
  run(service, ...command) {
    const { environment } = this.file.services[service];
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, this.#localized(String(value), '127.0.0.1', {}, service)]));
    return execFileSync(program(), command, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  get lastWords() {
    return Object.values(this.containers).flat().map(({ running }) => running?.lastWords).join('\n');
  }

  async down() {
    const all = Object.values(this.containers).reverse();
    for (const containers of all) {
      await Promise.all(containers.map(async ({ running }) => {
        running?.terminate();
        await running?.stop();
      }));
    }
    this.#names.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** @param {string} address @param {number} port @returns {Promise<boolean>} */
export function answers(address, port) {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
