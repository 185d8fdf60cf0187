/**
 * The help, the link to copy, and how the page takes leave.
 */
import { announce, button, element } from './dom.js';
import { endingInWords } from './words.js';

export function listenForHelp() {
  const help = element('help', HTMLDialogElement);
  for (const opener of document.querySelectorAll('[data-opens="help"]')) opener.addEventListener('click', () => openHelp());
  // A click beside the dialog is one on its backdrop.
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.addEventListener('click', (event) => {
      const { left, right, top, bottom } = dialog.getBoundingClientRect();
      const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
      if (event.target === dialog && !inside) dialog.close();
    });
  }
  return help;
}

/** Opens the help at its top. */
export function openHelp() {
  const help = element('help', HTMLDialogElement);
  if (!help.open) help.showModal();
  help.scrollTop = 0;
}

/**
 * Says in the help why nothing can be shared from here.
 *
 * @param {{ok: boolean, sentence?: string, help?: string}} support
 */
export function explainWhyNot(support) {
  element('why-not').hidden = support.ok;
  element('why-text').textContent = support.sentence ?? '';
  element('why-help').textContent = support.help ?? '';
}

/** @param {string} roomId */
export function linkTo(roomId) {
  const link = new URL('/', location.href);
  link.search = new URLSearchParams({ room: roomId }).toString();
  return link.href;
}

/** @param {string} link */
export async function copyLink(link) {
  try {
    await navigator.clipboard.writeText(link);
    announce('Link copied');
  } catch {
    // Not on plain HTTP, and not if the browser says no.
    const field = element('link-field', HTMLInputElement);
    field.value = link;
    element('link-dialog', HTMLDialogElement).showModal();
    field.focus();
    field.select();
  }
}

/**
 * @param {{reason?: string, message?: string} | undefined} reason
 * @param {string} roomId
 */
export function showEnding(reason, roomId) {
  const { icon, title, text, again } = endingInWords(reason, roomId);
  for (const dialog of document.querySelectorAll('dialog')) if (dialog.open) dialog.close();
  element('ended-icon', SVGUseElement).setAttribute('href', `#i-${icon}`);
  element('ended-title').textContent = title;
  element('ended-text').textContent = text;
  const back = button('again');
  back.textContent = again;
  back.disabled = false;
  back.dataset.testid = reason?.reason === 'SESSION_SUPERSEDED' ? 'continue-here' : 'join-again';
  element('call').hidden = true;
  element('ended').hidden = false;
  element('ended-title').focus();
}

export function hideEnding() {
  element('ended').hidden = true;
  element('call').hidden = false;
}
