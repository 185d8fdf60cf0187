/**
 * Replaces everything, one after the other, under people who talk and others who come and go: Envoy, every gateway,
 * every room service, and the Redis primary; from one program to another, so that two versions run side by side.
 *
 *   node system/roll.mjs [--from PROGRAM] [--to PROGRAM] [--rooms N] [--people N]
 *
 * The order is the one to take in earnest: the new Envoy comes first and takes all new connections; what drains then
 * goes to it, so that the old one has nothing left when it ends.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { program } from '../web/test/browser/support/cluster.mjs';
import { Crowd, quantile } from './support/crowd.mjs';
import { Fleet, until } from './support/fleet.mjs';

/**
 * @typedef {object} Step
 * @property {string} what
 * @property {number} seconds
 * @property {number} joins While it lasted.
 * @property {number} p99 Of them, in milliseconds.
 * @property {number} longest
 * @property {number} resumes
 */

/**
 * @param {object} options
 * @param {string} options.from The program that everything is of at first.
 * @param {string} options.to The one that it is of at the end.
 * @param {number} [options.rooms]
 * @param {number} [options.people] In each room.
 * @param {(step: Step) => void} [options.tell]
 * @returns {Promise<Crowd>} What everybody heard has been checked.
 */
export async function roll({ from, to, rooms = 50, people = 3, tell = () => {} }) {
  const fleet = await Fleet.start({ path: from, watchedRedis: true });
  const crowd = new Crowd(fleet.url);
  try {
    await crowd.gather(rooms, people, 'roll');
    crowd.talk(500);
    await until('each said something', () => crowd.people.every(({ said }) => said >= 2));
    fleet.useProgram(to);

    /** @param {string} what @param {() => Promise<unknown>} act */
    const step = async (what, act) => {
      const [began, joins, resumes] = [performance.now(), crowd.joins.length, crowd.returned('resumed')];
      await act();
      // Until it was gone through by everybody.
      const said = crowd.people.map((person) => person.said);
      await until(`each said something after ${what}`, () => crowd.people.every((person, n) => person.said >= said[n] + 2));
      const during = crowd.joins.slice(joins);
      tell({
        what, seconds: (performance.now() - began) / 1_000, joins: during.length, p99: quantile(during, 0.99), longest: Math.max(...during), resumes: crowd.returned('resumed') - resumes,
      });
    };
    const found = (/** @type {string} */ cluster, /** @type {number} */ hosts) => until(`Envoy finds ${hosts} in ${cluster}`, async () => await fleet.envoy.stat(`cluster.${cluster}.membership_healthy`) === hosts);

    const oldEnvoy = fleet.envoy;
    await step('a new Envoy takes all new connections', async () => {
      await fleet.addEnvoy();
      await found('gateways', fleet.gateways.length);
      await found('rooms_links', fleet.roomServices.length);
      await oldEnvoy.drain();
    });
    for (const [n, gateway] of [...fleet.gateways].entries()) {
      await step(`gateway ${n + 1}`, async () => {
        await fleet.addGateway();
        await found('gateways', fleet.gateways.length);
        await fleet.leave(gateway);
      });
    }
    for (const [n, roomService] of [...fleet.roomServices].entries()) {
      await step(`room service ${n + 1}`, async () => {
        await fleet.addRoomService();
        await found('rooms_links', fleet.roomServices.length);
        await fleet.leave(roomService);
      });
    }
    await step('the old Envoy ends', async () => {
      await until('nothing is left on it', async () => await oldEnvoy.stat('http.public.downstream_cx_active') === 0
        && await oldEnvoy.stat('http.grpc.downstream_cx_active') === 0, () => fleet.lastWords);
      await oldEnvoy.stop();
    });
    await step('the Redis primary', async () => {
      if ('roll' in fleet.redis) await fleet.redis.roll();
      // Rooms that went on without it are in it again, and what was only accepted is stored.
      await until('nobody is without the store', async () => (await Promise.all(fleet.roomServices.map((one) => one.metric('degraded')))).every((is) => is === 0));
    });
    await crowd.quiet();
    crowd.check();
    return crowd;
  } catch (error) {
    throw new Error(`${crowd.summary}\n${fleet.lastWords}`, { cause: error });
  } finally {
    await crowd.leave();
    await fleet.stop();
  }
}

async function main() {
  const { values } = parseArgs({
    options: { from: { type: 'string' }, to: { type: 'string' }, rooms: { type: 'string', default: '50' }, people: { type: 'string', default: '3' } },
  });
  const { from = program(), to = program() } = values;
  console.log('                                          seconds  joins  p99 ms  longest ms  resumes');
  const crowd = await roll({
    from,
    to,
    rooms: Number(values.rooms),
    people: Number(values.people),
    tell: ({ what, seconds, joins, p99, longest, resumes }) => console.log(`${what.padEnd(40)} ${seconds.toFixed(1).padStart(8)} ${String(joins).padStart(6)} ${p99.toFixed(0).padStart(7)} ${longest.toFixed(0).padStart(11)} ${String(resumes).padStart(8)}`),
  });
  console.log(`Nothing was lost, and nobody left who did not mean to. ${crowd.summary}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
