/**
 * An address that answers as long as one of several servers lives, as a load
 * balancer's does; and a cable that can be pulled.
 */
import { connect, createServer } from 'node:net';

export class Proxy {
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  #isCut = false;
  #targets;
  #server;

  /** @param {number[]} targets Ports; the first that answers is taken. */
  constructor(targets) {
    this.#targets = targets;
    this.#server = createServer((client) => this.#serve(client, [...this.#targets]));
  }

  /** @returns {Promise<string>} Its web address. */
  async listen() {
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined)));
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (this.#server.address()).port}`;
  }

  /** Nothing gets through any more. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  /** @param {number} port Where connections go first from now on. */
  prefer(port) {
    this.#targets = [port, ...this.#targets.filter((target) => target !== port)];
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /**
   * @param {import('node:net').Socket} client
   * @param {number[]} targets
   */
  #serve(client, targets) {
    this.#keep(client);
    const port = targets.shift();
    if (this.#isCut || port === undefined) {
      client.destroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    this.#keep(server);
    const next = () => this.#serve(client, targets);
    server.once('error', next);
    server.once('connect', () => {
      server.off('error', next);
      client.pipe(server).pipe(client);
      // What one side loses, the other loses too.
      for (const [one, other] of [[client, server], [server, client]]) one.once('close', () => other.destroy());
    });
  }

  /** @param {import('node:net').Socket} socket */
  #keep(socket) {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
