/** Switchboard's browser library: rooms, screen shares and messages over WebRTC. */
export { Room, randomParticipantId, webSocketUrl } from './room.js';
export { Signaling } from './signaling.js';
export { Negotiation, isPolite } from './negotiation.js';
export { SignalingError, CloseCode, SUBPROTOCOL, closeAdvice } from './protocol.js';
