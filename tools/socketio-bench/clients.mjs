/** Bare WebSockets that speak the packets of Socket.IO, so that the load costs little beside what is measured. */
import { WebSocket } from 'ws';

/** A client: connected, told of its events by `on`. By `upgrade` it begins by polling, as the client library does. */
export async function connect(port, on = () => {}, { upgrade = false } = {}) {
  const at = `127.0.0.1:${port}/socket.io/?EIO=4`;
  const sid = upgrade ? JSON.parse((await (await fetch(`http://${at}&transport=polling`)).text()).slice(1)).sid : null;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${at}&transport=websocket${sid ? `&sid=${sid}` : ''}`, { perMessageDeflate: false });
    socket.on('error', reject);
    if (sid) socket.once('open', () => socket.send('2probe'));
    socket.on('message', (data) => {
      const text = String(data);
      if (text === '3probe') {
        socket.send('5');
        socket.send('40');
      } else if (text[0] === '0') socket.send('40');
      else if (text[0] === '2') socket.send('3');
      else if (text.startsWith('40')) resolve(socket);
      else if (text.startsWith('42')) on(text);
    });
  });
}

export const emit = (socket, ...args) => socket.send(`42${JSON.stringify(args)}`);

/** A client in a room. */
export async function enter(port, room, user, on = () => {}) {
  let entered;
  const done = new Promise((resolve) => { entered = resolve; });
  const socket = await connect(port, (text) => {
    if (text.startsWith('42["existing-users"')) entered();
    on(text);
  });
  emit(socket, 'join-room', room, user);
  await done;
  return socket;
}
