/**
 * The earlier system, written well: Socket.IO with its Redis adapter, and the events of docs/migration.md.
 *
 *   node peer.mjs PORT REDIS_URL
 *
 * Each user is in a room of its own, so that signals cross instances. Who is in a room is a hash in Redis, changed and
 * read in one transaction, so that nobody is forgotten when many join at once. Nothing is logged on the path.
 */
import { createServer } from 'node:http';

import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const [port, url] = process.argv.slice(2);
const store = createClient({ url });
const publisher = store.duplicate();
const subscriber = store.duplicate();
await Promise.all([store.connect(), publisher.connect(), subscriber.connect()]);
const http = createServer();
const io = new Server(http, { adapter: createAdapter(publisher, subscriber) });

const users = (room) => `room:${room}:users`;
const sharing = (room) => `room:${room}:sharing`;

/** Tells all in a room who is there now. */
function tellLists(room, members, sharer) {
  io.to(`room ${room}`).emit('room-users-updated', members);
  io.to(`room ${room}`).emit('room-stats-updated', { userCount: members.length, sharingUser: sharer, users: members });
}

async function join(socket, room, user) {
  socket.data = { room, user };
  const [, members, sharer] = await store.multi().hSet(users(room), user, Date.now()).hKeys(users(room)).get(sharing(room)).exec();
  await socket.join([`room ${room}`, `user ${user}`]);
  socket.emit('existing-users', members.filter((one) => one !== user));
  if (sharer) socket.emit('user-started-sharing', sharer);
  socket.to(`room ${room}`).emit('user-joined', user);
  tellLists(room, members, sharer);
}

async function leave(socket) {
  const { room, user } = socket.data;
  if (!room) return;
  socket.data = {};
  const [, members, sharer] = await store.multi().hDel(users(room), user).hKeys(users(room)).get(sharing(room)).exec();
  if (sharer === user) await store.del(sharing(room));
  socket.leave(`room ${room}`);
  socket.leave(`user ${user}`);
  io.to(`room ${room}`).emit('user-left', user);
  tellLists(room, members, sharer === user ? null : sharer);
}

io.on('connection', (socket) => {
  socket.on('join-room', (room, user) => join(socket, room, user));
  socket.on('leave-room', () => leave(socket));
  socket.on('disconnect', () => leave(socket));
  socket.on('start-sharing', async () => {
    const { room, user } = socket.data;
    await store.set(sharing(room), user);
    socket.to(`room ${room}`).emit('user-started-sharing', user);
  });
  socket.on('stop-sharing', async () => {
    const { room, user } = socket.data;
    await store.del(sharing(room));
    socket.to(`room ${room}`).emit('user-stopped-sharing', user);
  });
  for (const [name, field] of [['offer', 'offer'], ['answer', 'answer'], ['ice-candidate', 'candidate']]) {
    socket.on(name, (message) => io.to(`user ${message.to}`).emit(name, { [field]: message[field], from: socket.data.user }));
  }
});
http.listen(Number(port), '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => process.exit(0));
