// Searching a server's index.

import { Api } from "./api.js";

/**
 * @typedef {object} Holder
 * @property {string} nodeId
 * @property {string} server id of the holder's server
 * @property {boolean | null} online null where the server does not know
 * @property {string[]} endpoints
 *
 * @typedef {object} Hit
 * @property {string} contentId
 * @property {string} title
 * @property {string | null} [highlight] HTML in which everything but `<em>` is escaped
 * @property {string | null} [type]
 * @property {number | null} [size]
 * @property {Holder[]} holders
 *
 * @typedef {object} Page
 * @property {Hit[]} hits
 * @property {{ value: number, relation: string }} total
 * @property {boolean} partial
 * @property {boolean} relaxed
 * @property {string | null} next
 *
 * @typedef {object} SearchOptions
 * @property {number} [limit] 1 to 100, 10 where left out
 * @property {string} [cursor] `next` of the page before
 * @property {"relevance" | "recent"} [sort]
 * @property {string} [label]
 * @property {string} [tag]
 * @property {string} [author]
 * @property {string} [type]
 * @property {string} [language]
 * @property {string} [since]
 * @property {string} [until]
 * @property {AbortSignal} [signal] closes the connection, which stops the work at the server
 */

/** Searches at one server. Without a subscription calls end as a problem with the code `payment_required`. */
export class Search {
  /** @param {Api} api */
  constructor(api) {
    this.api = api;
  }

  /**
   * One page of hits.
   * @param {string} query
   * @param {SearchOptions} [options]
   * @returns {Promise<Page>}
   */
  page(query, { signal, ...options } = {}) {
    return this.api.call("GET", "/api/v1/search", { query: { q: query, ...options }, signal });
  }

  /**
   * All hits of one snapshot, page by page, at most `most`.
   * @param {string} query
   * @param {SearchOptions & { most?: number }} [options]
   * @returns {AsyncGenerator<Hit>}
   */
  async *hits(query, { most = 1_000, ...options } = {}) {
    let left = most;
    for (let cursor = options.cursor; ;) {
      const page = await this.page(query, { ...options, cursor });
      for (const hit of page.hits) {
        if (left-- <= 0) return;
        yield hit;
      }
      if (!page.next) return;
      cursor = page.next;
    }
  }

  /**
   * One record with all its holders.
   * @param {string} contentId
   * @returns {Promise<Hit>}
   */
  content(contentId) {
    return this.api.call("GET", "/api/v1/content/" + encodeURIComponent(contentId));
  }

  /**
   * Words that begin like this.
   * @param {string} beginning
   * @returns {Promise<string[]>}
   */
  async suggest(beginning) {
    return (await this.api.call("GET", "/api/v1/suggest", { query: { q: beginning } })).suggestions;
  }
}
