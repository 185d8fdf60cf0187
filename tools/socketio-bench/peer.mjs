/** The earlier system, written well: Socket.IO with its Redis adapter; each user in a room of its own. Arguments: port, Redis. */
import { createServer } from 'node:http';

import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const [port, redis] = process.argv.slice(2);
const publisher = createClient({ url: redis });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);
const http = createServer();
const io = new Server(http, { adapter: createAdapter(publisher, subscriber) });
io.on('connection', (socket) => {
  socket.on('join-room', async (room, user) => {
    socket.data.user = user;
    await socket.join([`room ${room}`, `user ${user}`]);
    socket.to(`room ${room}`).emit('user-joined', user);
    socket.emit('existing-users', []);
  });
  for (const [name, field] of [['offer', 'offer'], ['answer', 'answer'], ['ice-candidate', 'candidate']]) {
    socket.on(name, (message) => io.to(`user ${message.to}`).emit(name, { [field]: message[field], from: socket.data.user }));
  }
});
http.listen(Number(port), '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => process.exit(0));
