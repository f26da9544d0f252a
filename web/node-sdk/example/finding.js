// Searching, and fetching what was found.

import { Api, ApiProblem, Node, Search } from "../index.js";
import { at, busy, element, highlighted, size } from "./elements.js";
import { Payment } from "./payment.js";

/** The search field and its hits. */
export class Finding {
  /** @type {string[]} */
  #urls = [];

  /**
   * @param {Node} node
   * @param {Api} api
   * @param {Payment} payment
   */
  constructor(node, api, payment) {
    this.node = node;
    this.search = new Search(api);
    this.payment = payment;
  }

  listen() {
    at("search").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#find();
    });
  }

  #find() {
    const query = /** @type {HTMLInputElement} */ (at("query")).value;
    return busy(at("search").querySelector("button"), async () => {
      try {
        this.#show(await this.search.page(query), query);
        at("pay").hidden = true;
      } catch (fault) {
        if (!(fault instanceof ApiProblem) || fault.code !== "payment_required") throw fault;
        this.#show(null, query);
        this.payment.offer(fault, () => void this.#find());
      }
    });
  }

  /**
   * @param {import("../search.js").Page | null} page
   * @param {string} query
   */
  #show(page, query) {
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
    at("hits").replaceChildren(...(page?.hits ?? []).map((hit) => this.#hit(hit)));
    at("hits-empty").hidden = page === null || page.hits.length > 0;
    at("hits-empty").textContent = `Nothing matches “${query}”. Try fewer or other words; a file is found a second after it was shared.`;
  }

  /** @param {import("../search.js").Hit} hit */
  #hit(hit) {
    const online = hit.holders.filter((holder) => holder.online).length;
    const facts = [hit.type, hit.size ? size(hit.size) : null, `holders: ${hit.holders.length}, online: ${online}`].filter((fact) => fact);
    const fetch = element("button", { type: "button", "aria-label": `Fetch ${hit.title}` }, "Fetch");
    const actions = element("div", { class: "actions" }, fetch);
    fetch.addEventListener("click", () => void this.#fetch(hit, actions, fetch));
    return element(
      "li", {}, element("strong", {}, hit.title), element("span", { class: "quiet" }, facts.join(", ")),
      element("p", {}, ...highlighted(hit.highlight ?? "")), actions);
  }

  /**
   * @param {import("../search.js").Hit} hit
   * @param {HTMLElement} actions
   * @param {HTMLButtonElement} button
   */
  async #fetch(hit, actions, button) {
    const cancel = new AbortController();
    const stop = element("button", { type: "button", class: "plain", "aria-label": `Cancel fetching ${hit.title}` }, "Cancel");
    stop.addEventListener("click", () => cancel.abort(new Error("Cancelled.")));
    const progress = element("progress", { max: "1", "aria-label": `Fetching ${hit.title}` });
    const status = element("span", { class: "quiet", role: "status" }, "Asking the holder…");
    actions.replaceChildren(progress, status, stop);
    stop.focus();
    try {
      const { blob, nodeId, attempts } = await this.node.fetch(hit, {
        signal: cancel.signal,
        seen: (received, whole) => {
          if (whole) progress.value = received / whole;
          status.textContent = size(received) + (whole ? ` of ${size(whole)}` : "");
        },
        failed: (attempt) => { status.textContent = `${attempt.nodeId}: ${attempt.failure.replace("_", " ")}. Asking the next holder…`; },
      });
      const url = URL.createObjectURL(blob);
      this.#urls.push(url);
      const save = element("a", { class: "button", href: url, download: hit.title }, `Save ${size(blob.size)}`);
      const before = attempts.length > 0 ? `, after ${attempts.length} who did not deliver` : "";
      actions.replaceChildren(save, element("span", { class: "good", role: "status" }, `Hash verified, from ${nodeId}${before}`));
      save.focus();
    } catch (fault) {
      button.textContent = "Try again";
      actions.replaceChildren(button, element("span", { class: "bad", role: "status" }, fault instanceof Error ? fault.message : String(fault)));
      button.focus();
    }
  }
}
