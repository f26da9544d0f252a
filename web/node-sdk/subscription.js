// Buying months of search.

import { Api } from "./api.js";
import { randomText } from "./account.js";
import { pause } from "./patience.js";

/**
 * @typedef {object} Invoice
 * @property {string} id
 * @property {"new" | "processing" | "settled" | "expired" | "invalid"} status
 * @property {string} detail
 * @property {number} months
 * @property {{ amount: string, currency: string }} amount of all months
 * @property {number | null} dueSats
 * @property {string | null} address to pay on-chain
 * @property {string | null} bip21 the same as a link for wallets
 * @property {string | null} lightning an invoice for Lightning wallets
 * @property {string | null} checkoutUrl a page to pay at
 * @property {string | null} expiresAt
 */

/** What can be bought at a server, and how. */
export class Subscription {
  /** @param {Api} api with a key of the scope `account` */
  constructor(api) {
    this.api = api;
  }

  /**
   * What months cost, and what works for paying them.
   * @param {number} [months]
   */
  quote(months = 1) {
    return this.api.call("GET", "/api/v1/subscription/quote", { query: { months } });
  }

  /**
   * Asks for an invoice. Give the same `purchase` again to get the same invoice again.
   * @param {number} months 1 to 24
   * @param {{ purchase?: string, signal?: AbortSignal }} [options]
   * @returns {Promise<Invoice>}
   */
  invoice(months, { purchase = randomText(), signal } = {}) {
    return this.api.call("POST", "/api/v1/subscription/invoices", { json: { months }, idempotencyKey: purchase, signal });
  }

  /**
   * An invoice as it is now.
   * @param {string} id
   * @returns {Promise<Invoice>}
   */
  read(id) {
    return this.api.call("GET", "/api/v1/subscription/invoices/" + encodeURIComponent(id));
  }

  /**
   * Pays with play money, at servers whose payments are the sandbox; others refuse with `not_found`.
   * @param {string} id
   * @returns {Promise<Invoice>}
   */
  paySandbox(id) {
    return this.api.call("POST", `/api/v1/sandbox/invoices/${encodeURIComponent(id)}/pay`);
  }

  /**
   * Waits until an invoice is settled, or will not be: look at the `status` of what comes back. A server that is away for a while is waited for.
   * @param {string} id
   * @param {{ signal?: AbortSignal, everyMs?: number, seen?: (invoice: Invoice) => void }} [options] `seen` is told of every state
   * @returns {Promise<Invoice>}
   */
  async settled(id, { signal, everyMs = 2_000, seen } = {}) {
    for (let failures = 0; ;) {
      try {
        const invoice = await this.read(id);
        failures = 0;
        seen?.(invoice);
        if (invoice.status !== "new" && invoice.status !== "processing") return invoice;
      } catch (fault) {
        const passing = /** @type {{ isPassing?: boolean }} */ (fault).isPassing;
        if (!passing || ++failures > 30) throw fault;
      }
      await pause(everyMs * (1 + Math.min(failures, 9)), signal);
    }
  }
}
