/**
 * What a message costs as there are more of them, and of rooms; and what a room and its log take:
 *
 *   make growth [SECONDS=5]     or: node tools/growth.mjs [--seconds N] [--rooms N,N] [--gateways N] [--rates N,N] [--dry]
 *
 * Starts a Redis, servers and load of its own on free loopback ports, for each figure anew, and stops them. Without
 * --dry it writes what it found between the marks of BENCHMARKS.md.
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { circumstances, intoBenchmarks, loadtest, memory, system } from './servers.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rates: { type: 'string', default: '1000,2000,3000,4000,5000,6000,8000' },
    rooms: { type: 'string', default: '100,1000,5000,20000' },
    gateways: { type: 'string', default: '4' },
    dry: { type: 'boolean', default: false },
  },
});
const program = fileURLToPath(new URL('../target/release/switchboard', import.meta.url));
const numbers = (text) => text.split(',').map(Number);
/** All come from one address, more than it may by default. */
const UNBOUND = ['--connects-per-second', '1000000', '--joins-per-second', '1000000'];

/** A system of its own for `act`. */
async function withSystem(options, act) {
  const it = await system('switchboard', program, { roomServiceCount: 1, threads: 1, flags: UNBOUND, ...options });
  try {
    return await act(it);
  } finally {
    await it.stop();
  }
}

/** One relay's row: CPU by process, latency, and whether all was well. */
async function relay(it, args, warmUp = '2s') {
  const gateways = it.edges.flatMap((port) => ['--gateway', `http://127.0.0.1:${port}`]);
  const report = await loadtest(program, ['relay', '--warm-up', warmUp, '--duration', `${values.seconds}s`, ...args, ...gateways], { gateway: it.gateways, roomsvc: it.roomServices, redis: [it.redis] });
  return report;
}

const row = (head, step) => {
  const part = (name) => step.processes[name].cpu_us_per_message.toFixed(0);
  const wrong = ['lost', 'doubled', 'reordered', 'unsent'].map((what) => step[what]).join(', ');
  return `| ${[head, step.cpu_us_per_message.toFixed(0), part('gateway'), part('roomsvc'), part('redis'), step.latency.p50_ms.toFixed(2), step.latency.p99_ms.toFixed(2), wrong].join(' | ')} |`;
};
const heads = (what) => [`| ${what} | CPU a message, µs | gateways | room service | Redis | p50, ms | p99, ms | lost, doubled, reordered, late |`, `| ---${' | ---'.repeat(7)} |`];

const kib = (bytes) => (bytes / 1_024).toFixed(2);
const info = (port, name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(execFileSync('redis-cli', ['-p', `${port}`, 'info']).toString())[1]);

/** What rooms of two with their joins take, and what a message in a log does. */
async function held() {
  const ROOMS = 4_000;
  return withSystem({}, async (it) => {
    // So that what comes once is not a room's.
    await relay(it, ['--rooms', '50', '--people', '2', '--rate', '1000']);
    const now = () => ({ redis: info(it.redisPort, 'used_memory'), roomsvc: memory(it.roomServices[0]) * 1_024 });
    const before = now();
    const gateways = it.edges.flatMap((port) => ['--gateway', `http://127.0.0.1:${port}`]);
    const idle = loadtest(program, ['idle', '--rooms', `${ROOMS}`, '--people', '2', '--duration', '8s', ...gateways], { gateway: it.gateways });
    // Once all are there, which is when it has grown and grows no more: at the end they leave, and then a log has that.
    let [peak, still] = [before, 0];
    while (still < 10) {
      await pause(100);
      const at = now();
      still = at.redis > before.redis + 1_024 * ROOMS && at.redis - peak.redis < 100 * 1_024 ? still + 1 : 0;
      peak = at;
    }
    await idle;
    const rooms = { redis: (peak.redis - before.redis) / ROOMS, roomsvc: (peak.roomsvc - before.roomsvc) / ROOMS };
    const quiet = now();
    const { steps: [{ expected }] } = await relay(it, ['--rooms', '50', '--people', '2', '--rate', '2000'], '0s');
    const message = (now().redis - quiet.redis) / expected;
    return { rooms, message };
  });
}

const from = loadavg()[0];
const lines = [];
const say = (line) => { lines.push(line); console.log(line); };

say('');
for (const line of heads('messages a second, 200 rooms of 4, two gateways')) say(line);
for (const rate of numbers(values.rates)) {
  await withSystem({}, async (it) => say(row(rate, (await relay(it, ['--rooms', '200', '--people', '4', '--rate', `${rate}`])).steps[0])));
}
say('');
for (const line of heads(`rooms of 2, 1,000 messages a second, ${values.gateways} gateways`)) say(line);
for (const rooms of numbers(values.rooms)) {
  // A process has some 20,000 descriptors here.
  const workers = ['--workers', `${Math.ceil(rooms * 2 / 10_000)}`];
  await withSystem({ gatewayCount: Number(values.gateways) }, async (it) => {
    const { set_up: { failed }, steps: [step] } = await relay(it, ['--rooms', `${rooms}`, '--people', '2', '--rate', '1000', ...workers]);
    say(row(`${rooms}${failed ? ` (${failed} people could not join)` : ''}`, step));
  });
}
say('');
await withSystem({ gatewayCount: 1 }, async (it) => {
  const { set_up: { joined, failed, processes: { gateway } }, steps: [step] } = await relay(it, ['--rooms', '9000', '--people', '2', '--rate', '500', '--workers', '2']);
  say(`${joined} joined at one gateway process (${failed} could not), 500 messages a second between them: ${kib(gateway.rss_per_connection)} KiB a connection, p50 ${step.latency.p50_ms.toFixed(2)} ms, p99 ${step.latency.p99_ms.toFixed(2)} ms, lost, doubled, reordered, late: ${step.lost}, ${step.doubled}, ${step.reordered}, ${step.unsent}.`);
});
say('');
const { rooms, message } = await held();
say(`A room of two with its joins: ${kib(rooms.redis)} KiB of Redis (\`used_memory\`), ${kib(rooms.roomsvc)} KiB of the room service (resident). A candidate in a room's log: ${kib(message)} KiB of Redis.`);
if (!values.dry) intoBenchmarks('growth', [circumstances(`make growth SECONDS=${values.seconds}`, from), ...lines].join('\n'));
process.exit(0);
