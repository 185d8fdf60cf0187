/**
 * What a join storm costs the other rooms of its gateway:
 *
 *   npm ci && node neighbours.mjs [--program PATH] [--rounds N] [--people N] [--rate N] [--window MS]
 *
 * Pairs in rooms of their own, ten of the native protocol and ten of Socket.IO, send each other candidates at a steady
 * rate through one gateway. A round is one window with nothing beside, one in which people join one room of Socket.IO at
 * another gateway of another system on this machine, and one in which they join at this one, in an order that changes.
 * The second tells what the machine's cores cost, which everybody here shares; only what the third has on top is the
 * gateway's. Pairs and storms have threads of their own, and a latency begins when the candidate was due.
 */
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { WebSocket } from 'ws';

import { connect, emit, enter } from './clients.mjs';
import { cpu, memory, system, until } from '../servers.mjs';

const { values } = parseArgs({
  options: {
    program: { type: 'string', default: fileURLToPath(new URL('../../target/release/switchboard', import.meta.url)) },
    rounds: { type: 'string', default: '15' }, people: { type: 'string', default: '200' },
    rate: { type: 'string', default: '300' }, window: { type: 'string', default: '500' },
  },
});
const [rounds, people, rate, windowMs] = [values.rounds, values.people, values.rate, values.window].map(Number);
const PAIRS = 10;
const KINDS = ['native', 'socketio'];
const BESIDE = ['nothing', 'elsewhere', 'here'];
const CANDIDATE = { candidate: `candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd ${'x'.repeat(150)}`, sdpMid: '0', sdpMLineIndex: 0 };

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const median = (all) => percentile([...all].sort((one, other) => one - other), 0.5);

/** Somebody of the native protocol in a room: `send(to, candidate)`; `on` is told each candidate, as text. */
function enterNative(port, room, user, on) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'switchboard.v1.json', { perMessageDeflate: false });
    let counter = 0;
    const send = (to, candidate) => {
      counter += 1;
      const signal = { to, kind: 'SIGNAL_KIND_CANDIDATE', payload: JSON.stringify(candidate) };
      socket.send(JSON.stringify({ counter: `${counter}`, after: `${counter - 1}`, signal }));
    };
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ join: { roomId: room, participantId: user } })));
    socket.on('message', (data) => {
      const text = String(data);
      if (text.includes('"snapshot"')) resolve({ send });
      else if (text.includes('"signalReceived"')) on(text);
    });
  });
}

/** The pairs' thread. Told `{ for: ms }`, it answers the latencies of what was due within that time, by kind. */
async function pairs() {
  const { port } = workerData;
  const told = { native: [], socketio: [] };
  let under = 0;
  const heard = (kind) => (text) => {
    told[kind].push(performance.now() - Number(/\\?"due\\?":([\d.]+)/.exec(text)[1]));
    under -= 1;
  };
  const senders = { native: [], socketio: [] };
  for (let at = 0; at < PAIRS; at += 1) {
    const [native, socketio] = KINDS.map((kind) => `${kind} ${at}`);
    await enterNative(port, native, 'to', heard('native'));
    senders.native.push((await enterNative(port, native, 'from', () => {})).send);
    await enter(port, socketio, 'to', (text) => { if (text.startsWith('42["ice-candidate"')) heard('socketio')(text); });
    const from = await enter(port, socketio, 'from');
    senders.socketio.push((to, candidate) => emit(from, 'ice-candidate', { to, from: 'from', candidate }));
  }
  parentPort.on('message', async ({ during }) => {
    const began = performance.now();
    for (let sent = 0; ; ) {
      const elapsed = performance.now() - began;
      const count = Math.floor(Math.min(elapsed, during) * rate / 1_000);
      for (; sent < count; sent += 1) {
        const due = began + (sent + 1) * 1_000 / rate;
        for (const kind of KINDS) {
          senders[kind][sent % PAIRS]('to', { ...CANDIDATE, due });
          under += 1;
        }
      }
      if (elapsed >= during) break;
      await pause(1);
    }
    while (under > 0) await pause(1);
    parentPort.postMessage({ ...told });
    for (const kind of KINDS) told[kind] = [];
  });
  parentPort.postMessage('ready');
}

/** A thread of people. Told a room, they join it at once; it answers when each of them has a list of all. Told nothing, they leave. */
async function crowd() {
  const { port } = workerData;
  let [room, lists, bytes, complete, began] = ['', 0, 0, 0, 0];
  const has = new Set();
  const whole = `42["room-stats-updated",{"userCount":${people},`;
  const sockets = [];
  for (let at = 0; at < people; at += 1) {
    sockets.push(await connect(port, (text) => {
      if (!text.startsWith('42["room-')) return;
      lists += 1;
      bytes += text.length;
      if (!text.startsWith(whole) || has.has(at)) return;
      has.add(at);
      complete += 1;
      if (complete === people) parentPort.postMessage({ tookMs: Math.round(performance.now() - began), lists, megabytes: bytes / 1e6 });
    }));
  }
  parentPort.on('message', ({ joins }) => {
    if (joins) {
      [room, lists, bytes, complete, began] = [joins, 0, 0, 0, performance.now()];
      has.clear();
    }
    for (const [at, socket] of sockets.entries()) emit(socket, joins ? 'join-room' : 'leave-room', room, `p${at}`);
  });
  parentPort.postMessage('ready');
}

async function measure() {
  process.setMaxListeners(50);
  const flags = ['--connects-per-second', '100000', '--joins-per-second', '100000'];
  const small = { gatewayCount: 1, roomServiceCount: 1, flags };
  const [here, elsewhere] = [await system('switchboard', values.program, small), await system('switchboard', values.program, small)];
  const thread = (what, port) => new Worker(fileURLToPath(import.meta.url), { workerData: { what, port }, argv: process.argv.slice(2) });
  const heard = (worker) => new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const [steady, crowds] = [thread('pairs', here.edges[0]), { here: thread('crowd', here.edges[0]), elsewhere: thread('crowd', elsewhere.edges[0]) }];
  const ports = { here: here.edges[0], elsewhere: elsewhere.edges[0] };
  try {
    await Promise.all([steady, crowds.here, crowds.elsewhere].map(heard));
    const all = Object.fromEntries(BESIDE.map((beside) => [beside, { native: [], socketio: [], storms: [], cpu: [] }]));
    const window = async (beside, room) => {
      const spent = cpu(here.gateways[0]);
      const crowd = crowds[beside];
      const done = crowd && heard(crowd);
      const latencies = heard(steady);
      steady.postMessage({ during: windowMs });
      crowd?.postMessage({ joins: room });
      const of = all[beside];
      of.rounds ??= { native: [], socketio: [] };
      const told = await latencies;
      for (const kind of KINDS) {
        of[kind].push(...told[kind]);
        of.rounds[kind].push(told[kind].sort((one, other) => one - other));
      }
      if (done) of.storms.push(await done);
      of.cpu.push(cpu(here.gateways[0]) - spent);
      if (crowd) {
        crowd.postMessage({});
        await until(async () => (await (await fetch(`http://127.0.0.1:${ports[beside]}/api/room/${room}/stats`)).json()).userCount === 0);
      }
      await pause(300);
    };
    for (let round = -1; round < rounds; round += 1) {
      // The first is for caches, allocators and compilers.
      if (round === 0) for (const of of Object.values(all)) Object.assign(of, { native: [], socketio: [], storms: [], cpu: [], rounds: undefined });
      for (let at = 0; at < BESIDE.length; at += 1) await window(BESIDE[(at + round + BESIDE.length) % BESIDE.length], `storm${round + 1}x${at}`);
    }
    for (const beside of BESIDE) {
      const { storms, cpu: spent, rounds: each } = all[beside];
      const row = { beside };
      for (const kind of KINDS) {
        const sorted = all[beside][kind].sort((one, other) => one - other);
        const of = (share) => Number(percentile(sorted, share).toFixed(2));
        row[kind] = { count: sorted.length, p50: of(0.5), p90: of(0.9), p99: of(0.99), longest: of(1), medianOfP99: Number(median(each[kind].map((one) => percentile(one, 0.99))).toFixed(2)) };
      }
      if (storms.length > 0) Object.assign(row, { stormMs: median(storms.map(({ tookMs }) => tookMs)), longestStormMs: Math.max(...storms.map(({ tookMs }) => tookMs)), lists: median(storms.map(({ lists }) => lists)), megabytes: median(storms.map(({ megabytes }) => megabytes)).toFixed(1) });
      console.log(JSON.stringify({ ...row, gatewayCpu: median(spent).toFixed(3) }));
    }
    console.log(JSON.stringify({ gatewayMiB: (memory(here.gateways[0]) / 1_024).toFixed(1), load: loadavg()[0].toFixed(2) }));
  } finally {
    for (const worker of [steady, ...Object.values(crowds)]) await worker.terminate();
    for (const one of [here, elsewhere]) await one.stop();
  }
}

if (isMainThread) {
  await measure();
  process.exit(0);
} else if (workerData.what === 'pairs') await pairs();
else await crowd();
