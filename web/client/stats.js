/**
 * Figures for people out of `RTCPeerConnection.getStats()`. Pure: the counters
 * of two moments go in, what happened between them comes out.
 */

/** @typedef {import('./negotiation.js').Source} Source */

/**
 * @typedef {object} MediaStats One track.
 * @property {Source | null} source
 * @property {'video' | 'audio'} kind
 * @property {string | null} codec Such as `VP9`.
 * @property {number | null} bitrate Bits per second; null until there are two
 *   readings to compare.
 * @property {number | null} framesPerSecond Decoded (received) or encoded
 *   (sent); null for sound.
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} packetsLost Since the connection began; of what is
 *   sent, as the other side reports it.
 * @property {string | null} limitedBy `cpu` or `bandwidth`, if something keeps
 *   what is sent below what was asked for.
 */

/**
 * @typedef {object} PeerStats The media connection to one participant.
 * @property {number | null} roundTripMs
 * @property {boolean | null} relayed Whether it goes over a TURN server.
 * @property {MediaStats[]} receiving
 * @property {MediaStats[]} sending
 */

/**
 * @typedef {object} Counter Of one RTP stream at one moment.
 * @property {number} at Milliseconds.
 * @property {number} bytes
 * @property {number | null} frames
 */

/** @typedef {Map<string, Counter>} Counters By the id of the RTP stream's entry. */

/** @typedef {Record<string, any> & {id: string, type: string}} Entry */

/**
 * @param {Iterable<Entry>} entries The values of an `RTCStatsReport`.
 * @param {Counters | null} before What the last call gave.
 * @param {object} names
 * @param {Record<string, Source>} names.receiving What comes, by `mid`.
 * @param {Record<string, Source>} names.sending What goes, by `mid`.
 * @returns {{stats: PeerStats, counters: Counters}}
 */
export function readStats(entries, before, { receiving, sending }) {
  const all = new Map([...entries].map((entry) => [entry.id, entry]));
  /** @type {Counters} */
  const counters = new Map();
  /** @type {PeerStats} */
  const stats = { roundTripMs: null, relayed: null, receiving: [], sending: [] };

  for (const entry of all.values()) {
    if (entry.type === 'inbound-rtp') {
      const media = mediaStats(entry, 'bytesReceived', 'framesDecoded', all, before, counters);
      stats.receiving.push({ ...media, source: receiving[entry.mid] ?? null, packetsLost: entry.packetsLost ?? null });
    } else if (entry.type === 'outbound-rtp') {
      const media = mediaStats(entry, 'bytesSent', 'framesEncoded', all, before, counters);
      const { qualityLimitationReason: limit } = entry;
      stats.sending.push({
        ...media,
        source: sending[entry.mid] ?? null,
        packetsLost: all.get(entry.remoteId)?.packetsLost ?? null,
        limitedBy: limit === 'cpu' || limit === 'bandwidth' ? limit : null,
      });
    }
  }

  const pair = selectedPair(all);
  if (pair) {
    if (typeof pair.currentRoundTripTime === 'number') stats.roundTripMs = pair.currentRoundTripTime * 1000;
    const ends = [all.get(pair.localCandidateId), all.get(pair.remoteCandidateId)];
    if (ends.some(Boolean)) stats.relayed = ends.some((end) => end?.candidateType === 'relay');
  }
  return { stats, counters };
}

/**
 * @param {Entry} entry
 * @param {string} bytesName
 * @param {string} framesName
 * @param {Map<string, Entry>} all
 * @param {Counters | null} before
 * @param {Counters} counters Takes what was read.
 * @returns {MediaStats}
 */
function mediaStats(entry, bytesName, framesName, all, before, counters) {
  const isVideo = entry.kind === 'video';
  /** @type {Counter} */
  const now = { at: entry.timestamp, bytes: entry[bytesName] ?? 0, frames: isVideo ? (entry[framesName] ?? 0) : null };
  counters.set(entry.id, now);
  const then = before?.get(entry.id);
  /** @type {string | undefined} Such as `video/VP9`. */
  const mimeType = all.get(entry.codecId)?.mimeType;
  return {
    source: null,
    kind: isVideo ? 'video' : 'audio',
    codec: mimeType ? mimeType.slice(mimeType.indexOf('/') + 1) : null,
    bitrate: perSecond(then, now, now.bytes * 8, then && then.bytes * 8),
    framesPerSecond: isVideo
      ? perSecond(then, now, now.frames, then?.frames) ?? entry.framesPerSecond ?? null
      : null,
    width: entry.frameWidth ?? null,
    height: entry.frameHeight ?? null,
    packetsLost: null,
    limitedBy: null,
  };
}

/**
 * @param {Counter | undefined} then
 * @param {Counter} now
 * @param {number | null} value
 * @param {number | null | undefined} valueThen
 * @returns {number | null} Null if there is nothing to compare with, or if the
 *   counters began anew.
 */
function perSecond(then, now, value, valueThen) {
  if (!then || value === null || valueThen === null || valueThen === undefined) return null;
  const seconds = (now.at - then.at) / 1000;
  return seconds > 0 && value >= valueThen ? (value - valueThen) / seconds : null;
}

/** @param {Map<string, Entry>} all */
function selectedPair(all) {
  for (const entry of all.values()) {
    if (entry.type === 'transport' && all.has(entry.selectedCandidatePairId)) return all.get(entry.selectedCandidatePairId);
  }
  // Firefox has no entry for the transport, but marks the pair itself.
  for (const entry of all.values()) {
    if (entry.type === 'candidate-pair' && (entry.selected || (entry.nominated && entry.state === 'succeeded'))) return entry;
  }
  return undefined;
}
