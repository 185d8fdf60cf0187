/** The pure parts: tuning, figures, capturing, what is published. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webSocketUrl } from '../client/address.js';
import { CaptureError, captureProblem, displayMediaOptions, shareSupport } from '../client/capture.js';
import { guessSource } from '../client/peer.js';
import { isPlain, isSameConnection } from '../client/plain.js';
import { outgoingOf } from '../client/publish.js';
import { readStats } from '../client/stats.js';
import { divideBitrate, encodingFor, orderCodecs, preferCodec, tune } from '../client/tuning.js';
import { FakeStream } from './fakes.js';

test('the bits of a share are divided by its viewers', () => {
  assert.deepEqual([0, 1, 2, 3, 8].map((viewers) => divideBitrate(8_000_000, viewers)), [8_000_000, 8_000_000, 4_000_000, 2_666_666, 1_000_000]);
  assert.equal(divideBitrate(8_000_000, 1_000), 100_000, 'below that there is no picture');
  assert.deepEqual(encodingFor({ budget: 8_000_000, maxFramerate: 60 }, 4), { maxBitrate: 2_000_000, maxFramerate: 60 });
  assert.deepEqual(encodingFor({}, 4), {});
});

test('a sender is told its bounds once, and only when they change', async () => {
  const told = [];
  let parameters = /** @type {any} */ ({ encodings: [{ active: true }] });
  const sender = /** @type {any} */ ({
    getParameters: () => structuredClone(parameters),
    setParameters: async (given) => { told.push(given); parameters = given; },
  });
  const tuning = { budget: 8_000_000, maxFramerate: 60, degradationPreference: /** @type {const} */ ('maintain-framerate') };
  await Promise.all([tune(sender, tuning, 1), tune(sender, tuning, 1), tune(sender, tuning, 2)]);
  assert.deepEqual(told.map(({ encodings }) => encodings[0]), [
    { active: true, maxBitrate: 8_000_000, maxFramerate: 60 }, { active: true, maxBitrate: 4_000_000, maxFramerate: 60 },
  ]);
  assert.equal(told[0].degradationPreference, 'maintain-framerate');
  await tune(/** @type {any} */ ({ getParameters() { throw new Error('stopped'); } }), tuning, 1);
});

test('the preferred codec comes first, its common profile before the others, and all the rest stays', () => {
  const codecs = [
    { mimeType: 'video/VP8' }, { mimeType: 'video/rtx' }, { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' },
    { mimeType: 'video/H264', sdpFmtpLine: 'a' }, { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' }, { mimeType: 'video/red' },
  ];
  assert.deepEqual(orderCodecs(codecs, 'video/vp9'), [codecs[4], codecs[2], codecs[0], codecs[1], codecs[3], codecs[5]]);
  assert.deepEqual(orderCodecs(codecs.slice(0, 2), 'video/VP9'), codecs.slice(0, 2));
  // No browser here, or one without such preferences: nothing happens.
  preferCodec(/** @type {any} */ ({}), 'video', 'video/VP9');
});

test('a browser that refuses the list of receivers is given that of senders', (t) => {
  const [receiver, sender] = [[{ mimeType: 'video/A' }], [{ mimeType: 'video/B' }]];
  Object.assign(globalThis, {
    RTCRtpReceiver: { getCapabilities: () => ({ codecs: receiver }) }, RTCRtpSender: { getCapabilities: () => ({ codecs: sender }) },
  });
  t.after(() => { for (const name of ['RTCRtpReceiver', 'RTCRtpSender']) delete /** @type {any} */ (globalThis)[name]; });
  const given = [];
  preferCodec(/** @type {any} */ ({ setCodecPreferences(list) {
    given.push(list[0].mimeType);
    if (given.length === 1) throw new Error('InvalidModificationError');
  } }), 'video', 'video/VP9');
  assert.deepEqual(given, ['video/A', 'video/B']);
});

const report = (at, { bytes, frames, lost = 3 }) => [
  { id: 'in', type: 'inbound-rtp', kind: 'video', mid: '0', timestamp: at, bytesReceived: bytes, framesDecoded: frames, packetsLost: lost,
    codecId: 'c', frameWidth: 1920, frameHeight: 1080, framesPerSecond: 42 },
  { id: 'out', type: 'outbound-rtp', kind: 'audio', mid: '1', timestamp: at, bytesSent: bytes, codecId: 'o', remoteId: 'r', qualityLimitationReason: 'none' },
  { id: 'r', type: 'remote-inbound-rtp', packetsLost: 7 },
  { id: 'c', type: 'codec', mimeType: 'video/VP9' },
  { id: 'o', type: 'codec', mimeType: 'audio/opus' },
  { id: 'T', type: 'transport', selectedCandidatePairId: 'p' },
  { id: 'q', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 9 },
  { id: 'p', type: 'candidate-pair', currentRoundTripTime: 0.025, localCandidateId: 'l', remoteCandidateId: 'x' },
  { id: 'l', type: 'local-candidate', candidateType: 'relay' },
];
const names = { receiving: { 0: /** @type {const} */ ('screen') }, sending: { 1: /** @type {const} */ ('microphone') } };

test('figures are what happened between two readings', () => {
  const first = readStats(report(10_000, { bytes: 1_000_000, frames: 600 }), null, names);
  assert.equal(first.stats.receiving[0].bitrate, null);
  assert.equal(first.stats.receiving[0].framesPerSecond, 42, 'the browser\'s own figure, until there is one of ours');
  const { stats } = readStats(report(12_000, { bytes: 1_500_000, frames: 720 }), first.counters, names);
  assert.deepEqual(stats, {
    roundTripMs: 25, relayed: true,
    receiving: [{ source: 'screen', kind: 'video', codec: 'VP9', bitrate: 2_000_000, framesPerSecond: 60, width: 1920, height: 1080, packetsLost: 3, limitedBy: null }],
    sending: [{ source: 'microphone', kind: 'audio', codec: 'opus', bitrate: 2_000_000, framesPerSecond: null, width: null, height: null, packetsLost: 7, limitedBy: null }],
  });
});

test('counters that began anew, or a reading at the same moment, give no figure rather than a wrong one', () => {
  const { counters } = readStats(report(10_000, { bytes: 1_000_000, frames: 600 }), null, names);
  assert.equal(readStats(report(11_000, { bytes: 10, frames: 1 }), counters, names).stats.receiving[0].bitrate, null);
  assert.equal(readStats(report(10_000, { bytes: 2_000_000, frames: 700 }), counters, names).stats.receiving[0].bitrate, null);
  const empty = readStats([], counters, names).stats;
  assert.deepEqual(empty, { roundTripMs: null, relayed: null, receiving: [], sending: [] });
});

test('why a screen cannot be shared is said in a sentence, with what helps', () => {
  const RTCPeerConnection = class {};
  const can = { mediaDevices: { getDisplayMedia: async () => /** @type {any} */ (null) } };
  const reason = (here) => {
    const support = shareSupport(here);
    if (support.ok) return 'ok';
    assert.match(support.sentence, /^[A-Z].*\.$/);
    assert.match(support.help, /^[A-Z].*\.$/);
    return support.reason;
  };
  assert.equal(reason({ RTCPeerConnection, isSecureContext: true, navigator: can }), 'ok');
  assert.equal(reason({ isSecureContext: true, navigator: can }), 'NO_WEBRTC');
  assert.equal(reason({ RTCPeerConnection, isSecureContext: false, navigator: {} }), 'INSECURE_CONTEXT');
  assert.equal(reason({ RTCPeerConnection, isSecureContext: true, navigator: { mediaDevices: {}, userAgent: 'Mozilla/5.0 (Linux; Android 15) Mobile' } }), 'PHONE');
  assert.equal(reason({ RTCPeerConnection, isSecureContext: true, navigator: { userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 5 } }), 'PHONE');
  assert.equal(reason({ RTCPeerConnection, isSecureContext: true, navigator: { userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 0 } }), 'NOT_SUPPORTED');
});

test('what the browser says is told in a sentence that fits what was asked for', () => {
  const here = { isSecureContext: true, navigator: { mediaDevices: { getUserMedia: async () => /** @type {any} */ (null) } } };
  const reasons = ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'InvalidStateError', 'Whatever']
    .map((name) => captureProblem(new DOMException('x', name), 'screen', here).reason);
  assert.deepEqual(reasons, ['PERMISSION_DENIED', 'NOT_FOUND', 'NOT_READABLE', 'NO_GESTURE', 'CAPTURE_FAILED']);
  assert.match(captureProblem(new DOMException('', 'NotFoundError'), 'camera', here).sentence, /camera/);
  assert.equal(captureProblem(new TypeError('undefined'), 'camera', { isSecureContext: false, navigator: {} }).reason, 'INSECURE_CONTEXT');
  const error = new CaptureError(captureProblem(new DOMException('', 'NotAllowedError')));
  assert.ok(error.message && error.help && error.reason === 'PERMISSION_DENIED');
});

test('a share asks for 1080p at 60, with sound as it is', () => {
  assert.deepEqual(displayMediaOptions(), {
    video: { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 60 } },
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    systemAudio: 'include', surfaceSwitching: 'include', selfBrowserSurface: 'exclude',
  });
  assert.equal(/** @type {any} */ (displayMediaOptions({ audio: false })).systemAudio, 'exclude');
});

test('of a published stream, the picture is the camera and the sound the microphone', () => {
  const mapped = outgoingOf(/** @type {any} */ (new FakeStream('s', 'audio', 'video', 'video')));
  assert.deepEqual(mapped.map(({ key, source, track }) => [key, source, track.kind]), [['camera', 'camera', 'video'], ['microphone', 'microphone', 'audio']]);
});

test('a track that nobody named is a share if its stream bears the share\'s id', () => {
  assert.equal(guessSource('video', 'a', 'a'), 'screen');
  assert.equal(guessSource('audio', 'a', 'a'), 'screen');
  assert.equal(guessSource('video', 'b', 'a'), 'camera');
  assert.equal(guessSource('audio', '', undefined), 'microphone');
  assert.equal(guessSource('video', 'b', ''), 'screen', 'who shares and names no stream');
});

test('a client that names no connection is known by that, and its connections by their certificates', () => {
  assert.equal(isPlain('{"type":"offer","sdp":"v=0"}'), true);
  assert.equal(isPlain('{"type":"offer","sdp":"v=0","connection":"a"}'), false);
  assert.equal(isPlain('v=0'), false);
  const sdp = (/** @type {string} */ print) => `v=0\r\na=fingerprint:sha-256 ${print}\r\na=x\r\n`;
  const offer = JSON.stringify({ type: 'offer', sdp: sdp('AA:BB') });
  assert.equal(isSameConnection(sdp('AA:BB'), offer), true);
  assert.equal(isSameConnection(sdp('AA:BC'), offer), false);
  assert.equal(isSameConnection(undefined, offer), false);
});

test('the socket\'s address follows the page\'s', () => {
  assert.equal(webSocketUrl('https://example.org/some/page?x'), 'wss://example.org/ws');
  assert.equal(webSocketUrl('http://127.0.0.1:8080'), 'ws://127.0.0.1:8080/ws');
});
