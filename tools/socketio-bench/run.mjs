/**
 * Socket.IO here and in Node, in one run and interleaved:
 *
 *   (cd ../../peers/node && npm ci); npm ci && node run.mjs relay|memory|storm [--program PATH] [--rate N] [--seconds N] [--runs N] [--clients N] [--upgrade]
 *
 * Starts a Redis, servers and clients of its own on free loopback ports. Clients are bare WebSockets that speak the
 * packets, so that the load costs little beside what is measured.
 */
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { connect as open, emit, enter } from './clients.mjs';
import { cpu, memory, system as start, until } from '../servers.mjs';

const { values, positionals: [what] } = parseArgs({
  allowPositionals: true,
  options: {
    program: { type: 'string', default: fileURLToPath(new URL('../../target/release/switchboard', import.meta.url)) },
    rate: { type: 'string', default: '2000' }, seconds: { type: 'string', default: '10' },
    runs: { type: 'string', default: '3' }, clients: { type: 'string', default: '2000' }, upgrade: { type: 'boolean', default: false },
  },
});
const [rate, seconds, runs, clientCount] = [values.rate, values.seconds, values.runs, values.clients].map(Number);
const CANDIDATE = { candidate: `candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd ${'x'.repeat(150)}`, sdpMid: '0', sdpMLineIndex: 0 };
const system = (kind) => start(kind, values.program);
const connect = (port, on) => open(port, on, { upgrade: values.upgrade });

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function relay(kind) {
  const it = await system(kind);
  try {
    const latencies = [];
    let received = 0;
    const pairs = [];
    for (let at = 0; at < 100; at += 1) {
      await enter(it.edges[1], `r${at}`, `to${at}`, (text) => {
        if (!text.startsWith('42["ice-candidate"')) return;
        received += 1;
        latencies.push(performance.now() - Number(/"at":([\d.]+)/.exec(text)[1]));
      });
      pairs.push(await enter(it.edges[0], `r${at}`, `from${at}`));
    }
    let sent = 0;
    const play = async (span) => {
      const began = performance.now();
      const before = sent;
      for (;;) {
        const elapsed = performance.now() - began;
        const due = before + Math.floor(Math.min(elapsed, span * 1_000) * rate / 1_000);
        for (; sent < due; sent += 1) emit(pairs[sent % 100], 'ice-candidate', { to: `to${sent % 100}`, from: `from${sent % 100}`, candidate: { ...CANDIDATE, at: performance.now() } });
        if (elapsed >= span * 1_000) break;
        await pause(2);
      }
      await until(() => received === sent);
    };
    await play(2);
    [latencies.length] = [0];
    const [fromSent, fromServers, fromRedis] = [sent, it.servers.map(cpu), cpu(it.redis)];
    await play(seconds);
    const count = sent - fromSent;
    const each = it.servers.map((child, at) => cpu(child) - fromServers[at]);
    const servers = each.reduce((sum, one) => sum + one, 0);
    const redis = cpu(it.redis) - fromRedis;
    latencies.sort((a, b) => a - b);
    return { kind, messages: count, perSecond: rate, serversMicros: Math.round(servers / count * 1e6), eachMicros: each.map((one) => Math.round(one / count * 1e6)), redisMicros: Math.round(redis / count * 1e6), p50: percentile(latencies, 0.5).toFixed(2), p99: percentile(latencies, 0.99).toFixed(2), load: loadavg()[0].toFixed(2) };
  } finally {
    await it.stop();
  }
}

async function many(count, one) {
  const all = [];
  for (let at = 0; at < count; at += 50) all.push(...await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, more) => one(at + more))));
  return all;
}

async function memoryOf(kind) {
  const it = await system(kind);
  try {
    // The allocator's and the runtime's own first needs are no connection's.
    for (const socket of await many(50, (at) => enter(it.edges[0], `warm ${at >> 1}`, `w${at}`))) socket.close(1000);
    await pause(2_000);
    const [edge] = it.gateways;
    const before = memory(edge);
    const sockets = await many(clientCount, () => connect(it.edges[0]));
    await pause(2_000);
    const connected = memory(edge);
    for (const socket of sockets) socket.terminate();
    await it.stop();
    const next = await system(kind);
    try {
      const [other] = next.gateways;
      for (const socket of await many(50, (at) => enter(next.edges[0], `warm ${at >> 1}`, `w${at}`))) socket.close(1000);
      await pause(2_000);
      const from = memory(other);
      await many(clientCount, (at) => enter(next.edges[0], `r${at >> 1}`, `u${at}`));
      await pause(2_000);
      return { kind, clients: clientCount, connectedKiB: ((connected - before) / clientCount).toFixed(1), joinedKiB: ((memory(other) - from) / clientCount).toFixed(1), load: loadavg()[0].toFixed(2) };
    } finally {
      await next.stop();
    }
  } finally {
    if (it.redis.exitCode === null && it.redis.signalCode === null) await it.stop();
  }
}

/** Two people in a room of their own, in a thread of their own: one candidate every 5 ms, and how long each took. */
async function quiet() {
  const { edges } = workerData;
  let wake = () => {};
  await enter(edges[1], 'quiet', 'to', (text) => { if (text.startsWith('42["ice-candidate"')) wake(); });
  const from = await enter(edges[0], 'quiet', 'from');
  let all = [];
  parentPort.on('message', () => {
    all.sort((one, other) => one - other);
    parentPort.postMessage({ count: all.length, p50: percentile(all, 0.5)?.toFixed(2), p99: percentile(all, 0.99)?.toFixed(2), longest: all.at(-1)?.toFixed(2) });
    all = [];
  });
  parentPort.postMessage('ready');
  for (;;) {
    const began = performance.now();
    const told = new Promise((resolve) => { wake = resolve; });
    emit(from, 'ice-candidate', { to: 'to', from: 'from', candidate: CANDIDATE });
    await told;
    all.push(performance.now() - began);
    await pause(5);
  }
}

async function storm() {
  const it = await system('switchboard');
  try {
    const other = new Worker(fileURLToPath(import.meta.url), { workerData: { edges: it.edges }, argv: ['quiet'] });
    const heard = () => new Promise((resolve) => { other.once('message', resolve); });
    const latencies = () => { other.postMessage('tell'); return heard(); };
    await heard();
    let [lists, bytes, complete] = [0, 0, 0];
    let all = () => {};
    const sockets = await many(200, (at) => {
      let seen = false;
      return connect(it.edges[at % 2], (text) => {
        if (!text.startsWith('42["room-')) return;
        lists += 1;
        bytes += text.length;
        if (seen || !text.startsWith('42["room-stats-updated",{"userCount":200')) return;
        seen = true;
        complete += 1;
        if (complete === 200) all();
      });
    });
    await latencies();
    await pause(2_000);
    const before = await latencies();
    const spent = it.servers.map(cpu);
    const done = new Promise((resolve) => { all = resolve; });
    const began = performance.now();
    for (const [at, socket] of sockets.entries()) emit(socket, 'join-room', 'storm', `s${at}`);
    await done;
    const tookMs = Math.round(performance.now() - began);
    const during = await latencies();
    await other.terminate();
    return { before, during, tookMs, lists, megabytes: (bytes / 1e6).toFixed(1), uncoalesced: 2 * 200 * 201 / 2, cpu: it.servers.map((child, at) => (cpu(child) - spent[at]).toFixed(2)), load: loadavg()[0].toFixed(2) };
  } finally {
    await it.stop();
  }
}

if (!isMainThread) await quiet();
for (let at = 0; at < runs; at += 1) {
  if (what === 'relay') for (const kind of ['node', 'switchboard']) console.log(JSON.stringify(await relay(kind)));
  else if (what === 'memory') for (const kind of ['node', 'switchboard']) console.log(JSON.stringify(await memoryOf(kind)));
  else if (what === 'storm') console.log(JSON.stringify(await storm()));
  else throw new Error('say what: relay, memory or storm');
}
process.exit(0);
