// Subscribing: the price, the ways to pay, and the wait for the payment.

import { Api, ApiProblem, Subscription } from "../index.js";
import { at, busy, element } from "./elements.js";

/** The box that appears when a search is refused for want of a subscription. */
export class Payment {
  /** @type {(() => void) | null} */
  #then = null;

  /**
   * @param {Api} api
   * @param {() => Promise<void>} paid told when access begins
   */
  constructor(api, paid) {
    this.subscription = new Subscription(api);
    this.paid = paid;
    at("subscribe").addEventListener("click", () => void busy(/** @type {HTMLButtonElement} */ (at("subscribe")), () => this.#buy()));
  }

  /**
   * Offers a subscription.
   * @param {ApiProblem} refusal says the price
   * @param {() => void} then what to do once it is paid
   */
  offer(refusal, then) {
    this.#then = then;
    const price = /** @type {{ amount?: string, currency?: string } | undefined} */ (refusal.document["price"]);
    const coverage = /** @type {{ records?: number } | undefined} */ (refusal.document["coverage"]);
    at("price").textContent = (price ? `${price.amount} ${price.currency} a month` : refusal.message)
      + (coverage?.records !== undefined ? `; contents in the index: ${coverage.records.toLocaleString()}.` : "");
    at("pay").hidden = false;
    at("subscribe").focus();
  }

  async #buy() {
    const invoice = await this.subscription.invoice(1);
    at("due").textContent = `${invoice.amount.amount} ${invoice.amount.currency}` + (invoice.dueSats ? `, that is ${invoice.dueSats.toLocaleString()} sats` : "");
    at("ways").replaceChildren(...waysToPay(invoice));
    at("waiting").textContent = "Waiting for the payment…";
    at("invoice").hidden = false;
    at("subscribe").hidden = true;
    const sandbox = /** @type {HTMLButtonElement} */ (at("sandbox"));
    sandbox.hidden = !isSandbox(invoice);
    sandbox.onclick = () => void busy(sandbox, async () => { await this.subscription.paySandbox(invoice.id); });
    if (!sandbox.hidden) sandbox.focus();
    try {
      const end = await this.subscription.settled(invoice.id, {
        everyMs: 1_000,
        seen: ({ status }) => { if (status === "processing") at("waiting").textContent = "Payment seen, waiting for its confirmation…"; },
      });
      if (end.status !== "settled") throw new Error(`The invoice is ${end.status}. Subscribe again for a new one.`);
      at("pay").hidden = true;
      await this.paid();
      this.#then?.();
    } finally {
      at("invoice").hidden = true;
      at("subscribe").hidden = false;
    }
  }
}

/** @param {import("../subscription.js").Invoice} invoice */
function isSandbox(invoice) {
  return [invoice.address, invoice.lightning].some((way) => way?.startsWith("sandbox-not-"));
}

/** @param {import("../subscription.js").Invoice} invoice */
function waysToPay(invoice) {
  /** @type {HTMLElement[]} */
  const ways = [];
  const link = (/** @type {string} */ href, /** @type {string} */ text) => {
    if (/^(https?|bitcoin|lightning):/i.test(href)) ways.push(element("a", { class: "button", href, rel: "noreferrer" }, text), element("br"));
  };
  if (isSandbox(invoice)) return ways;
  if (invoice.lightning) link("lightning:" + invoice.lightning, "Pay with a Lightning wallet");
  if (invoice.bip21) link(invoice.bip21, "Pay with a bitcoin wallet");
  if (invoice.checkoutUrl) link(invoice.checkoutUrl, "Open the checkout");
  if (invoice.address) ways.push(element("span", { class: "quiet" }, "Address: "), element("code", {}, invoice.address));
  return ways;
}
