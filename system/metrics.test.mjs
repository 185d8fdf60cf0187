/** Metrics, alerts and the dashboard: each by itself, against each other, and with a real Prometheus. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { parse } from 'yaml';

import { Signaling } from '../web/client/signaling.js';
import { Person } from '../web/test/socketio/people.mjs';
import { clients } from '../web/test/socketio/support.mjs';
import { root } from './envoy.mjs';
import { Crowd } from './support/crowd.mjs';
import { Fleet, until } from './support/fleet.mjs';
import { Prometheus, folder, promtool } from './support/prometheus.mjs';

const { WebSocket } = createRequire(new URL('../web/package.json', import.meta.url))('ws');

const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
/** @type {any[]} */
const rules = parse(read('deploy/prometheus/alerts.yml')).groups.flatMap(({ rules: all }) => all);
/** @type {any[]} */
const cases = parse(read('deploy/prometheus/alerts.test.yml')).tests;
/** @type {any} */
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json'));
/** @type {{ title: string, exprs: string[] }[]} */
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
  .map(({ title, targets }) => ({ title, exprs: targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '15s')) }));
/** From the page that a test of Rust holds against the code. */
const declared = new Map([...read('docs/metrics.md').matchAll(/^\| `((?:switchboard|process)_\w+)` \| (\w+) \|/gm)].map(([, name, kind]) => [name, kind]));

/** What a query reads; labels are none. @param {string} expr @returns {string[]} */
const metricsIn = (expr) => [...expr.replace(/\{[^}]*\}|\b(?:by|without|on|ignoring) \([^)]*\)/g, '').matchAll(/\b(?:switchboard|process|envoy)_\w+/g)].map(([name]) => name);

/** Whether the code declares it. @param {string} name */
function isDeclared(name) {
  const [, of] = /^(.+)_(?:bucket|sum|count)$/.exec(name) ?? [];
  return declared.has(name) || declared.get(of ?? '') === 'histogram';
}

describe('the files by themselves', () => {
  test('promtool takes the configuration and the rules, and every rule fires when it should and else does not', async () => {
    for (const args of [['check', 'config', join(folder, 'prometheus.yml')], ['check', 'rules', join(folder, 'alerts.yml')], ['test', 'rules', join(folder, 'alerts.test.yml')]]) {
      const { code, said } = await promtool(args);
      assert.equal(code, 0, said);
    }
  });

  test('a rule that is changed fails its test', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'switchboard-rules-'));
    try {
      const changed = read('deploy/prometheus/alerts.yml').replace('switchboard_roomsvc_store_up == 0', 'switchboard_roomsvc_store_up == 2');
      writeFileSync(join(scratch, 'alerts.yml'), changed);
      writeFileSync(join(scratch, 'alerts.test.yml'), read('deploy/prometheus/alerts.test.yml'));
      const { code, said } = await promtool(['test', 'rules', join(scratch, 'alerts.test.yml')]);
      assert.notEqual(code, 0);
      assert.match(said, /RedisAway/);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  test('each alert says what it is, has tests of both kinds, and a chapter in docs/alerts.md; no chapter is left over', () => {
    const page = read('docs/alerts.md');
    const chapters = new Map(page.split(/^## /m).slice(1).map((text) => [text.slice(0, text.indexOf('\n')), text]));
    const names = rules.map(({ alert }) => alert);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual([...chapters.keys()], names, 'the chapters, in the order of the rules');
    for (const { alert, labels, annotations } of rules) {
      assert.ok(['page', 'warn'].includes(labels.severity), alert);
      assert.ok(annotations.summary && annotations.description, alert);
      assert.equal(annotations.runbook_url, `docs/alerts.md#${alert.toLowerCase()}`);
      const chapter = chapters.get(alert) ?? '';
      assert.ok(chapter.includes(`\n${labels.severity}, `), `${alert}: its severity`);
      for (const part of ['**Means.** ', '**Look.** ', '**Do.** ']) assert.ok(chapter.includes(part), `${alert}: ${part}`);
      for (const [named] of chapter.matchAll(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b(?!`)/g)) assert.ok(names.includes(named) || ['InnoDB', 'LimitNOFILE'].includes(named), `${alert} names ${named}`);
      const tests = cases.flatMap(({ alert_rule_test: all }) => all).filter(({ alertname }) => alertname === alert);
      assert.ok(tests.some(({ exp_alerts: all }) => all.length > 0), `${alert}: no test has it firing`);
      assert.ok(tests.some(({ exp_alerts: all }) => all.length === 0), `${alert}: no test has it not firing`);
    }
    for (const { alertname } of cases.flatMap(({ alert_rule_test: all }) => all)) assert.ok(names.includes(alertname), `a test of ${alertname}, which is none`);
  });

  test('what rules, their tests, panels and pages read is declared', () => {
    assert.ok(declared.size > 80, `${declared.size}`);
    const texts = [
      ...rules.map(({ alert, expr }) => [alert, expr]),
      ...cases.flatMap(({ name, input_series: all }) => all.map(({ series }) => [name, series])),
      ...panels.flatMap(({ title, exprs }) => exprs.map((expr) => [title, expr])),
      ...['docs/alerts.md', 'docs/metrics.md', 'docs/redis.md', 'docs/rest.md', 'docs/migration.md', 'docs/protocol.md'].map((path) => [path, read(path)]),
    ];
    for (const [where, text] of texts) {
      // Prefixes that a page names, of which more follows.
      for (const name of metricsIn(text).filter((each) => !each.startsWith('envoy_') && !each.endsWith('_'))) {
        if (/^switchboard_gateway$|^process_(start)?$/.test(name)) continue;
        assert.ok(isDeclared(name), `${where} reads ${name}, which nothing declares`);
      }
    }
  });

  test('the dashboard asks the Prometheus that is provisioned, and what it shows is not shown twice', () => {
    const [source] = parse(read('deploy/grafana/prometheus.yml')).datasources;
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const all = panels.flatMap(({ exprs }) => exprs);
    assert.equal(new Set(all).size, all.length);
    for (const { title, type, targets, datasource } of dashboard.panels) {
      if (type === 'row') continue;
      for (const one of [datasource, ...targets.map((target) => target.datasource)]) assert.deepEqual(one, { type: source.type, uid: source.uid }, title);
    }
    for (const { datasource } of dashboard.annotations.list) assert.equal(datasource.uid, source.uid);
    const { volumes } = parse(read('docker-compose.yml'), { merge: true }).services.grafana;
    const [provider] = parse(read('deploy/grafana/dashboards.yml')).providers;
    assert.ok(volumes.some((volume) => volume.startsWith(`./deploy/grafana/dashboard.json:${provider.options.path}/`)), 'the dashboard is mounted where Grafana looks');
  });
});

describe('with a real Prometheus', () => {
  /** @type {Fleet} */
  let fleet;
  /** @type {Prometheus} */
  let prometheus;
  before(async () => {
    fleet = await Fleet.start();
    prometheus = await Prometheus.start({
      gateway: fleet.gateways.map(({ admin }) => admin),
      roomsvc: fleet.roomServices.map(({ admin }) => admin),
      envoy: [new URL(fleet.stats).host],
    });
    // Its first look at them comes some seconds after its start.
    await until('it finds all five', async () => (await prometheus.values('sum(up)')).at(-1) === 5, () => prometheus.lastWords);
    await live(fleet);
  });
  after(async () => {
    await prometheus?.stop();
    await fleet?.stop();
  });

  test('no rule is at fault, and nothing is worth waking anybody', async () => {
    await until('all rules were looked at', async () => {
      const { groups } = await prometheus.ask('rules');
      const all = groups.flatMap((group) => group.rules);
      const wrong = all.filter(({ health }) => health === 'err');
      assert.deepEqual(wrong.map(({ name, lastError }) => [name, lastError]), []);
      return all.length === rules.length && all.every(({ health }) => health === 'ok');
    });
    const { alerts } = await prometheus.ask('alerts');
    const firing = alerts.filter(({ state, labels }) => state === 'firing' && labels.severity === 'page');
    assert.deepEqual(firing.map(({ labels }) => labels), [], 'on an ordinary day');
  });

  test('what rules read of Envoy is told by Envoy', async () => {
    const names = await prometheus.ask('label/__name__/values');
    for (const name of rules.flatMap(({ expr }) => metricsIn(expr))) {
      if (name.startsWith('envoy_')) assert.ok(names.includes(name), name);
    }
  });

  for (const { title, exprs } of panels) {
    test(`the dashboard: ${title}`, async () => {
      for (const expr of exprs) {
        await until(`${expr} has a number`, async () => (await prometheus.values(expr)).length > 0, () => prometheus.lastWords, 15_000);
      }
    });
  }

  test('what people did is counted', async () => {
    const sum = async (/** @type {string} */ expr) => (await prometheus.values(`sum(${expr})`)).at(-1) ?? 0;
    for (const [expr, least] of /** @type {[string, number][]} */ ([
      ['switchboard_gateway_joins_total{outcome="done",protocol="json"}', 25],
      ['switchboard_gateway_joins_total{outcome="done",protocol="socketio"}', 2],
      ['switchboard_gateway_resumes_total{outcome="done"}', 1],
      ['switchboard_gateway_commands_total{kind="offer"}', 1],
      ['switchboard_gateway_commands_total{kind="start_share"}', 1],
      ['switchboard_gateway_closes_total{code="1006",reason="lost"}', 1],
      ['switchboard_gateway_errors_total', 1],
      ['switchboard_roomsvc_leaves_total{reason="LEFT"}', 2],
      ['switchboard_roomsvc_entries_total{kind="message"}', 100],
    ])) await until(`${expr} is at least ${least}`, async () => await sum(expr) >= least, () => `${prometheus.lastWords}`);
    // Each command that was acknowledged was timed once, each entry was told by who decided it.
    const [joins, joined] = [await sum('switchboard_roomsvc_joins_total'), await sum('switchboard_roomsvc_entries_total{kind="joined"}')];
    assert.equal(joins, joined);
    const [commands, leaves, timed] = await Promise.all(['commands_total', 'commands_total{kind="leave"}', 'command_ack_duration_seconds_count'].map((name) => sum(`switchboard_gateway_${name}`)));
    // Who leaves may be gone before the acknowledgement.
    assert.ok(timed <= commands && timed >= commands - leaves, `${commands} commands, ${leaves} of them leaves; ${timed} were timed`);
  });

  test('every process tells exactly what is declared, by the conventions that promtool knows', async () => {
    for (const member of [...fleet.gateways, ...fleet.roomServices]) {
      const answer = await fetch(`http://${member.admin}/metrics`);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      const text = await answer.text();
      const { code, said } = await promtool(['check', 'metrics'], text);
      assert.equal(code, 0, said);
      const told = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, kind]) => [name, kind]);
      for (const [name, kind] of told) assert.equal(declared.get(name), kind, name);
      const mine = [...declared.keys()].filter((name) => name.startsWith(`switchboard_${member.kind}_`));
      assert.deepEqual(mine.filter((name) => !told.some(([other]) => other === name)), []);
      assert.ok(text.length < 200_000, `${text.length} bytes`);
    }
  });
});

/** People who talk, share, signal, are refused, lose a socket and come back, and leave; and callers of both APIs. @param {Fleet} fleet */
async function live(fleet) {
  const crowd = new Crowd(fleet.url);
  /** @type {any[]} */
  const sockets = [];
  class Watched extends WebSocket {
    /** @param {...any} args */
    constructor(...args) {
      super(...args);
      this.on('error', () => {});
      sockets.push(this);
    }
  }
  const person = (/** @type {string} */ name) => new Signaling({ url: `${fleet.url.replace(/^http/, 'ws')}/ws`, roomId: 'life', participantId: name, WebSocket: /** @type {any} */ (Watched), page: null });
  const [ann, bob] = [person('ann'), person('bob')];
  const old = ['sio-1', 'sio-2'].map((id) => new Person(clients[1][1].io, fleet.url, id, { transports: ['websocket'] }));
  try {
    await crowd.gather(8, 3, 'life');
    crowd.talk(50);
    await ann.open();
    await bob.open();
    await ann.command({ startShare: { shareId: 'screen', audio: false } });
    await ann.command({ signal: { to: 'bob', kind: 'SIGNAL_KIND_OFFER', payload: '{"type":"offer","sdp":"v=0"}' } });
    await assert.rejects(ann.command({ signal: { to: 'nobody', kind: 'SIGNAL_KIND_OFFER', payload: '{}' } }));
    let resumed = false;
    ann.on('resumed', () => { resumed = true; });
    sockets[0].terminate();
    await until('ann is back', () => resumed);
    await ann.command({ stopShare: {} });
    for (const one of old) {
      await one.connected();
      await one.join('life');
    }
    await fleet.api.rooms('CreateRoom', { room_id: 'by-grpc' });
    await fleet.api.rooms('ListRooms', {});
    assert.equal((await fetch(`${fleet.url}/api/rooms`)).status, 200);
    await until('each said something', () => crowd.people.every(({ said }) => said >= 60));
    await crowd.quiet();
    crowd.check();
    await ann.leave();
    await bob.leave();
  } catch (error) {
    throw new Error(fleet.lastWords, { cause: error });
  } finally {
    for (const one of old) one.close();
    await crowd.leave();
    for (const one of [ann, bob]) await one.leave().catch(() => {});
  }
}
