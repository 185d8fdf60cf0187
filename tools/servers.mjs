/** Servers for measurements, on free loopback ports: a Redis, and gateways with room services or Node servers over it. They end with this process. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

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

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
}

export async function until(isSo, what = 'something') {
  for (let at = 0; at < 1_000; at += 1) {
    if (await Promise.resolve().then(isSo).catch(() => false)) return;
    await pause(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** A Redis and, over it, gateways with room services, or as many Node servers (`node`) as there would be gateways. */
export async function system(kind, program, { gatewayCount = 2, roomServiceCount = 2, flags = [] } = {}) {
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
  if (kind === 'node') {
    gateways = edges.map((port) => start(process.execPath, [fileURLToPath(new URL('../peers/node/peer.mjs', import.meta.url)), `${port}`, url]));
    for (const port of edges) await until(async () => (await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`)).ok);
  } else {
    const rooms = await ports(roomServiceCount);
    roomServices = rooms.map((port) => start(program, ['roomsvc', '--auth', 'open', '--listen', `127.0.0.1:${port}`, '--redis-url', url]));
    const known = rooms.map((port) => `http://127.0.0.1:${port}`).join();
    gateways = edges.map((port) => start(program, ['gateway', '--auth', 'open', '--listen', `127.0.0.1:${port}`, '--roomsvc', known, '--drain-window', '0s', ...flags]));
    for (const port of edges) await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  }
  const servers = [...roomServices, ...gateways];
  return { kind, edges, gateways, roomServices, servers, redis, stop: async () => { for (const one of [...servers, redis]) await stop(one); } };
}

/** Seconds of CPU that a process has had. */
export const cpu = (child) => {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};
/** Its resident memory, in KiB. */
export const memory = (child) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]);

