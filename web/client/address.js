/** Where the gateway is, and who one is. */

/**
 * The WebSocket address that belongs to a gateway's web address.
 *
 * @param {string} [base] By default the page's own.
 * @returns {string} Ends in `/ws`.
 */
export function webSocketUrl(base = globalThis.location?.href) {
  const url = new URL('/ws', base);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return url.href;
}

/**
 * An identity that nobody else has.
 *
 * @returns {string} 128 random bits in hexadecimal.
 */
export function randomParticipantId() {
  // Not `crypto.randomUUID`, which plain HTTP does not have.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
