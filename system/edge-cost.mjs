/**
 * What Envoy itself takes for a socket and for a message (with links, from socket to socket), in its variants side by side: WebSockets as HTTP, with TLS or
 * without, and TCP passed through with TLS at the gateways. About two minutes; the figures in BENCHMARKS.md are from it.
 *
 *   node system/edge-cost.mjs [--sockets N] [--rate N] [--seconds N]
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { program } from '../web/test/browser/support/cluster.mjs';
import { Fleet, LAYER_4 } from './support/fleet.mjs';

const { values } = parseArgs({ options: { sockets: { type: 'string', default: '3000' }, rate: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '10' } } });
const folder = mkdtempSync(join(tmpdir(), 'switchboard-edge-'));
const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name));

/** @param {string[]} args @returns {Promise<any>} The report. */
async function loadtest(args) {
  try {
    const { stdout } = await promisify(execFile)(program(), ['loadtest', '--json', '--quiet', ...args], { maxBuffer: 1 << 28 });
    return JSON.parse(stdout);
  } catch (error) {
    const { stdout, stderr } = /** @type {any} */ (error);
    throw new Error(`loadtest ${args.join(' ')}: ${stderr}\n${String(stdout).slice(0, 2_000)}`);
  }
}

/**
 * @param {string} name
 * @param {import('./support/fleet.mjs').FleetOptions} options
 * @param {boolean} passesThrough
 */
async function measure(name, options, passesThrough = false) {
  const fleet = await Fleet.start(options);
  try {
    const { envoy, url } = passesThrough ? await fleet.addLayer4() : { envoy: fleet.envoy, url: fleet.url };
    // Links go through an Envoy in every variant: where that is another one, its CPU belongs to a message, too.
    const watch = ['--watch', `envoy=${envoy.running.pid}`, ...(passesThrough ? ['--watch', `links=${fleet.envoy.running.pid}`] : []), '--gateway', url, ...(url.startsWith('https') ? ['--insecure'] : [])];
    // Joins of a tenth as many first: what a first connection takes once is not a connection's.
    const rooms = Math.round(Number(values.sockets) / 2);
    await loadtest(['joins', '--rooms', '50', '--people', '2', ...watch]);
    const idle = await loadtest(['idle', '--rooms', String(rooms), '--people', '2', '--duration', '5s', ...watch]);
    const relay = await loadtest(['relay', '--rate', values.rate, '--duration', `${values.seconds}s`, '--rooms', '100', '--people', '4', ...watch]);
    const { envoy: { rss_per_connection: held } } = idle.set_up.processes;
    const { envoy: browsers, links } = relay.steps[0].processes;
    const used = browsers.cpu_us_per_message + (links?.cpu_us_per_message ?? 0);
    console.log(`${name.padEnd(40)} ${(held / 1024).toFixed(1).padStart(12)} ${used.toFixed(0).padStart(14)} ${relay.steps[0].latency.p99_ms.toFixed(2).padStart(10)}   (${idle.set_up.joined} sockets, ${relay.steps[0].rate.toFixed(0)} messages/s${links ? `; ${links.cpu_us_per_message.toFixed(0)} µs of it for links` : ''})`);
  } finally {
    await fleet.stop();
  }
}

/** All come from one address, more than it may by default. */
const UNBOUND = ['--connects-per-second', '100000', '--joins-per-second', '100000'];

try {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-out', cert, '-keyout', key], { stdio: 'pipe' });
  console.log('Envoy                                    KiB a socket  µs CPU a message    p99 ms');
  await measure('envoy.yaml, plain', { gatewayArgs: UNBOUND });
  await measure('envoy.yaml, TLS at Envoy', { gatewayArgs: UNBOUND, changes: { tls: { cert, key } } });
  await measure('envoy-l4.yaml, TLS at the gateways', { findsGateways: false, gatewayArgs: [...UNBOUND, '--tls', 'self-signed', '--data-dir', folder, '--proxy-from', LAYER_4] }, true);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
