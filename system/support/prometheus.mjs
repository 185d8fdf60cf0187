/** A real Prometheus with the project's own deploy/prometheus, whose targets are those of a fleet. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { parse, stringify } from 'yaml';

import { Running, freePort } from '../../web/test/browser/support/cluster.mjs';
import { root } from '../envoy.mjs';

export const folder = join(root, 'deploy/prometheus');
const INSTALL = 'Install it (Debian: apt-get install prometheus).';

/** @param {string} name */
function found(name) {
  const path = (process.env.PATH ?? '').split(delimiter).map((each) => join(each, name)).find((file) => {
    try {
      return readFileSync(file).length > 0;
    } catch {
      return false;
    }
  });
  if (!path) throw new Error(`There is no ${name} on the PATH. ${INSTALL}`);
  return path;
}

/**
 * @param {string[]} args
 * @param {string} [input]
 * @returns {Promise<{ code: number, said: string }>}
 */
export async function promtool(args, input) {
  const running = promisify(execFile)(found('promtool'), args);
  running.child.stdin?.end(input ?? '');
  try {
    const { stdout, stderr } = await running;
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = /** @type {any} */ (error);
    return { code, said: stdout + stderr };
  }
}

export class Prometheus {
  #folder = mkdtempSync(join(tmpdir(), 'switchboard-prometheus-'));
  #port = 0;
  /** @type {Running | null} */
  running = null;

  /**
   * @param {Record<string, string[]>} targets By job. Every job of the file has some, and no other has.
   * @returns {Promise<Prometheus>} One that is ready.
   */
  static async start(targets) {
    const prometheus = new Prometheus();
    try {
      await prometheus.#start(targets);
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  /** @param {Record<string, string[]>} targets */
  async #start(targets) {
    this.#port = await freePort();
    const config = parse(readFileSync(join(folder, 'prometheus.yml'), 'utf8'));
    const jobs = config.scrape_configs.map(({ job_name: name }) => name);
    if (jobs.sort().join() !== Object.keys(targets).sort().join()) throw new Error(`The jobs are ${jobs}, not ${Object.keys(targets)}.`);
    Object.assign(config.global, { scrape_interval: '1s', evaluation_interval: '1s' });
    config.rule_files = config.rule_files.map((file) => join(folder, file));
    for (const job of config.scrape_configs) {
      delete job.dns_sd_configs;
      job.static_configs = [{ targets: targets[job.job_name] }];
    }
    const file = join(this.#folder, 'prometheus.yml');
    writeFileSync(file, stringify(config, { aliasDuplicateObjects: false }));
    const checked = await promtool(['check', 'config', file]);
    if (checked.code !== 0) throw new Error(checked.said);
    this.running = new Running('prometheus', found('prometheus'), [
      `--config.file=${file}`, `--storage.tsdb.path=${join(this.#folder, 'data')}`, `--web.listen-address=127.0.0.1:${this.#port}`, '--log.level=warn',
    ], process.env, this.#folder);
    await this.running.until('it was ready', async () => (await fetch(`http://127.0.0.1:${this.#port}/-/ready`)).ok);
  }

  /** @param {string} path @param {Record<string, string | number>} [query] @returns {Promise<any>} The data of its answer. */
  async ask(path, query = {}) {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${path}?${new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]))}`);
    const { status, data, error } = /** @type {any} */ (await answer.json());
    if (status !== 'success') throw new Error(`Prometheus: ${error} (${path} ${JSON.stringify(query)})`);
    return data;
  }

  /** The numbers of a query over the last minutes, those that are none left out. @param {string} expr @returns {Promise<number[]>} */
  async values(expr) {
    const now = Date.now() / 1_000;
    const { result } = await this.ask('query_range', { query: expr, start: now - 300, end: now, step: 1 });
    return result.flatMap(({ values }) => values.map(([, value]) => Number(value))).filter(Number.isFinite);
  }

  get lastWords() {
    return this.running?.lastWords ?? '';
  }

  async stop() {
    await this.running?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
