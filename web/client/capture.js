/**
 * Asking the browser for a screen: whether it can, what to ask for, and, if it
 * did not work, why, in a sentence and with what helps. Pure.
 */

/**
 * @typedef {object} Problem
 * @property {string} reason For programs; see `captureProblem` and `shareSupport`.
 * @property {string} sentence For people.
 * @property {string} help What they can do.
 */

/** A screen, a camera or a microphone that could not be had. */
export class CaptureError extends Error {
  /**
   * @param {Problem} problem
   * @param {unknown} [cause] What the browser said.
   */
  constructor({ reason, sentence, help }, cause) {
    super(sentence, { cause });
    this.name = 'CaptureError';
    this.reason = reason;
    this.help = help;
  }
}

/**
 * @typedef {object} Surroundings What of the page's globals matters here.
 * @property {boolean} [isSecureContext]
 * @property {{mediaDevices?: Partial<MediaDevices>, userAgent?: string, maxTouchPoints?: number}} [navigator]
 * @property {unknown} [RTCPeerConnection]
 */

/**
 * Whether a screen can be shared from here.
 *
 * @param {Surroundings} [here] By default this page.
 * @returns {{ok: true} | ({ok: false} & Problem)} `reason`: `NO_WEBRTC`,
 *   `INSECURE_CONTEXT`, `PHONE` or `NOT_SUPPORTED`.
 */
export function shareSupport(here = globalThis) {
  if (!here.RTCPeerConnection) {
    return {
      ok: false, reason: 'NO_WEBRTC',
      sentence: 'This browser has no WebRTC, or it is switched off.',
      help: 'Use a current Chrome, Edge, Firefox or Safari, and look whether an extension switches WebRTC off.',
    };
  }
  if (here.navigator?.mediaDevices?.getDisplayMedia) return { ok: true };
  if (here.isSecureContext === false) {
    return {
      ok: false, reason: 'INSECURE_CONTEXT',
      sentence: 'Browsers let a page share the screen only if it came over https:// or from localhost.',
      help: 'Open this page by https:// (switchboard --tls self-signed serves it so), or at http://localhost on the machine that runs it. Watching works from here too.',
    };
  }
  const agent = here.navigator?.userAgent ?? '';
  // An iPad says that it is a Mac, but no Mac has a touch screen.
  if (/Android|iPhone|iPad|Mobile/i.test(agent) || (/Macintosh/.test(agent) && (here.navigator?.maxTouchPoints ?? 0) > 1)) {
    return {
      ok: false, reason: 'PHONE',
      sentence: 'Browsers on phones and tablets cannot share their screen.',
      help: 'Share from a browser on a computer. Watching works from here too.',
    };
  }
  return {
    ok: false, reason: 'NOT_SUPPORTED',
    sentence: 'This browser cannot share a screen.',
    help: 'Use a current Chrome, Edge, Firefox or Safari on a computer. Watching works from here too.',
  };
}

const NAMES = { screen: 'screen', camera: 'camera', microphone: 'microphone', devices: 'camera or microphone' };

/**
 * What an error of `getDisplayMedia` or `getUserMedia` means.
 *
 * @param {unknown} error
 * @param {keyof typeof NAMES} [what] What was asked for.
 * @param {Surroundings} [here]
 * @returns {Problem} `reason`: `PERMISSION_DENIED`, `NOT_FOUND`, `NOT_READABLE`,
 *   `NO_GESTURE`, `INSECURE_CONTEXT`, `NOT_SUPPORTED` or `CAPTURE_FAILED`.
 */
export function captureProblem(error, what = 'screen', here = globalThis) {
  const thing = NAMES[what];
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (what !== 'screen' && !here.navigator?.mediaDevices?.getUserMedia) {
    return here.isSecureContext === false ? {
      reason: 'INSECURE_CONTEXT',
      sentence: `Browsers let a page use the ${thing} only if it came over https:// or from localhost.`,
      help: 'Open this page by https:// (switchboard --tls self-signed serves it so), or at http://localhost on the machine that runs it.',
    } : {
      reason: 'NOT_SUPPORTED',
      sentence: `This browser does not let pages use the ${thing}.`,
      help: 'Use a current Chrome, Edge, Firefox or Safari.',
    };
  }
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError': return what === 'screen' ? {
      reason: 'PERMISSION_DENIED',
      sentence: 'Nothing is shared: the choice was canceled, or the browser may not record the screen.',
      help: 'Try again and choose a screen, a window or a tab. If no choice appears, allow screen recording for the browser in the system\'s privacy settings.',
    } : {
      reason: 'PERMISSION_DENIED',
      sentence: `This page may not use the ${thing}.`,
      help: 'Allow it in the browser\'s address bar, and in the system\'s privacy settings.',
    };
    case 'NotFoundError':
    case 'OverconstrainedError': return {
      reason: 'NOT_FOUND',
      sentence: what === 'screen' ? 'There is no screen that could be shared.' : `No ${thing} was found.`,
      help: what === 'screen' ? 'Look whether the system lets the browser record the screen.' : 'Plug one in and try again.',
    };
    case 'NotReadableError':
    case 'AbortError': return {
      reason: 'NOT_READABLE',
      sentence: `The system did not let the browser read the ${thing}.`,
      help: what === 'screen' ? 'Allow screen recording for the browser in the system\'s privacy settings.' : 'Another program may be using it: close that and try again.',
    };
    case 'InvalidStateError': return {
      reason: 'NO_GESTURE',
      sentence: `The browser asks for the ${thing} only after a click or a key press.`,
      help: 'Press the button once more.',
    };
    default: return {
      reason: 'CAPTURE_FAILED',
      sentence: `The ${thing} could not be captured: ${message || 'the browser did not say why'}.`,
      help: 'Try again.',
    };
  }
}

/**
 * What to ask for when a screen is shared: 1080p at 60 frames per second, with
 * the sound of the tab or the system, all of it as the browser can.
 *
 * @param {object} [options]
 * @param {boolean | MediaTrackConstraints} [options.video]
 * @param {boolean | MediaTrackConstraints} [options.audio]
 * @returns {DisplayMediaStreamOptions}
 */
export function displayMediaOptions({ video = true, audio = true } = {}) {
  return /** @type {DisplayMediaStreamOptions} */ ({
    video: video === true ? { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 60 } } : video,
    // What is played is to arrive as it is: these three are for voices.
    audio: audio === true ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false } : audio,
    // Browsers that do not know these pass over them.
    systemAudio: audio ? 'include' : 'exclude',
    surfaceSwitching: 'include',
    selfBrowserSurface: 'exclude',
  });
}
