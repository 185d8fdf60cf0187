/**
 * What a sender is told: how many bits, how many frames, which codec. Pure but
 * for the last two functions, which tell it to the browser.
 */

/** All viewers of a share together; each gets its part of it. */
export const SHARE_BITRATE = 8_000_000;
/** All who see a camera together. */
export const CAMERA_BITRATE = 2_500_000;
export const SHARE_FRAMERATE = 60;
/** Less than this is no picture: the network's own control goes on below it. */
const BITRATE_LEAST = 100_000;

/**
 * What may be said of a sender.
 *
 * @typedef {object} Tuning
 * @property {number} [budget] Bits per second for all receivers together.
 * @property {number} [maxFramerate]
 * @property {'maintain-framerate' | 'maintain-resolution' | 'balanced'} [degradationPreference]
 * @property {string} [codec] Preferred if both sides can, such as `video/VP9`.
 */

/**
 * Everybody gets an own copy, so what leaves here is the sum: a mesh's upload
 * is divided, not multiplied.
 *
 * @param {number} budget Bits per second.
 * @param {number} receivers
 * @returns {number} Bits per second for each.
 */
export function divideBitrate(budget, receivers) {
  return Math.max(BITRATE_LEAST, Math.floor(budget / Math.max(1, receivers)));
}

/**
 * @param {Tuning} tuning
 * @param {number} receivers
 * @returns {RTCRtpEncodingParameters}
 */
export function encodingFor({ budget, maxFramerate }, receivers) {
  return {
    ...(budget === undefined ? {} : { maxBitrate: divideBitrate(budget, receivers) }),
    ...(maxFramerate === undefined ? {} : { maxFramerate }),
  };
}

/**
 * Puts one codec first and keeps all the others behind it in their order, so
 * that a side without it still finds one in common.
 *
 * @template {{mimeType: string, sdpFmtpLine?: string}} Codec
 * @param {readonly Codec[]} codecs
 * @param {string} mimeType
 * @returns {Codec[]}
 */
export function orderCodecs(codecs, mimeType) {
  const wanted = mimeType.toLowerCase();
  /** @param {Codec} codec */
  const rank = (codec) => {
    if (codec.mimeType.toLowerCase() !== wanted) return 2;
    // VP9's other profiles are for 10 bits or full color; few can decode them.
    return /profile-id=[1-9]/.test(codec.sdpFmtpLine ?? '') ? 1 : 0;
  };
  return codecs.map((codec, index) => ({ codec, index, rank: rank(codec) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ codec }) => codec);
}

/**
 * @param {RTCRtpTransceiver} transceiver
 * @param {string} kind
 * @param {string} mimeType
 */
export function preferCodec(transceiver, kind, mimeType) {
  if (!transceiver.setCodecPreferences) return;
  // Browsers differ in which of the two lists they check a sender's against.
  for (const side of [globalThis.RTCRtpReceiver, globalThis.RTCRtpSender]) {
    const codecs = side?.getCapabilities?.(kind)?.codecs;
    if (!codecs) continue;
    try {
      transceiver.setCodecPreferences(orderCodecs(codecs, mimeType));
      return;
    } catch {
      // A preference only: the browser's own order does as well.
    }
  }
}

/** @type {WeakMap<RTCRtpSender, Promise<void>>} */
const underWay = new WeakMap();

/**
 * Tells a sender its bounds, one change after the other: parameters that were
 * read before another change are refused.
 *
 * @param {RTCRtpSender} sender
 * @param {Tuning} tuning
 * @param {number} receivers
 * @returns {Promise<void>} Never rejects: a bound that a browser does not know
 *   is no reason not to send.
 */
export function tune(sender, tuning, receivers) {
  const done = (underWay.get(sender) ?? Promise.resolve()).then(async () => {
    try {
      const parameters = sender.getParameters();
      const encodings = parameters.encodings?.length ? parameters.encodings : [{}];
      const encoding = encodingFor(tuning, receivers);
      const { degradationPreference } = /** @type {Tuning} */ (parameters);
      const isSet = degradationPreference === tuning.degradationPreference
        && Object.entries(encoding).every(([name, value]) => /** @type {any} */ (encodings[0])[name] === value);
      if (isSet) return;
      parameters.encodings = encodings.map((one) => ({ ...one, ...encoding }));
      if (tuning.degradationPreference) {
        /** @type {Tuning} */ (parameters).degradationPreference = tuning.degradationPreference;
      }
      await sender.setParameters(parameters);
    } catch {
      // Stopped meanwhile, or unknown here.
    }
  });
  underWay.set(sender, done);
  return done;
}
