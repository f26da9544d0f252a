// A content from whoever delivers it: holder after holder, until one's bytes are the right ones.

import { Calls } from "./calls.js";
import { CONTENT_LABEL } from "./frames.js";
import { hashIn } from "./hash.js";
import { Intake, NotDelivered } from "./intake.js";
import { Asking } from "./transfer.js";

const MAX_ATTEMPTS = 20;

/**
 * @typedef {{ kind: "peer", peerId: string } | { kind: "http", url: string }} Way
 * @typedef {{ nodeId: string, endpoint: string, way: Way }} Candidate
 * @typedef {{ nodeId: string, endpoint: string, failure: import("./intake.js").Failure, detail: string }} Attempt
 *
 * @typedef {object} FetchOptions
 * @property {number} [maxBytes] 256 MB where left out
 * @property {number} [stallMs] longest time without a byte, 5 s where left out
 * @property {number} [minBytesPerSecond] least speed, 4,096 where left out
 * @property {AbortSignal} [signal]
 * @property {(received: number, size: number | null, nodeId: string) => void} [seen] progress
 * @property {(attempt: Attempt) => void} [failed] told of each holder that did not deliver
 */

/** No holder delivered; `attempts` says what came of each. */
export class NoHolder extends Error {
  /**
   * @param {string} contentId
   * @param {Attempt[]} attempts
   */
  constructor(contentId, attempts) {
    super(attempts.length === 0
      ? `Nobody who holds ${contentId} can be reached from a browser.`
      : `No holder delivered ${contentId}: ${attempts.map((a) => `${a.nodeId} ${a.failure} (${a.detail})`).join(", ")}`);
    this.name = "NoHolder";
    this.attempts = attempts;
  }
}

/**
 * Where to try, in this order: who is online first, then who may be, then the rest; within these as the server named them.
 * @param {import("./search.js").Holder[]} holders
 * @param {string} contentId
 * @returns {Candidate[]}
 */
export function candidates(holders, contentId) {
  const rank = (/** @type {boolean | null} */ online) => online === true ? 0 : online === null ? 1 : 2;
  return [...holders].sort((a, b) => rank(a.online) - rank(b.online))
    .flatMap(({ nodeId, endpoints }) => endpoints.flatMap((endpoint) => {
      const way = readEndpoint(endpoint, contentId);
      return way ? [{ nodeId, endpoint, way }] : [];
    }))
    .slice(0, MAX_ATTEMPTS);
}

/**
 * What an endpoint offers, or null where a browser cannot use it. `peerjs://host/peerId` is a peer at that host's signalling, reached through the own
 * server; at `http:` and `https:` endpoints contents are below `/content/`.
 * @param {string} endpoint
 * @param {string} contentId
 * @returns {Way | null}
 */
export function readEndpoint(endpoint, contentId) {
  const peer = /^peerjs:\/\/[^/?#]+\/([A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?)$/.exec(endpoint);
  if (peer?.[1]) return { kind: "peer", peerId: peer[1] };
  if (!/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/i.test(endpoint)) return null;
  return { kind: "http", url: endpoint.replace(/\/+$/, "") + "/content/" + encodeURIComponent(contentId) };
}

/**
 * Fetches a content and checks that its SHA-256 is the one in its id.
 * @param {{ contentId: string, holders: import("./search.js").Holder[] }} hit
 * @param {Calls} calls by which peers are reached
 * @param {FetchOptions} [options]
 * @returns {Promise<{ blob: Blob, nodeId: string, attempts: Attempt[] }>} the content, who delivered it, and who did not
 * @throws {NoHolder}
 */
export async function fetchContent(hit, calls, options = {}) {
  const { signal, seen, failed, maxBytes = 256 * 1024 * 1024, stallMs = 5_000, minBytesPerSecond = 4_096 } = options;
  const hash = hashIn(hit.contentId);
  if (hash === null) throw new TypeError(`${hit.contentId} is no sha256: id; what a stranger sends for it could not be checked.`);
  /** @type {Attempt[]} */
  const attempts = [];
  for (const { nodeId, endpoint, way } of candidates(hit.holders, hit.contentId)) {
    signal?.throwIfAborted();
    const bounds = {
      hash, maxBytes, stallMs, minBytesPerSecond, seen: (/** @type {number} */ received, /** @type {number | null} */ size) => seen?.(received, size, nodeId),
    };
    try {
      const blob = way.kind === "peer" ? await fromPeer(calls, way.peerId, hit.contentId, bounds, signal) : await fromHttp(way.url, bounds, signal);
      return { blob, nodeId, attempts };
    } catch (fault) {
      if (signal?.aborted) throw signal.reason;
      const attempt = {
        nodeId, endpoint, failure: fault instanceof NotDelivered ? fault.failure : /** @type {const} */ ("unreachable"),
        detail: fault instanceof Error ? fault.message : String(fault),
      };
      attempts.push(attempt);
      failed?.(attempt);
    }
  }
  throw new NoHolder(hit.contentId, attempts);
}

/**
 * @param {Calls} calls
 * @param {string} peerId
 * @param {string} contentId
 * @param {import("./intake.js").Bounds} bounds
 * @param {AbortSignal} [signal]
 */
async function fromPeer(calls, peerId, contentId, bounds, signal) {
  const channel = await calls.call(peerId, CONTENT_LABEL, signal);
  try {
    return await new Asking(channel).get(contentId, bounds, signal);
  } finally {
    channel.close();
  }
}

/**
 * @param {string} url
 * @param {import("./intake.js").Bounds} bounds
 * @param {AbortSignal} [signal]
 */
async function fromHttp(url, bounds, signal) {
  const stalled = new AbortController();
  const stop = () => stalled.abort(new NotDelivered("stalled", `Nothing came for ${bounds.stallMs / 1000} s.`));
  let stall = setTimeout(stop, bounds.stallMs);
  try {
    const response = await fetch(url, {
      credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-store",
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
    });
    if (!response.ok || !response.body) throw new NotDelivered("refused", `It answered ${response.status}.`);
    const intake = new Intake(bounds);
    const length = response.headers.get("Content-Length");
    // With a content coding it is the length of something else.
    intake.expect(length && !response.headers.has("Content-Encoding") ? Number(length) : null, response.headers.get("Content-Type") ?? "");
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return intake.finish();
        clearTimeout(stall);
        stall = setTimeout(stop, bounds.stallMs);
        intake.take(value);
      }
    } finally {
      void reader.cancel().catch(() => undefined);
    }
  } catch (fault) {
    throw stalled.signal.aborted ? stalled.signal.reason : fault;
  } finally {
    clearTimeout(stall);
  }
}
