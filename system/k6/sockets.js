// People who join, talk to each other and leave, by k6's own WebSocket: k6 run -e URL=ws://localhost:8080/ws sockets.js
import { check } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/experimental/websockets';

const MESSAGES = 5;

const heard = new Counter('messages_heard');
const failed = new Counter('sockets_failed');
const welcome = new Trend('welcome_ms', true);

export const options = {
  scenarios: { people: { executor: 'per-vu-iterations', vus: 40, iterations: 3, maxDuration: '60s' } },
  thresholds: { checks: ['rate==1'], sockets_failed: ['count==0'], messages_heard: [`count>=${40 * 3 * MESSAGES}`] },
};

export default function person() {
  const began = Date.now();
  const socket = new WebSocket(__ENV.URL, ['switchboard.v1.json']);
  const own = `k6-${__VU}-${__ITER}`;
  let said = 0;
  let answered = 0;
  const end = setTimeout(() => {
    failed.add(1);
    socket.close();
  }, 20000);
  const say = () => {
    socket.send(JSON.stringify({ counter: String(said + 1), after: String(said), message: { body: `${own} ${said + 1}` } }));
    said += 1;
  };
  socket.onopen = () => socket.send(JSON.stringify({ join: { roomId: `k6-${__VU % 8}`, participantId: own } }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.welcome) {
      welcome.add(Date.now() - began);
      check(message.welcome, { 'it has a session': ({ sessionId, resumeToken }) => Boolean(sessionId && resumeToken) });
    } else if (message.snapshot && !message.snapshot.more) {
      check(message.snapshot, { 'one sees oneself': ({ participants }) => (participants || []).some(({ participantId }) => participantId === own) });
      say();
    } else if (message.event && message.event.messageReceived) {
      heard.add(1);
    } else if (message.ack) {
      check(message.ack, { 'a message is stored': ({ stored, refused }) => stored === true && !refused });
      heard.add(1);
      answered += 1;
      if (answered < MESSAGES) say();
      else {
        clearTimeout(end);
        socket.send(JSON.stringify({ counter: String(said + 1), after: String(said), leave: {} }));
        socket.close();
      }
    } else if (message.error) {
      check(message.error, { 'no error': () => false });
    }
  };
  socket.onerror = (error) => {
    console.error(`${own}: ${error.error}`);
    failed.add(1);
    clearTimeout(end);
  };
}
