/**
 * Whether what arrives is heard. A page that was opened by a link may not make
 * a sound before somebody clicks: it plays muted and offers a button.
 */
import { button, element, make, relabel, setStream } from './dom.js';

/** Whether somebody has clicked or typed here: the form before the room counts. */
let touched = false;
for (const type of ['pointerdown', 'keydown']) {
  addEventListener(type, ({ isTrusted }) => {
    touched ||= isTrusted;
  }, { capture: true });
}

export class Sound {
  #on = false;
  /** Whether the user pressed the button: then only that counts. */
  #byChoice = false;
  /** @type {Map<string, HTMLAudioElement>} Voices, by participant. */
  #voices = new Map();
  #screen = element('screen', HTMLVideoElement);

  constructor() {
    button('sound').addEventListener('click', () => {
      this.#byChoice = true;
      this.#set(!this.#on);
      this.showButton(true);
    });
  }

  /** Something new arrives: whoever has clicked anywhere by now may hear it. */
  #decide() {
    if (this.#on || this.#byChoice) return;
    if (touched) this.#set(true);
  }

  /** @param {Map<string, MediaStream>} voices By participant. */
  showVoices(voices) {
    for (const [id, audio] of this.#voices) {
      if (voices.has(id)) continue;
      setStream(audio, null);
      audio.remove();
      this.#voices.delete(id);
    }
    for (const [id, stream] of voices) {
      const audio = this.#voices.get(id) ?? make('audio');
      if (!this.#voices.has(id)) {
        audio.autoplay = true;
        audio.muted = !this.#on;
        element('sounds').append(audio);
        this.#voices.set(id, audio);
      }
      if (audio.srcObject === stream) continue;
      this.#decide();
      setStream(audio, stream);
      this.#play(audio);
    }
  }

  /** @param {MediaStream | null} stream */
  showScreen(stream) {
    if (this.#screen.srcObject === stream) return;
    setStream(this.#screen, stream);
    if (!stream) return;
    this.#decide();
    this.#screen.muted = !this.#on;
    this.#play(this.#screen);
  }

  /** @param {boolean} hasSound Whether there is anything to be heard. */
  showButton(hasSound) {
    const sound = button('sound');
    sound.hidden = !hasSound;
    sound.classList.toggle('asking', !this.#on && !this.#byChoice);
    sound.dataset.on = String(this.#on);
    sound.title = this.#on ? 'Turn off sound' : 'Turn on sound';
    relabel(sound, this.#on ? 'sound' : 'sound-off', this.#on ? 'Turn off sound' : 'Turn on sound');
  }

  /** @param {boolean} on */
  #set(on) {
    this.#on = on;
    for (const media of [this.#screen, ...this.#voices.values()]) {
      media.muted = !on;
      if (media.srcObject) this.#play(media);
    }
  }

  /** @param {HTMLMediaElement} media */
  async #play(media) {
    try {
      await media.play();
    } catch (error) {
      if (/** @type {Error} */ (error).name !== 'NotAllowedError' || media.muted) return;
      // The browser wants a click first after all.
      this.#set(false);
      this.showButton(!element('sound').hidden);
    }
  }
}
