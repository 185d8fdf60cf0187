/** docker-compose.yml: by the compose specification, hardened throughout, and what it says works as processes. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

import { Signaling } from '../web/client/signaling.js';
import { root } from './envoy.mjs';
import { until } from './support/fleet.mjs';
import { Composed, answers, readCompose } from './support/processes.mjs';

const require = createRequire(import.meta.url);
const { WebSocket } = createRequire(new URL('../web/package.json', import.meta.url))('ws');

describe('the file by itself', () => {
  const file = readCompose({});
  /** @type {[string, any][]} */
  const services = Object.entries(file.services);

  test('it is as the compose specification wants it', () => {
    // The specification's own schema, as dclint brings it along.
    const schema = JSON.parse(readFileSync(join(require.resolve('dclint'), '../../schemas/compose.schema.json'), 'utf8'));
    const ajv = new Ajv({ strict: false, allErrors: true });
    /** @type {any} */ (addFormats)(ajv);
    // It names its dialect with https:, which ajv does not know.
    schema.$schema = 'http://json-schema.org/draft-07/schema#';
    const validate = ajv.compile(schema);
    assert.ok(validate(file), JSON.stringify(validate.errors, null, 1));
    assert.ok(!validate({ services: { redis: { imagee: 'x' } } }), 'a word that is none is seen');
  });

  test('every service is bounded, pinned, and may do nothing that it need not', () => {
    for (const [name, service] of services) {
      assert.match(service.image, /:v?\d+\.\d+\.\d+/, `${name}: a version`);
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      const { limits } = service.deploy.resources;
      assert.ok(limits.cpus && limits.memory, `${name}: limits`);
      assert.equal(service.privileged, undefined, name);
      assert.equal(service.container_name, undefined, `${name}: scales`);
    }
  });

  test('Redis is not published, nor is what scales; secrets come from files', () => {
    for (const name of ['redis', 'gateway', 'roomsvc']) assert.equal(file.services[name].ports, undefined, name);
    assert.equal(file.networks.store.internal, true);
    for (const [name, { networks }] of services) assert.equal(networks.includes('store'), ['redis', 'roomsvc'].includes(name), `${name}: who reaches the store`);
    for (const [name, { environment = {} }] of services) {
      for (const [key, value] of Object.entries(environment)) if (/SECRET|PASSWORD/.test(key)) assert.match(String(value), /\/run\/secrets\//, `${name}: ${key}`);
    }
    for (const { file: path } of Object.values(file.secrets)) assert.match(path, /^\.\/secrets\//);
    assert.match(readFileSync(join(root, '.gitignore'), 'utf8'), /^\/secrets$/m);
  });

  test('what it mounts is there, and what the image copies is not left out', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const volume of volumes) if (volume.startsWith('.')) assert.ok(existsSync(join(root, volume.split(':')[0])), `${name}: ${volume}`);
    }
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const [, members] = /members = \[([^\]]*)\]/.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8')) ?? [];
    for (const [, member] of members.matchAll(/"([^"]+)"/g)) assert.ok(ignored.includes(`!${member}`), `${member} of Cargo.toml is in .dockerignore`);
  });
});

test('with --scale gateway=4 as processes: who has a token joins through Envoy, is told of TURN, and is seen by the API', async (context) => {
  const composed = await Composed.up({ gateway: 4 });
  /** @type {Signaling[]} */
  const people = [];
  try {
    const [web, rest] = [`http://${composed.at('envoy', 8080)}`, `http://${composed.at('envoy', 8081)}`];
    await until('all gateways are found', async () => {
      const text = await (await fetch(`http://${composed.containers.envoy[0].address}:9902/stats/prometheus`)).text();
      return /envoy_cluster_membership_healthy\{envoy_cluster_name="gateways"\} 4/.test(text);
    }, () => composed.lastWords);
    for (const name of ['ann', 'bob']) {
      const token = composed.run('gateway', 'token', 'create', '--room', 'demo', '--identity', name);
      const signaling = new Signaling({ url: `${web.replace('http', 'ws')}/ws`, roomId: 'demo', participantId: name, token: async () => token, WebSocket, page: null });
      people.push(signaling);
      await signaling.open();
    }
    const heard = [];
    people[1].on('event', ({ body }) => { if (body.kind === 'messageReceived') heard.push(body.body.body); });
    await people[0].command({ message: { body: 'hello' } });
    await until('bob heard it', () => heard.includes('hello'));
    const [turn] = people[0].iceServers;
    assert.deepEqual(turn.urls, ['turn:localhost:3478']);
    assert.ok(turn.username && turn.credential, 'with credentials');
    assert.ok(await answers(composed.containers.coturn[0].address, 3478), 'coturn listens');

    assert.equal((await fetch(`${rest}/v1/rooms`)).status, 401, 'without a token there is nothing to see');
    const admin = composed.run('gateway', 'token', 'create', '--identity', 'ops', '--grant', 'admin');
    const { rooms } = /** @type {any} */ (await (await fetch(`${rest}/v1/rooms`, { headers: { authorization: `Bearer ${admin}` } })).json());
    assert.deepEqual(rooms.map(({ roomId, participantCount }) => [roomId, participantCount]), [['demo', 2]]);
    assert.throws(() => composed.at('redis', 6379), /publishes no port/);
  } catch (error) {
    throw new Error(composed.lastWords, { cause: error });
  } finally {
    await Promise.all(people.map((one) => one.leave()));
    await composed.down();
  }
  context.diagnostic('images, networks and limits need a Docker engine, and were not tried');
});
