// Telling a server what a node holds.

import { Api, ApiProblem } from "./api.js";
import { persist } from "./patience.js";

const MAX_LINES = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * What a node says of a content. Required are `contentId` and `title`.
 * @typedef {object} ContentRecord
 * @property {string} contentId
 * @property {string} title
 * @property {string} [summary] the text to find it by, at most 30,000 bytes
 * @property {string} [label]
 * @property {string[]} [tags]
 * @property {string} [author]
 * @property {string} [type]
 * @property {string} [language]
 * @property {number} [size]
 * @property {string} [publishedAt]
 * @property {string} [url]
 *
 * @typedef {object} Rejection
 * @property {string} contentId
 * @property {string} code
 * @property {string} detail
 */

/** The announcements of one node at one server. What passes by itself (no answer, 429, 5xx) is tried again. */
export class Announcement {
  /**
   * @param {Api} api with a key of the scope `announce`
   * @param {string} nodeId
   */
  constructor(api, nodeId) {
    this.api = api;
    this.nodeId = nodeId;
  }

  /**
   * Announces one content; it is durable at the server when this returns.
   * @param {ContentRecord} record
   * @param {AbortSignal} [signal]
   */
  async put(record, signal) {
    await persist(() => this.api.call("PUT", this.#path(record.contentId), {
      json: record, query: { node: this.nodeId }, signal,
    }), { signal });
  }

  /**
   * Takes an announcement back.
   * @param {string} contentId
   * @param {AbortSignal} [signal]
   */
  async remove(contentId, signal) {
    await persist(() => this.api.call("DELETE", this.#path(contentId), { query: { node: this.nodeId }, signal }), { signal });
  }

  /**
   * Announces many. Bad records never stop good ones.
   * @param {ContentRecord[]} records
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ accepted: number, rejected: Rejection[] }>}
   */
  async putAll(records, signal) {
    let accepted = 0;
    /** @type {Rejection[]} */
    const rejected = [];
    for (const part of parts(records)) {
      const answer = await persist(() => this.api.call("POST", "/api/v1/content/bulk", {
        ndjson: part.map((record) => JSON.stringify(record)).join("\n"), query: { node: this.nodeId }, signal,
      }), { signal });
      accepted += answer.accepted;
      for (const { line, code, detail } of answer.rejected) {
        rejected.push({ contentId: part[line - 1]?.contentId ?? "", code, detail });
      }
    }
    return { accepted, rejected };
  }

  /** @param {string} contentId */
  #path(contentId) {
    return "/api/v1/content/" + encodeURIComponent(contentId);
  }
}

/**
 * Cuts records into bodies that keep the contract's limits.
 * @param {ContentRecord[]} records
 * @returns {Generator<ContentRecord[]>}
 */
export function* parts(records) {
  /** @type {ContentRecord[]} */
  let part = [];
  let bytes = 0;
  for (const record of records) {
    // At most three bytes a UTF-16 unit.
    const size = JSON.stringify(record).length * 3 + 1;
    if (size > MAX_BYTES) throw new ApiProblem(413, "record_too_large", `The record of ${record.contentId} is larger than any server takes.`);
    if (part.length === MAX_LINES || bytes + size > MAX_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
