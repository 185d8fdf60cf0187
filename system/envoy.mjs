/**
 * Envoy's configuration as another deployment needs it: envoy.yaml is read as YAML, names, ports and certificates are
 * changed where they stand, and all else stays as it is.
 *
 *   node system/envoy.mjs [--port LISTENER=PORT] [--name CLUSTER=HOST:PORT] [--tls-cert FILE --tls-key FILE]
 *                         [--file envoy-l4.yaml] > edge.yaml
 *
 *   node system/envoy.mjs --port public=443 --tls-cert /etc/tls/cert.pem --tls-key /etc/tls/key.pem
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { parse, stringify } from 'yaml';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {object} Changes
 * @property {Record<string, number>} [ports] Of listeners, by name; of `admin` too.
 * @property {string} [host] The address that all listeners but `stats` and `admin` are at.
 * @property {Record<string, { host?: string, port?: number, health?: number }>} [upstreams] Where the hosts of a cluster are, by
 *   the cluster's name, and at which port they are asked for their health, where that is one of its own.
 * @property {{ cert: string, key: string }} [tls] What the listener `public` shows; it then speaks TLS alone.
 * @property {number} [resolver] The port on 127.0.0.1 of the name server to ask, in place of the machine's.
 */

/** The listeners that browsers come to. */
const PUBLIC = 'public';

/**
 * @param {string} [file] In the top folder.
 * @returns {any} The configuration, with paths that hold anywhere.
 */
export function readConfig(file = 'envoy.yaml') {
  // An alias is a copy of its anchor from here on; the default bound against bombs is below what this file has.
  const config = parse(readFileSync(join(root, file), 'utf8'), { maxAliasCount: 1_000, merge: true });
  const copy = structuredClone(JSON.parse(JSON.stringify(config)));
  for (const filter of httpFilters(copy)) {
    const path = filter.typed_config.proto_descriptor;
    if (path && !isAbsolute(path)) filter.typed_config.proto_descriptor = join(root, path);
  }
  return copy;
}

/** @param {any} config */
function* httpFilters(config) {
  for (const listener of config.static_resources.listeners) {
    for (const { filters } of listener.filter_chains) {
      for (const filter of filters) yield* filter.typed_config.http_filters ?? [];
    }
  }
}

/**
 * @param {any} config From `readConfig`.
 * @param {Changes} changes
 * @returns {any} Another one.
 */
export function patched(config, { ports = {}, host, upstreams = {}, tls, resolver }) {
  const changed = structuredClone(config);
  const { listeners, clusters } = changed.static_resources;
  const named = (/** @type {any[]} */ list, /** @type {string} */ name, /** @type {string} */ what) => {
    const found = list.find((one) => one.name === name);
    if (!found) throw new Error(`There is no ${what} ${name}; there are ${list.map((one) => one.name).join(', ')}.`);
    return found;
  };
  for (const [name, port] of Object.entries(ports)) {
    if (name === 'admin') {
      changed.admin.address.socket_address.port_value = port;
      for (const { address } of hosts(named(clusters, 'self_admin', 'cluster'))) address.socket_address.port_value = port;
    } else {
      named(listeners, name, 'listener').address.socket_address.port_value = port;
    }
  }
  if (host) for (const { address } of listeners) address.socket_address.address = host;
  for (const [name, at] of Object.entries(upstreams)) {
    for (const { address, health_check_config: health } of hosts(named(clusters, name, 'cluster'))) {
      if (health && at.health) health.port_value = at.health;
      if (at.host) address.socket_address.address = at.host;
      if (at.port) address.socket_address.port_value = at.port;
    }
  }
  if (tls) {
    for (const chain of named(listeners, PUBLIC, 'listener').filter_chains) {
      chain.transport_socket = {
        name: 'envoy.transport_sockets.tls',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
          common_tls_context: {
            // See codec_type there.
            alpn_protocols: ['http/1.1'],
            tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
            tls_certificates: [{ certificate_chain: { filename: tls.cert }, private_key: { filename: tls.key } }],
          },
        },
      };
    }
  }
  if (resolver) {
    changed.typed_dns_resolver_config = {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
        resolvers: [{ socket_address: { address: '127.0.0.1', port_value: resolver } }],
        dns_resolver_options: { no_default_search_domain: true },
      },
    };
  }
  return changed;
}

/** @param {any} cluster @returns {{ address: any, health_check_config?: any }[]} */
function hosts(cluster) {
  return cluster.load_assignment.endpoints.flatMap((/** @type {any} */ { lb_endpoints: all }) => all.map((/** @type {any} */ one) => one.endpoint));
}

/** @param {string[]} args */
function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      file: { type: 'string', default: 'envoy.yaml' },
      port: { type: 'string', multiple: true, default: [] },
      name: { type: 'string', multiple: true, default: [] },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
    },
  });
  /** @type {Changes} */
  const changes = { ports: {}, upstreams: {} };
  for (const each of values.port) {
    const [, name, port] = /^(\w+)=(\d{1,5})$/.exec(each) ?? [];
    if (!name) throw new Error(`--port is LISTENER=PORT, as in public=443, not ${each}.`);
    Object.assign(changes.ports ?? {}, { [name]: Number(port) });
  }
  for (const each of values.name) {
    const [, name, host, port] = /^(\w+)=([^:]+):(\d{1,5})$/.exec(each) ?? [];
    if (!name) throw new Error(`--name is CLUSTER=HOST:PORT, as in gateways=gateway.example:8080, not ${each}.`);
    Object.assign(changes.upstreams ?? {}, { [name]: { host, port: Number(port) } });
  }
  const [cert, key] = [values['tls-cert'], values['tls-key']];
  if (cert && key) changes.tls = { cert, key };
  else if (cert || key) throw new Error('--tls-cert and --tls-key go together.');
  process.stdout.write(stringify(patched(readConfig(values.file), changes), { aliasDuplicateObjects: false, lineWidth: 0 }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`envoy: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 64;
  }
}
