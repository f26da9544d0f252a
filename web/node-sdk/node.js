// A node: present at a server, reachable by others, serving what it announced.

import { randomText } from "./account.js";
import { Announcement } from "./announcement.js";
import { Api, ApiProblem } from "./api.js";
import { Calls } from "./calls.js";
import { fetchContent } from "./fetch.js";
import { CONTENT_LABEL } from "./frames.js";
import { Presence } from "./presence.js";
import { Signalling } from "./signalling.js";
import { Store } from "./store.js";
import { Serving } from "./transfer.js";

/**
 * @typedef {object} NodeOptions
 * @property {Api} api the server; without a key the node can only fetch
 * @property {string} [nodeId] 1 to 64 of `A-Za-z0-9._-`, beginning and ending with a letter or digit; a random one where left out
 * @property {RTCIceServer[]} [iceServers] STUN and TURN servers; none where left out: then peers must see each other's addresses
 * @property {Store} [store]
 */

/** A browser's node. */
export class Node {
  /** @type {Set<string>} */
  #announced = new Set();

  /** @param {NodeOptions} options */
  constructor({ api, nodeId = "web-" + randomText(), iceServers = [], store = new Store() }) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/.test(nodeId)) {
      throw new TypeError(`'${nodeId}' cannot name a node: it takes 1 to 64 of A-Z a-z 0-9 . _ - and begins and ends with a letter or digit.`);
    }
    this.api = api;
    this.nodeId = nodeId;
    this.store = store;
    this.signalling = new Signalling(api, nodeId);
    this.calls = new Calls(this.signalling, { iceServers });
    this.announcement = new Announcement(api, nodeId);
    this.presence = new Presence(api, nodeId, [`peerjs://${new URL(api.base).host}/${nodeId}`]);
    this.serving = new Serving(async (contentId) => this.#announced.has(contentId) ? this.store.get(contentId)?.blob ?? null : null);
    this.calls.accepts = (label) => label === CONTENT_LABEL;
    this.calls.onChannel = (channel) => this.serving.serve(channel);
  }

  /**
   * Begins: opens the line for calls and, with a key, announces what the store holds and is present.
   * @returns {Promise<import("./announcement.js").Rejection[]>} what the server does not take
   */
  async start() {
    try {
      // The node belongs to the account from its first call on; only then may the line be bound to it.
      if (this.api.apiKey) await this.presence.begin();
      await this.signalling.open();
    } catch (fault) {
      await this.stop();
      throw fault;
    }
    return this.api.apiKey ? this.#announceStore() : [];
  }

  /** Leaves. What it announced stays known. */
  async stop() {
    this.signalling.close();
    this.calls.close();
    if (this.api.apiKey) await this.presence.end();
  }

  /**
   * Shares a content: takes it into the store, announces it, and serves it from then on.
   * @param {Blob} blob
   * @param {Omit<import("./announcement.js").ContentRecord, "contentId">} description at least a title
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>} its contentId
   * @throws {ApiProblem}
   */
  async share(blob, description, signal) {
    const { contentId, record } = await this.store.add(blob, description);
    try {
      await this.announcement.put(record, signal);
    } catch (fault) {
      if (!this.#announced.has(contentId)) await this.store.remove(contentId);
      throw fault;
    }
    this.#announced.add(contentId);
    return contentId;
  }

  /**
   * Shares a content no more.
   * @param {string} contentId
   */
  async unshare(contentId) {
    this.#announced.delete(contentId);
    await this.announcement.remove(contentId);
    await this.store.remove(contentId);
  }

  /**
   * Fetches a hit of a search, at whatever server it was found; what comes back is checked.
   * @param {{ contentId: string, holders: import("./search.js").Holder[] }} hit
   * @param {import("./fetch.js").FetchOptions} [options]
   */
  fetch(hit, options) {
    return fetchContent(hit, this.calls, options);
  }

  async #announceStore() {
    const held = this.store.all;
    const { rejected } = await this.announcement.putAll(held.map(({ record }) => record));
    const refused = new Set(rejected.map(({ contentId }) => contentId));
    for (const { contentId } of held) {
      if (!refused.has(contentId)) this.#announced.add(contentId);
    }
    return rejected;
  }
}
