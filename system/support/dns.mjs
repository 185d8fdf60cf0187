/**
 * A name server for one machine: each name has the addresses that it is told, as the names of scaled services have
 * with Docker and as headless services of Kubernetes. Answers A, and nothing else.
 */
import { createSocket } from 'node:dgram';

const TYPE_A = 1;
const CLASS_IN = 1;
const NO_SUCH_NAME = 3;
/** Header of a message: id, flags and four counts. */
const HEADER_BYTES = 12;

export class NameServer {
  #socket = createSocket('udp4');
  /** @type {Map<string, string[]>} */
  #addresses = new Map();

  /** @returns {Promise<number>} Its port on 127.0.0.1. */
  async start() {
    this.#socket.on('message', (query, { address, port }) => {
      const answer = this.#answer(query);
      if (answer) this.#socket.send(answer, port, address);
    });
    await new Promise((resolve, reject) => {
      this.#socket.once('error', reject).bind(0, '127.0.0.1', () => resolve(undefined));
    });
    return this.#socket.address().port;
  }

  /** @param {string} name @param {string[]} addresses */
  tell(name, addresses) {
    this.#addresses.set(name, addresses);
  }

  stop() {
    this.#socket.close();
  }

  /** @param {Buffer} query */
  #answer(query) {
    if (query.length < HEADER_BYTES) return null;
    const labels = [];
    let at = HEADER_BYTES;
    for (let length = query[at]; length; length = query[at]) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
      if (at >= query.length) return null;
    }
    const question = query.subarray(HEADER_BYTES, at + 5);
    const known = this.#addresses.get(labels.join('.').toLowerCase());
    const addresses = query.readUInt16BE(at + 1) === TYPE_A ? known ?? [] : [];

    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    // An answer, with authority, recursion as it was asked for.
    header.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100) | (known ? 0 : NO_SUCH_NAME), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => {
      const record = Buffer.alloc(16);
      // The name of the question, by its place.
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(TYPE_A, 2);
      record.writeUInt16BE(CLASS_IN, 4);
      record.writeUInt32BE(1, 6);
      record.writeUInt16BE(4, 10);
      address.split('.').forEach((byte, index) => { record[12 + index] = Number(byte); });
      return record;
    });
    return Buffer.concat([header, question, ...records]);
  }
}
