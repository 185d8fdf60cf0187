// The room API by k6's own gRPC client, from reflection: k6 run -e ADDRESS=localhost:50051 api.js
import { check } from 'k6';
import grpc from 'k6/net/grpc';

const SERVICE = 'switchboard.v1.RoomService';

const client = new grpc.Client();

export const options = {
  scenarios: { callers: { executor: 'per-vu-iterations', vus: 10, iterations: 20, maxDuration: '60s' } },
  thresholds: { checks: ['rate==1'] },
};

function call(method, request, status = grpc.StatusOK) {
  const answer = client.invoke(`${SERVICE}/${method}`, request);
  check(answer, { [`${method} is answered with ${status}`]: (one) => one && one.status === status });
  return answer.message;
}

export default function caller() {
  // Each has one connection, as services do.
  if (__ITER === 0) client.connect(__ENV.ADDRESS, { plaintext: true, reflect: true });
  const roomId = `k6-api-${__VU}-${__ITER}`;
  call('CreateRoom', { roomId, metadata: 'by k6' });
  call('CreateRoom', { roomId }, grpc.StatusAlreadyExists);
  const { room } = call('GetRoom', { roomId });
  check(room, { 'the room is as it was made': (one) => one.metadata === 'by k6' });
  call('SendMessage', { roomId, body: 'hello' });
  call('UpdateRoom', { room: { roomId, metadata: 'changed' }, updateMask: 'metadata' });
  check(call('GetRoom', { roomId }).room, { 'a change is seen at every room service': (one) => one.metadata === 'changed' });
  call('ListRooms', { pageSize: 10 });
  call('CloseRoom', { roomId });
  call('GetRoom', { roomId }, grpc.StatusNotFound);
}
