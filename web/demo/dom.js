/**
 * Small helpers for the page's elements. Nothing here knows what they are for.
 */

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type] By default any `HTMLElement`.
 * @returns {T}
 */
export function element(id, type = /** @type {any} */ (HTMLElement)) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`The page has no ${type.name} #${id}.`);
  return found;
}

/** @param {string} id */
export const button = (id) => element(id, HTMLButtonElement);

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className = '', ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * One of the page's symbols.
 *
 * @param {string} name
 * @param {string} [title] What it says; without, it is decoration.
 */
export function icon(name, title) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  if (title) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', title);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  return svg;
}

/**
 * Gives a button another icon and another name.
 *
 * @param {HTMLButtonElement} of
 * @param {string} iconName
 * @param {string} text
 */
export function relabel(of, iconName, text) {
  const label = of.querySelector('span');
  if (label && label.textContent !== text) label.textContent = text;
  of.querySelector('use')?.setAttribute('href', `#i-${iconName}`);
}

/**
 * Changes the text only if it is another one: a live region is read out again
 * at every change.
 *
 * @param {Element} of
 * @param {string} text
 */
export function setText(of, text) {
  if (of.textContent !== text) of.textContent = text;
}

/** So much of the end of an id stays when there is no room for all of it. */
const END_CHARS = 6;

/**
 * Shows an id so that it is shortened in its middle; the style sheet cuts the
 * first part.
 *
 * @param {HTMLElement} of
 * @param {string} id
 */
export function showEnds(of, id) {
  if (of.textContent === id) return;
  of.title = id;
  const at = Math.max(0, id.length - END_CHARS);
  of.replaceChildren(make('span', '', id.slice(0, at)), make('span', '', id.slice(at)));
}

/**
 * @param {HTMLMediaElement} of
 * @param {MediaStream | null} stream
 */
export function setStream(of, stream) {
  if (of.srcObject !== stream) of.srcObject = stream;
}

/**
 * Makes a list's items be those of `wanted`, in its order, and keeps what is
 * there already: a video that is taken out of the page stops.
 *
 * @param {Element} list
 * @param {Element[]} wanted
 */
export function setChildren(list, wanted) {
  for (const child of [...list.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
}

const TOAST_MS = 5_000;
const TOASTS_MOST = 3;

/**
 * Shows a line for a while, and lets screen readers say it.
 *
 * @param {string} text
 */
export function announce(text) {
  const announcer = element('announcer');
  const toast = make('p', 'toast', text);
  announcer.append(toast);
  while (announcer.children.length > TOASTS_MOST) announcer.firstElementChild?.remove();
  setTimeout(() => toast.remove(), TOAST_MS);
}
