// How long each test program of a `cargo test` took: `seconds TAB name` lines.
//   node durations.mjs PROGRAMS LOG
// PROGRAMS: what `cargo test --no-run --message-format=json` told; names the package of each program.
// LOG: what `cargo test` told, both streams together.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const [programs, log] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));

/** Name of each program by its file. */
const names = new Map();
for (const line of programs.split('\n')) {
  if (!line.startsWith('{')) continue;
  const { executable, package_id: id, target } = JSON.parse(line);
  // path+file:///…/gateway#switchboard-gateway@0.1.0, or …/gateway#0.1.0 if the folder has the package's name.
  if (!executable) continue;
  const [path, version] = id.split('#');
  const owner = version.includes('@') ? version.split('@')[0] : basename(path);
  names.set(basename(executable), `${owner} ${target.kind[0] === 'test' ? target.name : target.src_path.endsWith('main.rs') ? 'main' : 'lib'}`);
}

let name = '';
for (const line of log.split('\n')) {
  const running = /^\s+Running .*\((.*)\)$/.exec(line);
  if (running) name = names.get(basename(running[1])) ?? basename(running[1]);
  const docs = /^\s+Doc-tests (.*)$/.exec(line);
  if (docs) name = `${docs[1]} doc tests`;
  const took = /^test result: .* finished in ([\d.]+)s$/.exec(line);
  if (took && Number(took[1]) >= 0.5) console.log(`${Math.round(Number(took[1]))}\t  ${name}`);
}
