// Bytes that come from strangers: counted, hashed, believed at the end.

import { Sha256 } from "./hash.js";

/**
 * Why a holder did not deliver: `unreachable`; `refused` it does not hold it or is busy; `lied` other bytes than promised; `too_large`; `stalled`
 * nothing came for a while; `too_slow`; `broken` it ended too early or said what is none of the protocol.
 * @typedef {"unreachable" | "refused" | "lied" | "too_large" | "stalled" | "too_slow" | "broken"} Failure
 */

/** A holder did not deliver. */
export class NotDelivered extends Error {
  /**
   * @param {Failure} failure
   * @param {string} detail
   */
  constructor(failure, detail) {
    super(detail);
    this.name = "NotDelivered";
    this.failure = failure;
  }
}

/**
 * @typedef {object} Bounds
 * @property {string | null} hash SHA-256 in hexadecimal digits; null where nothing can be checked
 * @property {number} maxBytes
 * @property {number} stallMs longest time without a byte
 * @property {number} minBytesPerSecond least speed, after the first ten seconds; 0 for none
 * @property {(received: number, size: number | null) => void} [seen] progress
 */

const FIRST_MS = 10_000;

/** Takes one content from one holder. */
export class Intake {
  #hash = new Sha256();
  /** @type {BlobPart[]} */
  #parts = [];
  #received = 0;
  /** @type {number | null} */
  #size = null;
  #type = "";
  #began = performance.now();

  /** @param {Bounds} bounds */
  constructor(bounds) {
    this.bounds = bounds;
  }

  /**
   * How much there will be.
   * @param {number | null} size
   * @param {string} type
   */
  expect(size, type) {
    if (size !== null && size > this.bounds.maxBytes) throw this.#tooLarge(size);
    this.#size = size;
    this.#type = type;
    this.bounds.seen?.(0, size);
  }

  /**
   * The next bytes, which nobody may change afterwards.
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  take(bytes) {
    this.#received += bytes.length;
    if (this.#received > this.bounds.maxBytes) throw this.#tooLarge(this.#received);
    if (this.#size !== null && this.#received > this.#size) throw new NotDelivered("lied", `It said ${this.#size} bytes and sends more.`);
    const ms = performance.now() - this.#began;
    const perSecond = (this.#received * 1000) / ms;
    if (ms > FIRST_MS && perSecond < this.bounds.minBytesPerSecond) throw new NotDelivered("too_slow", `${Math.round(perSecond)} bytes a second.`);
    this.#hash.update(bytes);
    this.#parts.push(bytes);
    this.bounds.seen?.(this.#received, this.#size);
  }

  /**
   * The content, if it is what was asked for.
   * @returns {Blob}
   */
  finish() {
    if (this.#size !== null && this.#received < this.#size) throw new NotDelivered("broken", `It ended after ${this.#received} of ${this.#size} bytes.`);
    if (this.bounds.hash !== null && this.#hash.hex() !== this.bounds.hash) throw new NotDelivered("lied", "The bytes have another SHA-256.");
    return new Blob(this.#parts, { type: this.#type });
  }

  /** @param {number} size */
  #tooLarge(size) {
    return new NotDelivered("too_large", `${size} bytes are more than the ${this.bounds.maxBytes} asked for at most.`);
  }
}
