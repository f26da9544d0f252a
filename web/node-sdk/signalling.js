// The PeerJS server protocol: short messages between peers that want to open a channel.

import { Api } from "./api.js";
import { randomText } from "./account.js";
import { BackOff, pause } from "./patience.js";

const BEAT_MS = 5_000;
const OPEN_MS = 10_000;
const MAX_WAITING = 200;
const MAX_MESSAGE = 64 * 1024;

/**
 * @typedef {object} Signal
 * @property {string} type OFFER, ANSWER, CANDIDATE, LEAVE, EXPIRE
 * @property {string} [src] who sent it, or of an EXPIRE who is not there
 * @property {string} [dst]
 * @property {any} [payload]
 */

/** The server does not let this peer in. */
export class SignallingRefused extends Error {
  /**
   * @param {string} code `id_taken`, `invalid_key` or `unreachable`
   * @param {string} detail
   */
  constructor(code, detail) {
    super(detail);
    this.name = "SignallingRefused";
    this.code = code;
  }
}

/** One peer's line to its server. It comes back by itself with growing pauses until it is closed. */
export class Signalling {
  #closed = new AbortController();
  #backOff = new BackOff(500, 30_000);
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {string[]} */
  #waiting = [];
  #open = false;
  #token;

  /**
   * @param {Api} api where; its key, if any, is shown as the token, so that the id of a node opens for its owner alone
   * @param {string} id who this peer is
   */
  constructor(api, id) {
    this.api = api;
    this.id = id;
    this.#token = api.apiKey ?? randomText();
    /** @type {((message: Signal) => void) | null} */
    this.onMessage = null;
    /** @type {((open: boolean) => void) | null} */
    this.onChange = null;
  }

  get isOpen() {
    return this.#open;
  }

  /**
   * Opens; others can call this peer when it returns.
   * @throws {SignallingRefused}
   */
  async open() {
    await this.#connect();
  }

  /**
   * Sends a message, or keeps it until the line is back; of too many that wait the oldest are dropped.
   * @param {string} type
   * @param {string} dst
   * @param {unknown} payload
   */
  send(type, dst, payload) {
    const text = JSON.stringify({ type, dst, payload });
    if (this.#open) this.#socket?.send(text);
    else {
      this.#waiting.push(text);
      if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    }
  }

  /** Leaves for good. */
  close() {
    this.#closed.abort(new SignallingRefused("closed", "This peer has left."));
    this.#socket?.close();
  }

  /** @returns {Promise<void>} */
  #connect() {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.api.socketUrl("/peerjs", { key: "peerjs", id: this.id, token: this.#token, version: "1.5.5" }));
      this.#socket = socket;
      let fault = new SignallingRefused("unreachable", `${this.api.base} gave no signalling line.`);
      const late = setTimeout(() => socket.close(), OPEN_MS);
      /** @type {ReturnType<typeof setInterval> | undefined} */
      let beat;
      socket.onmessage = ({ data }) => {
        const message = readSignal(data);
        if (message?.type === "OPEN") {
          clearTimeout(late);
          this.#backOff.reset();
          this.#set(true);
          beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('{"type":"HEARTBEAT"}'), BEAT_MS);
          for (const text of this.#waiting.splice(0)) socket.send(text);
          resolve();
        } else if (message?.type === "ID-TAKEN") fault = new SignallingRefused("id_taken", `Somebody else is ${this.id} at ${this.api.base}.`);
        else if (message?.type === "INVALID-KEY") fault = new SignallingRefused("invalid_key", `${this.api.base} does not know the key.`);
        else if (message?.type === "ERROR") fault = new SignallingRefused("refused", String(message.payload?.msg ?? "The server reports an error."));
        else if (message) this.onMessage?.(message);
      };
      socket.onclose = () => {
        clearTimeout(late);
        clearInterval(beat);
        const wasOpen = this.#open;
        this.#set(false);
        reject(this.#closed.signal.aborted ? this.#closed.signal.reason : fault);
        if (wasOpen) void this.#comeBack();
      };
    });
  }

  async #comeBack() {
    const signal = this.#closed.signal;
    while (!signal.aborted) {
      try {
        await pause(this.#backOff.next(), signal);
        if (!signal.aborted) await this.#connect();
        return;
      } catch {
        // Also an id that is taken: the server may not have noticed yet that the old line is gone.
      }
    }
  }

  /** @param {boolean} open */
  #set(open) {
    if (this.#open === open) return;
    this.#open = open;
    this.onChange?.(open);
  }
}

/**
 * A message as it came, or null where it is none.
 * @param {unknown} data
 * @returns {Signal | null}
 */
export function readSignal(data) {
  if (typeof data !== "string" || data.length > MAX_MESSAGE) return null;
  try {
    const message = JSON.parse(data);
    return message !== null && typeof message === "object" && typeof message.type === "string" ? message : null;
  } catch {
    return null;
  }
}
