// Being present at a server: by a socket while it lasts, else by heartbeats.

import { Api, ApiProblem } from "./api.js";
import { BackOff, pause } from "./patience.js";

const TTL_SECONDS = 60;
const CONFIRM_MS = 5_000;
const HEARTBEATS_BEFORE_SOCKET = 3;

/** Keeps a node present until it is ended. */
export class Presence {
  #ended = new AbortController();
  #backOff = new BackOff(500, 30_000);
  /** @type {Promise<void> | null} */
  #work = null;

  /**
   * @param {Api} api with a key of the scope `announce`
   * @param {string} nodeId
   * @param {string[]} endpoints
   */
  constructor(api, nodeId, endpoints) {
    this.api = api;
    this.nodeId = nodeId;
    this.endpoints = endpoints;
    /** By what the node is present now. @type {"nothing" | "socket" | "heartbeats"} */
    this.by = "nothing";
    /** Told whenever `by` changes. @type {((by: string) => void) | null} */
    this.onChange = null;
    /** What refused the node last, such as `node_taken`. @type {ApiProblem | null} */
    this.problem = null;
  }

  /**
   * Begins. The node is present when this returns.
   * @throws {ApiProblem} such as `node_taken`
   */
  async begin() {
    // The call first: of a refused socket a browser does not tell why.
    await this.#beat();
    this.#work = this.#keep();
  }

  /** Says goodbye. */
  async end() {
    this.#ended.abort();
    await this.#work;
    await this.api.call("DELETE", this.#path).catch(() => undefined);
  }

  async #keep() {
    const signal = this.#ended.signal;
    while (!signal.aborted) {
      if (await this.#socket(signal)) this.#backOff.reset();
      else {
        for (let i = 0; i < HEARTBEATS_BEFORE_SOCKET && !signal.aborted; i++) {
          await this.#beat().then(() => this.#set("heartbeats"), (fault) => this.#failed(fault));
          await pause((TTL_SECONDS / 3) * 1000, signal).catch(() => undefined);
        }
      }
      await pause(this.#backOff.next(), signal).catch(() => undefined);
    }
    this.#set("nothing");
  }

  // True when the node was present by it, once it is over.
  /**
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>}
   */
  #socket(signal) {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.api.socketUrl(this.#path + "/presence", { key: this.api.apiKey ?? "" }));
      let confirmed = false;
      const close = () => socket.close();
      const timer = setTimeout(close, CONFIRM_MS);
      signal.addEventListener("abort", close, { once: true });
      socket.onopen = () => socket.send(this.#says());
      socket.onmessage = () => {
        clearTimeout(timer);
        confirmed = true;
        this.problem = null;
        this.#set("socket");
      };
      socket.onclose = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", close);
        if (confirmed) this.#set("nothing");
        resolve(confirmed);
      };
    });
  }

  async #beat() {
    await this.api.call("PUT", this.#path, { json: JSON.parse(this.#says()) });
    this.problem = null;
  }

  #says() {
    return JSON.stringify({ endpoints: this.endpoints, kind: "browser", ttlSeconds: TTL_SECONDS });
  }

  get #path() {
    return "/api/v1/nodes/" + encodeURIComponent(this.nodeId);
  }

  /** @param {unknown} fault */
  #failed(fault) {
    if (fault instanceof ApiProblem) this.problem = fault;
    this.#set("nothing");
  }

  /** @param {"nothing" | "socket" | "heartbeats"} by */
  #set(by) {
    if (this.by === by) return;
    this.by = by;
    this.onChange?.(by);
  }
}
