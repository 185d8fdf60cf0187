/**
 * What a front end does that was written for the earlier backend: its events,
 * a connection for each viewer while it shares, a receiver that is made when it
 * hears that somebody shares, and at no other moment.
 */
const params = new URLSearchParams(location.search);
const [backend, room, user] = ['backend', 'room', 'user'].map((name) => params.get(name) ?? '');
const socket = /** @type {any} */ (window).io(backend);
const users = new Set();
/** @type {Map<string, RTCPeerConnection>} Viewers of the own share. */
const viewers = new Map();
/** @type {{from: string, pc: RTCPeerConnection} | null} */
let receiver = null;
/** @type {MediaStream | null} */
let own = null;
const remote = /** @type {HTMLVideoElement} */ (document.getElementById('remote'));

/** @param {string} to @returns {RTCPeerConnection} */
function connect(to) {
  const pc = new RTCPeerConnection();
  pc.onicecandidate = ({ candidate }) => { if (candidate) socket.emit('ice-candidate', { to, from: user, candidate }); };
  return pc;
}

/** @param {string} to */
async function call(to) {
  const pc = connect(to);
  viewers.get(to)?.close();
  viewers.set(to, pc);
  for (const track of own?.getTracks() ?? []) pc.addTrack(track, /** @type {MediaStream} */ (own));
  const offer = await pc.createOffer();
  await pc.setLocalDescription(offer);
  socket.emit('offer', { to, from: user, offer });
}

function stopOwn() {
  for (const track of own?.getTracks() ?? []) track.stop();
  for (const pc of viewers.values()) pc.close();
  viewers.clear();
  own = null;
}

function stopReceiver() {
  receiver?.pc.close();
  receiver = null;
  remote.srcObject = null;
}

socket.on('connect', () => {
  document.documentElement.dataset.socket = socket.id;
  if (!socket.recovered) socket.emit('join-room', room, user);
});
socket.on('existing-users', (/** @type {string[]} */ list) => {
  for (const id of list) users.add(id);
});
socket.on('user-joined', (/** @type {string} */ id) => {
  users.add(id);
  if (own) call(id);
});
socket.on('user-left', (/** @type {string} */ id) => {
  users.delete(id);
  viewers.get(id)?.close();
  viewers.delete(id);
  if (receiver?.from === id) stopReceiver();
});
socket.on('user-started-sharing', (/** @type {string} */ from) => {
  stopReceiver();
  const pc = connect(from);
  pc.ontrack = ({ streams }) => { [remote.srcObject] = streams; };
  receiver = { from, pc };
});
socket.on('user-stopped-sharing', (/** @type {string} */ id) => {
  if (id === user) stopOwn();
  if (receiver?.from === id) stopReceiver();
});
socket.on('offer', async (/** @type {{offer: RTCSessionDescriptionInit, from: string}} */ { offer, from }) => {
  if (receiver?.from !== from) return;
  const { pc } = receiver;
  await pc.setRemoteDescription(offer);
  const answer = await pc.createAnswer();
  await pc.setLocalDescription(answer);
  socket.emit('answer', { to: from, from: user, answer });
});
socket.on('answer', (/** @type {{answer: RTCSessionDescriptionInit, from: string}} */ { answer, from }) => viewers.get(from)?.setRemoteDescription(answer));
socket.on('ice-candidate', (/** @type {{candidate: RTCIceCandidateInit, from: string}} */ { candidate, from }) => {
  const pc = receiver?.from === from ? receiver.pc : viewers.get(from);
  pc?.addIceCandidate(candidate).catch(() => {});
});
socket.on('room-users-updated', (/** @type {{id: string}[]} */ list) => {
  /** @type {HTMLElement} */ (document.getElementById('users')).textContent = list.map(({ id }) => id).sort().join();
});
socket.on('error', (/** @type {any} */ error) => console.error(JSON.stringify(error)));

/** @type {HTMLElement} */ (document.getElementById('share')).onclick = async () => {
  own = await navigator.mediaDevices.getDisplayMedia({ video: true });
  socket.emit('start-sharing', room, user);
  for (const id of users) await call(id);
};
/** @type {HTMLElement} */ (document.getElementById('stop')).onclick = () => {
  stopOwn();
  socket.emit('stop-sharing', room, user);
};
