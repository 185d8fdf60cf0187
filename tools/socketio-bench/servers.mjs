/** Servers on free loopback ports: a Redis, and gateways with room services or Node servers over it. They end with this process. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK']));

const children = new Set();
process.on('exit', () => { for (const child of children) child.kill('SIGKILL'); });

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function start(path, args) {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  child.stdout.on('data', () => {});
  return child;
}

async function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
  children.delete(child);
}

export async function until(isSo) {
  for (let at = 0; at < 1_000; at += 1) {
    if (await Promise.resolve().then(isSo).catch(() => false)) return;
    await pause(20);
  }
  throw new Error('waited in vain');
}

/** A Redis and, over it, two gateways with two room services (one and one, if it is `small`), or two Node servers. */
export async function system(kind, program, { small = false, flags = [] } = {}) {
  const redisPort = await freePort();
  const redis = start('redis-server', ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  await until(() => execFileSync('redis-cli', ['-p', `${redisPort}`, 'ping'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().includes('PONG'));
  const url = `redis://127.0.0.1:${redisPort}`;
  const edges = small ? [await freePort()] : [await freePort(), await freePort()];
  const servers = [];
  if (kind === 'node') {
    for (const port of edges) servers.push(start(process.execPath, [fileURLToPath(new URL('../../peers/node/peer.mjs', import.meta.url)), `${port}`, url]));
    for (const port of edges) await until(async () => (await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`)).ok);
  } else {
    const rooms = small ? [await freePort()] : [await freePort(), await freePort()];
    for (const port of rooms) servers.push(start(program, ['roomsvc', '--auth', 'open', '--listen', `127.0.0.1:${port}`, '--redis-url', url]));
    const known = rooms.map((port) => `http://127.0.0.1:${port}`).join();
    for (const port of edges) servers.push(start(program, ['gateway', '--auth', 'open', '--listen', `127.0.0.1:${port}`, '--roomsvc', known, '--drain-window', '0s', ...flags]));
    for (const port of edges) await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  }
  const all = [...servers, redis];
  return { kind, edges, servers, redis, stop: async () => { for (const one of all) await stop(one); } };
}

/** Seconds of CPU that a process has had. */
export const cpu = (child) => {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};
/** Its resident memory, in KiB. */
export const memory = (child) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]);

