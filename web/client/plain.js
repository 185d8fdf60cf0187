/**
 * Clients that name no connection in their signals, as those written for the
 * earlier backend: they make an `RTCPeerConnection` for each share, and close
 * it with that. So a connection with one of them ends with what goes over it.
 */

/**
 * Whether a signal comes from such a client.
 *
 * @param {string} payload JSON of the W3C object.
 * @returns {boolean} False also for what is no JSON.
 */
export function isPlain(payload) {
  try {
    return JSON.parse(payload)?.connection === undefined;
  } catch {
    return false;
  }
}

/**
 * Whether an offer of such a client is of the `RTCPeerConnection` that a
 * description came from: each has a certificate of its own.
 *
 * @param {string | undefined} sdp Of the description that came last.
 * @param {string} payload Of the offer.
 * @returns {boolean}
 */
export function isSameConnection(sdp, payload) {
  return sdp !== undefined && fingerprint(sdp) === fingerprint(String(JSON.parse(payload)?.sdp));
}

/** @param {string} sdp */
const fingerprint = (sdp) => /^a=fingerprint:.*$/m.exec(sdp)?.[0].trim() ?? '';
