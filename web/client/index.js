/** Switchboard's browser library: rooms, screens, cameras, data and messages over WebRTC. */
export { Room } from './room.js';
export { Channel } from './channels.js';
export { randomParticipantId, webSocketUrl } from './address.js';
export { CaptureError, captureProblem, shareSupport } from './capture.js';
export { connectionInWords } from './peer.js';
export { CloseCode, SUBPROTOCOL, SignalingError, closeAdvice } from './protocol.js';
export { SHARE_BITRATE, divideBitrate } from './tuning.js';
// The layers below, for those who bring their own.
export { Signaling } from './signaling.js';
export { Negotiation } from './negotiation.js';
export { isPolite } from './glare.js';
