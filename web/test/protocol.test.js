import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  EVENT_KINDS, SERVER_KINDS, closeAdvice, decode, durationMs, encode, errorFrom, eventBody, isAtOrBefore, placeEvent,
  reconnectDelay, samePosition, withoutPrefix,
} from '../client/protocol.js';

const at = (seq, epoch = '7') => ({ epoch, seq: String(seq) });

test('positions are compared as 64-bit numbers, not as text or doubles', () => {
  assert.equal(isAtOrBefore(at(9), at(10)), true);
  assert.equal(isAtOrBefore(at(10), at(9)), false);
  assert.equal(samePosition(at(1, '18446744073709551615'), at(1, '18446744073709551614')), false);
  assert.equal(samePosition(at('9007199254740993'), at('9007199254740992')), false);
});

test('fields that are absent are zero', () => {
  assert.equal(samePosition({}, { epoch: '0', seq: '0' }), true);
  assert.equal(samePosition(undefined, {}), true);
});

test('a position of another epoch is never behind us', () => {
  assert.equal(isAtOrBefore(at(1, '8'), at(10, '7')), false);
});

test('an event is applied, dropped, or shows a hole', () => {
  assert.equal(placeEvent(at(4), { position: at(5), prev: at(4) }), 'apply');
  assert.equal(placeEvent(at(4), { position: at(9), prev: at(4) }), 'apply', 'silent entries lie between');
  assert.equal(placeEvent(at(4), { position: at(4), prev: at(3) }), 'drop');
  assert.equal(placeEvent(at(4), { position: at(3), prev: at(2) }), 'drop');
  assert.equal(placeEvent(at(4), { position: at(7), prev: at(6) }), 'hole');
  assert.equal(placeEvent(at(4), { position: at(5, '8'), prev: at(4) }), 'apply', 'a new epoch alone resets nobody');
  assert.equal(placeEvent(at(4), { position: at(3, '8'), prev: at(2, '8') }), 'hole');
  assert.equal(placeEvent(null, { position: at(1), prev: {} }), 'hole', 'no snapshot yet');
  assert.equal(placeEvent({}, { position: at(1), prev: {} }), 'apply', 'first entry of a room');
});

test('the range of a close code carries the advice, known code or not', () => {
  for (const code of [4000, 4004, 4006, 4077, 4099]) assert.equal(closeAdvice(code), 'stop', String(code));
  for (const code of [4100, 4101, 4150, 4199]) assert.equal(closeAdvice(code), 'back-off', String(code));
  for (const code of [4200, 4202, 4242, 4299]) assert.equal(closeAdvice(code), 'resume', String(code));
  for (const code of [1000, 1001, 1006, 1011, 3000, 4300, 4999]) assert.equal(closeAdvice(code), 'retry', String(code));
});

test('a session that is only over is begun anew; one that was taken over is not', () => {
  assert.equal(closeAdvice(4000, 'SESSION_ENDED'), 'rejoin');
  assert.equal(closeAdvice(4000, 'SESSION_NOT_FOUND'), 'rejoin');
  assert.equal(closeAdvice(4000, 'ROOM_CLOSED'), 'stop');
  assert.equal(closeAdvice(4004, 'SESSION_ENDED'), 'stop');
});

test('waiting before the next connection', () => {
  assert.equal(reconnectDelay('resume', 0, 0.9), 0);
  assert.ok(reconnectDelay('resume', 1, 0.9) > 0, 'at once only the first time');
  assert.ok(reconnectDelay('back-off', 0, 0) >= 1000);
  assert.equal(reconnectDelay('retry', 0, 0), 0, 'full jitter begins at zero');
  assert.ok(reconnectDelay('retry', 3, 0.5) > reconnectDelay('retry', 0, 0.5));
  assert.equal(reconnectDelay('retry', 1000, 1), reconnectDelay('retry', 20, 1), 'bounded');
  for (const advice of /** @type {const} */ (['resume', 'rejoin', 'back-off', 'retry'])) {
    assert.equal(reconnectDelay(advice, 0, 0, 7_000), 7_000, 'what the gateway asks for is the least');
    assert.ok(reconnectDelay(advice, 0, 0.9, 7_000) > 7_000, 'who were refused together come back apart');
  }
});

test('messages are read by their kind; unknown kinds and fields are ignored', () => {
  assert.deepEqual(decode('{"ack":{"counter":"3"}}'), { kind: 'ack', body: { counter: '3' } });
  assert.deepEqual(decode('{"later":1,"leave":null,"reset":{}}'), { kind: 'reset', body: {} });
  assert.equal(decode('{"tomorrow":{}}'), null);
  assert.equal(decode('{}'), null);
  assert.equal(eventBody({ position: at(1) }), null);
  assert.deepEqual(eventBody({ renegotiateRequested: {} }), { kind: 'renegotiateRequested', body: {} });
});

test('what is no message is refused with a typed error', () => {
  for (const data of ['', 'nonsense', 'null', '3', '"text"', new ArrayBuffer(2)]) {
    assert.throws(() => decode(data), { name: 'SignalingError', reason: 'UNREADABLE_MESSAGE' });
  }
});

test('counters travel as text', () => {
  assert.equal(encode({ stopShare: {}, counter: '2', after: '1' }), '{"stopShare":{},"counter":"2","after":"1"}');
});

test('errors keep reason, message and fields', () => {
  const error = errorFrom({
    reason: 'ERROR_REASON_INVALID_FIELD', message: 'too long', temporary: true,
    fieldViolations: [{ field: 'join.room_id', description: '1 to 128 bytes' }],
  });
  assert.equal(error.reason, 'INVALID_FIELD');
  assert.equal(error.message, 'too long');
  assert.equal(error.temporary, true);
  assert.deepEqual(error.violations, [{ field: 'join.room_id', description: '1 to 128 bytes' }]);
  assert.equal(errorFrom({}).reason, 'UNSPECIFIED');
  assert.equal(withoutPrefix('SOMETHING_ELSE', 'ERROR_REASON_'), 'SOMETHING_ELSE');
});

test('durations', () => {
  assert.equal(durationMs('25s', 1), 25_000);
  assert.equal(durationMs('0.500s', 1), 500);
  for (const odd of [undefined, '', '0s', '-3s', '25', 'soon']) assert.equal(durationMs(odd, 77), 77, String(odd));
});

/** The fields of a message's `oneof`, as the proto3 JSON form names them. */
async function oneofOf(file, message) {
  const proto = await readFile(new URL(`../../proto/switchboard/v1/${file}`, import.meta.url), 'utf8');
  const [, body] = new RegExp(`message ${message} \\{[\\s\\S]*?oneof \\w+ \\{([\\s\\S]*?)\\n  \\}`).exec(proto) ?? [];
  return [...body.matchAll(/^ {4}\w+ (\w+) = \d+;/gm)].map(([, name]) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()));
}

test('the kinds of message and event are those of the contract', async () => {
  assert.deepEqual([...SERVER_KINDS], await oneofOf('client.proto', 'ServerMessage'));
  assert.deepEqual([...EVENT_KINDS], await oneofOf('room.proto', 'Event'));
});
