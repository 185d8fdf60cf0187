/** The gRPC API by a client that others wrote, from the contract's own descriptors; fields are called as in the contract. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

import { root } from '../envoy.mjs';

const { v1 } = /** @type {any} */ (grpc.loadPackageDefinition(
  loader.loadFileDescriptorSetFromBuffer(readFileSync(join(root, 'proto/src/gen/descriptor.bin')), { defaults: true, longs: String, enums: String }),
)).switchboard;

/** @param {any} client @param {string} method @param {any} request @param {Record<string, string>} [metadata] @returns {Promise<any>} */
function call(client, method, request, metadata = {}) {
  const sent = new grpc.Metadata();
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  return new Promise((resolve, reject) => {
    client[method](request, sent, { deadline: Date.now() + 10_000 }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

export class Api {
  #rooms;
  #links;

  /** @param {string} address Host and port. */
  constructor(address) {
    // One that has failed is tried again soon.
    const options = { 'grpc.max_reconnect_backoff_ms': 500, 'grpc.initial_reconnect_backoff_ms': 50 };
    this.#rooms = new v1.RoomService(address, grpc.credentials.createInsecure(), options);
    this.#links = new v1.GatewayLink(address, grpc.credentials.createInsecure(), options);
  }

  /** @param {string} method @param {any} request */
  rooms(method, request) {
    return call(this.#rooms, method, request);
  }

  /** @param {string} method @param {any} request @returns {any} A stream. */
  watch(method, request) {
    return this.#rooms[method](request);
  }

  /** @param {number} partition @returns {Promise<string>} The id of the room service that it belongs to. */
  async where(partition) {
    return (await call(this.#links, 'Where', {}, { 'x-partition': String(partition) })).room_service_id;
  }

  /** A link, without a partition. @returns {Promise<any>} How it ended. */
  lostLink() {
    return new Promise((resolve) => {
      const stream = this.#links.Link(new grpc.Metadata());
      stream.on('error', resolve).on('data', () => resolve(null));
      stream.write({ items: [] });
    });
  }

  close() {
    this.#rooms.close();
    this.#links.close();
  }
}
