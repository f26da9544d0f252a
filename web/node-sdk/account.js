// Accounts: who may announce and who has subscribed.

import { Api } from "./api.js";

/**
 * @typedef {object} AccountState
 * @property {string} accountId
 * @property {{ state: "none" | "active" | "grace" | "expired" | "suspended", paidUntil: string | null, autoRenew: boolean }} subscription
 * @property {{ amount: string, currency: string }} balance
 */

/** An account at one server, known by an API key. */
export class Account {
  /** @param {Api} api with the account's key */
  constructor(api) {
    if (!api.apiKey) throw new TypeError("An account is known by its API key; this Api has none.");
    this.api = api;
  }

  /**
   * Opens a new account. The key in `account.api.apiKey` is shown this once: keep it.
   * @param {string | URL} server
   * @param {string} [name] a label
   * @returns {Promise<Account>}
   */
  static async open(server, name) {
    const anyone = new Api(server);
    const made = await anyone.call("POST", "/api/v1/accounts", { json: name ? { name } : {}, idempotencyKey: randomText() });
    return new Account(new Api(server, made.apiKey));
  }

  /**
   * Subscription, balance and quota.
   * @returns {Promise<AccountState>}
   */
  state() {
    return this.api.call("GET", "/api/v1/account");
  }

  /**
   * A further key, for another of the user's nodes.
   * @param {string} name
   * @param {("account" | "search" | "announce" | "federation")[]} scopes
   */
  newKey(name, scopes) {
    return this.api.call("POST", "/api/v1/account/keys", { json: { name, scopes } });
  }

  /**
   * Renewal from the prepaid balance, on or off.
   * @param {boolean} autoRenew
   */
  renew(autoRenew) {
    return this.api.call("PATCH", "/api/v1/subscription", { json: { autoRenew } });
  }
}

/**
 * A text of 32 digits that nobody guesses; `crypto.randomUUID` exists in secure contexts only.
 * @returns {string}
 */
export function randomText() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
