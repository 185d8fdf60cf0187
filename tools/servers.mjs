/** Servers for measurements, on free loopback ports: a Redis, and gateways with room services or Node servers over it. They end with this process. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, loadavg, totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']));

const children = new Set();
process.on('exit', () => { for (const child of children) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A process that ends with this one. */
export function start(path, args, options = { stdio: 'ignore' }) {
  const child = spawn(path, args, options);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** `seconds`: how long it may take to end by itself. */
export async function stop(child, seconds = 5) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
  await ended;
  clearTimeout(late);
}

export async function until(isSo, what = 'something') {
  for (let at = 0; at < 3_000; at += 1) {
    if (await Promise.resolve().then(isSo).catch(() => false)) return;
    await pause(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

/**
 * A Redis and, over it, gateways with room services, or as many Node servers (`node`) as there would be gateways.
 * `threads`: worker threads of each process of ours; as many as there are cores unless told. `under`: the words of a program
 * that runs each process of ours, by its name (`roomsvc` or `gateway`); such a one may take `patience` seconds to end.
 */
export async function system(kind, program, { gatewayCount = 2, roomServiceCount = 2, flags = [], threads, under = () => [], patience = 5 } = {}) {
  const redisPort = await freePort();
  const redis = start('redis-server', ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  await until(() => execFileSync('redis-cli', ['-p', `${redisPort}`, 'ping'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().includes('PONG'));
  const url = `redis://127.0.0.1:${redisPort}`;
  const ports = async (count) => {
    const all = [];
    while (all.length < count) all.push(await freePort());
    return all;
  };
  const edges = await ports(gatewayCount);
  let [gateways, roomServices] = [[], []];
  const ours = (args) => {
    const [path, ...words] = [...under(args[0]), program, ...args];
    return start(path, words, { stdio: 'ignore', env: threads ? { ...process.env, TOKIO_WORKER_THREADS: `${threads}` } : process.env });
  };
  if (kind === 'node') {
    gateways = edges.map((port) => start(process.execPath, [fileURLToPath(new URL('../peers/node/peer.mjs', import.meta.url)), `${port}`, url]));
    for (const port of edges) await until(async () => (await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`)).ok);
  } else {
    const rooms = await ports(roomServiceCount);
    roomServices = rooms.map((port) => ours(['roomsvc', '--auth', 'open', '--listen', `127.0.0.1:${port}`, '--redis-url', url]));
    const known = rooms.map((port) => `http://127.0.0.1:${port}`).join();
    gateways = edges.map((port) => ours(['gateway', '--auth', 'open', '--listen', `127.0.0.1:${port}`, '--roomsvc', known, '--drain-window', '0s', ...flags]));
    for (const port of edges) await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  }
  const servers = [...roomServices, ...gateways];
  return { kind, edges, gateways, roomServices, servers, redis, redisPort, stop: async () => { for (const one of [...servers, redis]) await stop(one, patience); } };
}

/** Seconds of CPU that a process has had. */
export const cpu = (child) => {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};
/** Its resident memory, in KiB. */
export const memory = (child) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]);


/** What the load test reports. `watched`: processes by name. */
export async function loadtest(program, args, watched) {
  const watch = Object.entries(watched).flatMap(([name, all]) => ['--watch', `${name}=${all.map((child) => child.pid).join()}`]);
  const child = start(program, ['loadtest', ...args, ...watch, '--json', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  // Where it is not clean it fails as well, but has a report.
  if (!text) throw new Error(`loadtest ${args[0]} ended with ${code} and no report`);
  return JSON.parse(text);
}

/** When, of what, and on what a table was measured. `load`: the load average before. */
export function circumstances(command, load) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root }).toString().trim();
  return `${new Date().toISOString().slice(0, 10)}, commit ${commit}, \`${command}\`. ${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB; load average ${load.toFixed(1)} before, ${loadavg()[0].toFixed(1)} at the end, of which the runs themselves are a part.`;
}

/** Puts a text between the marks of that name in BENCHMARKS.md. */
export function intoBenchmarks(name, body) {
  const file = `${root}BENCHMARKS.md`;
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [a, b] = [text.indexOf(begin), text.indexOf(end)];
  if (a < 0 || b < a) throw new Error(`BENCHMARKS.md has no ${begin} … ${end}`);
  writeFileSync(file, `${text.slice(0, a + begin.length)}\n${body}\n${text.slice(b)}`);
}
