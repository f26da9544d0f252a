import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { PIECE, writePiece } from "../frames.js";
import { Asking, Serving } from "../transfer.js";

/** Two ends of a channel in memory: what one sends the other gets, later and in order. */
function pair() {
  const end = (peer) => ({
    peer, isOpen: true, other: null, onMessage: null, onClose: [], sent: 0, waits: 0, gate: Promise.resolve(),
    async room() { this.waits++; await new Promise(setImmediate); await this.gate; return this.isOpen; },
    send(message) {
      if (!this.isOpen) return false;
      this.sent++;
      const copy = typeof message === "string" ? message : message.slice().buffer;
      setImmediate(() => this.other.isOpen && this.other.onMessage?.(copy));
      return true;
    },
    close() {
      for (const side of [this, this.other]) {
        if (!side.isOpen) continue;
        side.isOpen = false;
        for (const told of side.onClose.splice(0)) told();
      }
    },
  });
  const a = end("b"), b = end("a");
  a.other = b;
  b.other = a;
  return [a, b];
}

const idOf = (bytes) => createHash("sha256").update(bytes).digest("hex");
const bounds = (hash, more = {}) => ({ hash, maxBytes: 10_000_000, stallMs: 2_000, minBytesPerSecond: 0, ...more });

function served(bytes, options) {
  const [asker, holder] = pair();
  const serving = new Serving(async (id) => id === "it" ? new Blob([bytes], { type: "text/x" }) : null);
  serving.serve(holder);
  return { asking: new Asking(asker), asker, holder, serving, ...options };
}

test("contents of all sizes around a piece arrive whole", async () => {
  for (const size of [0, 1, PIECE - 1, PIECE, PIECE + 1, 9 * PIECE + 7]) {
    const bytes = randomBytes(size);
    const { asking, asker } = served(bytes);
    const seen = [];
    const blob = await asking.get("it", bounds(idOf(bytes), { seen: (received) => seen.push(received) }));
    assert.deepEqual(Buffer.from(await blob.arrayBuffer()), bytes);
    assert.equal(blob.type, "text/x");
    assert.equal(seen.at(-1), size);
    asker.close();
  }
});

test("what was not announced is refused", async () => {
  const { asking, asker } = served(randomBytes(5));
  await assert.rejects(asking.get("other", bounds(null)), { failure: "refused", message: "not_held" });
  asker.close();
});

test("other bytes than promised are a lie, more bytes than allowed are too many", async () => {
  const { asking, asker } = served(randomBytes(50_000));
  await assert.rejects(asking.get("it", bounds(idOf("something else"))), { failure: "lied" });
  await assert.rejects(asking.get("it", bounds(null, { maxBytes: 49_999 })), { failure: "too_large" });
  asker.close();
});

test("a holder that says a small size and sends more, too few, or out of turn is found out", async () => {
  const cases = [
    ["lied", '{"t":"head","id":1,"size":1}', writePiece(1, new Uint8Array(2))],
    ["broken", '{"t":"head","id":1,"size":3}', writePiece(1, new Uint8Array(2)), '{"t":"end","id":1}'],
    ["broken", writePiece(1, new Uint8Array(2))],
    ["broken", '{"t":"head","id":1,"size":3}', '{"t":"head","id":1,"size":3}'],
    ["broken", "nonsense"],
    ["stalled", '{"t":"head","id":1,"size":3}'],
  ];
  for (const [failure, ...messages] of cases) {
    const [asker, holder] = pair();
    holder.onMessage = () => { holder.onMessage = null; for (const message of messages) holder.send(message); };
    await assert.rejects(new Asking(asker).get("it", bounds(null, { stallMs: 200 })), { failure }, `${failure}: ${messages[0]}`);
    asker.close();
  }
});

test("cancelling stops the holder", async () => {
  const { asking, asker, holder } = served(randomBytes(100 * PIECE));
  const cancel = new AbortController();
  await assert.rejects(
    asking.get("it", bounds(null, { seen: (received) => received > 2 * PIECE && cancel.abort(new Error("enough")) }), cancel.signal), /enough/);
  const blob = await asking.get("it", bounds(null));
  assert.equal(blob.size, 100 * PIECE);
  assert.ok(holder.sent < 2 * 100, `sent ${holder.sent} messages for one transfer and a piece of another`);
  asker.close();
});

test("a holder sends nothing while there is no room", async () => {
  const { asking, asker, holder } = served(randomBytes(3 * PIECE));
  let open;
  holder.gate = new Promise((resolve) => { open = resolve; });
  const got = asking.get("it", bounds(null));
  while (holder.waits === 0) await new Promise(setImmediate);
  assert.equal(holder.sent, 1);
  open();
  assert.equal((await got).size, 3 * PIECE);
  asker.close();
});

test("a fifth transfer at once on a channel is refused as busy, and later ones are served", async () => {
  const { asking, asker, holder } = served(randomBytes(3 * PIECE));
  let open;
  holder.gate = new Promise((resolve) => { open = resolve; });
  const four = [1, 2, 3, 4].map(() => asking.get("it", bounds(null)));
  await assert.rejects(asking.get("it", bounds(null)), { failure: "refused", message: "busy" });
  open();
  await Promise.all(four);
  assert.equal((await asking.get("it", bounds(null))).size, 3 * PIECE);
  asker.close();
});

test("an asker that speaks nonsense loses its channel", async () => {
  const { asker, holder } = served(randomBytes(5));
  asker.send("nonsense");
  while (holder.isOpen) await new Promise(setImmediate);
});
