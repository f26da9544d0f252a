// Files that this tab shares.

import { Node } from "../index.js";
import { at, busy, element, size } from "./elements.js";

const MAX_SUMMARY = 9_000;

/** The list of shared files, and the ways files come into it. */
export class Sharing {
  /** @param {Node} node */
  constructor(node) {
    this.node = node;
  }

  listen() {
    const input = /** @type {HTMLInputElement} */ (at("file"));
    const form = at("share");
    form.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("change", () => void this.#take([...input.files ?? []]).then(() => { input.value = ""; }));
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      void this.#take([...event.dataTransfer?.files ?? []]);
    });
    this.node.serving.onServed = (contentId) => {
      const count = document.querySelector(`[data-served="${CSS.escape(contentId)}"]`);
      if (count) count.textContent = `sent ${Number(/\d+/.exec(count.textContent ?? "")?.[0] ?? 0) + 1} times`;
    };
  }

  /** @param {File[]} files */
  #take(files) {
    return busy(null, async () => {
      for (const file of files) {
        const progress = element("progress", { "aria-label": `Announcing ${file.name}` });
        const item = element("li", {}, element("strong", {}, file.name), progress);
        at("shared").prepend(item);
        this.#empty();
        try {
          const contentId = await this.node.share(file, await describe(file));
          this.#show(item, file, contentId);
        } catch (fault) {
          item.remove();
          this.#empty();
          throw fault;
        }
      }
    });
  }

  /**
   * @param {HTMLLIElement} item
   * @param {File} file
   * @param {string} contentId
   */
  #show(item, file, contentId) {
    for (const shown of document.querySelectorAll("#shared li")) {
      if (shown instanceof HTMLElement && shown.dataset["content"] === contentId) shown.remove();
    }
    item.dataset["content"] = contentId;
    const stop = element("button", { type: "button", class: "plain", "aria-label": `Stop sharing ${file.name}` }, "Stop sharing");
    stop.addEventListener("click", () => void busy(stop, async () => { await this.node.unshare(contentId); item.remove(); this.#empty(); }));
    item.replaceChildren(
      element("strong", {}, file.name), element("span", { class: "quiet" }, `${size(file.size)}, ${contentId.slice(0, 23)}…`),
      element("div", { class: "actions" }, stop, element("span", { class: "quiet", "data-served": contentId }, "announced")));
  }

  #empty() {
    at("shared-empty").hidden = at("shared").children.length > 0;
  }
}

/**
 * What is announced of a file: its name, and of texts their beginning.
 * @param {File} file
 */
async function describe(file) {
  const isText = file.type.startsWith("text/") || /\.(md|txt)$/i.test(file.name);
  const summary = isText ? (await file.slice(0, MAX_SUMMARY).text()).replace(/\uFFFD/g, "") : "";
  return { title: file.name, ...(summary ? { summary } : {}) };
}
