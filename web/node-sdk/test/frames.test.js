import assert from "node:assert/strict";
import { test } from "node:test";
import { PIECE, readAsk, readReply, writePiece } from "../frames.js";
import { readSignal } from "../signalling.js";

test("a piece is read as it was written", () => {
  const said = readReply(writePiece(0xfedcba98, new Uint8Array([1, 2, 3])).buffer);
  assert.equal(said?.t, "piece");
  assert.equal(said.id, 0xfedcba98);
  assert.deepEqual([...said.bytes], [1, 2, 3]);
});

test("pieces without content or beyond the limit are none", () => {
  assert.equal(readReply(new ArrayBuffer(4)), null);
  assert.equal(readReply(new ArrayBuffer(4 + PIECE + 1)), null);
  assert.notEqual(readReply(new ArrayBuffer(4 + PIECE)), null);
});

test("what is nothing of the protocol is null, whatever it is", () => {
  const wrong = ["", "{", "null", "[]", "1", '{"t":"get"}', '{"t":"get","id":0,"contentId":"a"}', '{"t":"get","id":1.5,"contentId":"a"}',
    '{"t":"get","id":1}', '{"t":"get","id":1,"contentId":7}', '{"t":"get","id":4294967296,"contentId":"a"}', '{"t":"other","id":1}',
    JSON.stringify({ t: "get", id: 1, contentId: "a".repeat(201) }), JSON.stringify({ t: "stop", id: 1, more: "x".repeat(3000) }), undefined, 7, new ArrayBuffer(9)];
  for (const message of wrong) assert.equal(readAsk(message), null, String(message));
  for (const message of ['{"t":"head","id":1,"size":-1}', '{"t":"head","id":1,"size":1e300}', '{"t":"head","id":1}', '{"t":"stop","id":1}']) {
    assert.equal(readReply(message), null, message);
  }
});

test("asks and replies are read", () => {
  assert.deepEqual(readAsk('{"t":"get","id":3,"contentId":"sha256:a"}'), { t: "get", id: 3, contentId: "sha256:a" });
  assert.deepEqual(readAsk('{"t":"stop","id":3}'), { t: "stop", id: 3 });
  assert.deepEqual(readReply('{"t":"head","id":3,"size":5,"type":"text/plain"}'), { t: "head", id: 3, size: 5, type: "text/plain" });
  assert.deepEqual(readReply('{"t":"no","id":3,"reason":"busy"}'), { t: "no", id: 3, reason: "busy" });
});

test("a signal is an object with a type", () => {
  assert.deepEqual(readSignal('{"type":"OPEN"}'), { type: "OPEN" });
  for (const wrong of ["", "x", "null", "[]", "{}", '{"type":1}', new ArrayBuffer(3), `{"type":"${"a".repeat(70_000)}"}`]) assert.equal(readSignal(wrong), null);
});
