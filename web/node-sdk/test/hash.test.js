import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { contentIdOf, hashIn, Sha256 } from "../hash.js";

test("the hash is that of the platform, for every length around the block and any pieces", () => {
  for (let length = 0; length < 300; length++) {
    const bytes = randomBytes(length);
    const hash = new Sha256();
    for (let at = 0; at < length;) {
      const piece = 1 + Math.floor(Math.random() * 150);
      hash.update(bytes.subarray(at, at + piece));
      at += piece;
    }
    assert.equal(hash.hex(), createHash("sha256").update(bytes).digest("hex"), `${length} bytes ${bytes.toString("hex")}`);
  }
});

test("the length of half a gigabyte and more is counted right", () => {
  // 2^29 bytes are 2^32 bits: the length no longer fits one word.
  const piece = new Uint8Array(1 << 20);
  const ours = new Sha256(), theirs = createHash("sha256");
  for (let i = 0; i < 513; i++) { ours.update(piece); theirs.update(piece); }
  assert.equal(ours.hex(), theirs.digest("hex"));
});

test("a content is named by its hash, and other names promise none", async () => {
  const id = await contentIdOf(new Blob(["abc"]));
  assert.equal(id, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(hashIn(id), id.slice(7));
  assert.equal(hashIn("sha256:abc"), null);
  assert.equal(hashIn(id.toUpperCase()), null);
  assert.equal(hashIn("https://example.org/a"), null);
});
