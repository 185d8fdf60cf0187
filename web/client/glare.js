/**
 * What to do with a signal when both sides may speak at any time: the rules of
 * perfect negotiation, pure. Glare (two offers at once) settles itself.
 */

const utf8 = new TextEncoder();

/**
 * Which side gives way when offers cross. Both sides must find different
 * answers, in any language: the one whose id comes first, as UTF-8 bytes.
 *
 * @param {string} mine Own participant id.
 * @param {string} theirs The other's participant id.
 * @returns {boolean}
 */
export function isPolite(mine, theirs) {
  const a = utf8.encode(mine);
  const b = utf8.encode(theirs);
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    if (a[i] !== b[i]) return a[i] < b[i];
  }
  return a.length < b.length;
}

/**
 * @typedef {object} Standing What decides on a description from the other side.
 * @property {boolean} polite
 * @property {boolean} makingOffer An own offer is being made.
 * @property {RTCSignalingState} signalingState
 * @property {boolean} settingAnswer The other's answer is being applied.
 * @property {boolean} sameConnection It speaks of the connection that we have.
 * @property {boolean} established Some description of the other's was applied.
 */

/**
 * What to do with a description.
 *
 * - `apply`: set it; the browser rolls back an own offer by itself.
 * - `replace`: the other side began anew, or we have only begun and give way: we
 *   begin anew, then set it.
 * - `ignore`: our own offer goes first, or it answers an offer of the past.
 *
 * @param {'offer' | 'answer'} type
 * @param {Standing} standing
 * @returns {'apply' | 'replace' | 'ignore'}
 */
export function decideDescription(type, standing) {
  const { polite, makingOffer, signalingState, settingAnswer, sameConnection, established } = standing;
  if (type === 'answer') {
    return sameConnection && signalingState === 'have-local-offer' ? 'apply' : 'ignore';
  }
  if (!sameConnection && established) return 'replace';
  // A first offer gives way by beginning anew, not by a rollback: after one that
  // comes before any candidate, Chromium may gather none at all, and then the
  // connection neither comes nor fails.
  const offered = makingOffer || signalingState === 'have-local-offer';
  if (!sameConnection && offered && polite) return 'replace';
  const ready = !makingOffer && (signalingState === 'stable' || settingAnswer);
  return ready || polite ? 'apply' : 'ignore';
}

/**
 * What to do with a candidate: one that comes before its description waits for
 * it. While an offer is ignored, candidates are tried all the same: they may
 * belong to the answer before it, and without them there is no path. (Those of
 * the ignored offer bear another user name and are refused by the browser.)
 *
 * @param {object} standing
 * @param {boolean} standing.sameConnection
 * @param {boolean} standing.ignoringOffer
 * @param {boolean} standing.hasRemoteDescription
 * @returns {'add' | 'queue' | 'drop'}
 */
export function decideCandidate({ sameConnection, ignoringOffer, hasRemoteDescription }) {
  if (!sameConnection) return 'drop';
  if (hasRemoteDescription) return 'add';
  return ignoringOffer ? 'drop' : 'queue';
}
