/** What comes in through Envoy, and where it goes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { stringify } from 'yaml';

import { Person } from '../web/test/socketio/people.mjs';
import { clients, transports } from '../web/test/socketio/support.mjs';
import { patched, readConfig } from './envoy.mjs';
import { Crowd } from './support/crowd.mjs';
import { Fleet, until } from './support/fleet.mjs';

const run = promisify(execFile);

describe('the files by themselves', () => {
  /** @param {any} config */
  async function validate(config) {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-envoy-'));
    try {
      const file = join(folder, 'envoy.yaml');
      writeFileSync(file, stringify(config, { aliasDuplicateObjects: false }));
      const { stdout, stderr } = await run('envoy', ['--mode', 'validate', '-c', file, '-l', 'warning'], { cwd: folder });
      return stdout + stderr;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  for (const file of ['envoy.yaml', 'envoy-l4.yaml']) {
    test(`${file}: Envoy takes it, and warns of nothing`, async () => {
      const said = await validate(readConfig(file));
      assert.match(said, /OK/);
      assert.doesNotMatch(said, /warning|Deprecated/i);
    });
  }

  test('a setting that is none is refused', async () => {
    const config = readConfig();
    config.static_resources.clusters[0].lb_polizy = 'RANDOM';
    await assert.rejects(validate(config), /lb_polizy/);
  });

  test('the admin port is on loopback, and every cluster of rooms has the same hosts and health', () => {
    const config = readConfig();
    assert.equal(config.admin.address.socket_address.address, '127.0.0.1');
    const rooms = config.static_resources.clusters.filter(({ name }) => name.startsWith('rooms'));
    assert.equal(rooms.length, 3);
    for (const cluster of rooms) {
      for (const field of ['load_assignment', 'health_checks', 'outlier_detection', 'circuit_breakers', 'typed_extension_protocol_options']) assert.deepEqual(cluster[field], rooms[0][field], `${cluster.name}: ${field}`);
    }
  });

  test('a change names what there is', () => {
    assert.throws(() => patched(readConfig(), { ports: { publik: 1 } }), /There is no listener publik; there are public, grpc/);
  });
});

describe('behind Envoy', () => {
  /** @type {Fleet} */
  let fleet;
  before(async () => { fleet = await Fleet.start(); });
  after(() => fleet?.stop());

  test('people talk, over both gateways', async () => {
    const crowd = new Crowd(fleet.url);
    try {
      await crowd.gather(8, 3, 'talk');
      crowd.talk(50);
      await until('each said something', () => crowd.people.every(({ said }) => said >= 10));
      await crowd.quiet();
      crowd.check();
      for (const gateway of fleet.gateways) {
        assert.ok(await gateway.metric('sockets_open') >= 4, 'least request gives each its share of 24 sockets');
      }
    } finally {
      await crowd.leave();
    }
  });

  for (const [name, options] of transports) {
    test(`Socket.IO, ${name}: people call each other, and each finds its gateway again`, async () => {
      // Without the cookie a poll finds its gateway half of the time, so that none of six lives.
      const people = [...Array(6)].map((_, n) => new Person(clients[1][1].io, fleet.url, `sio-${n}`, { withCredentials: true, ...options }));
      try {
        await Promise.all(people.map((person) => person.connected()));
        const room = `socketio ${name}`;
        for (const person of people) await person.join(room);
        for (const person of people) await person.sees(...people.map(({ id }) => id));
        const [first, last] = [people[0], people[5]];
        first.socket.emit('offer', { to: last.id, offer: { type: 'offer', sdp: 'v=0' } });
        await until('the offer came', () => last.told.some(([told]) => told === 'offer'));
        for (const person of people) assert.ok(person.socket.connected && !person.told.some(([told]) => told === 'error'), person.id);
      } catch (error) {
        throw new Error(`${fleet.envoy.running.lastWords}`, { cause: error });
      } finally {
        for (const person of people) person.close();
      }
    });
  }

  test('polls of one session go to one gateway by the cookie, and to any without it', async () => {
    const poll = (query, cookie) => fetch(`${fleet.url}/socket.io/?EIO=4&transport=polling${query}`, { headers: cookie ? { cookie } : {} });
    const opened = await Promise.all([...Array(8)].map(async () => {
      const response = await poll('');
      assert.equal(response.status, 200);
      const cookie = response.headers.get('set-cookie') ?? '';
      assert.match(cookie, /^gateway="?[^;]+"?; Path=\/socket.io; .*HttpOnly/i);
      return { sid: JSON.parse((await response.text()).slice(1)).sid, cookie: cookie.split(';')[0] };
    }));
    assert.equal(new Set(opened.map(({ cookie }) => cookie)).size, 2, 'sessions are on both gateways');
    for (const { sid, cookie } of opened) {
      // Its first poll brings the acknowledgement of a connect.
      const sent = await fetch(`${fleet.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body: '40', headers: { cookie } });
      assert.equal(sent.status, 200);
      assert.match(await (await poll(`&sid=${sid}`, cookie)).text(), /^40\{/);
    }
    const lost = await Promise.all(opened.map(async ({ sid }) => (await fetch(`${fleet.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body: '40' })).status));
    assert.ok(lost.some((status) => status === 400), `without it some miss: ${lost}`);
  });

  test('the page, the library, and the HTTP API', async () => {
    const page = await fetch(`${fleet.url}/`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal((await fetch(`${fleet.url}/client/index.js`)).status, 200);
    assert.deepEqual(await (await fetch(`${fleet.url}/api/room/nobody/stats`)).json(), { userCount: 0, users: [], sharingUser: null });
    assert.equal((await fetch(`${fleet.url}/a%2Fb`)).status, 400, 'an escaped slash is refused');
  });

  test('calls go to every room service, and changes are known to all', async () => {
    await fleet.api.rooms('CreateRoom', { room_id: 'by-grpc', metadata: 'm' });
    const before = await Promise.all(fleet.roomServices.map((one) => one.metric('calls_total{method="GetRoom",outcome="OK"}')));
    const rooms = await Promise.all([...Array(40)].map(() => fleet.api.rooms('GetRoom', { room_id: 'by-grpc' })));
    assert.ok(rooms.every(({ room }) => room.metadata === 'm'));
    for (const [n, one] of fleet.roomServices.entries()) {
      assert.ok(await one.metric('calls_total{method="GetRoom",outcome="OK"}') > before[n], 'each answered some');
    }
    await assert.rejects(fleet.api.rooms('GetRoom', { room_id: 'none' }), /NOT_FOUND/);
  });

  test('a watch hears what a call changes', async () => {
    await fleet.api.rooms('CreateRoom', { room_id: 'watched' });
    const watch = fleet.api.watch('WatchRoom', { room_id: 'watched' });
    try {
      const told = [];
      watch.on('data', (one) => told.push(JSON.stringify(one))).on('error', () => {});
      await until('the snapshot came', () => told.length > 0);
      await fleet.api.rooms('SendMessage', { room_id: 'watched', body: 'heard by who watches' });
      await until('the message came', () => told.some((one) => one.includes('heard by who watches')));
    } finally {
      watch.cancel();
    }
  });

  test('gRPC-Web, as a page would say it', async () => {
    // ListRoomsRequest without a field is no byte.
    const response = await fetch(`http://${fleet.grpc}/switchboard.v1.RoomService/ListRooms`, {
      method: 'POST', body: Buffer.alloc(5), headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
    });
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/grpc-web+proto']);
    const body = Buffer.from(await response.arrayBuffer());
    const trailers = body.subarray(5 + body.readUInt32BE(1));
    assert.deepEqual([body[0], trailers[0]], [0, 0x80], 'a message, then trailers');
    assert.match(trailers.toString('latin1', 5), /grpc-status:\s*0/);
  });

  test('the API as JSON over HTTP: calls, refusals, a watch, and what does not exist', async () => {
    /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<{ status: number, body: any }>} */
    const ask = async (method, path, body) => {
      const response = await fetch(fleet.rest + path, { method, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {} });
      return { status: response.status, body: await response.json().catch(() => null) };
    };
    // Any character but NUL may be in an id.
    const path = `/v1/rooms/${encodeURIComponent('by/json ü:x')}`;
    assert.equal((await ask('POST', '/v1/rooms', { roomId: 'by/json ü:x', metadata: 'j' })).status, 200);
    const got = await ask('GET', path);
    assert.deepEqual([got.status, got.body.room.roomId, got.body.room.metadata], [200, 'by/json ü:x', 'j']);
    assert.equal((await ask('PATCH', path, { room: { metadata: 'changed' }, updateMask: 'metadata' })).body.room.metadata, 'changed');
    const listed = await ask('GET', '/v1/rooms?pageSize=1000');
    assert.ok(listed.body.rooms.some(({ roomId }) => roomId === 'by/json ü:x'));
    assert.deepEqual((await ask('GET', `${path}/participants`)).body.participants, []);
    assert.equal((await ask('POST', `${path}/removals`, { participantId: 'eve/1', duration: '60s' })).status, 200);
    assert.equal((await ask('DELETE', `${path}/removals/${encodeURIComponent('eve/1')}?requestId=r1`)).status, 200);

    const watch = await fetch(`${fleet.rest}${path}/events`);
    assert.equal(watch.status, 200);
    let told = '';
    const hearing = (async () => {
      for await (const piece of watch.body ?? []) {
        told += Buffer.from(piece).toString();
        if (told.includes('said by JSON')) return;
      }
    })();
    await until('the snapshot came', () => told.includes('"snapshot"'));
    assert.equal((await ask('POST', `${path}/messages`, { body: 'said by JSON' })).status, 200);
    await hearing;
    for (const line of told.trim().split('\n')) JSON.parse(line);

    assert.equal((await ask('DELETE', path)).status, 200);
    const none = await ask('GET', path);
    assert.deepEqual([none.status, none.body.code], [404, 5]);
    assert.deepEqual(none.body.details.map(({ reason, domain }) => [reason, domain]), [['ROOM_NOT_FOUND', 'switchboard']]);
    const wrong = await ask('POST', '/v1/rooms', { roomId: '' });
    assert.equal(wrong.status, 400);
    assert.match(JSON.stringify(wrong.body.details), /"field":"room_id"/, 'the field is named');
    assert.equal((await ask('POST', '/v1/rooms', { noSuchField: 1 })).status, 400);
    for (const other of ['/v1/nothing', '/switchboard.v1.GatewayLink/Where']) assert.equal((await ask('GET', other)).status, 404, other);
  });

  test('a link without a partition goes nowhere', async () => {
    assert.equal((await fleet.api.lostLink())?.code, 12);
  });

  test('all links of a partition meet at the room service that it belongs to', async () => {
    const crowd = new Crowd(fleet.url);
    try {
      // 128 partitions; with so many rooms nearly all have one.
      await crowd.gather(200, 2, 'spread');
      const places = await Promise.all([...Array(128)].map((_, partition) => fleet.api.where(partition)));
      const ids = [...new Set(places)];
      assert.equal(ids.length, 2);
      const shares = ids.map((id) => places.filter((place) => place === id).length);
      assert.ok(Math.min(...shares) >= 40, `a fair share each: ${shares}`);
      const links = await fleet.linksByPartition();
      let both = 0;
      for (const [partition, rooms] of links) {
        assert.deepEqual([...new Set(rooms)], [places[partition]], `partition ${partition}: ${rooms}, asked: ${places[partition]}`);
        if (rooms.length === 2) both += 1;
      }
      assert.ok(both > 60, `both gateways hold a link of most partitions: ${both}`);
    } finally {
      await crowd.leave();
    }
  });

  test('statistics are there for Prometheus, and nothing else of the admin port', async () => {
    const text = await (await fetch(`${fleet.stats}/stats/prometheus`)).text();
    assert.match(text, /envoy_cluster_upstream_rq_active\{envoy_cluster_name="rooms_links"\} \d+/);
    assert.equal((await fetch(`${fleet.stats}/ready`)).status, 200);
    for (const [method, path] of [['POST', '/quitquitquit'], ['GET', '/config_dump'], ['POST', '/stats/prometheus'], ['GET', '/']]) {
      assert.equal((await fetch(fleet.stats + path, { method })).status, 404, `${method} ${path}`);
    }
  });

  test('what failed is in the access log, with who was to answer it', async () => {
    await fetch(`${fleet.url}/nothing-here?secret=x`);
    await until('it is logged', () => /"path":"\/nothing-here"/.test(fleet.lastWords));
    const line = JSON.parse(fleet.lastWords.split('\n').findLast((each) => each.includes('"path":"/nothing-here"')) ?? '');
    assert.deepEqual([line.code, line.method, line.cluster], [404, 'GET', 'gateways']);
    assert.match(line.upstream, /^127\.0\.2\.1[12]:\d+$/);
    assert.doesNotMatch(fleet.lastWords, /secret=x/, 'without the query');
  });
});

test('a flood from one address is answered with 429, and another address is served', async () => {
  const fleet = await Fleet.start({
    gateways: 1,
    roomServices: 1,
    change: (config) => {
      const [manager] = config.static_resources.listeners[0].filter_chains[0].filters;
      const { typed_config: rate } = manager.typed_config.http_filters[0];
      rate.descriptors[0].token_bucket = { max_tokens: 5, tokens_per_fill: 1, fill_interval: '60s' };
      // Whom it hears from is then what the header says.
      Object.assign(manager.typed_config, { xff_num_trusted_hops: 1 });
    },
  });
  try {
    const ask = async (address) => (await fetch(`${fleet.url}/healthz`, { headers: { 'x-forwarded-for': address } })).status;
    const told = [];
    for (let n = 0; n < 8; n += 1) told.push(await ask('203.0.113.1'));
    assert.deepEqual(told, [200, 200, 200, 200, 200, 429, 429, 429]);
    assert.equal(await ask('203.0.113.2'), 200);
  } finally {
    await fleet.stop();
  }
});
