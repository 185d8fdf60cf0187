/**
 * How many instructions a message takes on its way from socket to socket, at the room service and at the gateway:
 *
 *   make instructions     or: node tools/instructions.mjs [--rates N,N] [--seconds N] [--top N] [--dry]
 *
 * Runs both under valgrind's callgrind, twice, for the same time at two rates, and divides what the second had more by
 * the messages that it had more: start, joins, heartbeats and the end are in both. Rates are low, since under callgrind a
 * process is some 50 times slower: each message comes by itself, so nothing is shared in batches as under load, and a
 * figure is an upper bound. What the kernel does is not in it. It hardly depends on what else the machine does.
 * Without --dry it writes what it found between the marks of BENCHMARKS.md.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { circumstances, intoBenchmarks, loadtest, system } from './servers.mjs';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '20,100' },
    seconds: { type: 'string', default: '20' },
    top: { type: 'string', default: '15' },
    dry: { type: 'boolean', default: false },
  },
});
const program = fileURLToPath(new URL('../target/release/switchboard', import.meta.url));
const rates = values.rates.split(',').map(Number);
if (spawnSync('valgrind', ['--version']).error) {
  console.error('valgrind is not installed: apt-get install valgrind');
  process.exit(1);
}
if (rates.length !== 2 || !(rates[1] > rates[0])) {
  console.error('--rates wants two, the higher one last, as in 20,60');
  process.exit(64);
}

const PROCESSES = { roomsvc: 'room service', gateway: 'gateway' };
/** A name of Rust without its hash, and callgrind's mark of a recursion. */
const plain = (name) => name.replace(/'\d+$/, '').replace(/::h[0-9a-f]{16}$/, '');

/** The instructions of each function by itself, in a file of callgrind (its manual, "Callgrind Format Specification"). */
async function counted(file) {
  const [names, own] = [new Map(), new Map()];
  let [name, ofCall, summary] = ['', false, 0];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const named = /^c?fn=\((\d+)\)(?: (.*))?$/.exec(line);
    if (named) {
      if (named[2] !== undefined) names.set(named[1], plain(named[2]));
      if (line.startsWith('fn=')) name = names.get(named[1]);
    } else if (line.startsWith('calls=')) {
      // What is called has the next line's instructions itself.
      ofCall = true;
    } else if (/^[+\-*\d]/.test(line)) {
      if (!ofCall) own.set(name, (own.get(name) ?? 0) + Number(line.split(' ')[1] ?? 0));
      ofCall = false;
    } else if (line.startsWith('summary: ') || line.startsWith('totals: ')) {
      summary = Number(line.split(' ')[1]);
    }
  }
  const sum = [...own.values()].reduce((a, b) => a + b, 0);
  if (summary === 0 || Math.abs(sum - summary) > summary / 1_000) throw new Error(`${file} was not understood: ${sum} instructions of ${summary}`);
  return { sum, own };
}

/** A whole run at a rate: its messages, and by process what was counted. */
async function run(rate) {
  const folder = mkdtempSync(join(tmpdir(), 'instructions-'));
  const under = (name) => ['valgrind', '--quiet', '--tool=callgrind', `--callgrind-out-file=${join(folder, `${name}.%p`)}`];
  try {
    const it = await system('switchboard', program, { gatewayCount: 1, roomServiceCount: 1, threads: 1, under, patience: 120 });
    let step;
    try {
      const args = ['relay', '--rooms', '10', '--people', '2', '--rate', `${rate}`, '--warm-up', '0s', '--duration', `${values.seconds}s`, '--gateway', `http://127.0.0.1:${it.edges[0]}`];
      ({ steps: [step] } = await loadtest(program, args, { gateway: it.gateways, roomsvc: it.roomServices }));
    } finally {
      await it.stop();
    }
    const wrong = ['lost', 'doubled', 'reordered', 'unsent'].filter((what) => step[what] > 0);
    if (wrong.length > 0) throw new Error(`at ${rate} a second: ${wrong.map((what) => `${step[what]} ${what}`).join(', ')}; try lower --rates`);
    const files = readdirSync(folder);
    const of = {};
    for (const name of Object.keys(PROCESSES)) {
      const file = files.find((one) => one.startsWith(`${name}.`));
      if (!file) throw new Error(`callgrind has written nothing of the ${PROCESSES[name]}`);
      of[name] = await counted(join(folder, file));
    }
    return { messages: step.expected, of };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const from = loadavg()[0];
const [few, many] = [await run(rates[0]), await run(rates[1])];
const more = many.messages - few.messages;
const number = (value) => Math.round(value).toLocaleString('en-US');
const lines = ['', `| | instructions a message | of ${number(few.messages)} messages, all | of ${number(many.messages)}, all |`, '| --- | --- | --- | --- |'];
const tops = [];
for (const [name, title] of Object.entries(PROCESSES)) {
  const [a, b] = [few.of[name], many.of[name]];
  const each = (b.sum - a.sum) / more;
  lines.push(`| ${title} | ${number(each)} | ${number(a.sum)} | ${number(b.sum)} |`);
  const functions = [...b.own].map(([fn, count]) => [fn, (count - (a.own.get(fn) ?? 0)) / more]).toSorted((x, y) => y[1] - x[1]);
  tops.push('', `| ${title}: function, without what it calls | instructions a message | share |`, '| --- | --- | --- |');
  for (const [fn, count] of functions.slice(0, Number(values.top))) tops.push(`| \`${fn.replaceAll('|', '\\|')}\` | ${number(count)} | ${(count / each * 100).toFixed(1)} % |`);
}
lines.push(...tops);
console.log(lines.join('\n'));
if (!values.dry) intoBenchmarks('instructions', [circumstances(`make instructions`, from), ...lines].join('\n'));
process.exit(0);
