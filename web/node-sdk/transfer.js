// Content over a channel: the holder's side and the asker's.

import { Channel } from "./channel.js";
import { PIECE, readAsk, readReply, writePiece } from "./frames.js";
import { Intake, NotDelivered } from "./intake.js";

const MAX_OF_CHANNEL = 4;
const MAX_OF_NODE = 16;
const READ_AHEAD = 8 * PIECE;
const TAKE_MS = 20_000;
const IDLE_MS = 60_000;

/** Serves contents to all who ask, a bounded number at once. */
export class Serving {
  #running = 0;

  /**
   * @param {(contentId: string) => Promise<Blob | null>} find a content that was announced, null for everything else
   */
  constructor(find) {
    this.find = find;
    /** Told when a content was sent whole. @type {((contentId: string, peer: string, size: number) => void) | null} */
    this.onServed = null;
  }

  /**
   * Answers on a channel until it closes. A channel on which nothing is asked for a minute is closed.
   * @param {Channel} channel
   */
  serve(channel) {
    /** @type {Set<number>} */
    const wanted = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let idle;
    const rest = () => {
      clearTimeout(idle);
      idle = setTimeout(() => wanted.size === 0 ? channel.close("Idle.") : rest(), IDLE_MS);
    };
    rest();
    channel.onClose.push(() => { clearTimeout(idle); wanted.clear(); });
    channel.onMessage = (message) => {
      const ask = readAsk(message);
      if (!ask) return channel.close("It speaks another protocol.");
      rest();
      if (ask.t === "stop") wanted.delete(ask.id);
      else if (wanted.size >= MAX_OF_CHANNEL || this.#running >= MAX_OF_NODE || wanted.has(ask.id)) say(channel, { t: "no", id: ask.id, reason: "busy" });
      else {
        wanted.add(ask.id);
        this.#running++;
        this.#send(channel, ask.id, ask.contentId, wanted).catch(() => channel.close("The content cannot be read."))
          .finally(() => { this.#running--; wanted.delete(ask.id); });
      }
    };
  }

  /**
   * @param {Channel} channel
   * @param {number} id
   * @param {string} contentId
   * @param {Set<number>} wanted
   */
  async #send(channel, id, contentId, wanted) {
    const blob = await this.find(contentId);
    if (!blob) return say(channel, { t: "no", id, reason: "not_held" });
    say(channel, { t: "head", id, size: blob.size, type: blob.type });
    for (let from = 0; from < blob.size; from += READ_AHEAD) {
      const bytes = new Uint8Array(await blob.slice(from, from + READ_AHEAD).arrayBuffer());
      for (let at = 0; at < bytes.length; at += PIECE) {
        if (!await channel.room(TAKE_MS) || !wanted.has(id)) return;
        channel.send(writePiece(id, bytes.subarray(at, at + PIECE)));
      }
    }
    say(channel, { t: "end", id });
    this.onServed?.(contentId, channel.peer, blob.size);
  }
}

/** Asks for contents on one channel. */
export class Asking {
  /** @type {Map<number, { reply: (reply: import("./frames.js").Reply) => void, fail: (fault: Error) => void }>} */
  #running = new Map();
  #last = 0;

  /** @param {Channel} channel */
  constructor(channel) {
    this.channel = channel;
    channel.onMessage = (message) => {
      const reply = readReply(message);
      if (!reply) return channel.close("It speaks another protocol.");
      // Of a transfer that was stopped there may be more on the way.
      this.#running.get(reply.id)?.reply(reply);
    };
    channel.onClose.push(() => {
      for (const { fail } of this.#running.values()) fail(new NotDelivered("broken", "The channel closed."));
    });
  }

  /**
   * Asks for one content.
   * @param {string} contentId
   * @param {import("./intake.js").Bounds} bounds
   * @param {AbortSignal} [signal]
   * @returns {Promise<Blob>}
   * @throws {NotDelivered}
   */
  get(contentId, bounds, signal) {
    const id = ++this.#last;
    const intake = new Intake(bounds);
    return new Promise((/** @type {(blob: Blob) => void} */ resolve, reject) => {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let stall;
      const end = () => { clearTimeout(stall); signal?.removeEventListener("abort", cancel); this.#running.delete(id); };
      const fail = (/** @type {unknown} */ fault) => { end(); say(this.channel, { t: "stop", id }); reject(fault); };
      const cancel = () => fail(signal?.reason);
      const wait = () => {
        clearTimeout(stall);
        stall = setTimeout(() => fail(new NotDelivered("stalled", `Nothing came for ${bounds.stallMs / 1000} s.`)), bounds.stallMs);
      };
      let begun = false;
      const reply = (/** @type {import("./frames.js").Reply} */ said) => {
        wait();
        try {
          if (said.t === "no") throw new NotDelivered("refused", said.reason);
          if (begun === (said.t === "head")) throw new NotDelivered("broken", "It speaks out of turn.");
          if (said.t === "head") { begun = true; intake.expect(said.size, said.type); }
          else if (said.t === "piece") intake.take(said.bytes);
          else { const blob = intake.finish(); end(); resolve(blob); }
        } catch (fault) {
          fail(fault);
        }
      };
      this.#running.set(id, { reply, fail });
      wait();
      signal?.addEventListener("abort", cancel, { once: true });
      if (!say(this.channel, { t: "get", id, contentId })) fail(new NotDelivered("unreachable", "The channel is closed."));
    });
  }
}

/**
 * @param {Channel} channel
 * @param {object} message
 */
function say(channel, message) {
  return channel.send(JSON.stringify(message));
}
