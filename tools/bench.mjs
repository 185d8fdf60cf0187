/**
 * Switchboard and its peers by one load generator, interleaved, and the table of BENCHMARKS.md:
 *
 *   make bench [ROUNDS=3] [SECONDS=5]     or: node tools/bench.mjs [--rounds N] [--seconds N] [--dry]
 *   node tools/bench.mjs --dry --only relay --kinds switchboard,before,node --before a/program    a change beside what was there before
 *
 * Starts a Redis, servers and load of its own on free loopback ports, for each figure anew, and stops them. Each process
 * of ours has one worker thread, as the Node peer's have: on two cores five processes gain nothing by more. Without
 * --dry it writes what it found between the markers of BENCHMARKS.md.
 */
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { circumstances, freePort, intoBenchmarks, loadtest, start, stop, system, until } from './servers.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' }, dry: { type: 'boolean', default: false },
    // Bars whose names match, systems by name, and another program of ours beside.
    only: { type: 'string', default: '' }, kinds: { type: 'string', default: '' }, before: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const program = at('target/release/switchboard');

/** What a system's processes are called, and where people connect. */
async function measured(kind) {
  if (kind === 'floor') {
    const port = await freePort();
    const floor = start(at('target/release/examples/floor'), [`127.0.0.1:${port}`]);
    // It speaks nothing but WebSocket: that it refuses in its own way is all that a request can show.
    await until(() => fetch(`http://127.0.0.1:${port}/`).then(() => true, (error) => error.cause?.code !== 'ECONNREFUSED'), 'the floor');
    return { edges: [port], watch: { floor: [floor] }, stop: () => stop(floor) };
  }
  const { edges, gateways, roomServices, redis, stop: stopAll } = await system(kind === 'node' ? kind : 'switchboard', kind === 'before' ? values.before : program, { roomServiceCount: 1, threads: 1 });
  return { edges, watch: { gateway: gateways, ...(roomServices.length ? { roomsvc: roomServices } : {}), redis: [redis] }, stop: stopAll };
}

/** One load test on a system that starts for it. */
async function load(kind, args, oneEdge = false) {
  const it = await measured(kind);
  try {
    const protocol = { switchboard: 'json', before: 'json', protobuf: 'protobuf' }[kind] ?? 'socketio';
    const gateways = (oneEdge ? it.edges.slice(0, 1) : it.edges).flatMap((port) => ['--gateway', `http://127.0.0.1:${port}`]);
    const watched = oneEdge ? { gateway: it.watch.gateway.slice(0, 1) } : it.watch;
    return await loadtest(program, [...args, '--protocol', protocol, ...gateways], watched);
  } finally {
    await it.stop();
  }
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const relay = (rates, seconds = values.seconds) => ['relay', '--rooms', '200', '--people', '4', '--warm-up', '2s', '--duration', `${seconds}s`, '--rate', rates];
const clean = ({ lost, doubled, reordered, unsent }) => lost + doubled + reordered + unsent === 0;

/** Rates that grow by a quarter. */
const RATES = Array.from({ length: 16 }, (_, n) => Math.round(2_000 * 1.25 ** n / 100) * 100).join();

const ALL = ['switchboard', 'before', 'protobuf', 'socketio', 'node', 'floor'].filter((kind) => (values.kinds ? values.kinds.split(',').includes(kind) : kind !== 'before'));
const BARS = [
  {
    name: 'relay ceiling: messages a second, nothing lost, p99 under 50 ms', kinds: ALL,
    args: [...relay(RATES, 3), '--until', 'p99<50ms', '--until', 'lost=0', '--until', 'unsent=0'],
    figure: (report) => Math.max(0, ...report.steps.filter((step) => !step.is_beyond).map((step) => step.rate_planned)),
    show: (value) => value.toFixed(0),
  },
  {
    name: 'server CPU a message at 5,000/s, all processes, µs', kinds: ALL,
    args: relay('5000'), figure: ({ steps }) => steps[0].cpu_us_per_message, isClean: ({ steps }) => clean(steps[0]), show: (value) => value.toFixed(1),
  },
  {
    name: 'p99 at 5,000/s, ms (the same runs)', kinds: ALL, same: true,
    figure: ({ steps }) => steps[0].latency.p99_ms, isClean: ({ steps }) => clean(steps[0]), show: (value) => value.toFixed(2),
  },
  {
    name: 'joins a second into rooms of 10, 64 at a time, connections open before', kinds: ['switchboard', 'before', 'protobuf', 'socketio', 'node'],
    args: ['joins', '--rooms', '500', '--people', '10', '--connect-first'], figure: ({ set_up }) => set_up.rate,
    isClean: ({ set_up }) => set_up.failed === 0, show: (value) => value.toFixed(0),
  },
  {
    name: 'memory of a joined idle connection at the gateway, KiB', kinds: ['switchboard', 'before', 'protobuf', 'socketio', 'node'], oneEdge: true,
    args: ['idle', '--rooms', '2500', '--people', '2', '--duration', '1s'], figure: ({ set_up }) => set_up.processes.gateway.rss_per_connection / 1024,
    isClean: ({ set_up }) => set_up.failed === 0, show: (value) => value.toFixed(1),
  },
  {
    name: 'hot room of 500: one message to all, the last has it, p99, ms', kinds: ['switchboard', 'before', 'protobuf'],
    args: ['hot-room', '--people', '500', '--rate', '5', '--warm-up', '2s', '--duration', '20s'], figure: ({ steps }) => steps[0].kinds.last_of_all?.p99_ms ?? NaN,
    isClean: ({ steps }) => clean(steps[0]), show: (value) => value.toFixed(1),
  },
].map((bar) => ({ ...bar, kinds: bar.kinds.filter((kind) => ALL.includes(kind)) })).filter(({ name }) => new RegExp(values.only).test(name));

const from = loadavg()[0];
const found = BARS.map(() => Object.fromEntries(ALL.map((kind) => [kind, []])));
const unclean = BARS.map(() => Object.fromEntries(ALL.map((kind) => [kind, 0])));
for (let round = 0; round < rounds; round += 1) {
  for (const [n, bar] of BARS.entries()) {
    if (bar.same) continue;
    for (const kind of round % 2 ? bar.kinds.toReversed() : bar.kinds) {
      const report = await load(kind, bar.args, bar.oneEdge);
      for (let of = n; of === n || BARS[of]?.same; of += 1) {
        const value = BARS[of].figure(report);
        found[of][kind].push(value);
        const isClean = BARS[of].isClean?.(report) ?? true;
        unclean[of][kind] += isClean ? 0 : 1;
        console.error(`round ${round + 1}, ${kind}: ${BARS[of].name}: ${BARS[of].show(value)}${isClean ? '' : ' (not clean)'}`);
      }
    }
  }
}

const titles = { switchboard: 'Switchboard, JSON', before: 'before', protobuf: 'protobuf', socketio: 'Switchboard, Socket.IO', node: 'Node peer', floor: 'floor' };
const cell = (n, kind) => {
  const all = found[n][kind];
  if (all.length === 0) return '–';
  const { show } = BARS[n];
  const spread = all.length > 1 ? ` (${show(Math.min(...all))} to ${show(Math.max(...all))})` : '';
  const bad = unclean[n][kind] ? `, ${unclean[n][kind]} of ${all.length} lost something or sent late` : '';
  return `${show(median(all))}${spread}${bad}`;
};
const ratio = (n, kind) => {
  const { [kind]: ours, node } = found[n];
  return ours?.length && node?.length ? `${(median(ours) / median(node)).toFixed(2)} ×` : '–';
};
const table = [
  `${circumstances(`make bench ROUNDS=${rounds} SECONDS=${values.seconds}`, from)} The median of ${rounds} ${rounds === 1 ? 'round' : 'rounds (and least to most), interleaved'}.`,
  '',
  `| | ${ALL.map((kind) => titles[kind]).join(' | ')} | JSON to Node | Socket.IO to Node |`,
  `| --- |${' --- |'.repeat(ALL.length + 2)}`,
  ...BARS.map((bar, n) => `| ${bar.name} | ${ALL.map((kind) => cell(n, kind)).join(' | ')} | ${ratio(n, 'switchboard')} | ${ratio(n, 'socketio')} |`),
].join('\n');
console.log(table);
if (!values.dry) intoBenchmarks('bench', table);
process.exit(0);
