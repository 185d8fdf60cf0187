/** A reconnect storm, a hot room and hostile input, while others talk and must notice nothing (behind Envoy, three gateways). */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { program } from '../web/test/browser/support/cluster.mjs';
import { Crowd, WebSocket } from './support/crowd.mjs';
import { Fleet, until } from './support/fleet.mjs';

/** All come from one address, more than it may by default. */
const UNBOUND = ['--connects-per-second', '100000', '--joins-per-second', '100000'];

describe('a storm, behind Envoy', () => {
  /** @type {Fleet} */
  let fleet;
  before(async () => { fleet = await Fleet.start({ gateways: 3, gatewayArgs: UNBOUND }); });
  after(() => fleet?.stop());

  /** @param {string[]} args @returns {Promise<any>} What it reports. */
  async function loadtest(args) {
    const run = promisify(execFile)(program(), ['loadtest', ...args, '--json', '--quiet', '--gateway', fleet.url], { maxBuffer: 64 << 20 });
    // It fails for what was lost as well, and then its report says what.
    const { stdout } = await run.catch((error) => { if (error.stdout) return error; throw error; });
    return JSON.parse(stdout);
  }

  /**
   * `act` while people talk in rooms of their own, which lose nothing by it, and whom nobody leaves.
   * @param {string} name @param {import('node:test').TestContext} context @param {() => Promise<unknown>} act
   */
  async function beside(name, context, act) {
    const others = new Crowd(fleet.url);
    try {
      await others.gather(20, 2, name);
      others.talk(250);
      await until('each said something', () => others.people.every(({ said }) => said >= 2));
      await act();
      const said = others.people.map((person) => person.said);
      await until('each said something after that', () => others.people.every((person, n) => person.said >= said[n] + 2));
      await others.quiet();
      others.check();
    } catch (error) {
      throw new Error(fleet.lastWords, { cause: error });
    } finally {
      context.diagnostic(others.summary);
      await others.leave();
    }
  }

  const processes = () => fleet.gateways.map(({ pid }) => pid);

  test('2,400 people, and one of three gateways is killed: all of its people resume, none joins anew, nothing is lost', async (context) => {
    await beside('storm', context, async () => {
      const [killed, ...others] = fleet.gateways;
      const resumes = (/** @type {string} */ outcome) => Promise.all(others.map((gateway) => gateway.metric(`resumes_total{protocol="json",outcome="${outcome}"}`)));
      const before = await resumes('done');
      const { set_up: { joined, failed }, steps: [step] } = await loadtest([
        'failover', '--gateway', fleet.url, '--rooms', '1200', '--people', '2', '--rate', '300', '--duration', '8s', '--kill', String(killed.pid), '--after', '2s', '--within', '40s',
      ]);
      assert.deepEqual([joined, failed], [2_400, 0]);
      const { lost_sockets: lost, resumed, rejoined } = step.failover;
      context.diagnostic(`${lost} of ${joined} lost their socket; ${resumed} resumed, ${rejoined} joined anew`);
      assert.ok(lost >= 500, `of 2,400 people at three gateways ${lost} were at the one that was killed`);
      assert.deepEqual([resumed, rejoined], [lost, 0]);
      // Those of the people beside are among them.
      const taken = (await resumes('done')).map((done, n) => done - before[n]);
      context.diagnostic(`the others count ${taken.join(' and ')} resumes`);
      assert.ok(taken.reduce((sum, n) => sum + n, 0) >= lost && taken.every((n) => n >= lost / 4), `each takes its part of ${lost}, and counts it: ${taken}`);
      assert.deepEqual(await resumes('rejoined'), [0, 0]);
      assert.deepEqual([step.heard, step.lost, step.doubled, step.reordered], [step.expected, 0, 0, 0]);
      const forget = await fleet.crash(killed);
      forget();
      await fleet.addGateway();
      await until('Envoy finds it', async () => await fleet.envoy.stat('cluster.gateways.membership_healthy') === 3);
    });
  });

  test('one room of 500 that all hear: its people hear everything, and so do others', async (context) => {
    const before = processes();
    await beside('hot', context, async () => {
      const { set_up: { joined, failed }, steps: [step] } = await loadtest(['hot-room', '--people', '500', '--rate', '5', '--warm-up', '1s', '--duration', '5s']);
      assert.deepEqual([joined, failed], [500, 0]);
      assert.ok(step.expected >= 20 * 499, `${step.expected} were to be heard`);
      assert.deepEqual([step.heard, step.lost, step.doubled, step.reordered], [step.expected, 0, 0, 0]);
    });
    assert.deepEqual(processes(), before);
  });

  test('who floods is told so by each message over the rate, and nobody else notices', async (context) => {
    const limited = () => Promise.all(fleet.gateways.map((gateway) => gateway.metric('limits_hit_total'))).then((all) => all.reduce((sum, n) => sum + n, 0));
    const before = await limited();
    await beside('flood', context, async () => {
      const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws`, ['switchboard.v1.json']);
      /** @type {string[]} */
      const answers = [];
      let [joined, code] = [false, 0];
      socket.addEventListener('message', ({ data }) => {
        const message = JSON.parse(String(data));
        if (message.welcome) joined = true;
        if (message.ack) answers.push(message.ack.refused?.reason ?? 'taken');
      });
      socket.addEventListener('close', (event) => { ({ code } = event); });
      await until('it is open', () => socket.readyState === WebSocket.OPEN);
      socket.send(JSON.stringify({ join: { roomId: 'flooded', participantId: 'flooder' } }));
      await until('it joined', () => joined);
      // At once, far over the 200 a second and their burst.
      for (let n = 1; n <= 3_000; n += 1) socket.send(JSON.stringify({ counter: `${n}`, message: { body: 'x'.repeat(300) } }));
      await until('each was answered, or it was closed for it', () => answers.length === 3_000 || code !== 0);
      assert.ok(answers.includes('taken') && answers.includes('ERROR_REASON_RATE_LIMITED'), `${code}, ${[...new Set(answers)]}`);
      assert.ok([0, 4102].includes(code), `closed with ${code}`);
      socket.close();
      assert.ok(await limited() > before, 'and it is counted');
    });
  });

  test('halves of upgrades, frames that are too large, and bytes that are no frame end their own connection alone', async (context) => {
    const before = processes();
    await beside('hostile', context, async () => {
      const { hostname, port } = new URL(fleet.url);
      const halves = [...Array(200)].map(() => {
        const half = connect(Number(port), hostname);
        half.on('error', () => {});
        half.write(`GET /ws HTTP/1.1\r\nhost: ${hostname}\r\nupgrade: websocket\r\nconnection: upg`);
        return half;
      });
      /** How each was closed. @type {number[]} */
      const codes = [];
      const acts = [...Array(20)].flatMap(() => [
        (/** @type {any} */ socket) => socket.send('x'.repeat(1 << 20)),
        // A frame of a reserved kind, masked.
        (/** @type {any} */ socket) => socket._socket.write(Buffer.from([0x8b, 0x80, 1, 2, 3, 4])),
        // A compressed frame, which nobody agreed on.
        (/** @type {any} */ socket) => socket._socket.write(Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x78])),
      ]);
      for (const act of acts) {
        const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws`, ['switchboard.v1.json']);
        socket.addEventListener('open', () => act(socket));
        socket.addEventListener('close', ({ code }) => codes.push(code));
      }
      await until('all were closed', () => codes.length === acts.length, () => `${codes.length} of ${acts.length} were`);
      assert.deepEqual([...new Set(codes)].toSorted(), [1002, 4008], 'by the protocol, or for its size');
      for (const half of halves) half.destroy();
    });
    assert.deepEqual(processes(), before);
  });
});
