// Elements of the page.

/**
 * The element with an id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function at(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children texts are shown as they are, never as HTML
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * A highlight of the server: text with `<em>` around what was found. Anything else in it stays text.
 * @param {string} html
 * @returns {Node[]}
 */
export function highlighted(html) {
  const plain = (/** @type {string} */ text) => new DOMParser().parseFromString(`<span>${text.replace(/<[^>]*>/g, "")}</span>`, "text/html").body.textContent ?? "";
  return html.split(/(<em>.*?<\/em>)/s).map((part) => part.startsWith("<em>") ? element("em", {}, plain(part)) : document.createTextNode(plain(part)));
}

/**
 * A number of bytes for people.
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/**
 * Shows a problem above everything, or none.
 * @param {unknown} [fault]
 */
export function trouble(fault) {
  at("problem").hidden = fault === undefined;
  at("problem").textContent = fault instanceof Error ? fault.message : String(fault ?? "");
}

/**
 * What an event starts: while it runs its button rests, and a fault is shown.
 * @param {HTMLButtonElement | null} button
 * @param {() => Promise<void>} work
 */
export async function busy(button, work) {
  trouble();
  if (button) button.disabled = true;
  try {
    await work();
  } catch (fault) {
    trouble(fault);
  } finally {
    if (button) button.disabled = false;
  }
}
