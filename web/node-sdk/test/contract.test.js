import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Announcement, parts } from "../announcement.js";
import { Api, problemOf } from "../api.js";
import { candidates, fetchContent, readEndpoint } from "../fetch.js";
import { contentIdOf } from "../hash.js";
import { BackOff } from "../patience.js";

const listening = async (answer) => {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
};
const holder = (nodeId, online, ...endpoints) => ({ nodeId, server: "s", online, endpoints });

test("endpoints are read, and what a browser cannot use is left out", () => {
  assert.deepEqual(readEndpoint("peerjs://host:9000/node-1", "x"), { kind: "peer", peerId: "node-1" });
  assert.deepEqual(readEndpoint("http://h/base/", "sha256:a"), { kind: "http", url: "http://h/base/content/sha256%3Aa" });
  for (const wrong of ["peerjs://host/", "peerjs://host/a/b", "peerjs://host/-a", "http://user@host/", "http://h/?q", "ftp://h/", "", "javascript:alert(1)"]) {
    assert.equal(readEndpoint(wrong, "x"), null, wrong);
  }
});

test("who is online comes first, then who may be; the number is bounded", () => {
  const order = candidates([holder("off", false, "http://a"), holder("may", null, "http://b"), holder("on", true, "http://c", "peerjs://h/on")], "x");
  assert.deepEqual(order.map(({ nodeId }) => nodeId), ["on", "on", "may", "off"]);
  assert.equal(candidates(Array.from({ length: 100 }, () => holder("n", true, "http://a")), "x").length, 20);
});

test("holders are tried until one's bytes are the right ones", async () => {
  const good = new Uint8Array(100_000).fill(7);
  const contentId = await contentIdOf(new Blob([good]));
  const path = "/content/" + encodeURIComponent(contentId);
  const liar = await listening((_, response) => response.end(new Uint8Array(100_000)));
  const silent = await listening(() => undefined);
  const empty = await listening((_, response) => { response.statusCode = 404; response.end(); });
  const honest = await listening((request, response) => response.end(request.url === path ? good : ""));
  const huge = await listening((_, response) => response.end(new Uint8Array(200_001)));
  try {
    const holders = [liar, silent, empty, huge, honest].map(({ url }, i) => holder(["liar", "silent", "empty", "huge", "honest"][i], true, url));
    const { blob, nodeId, attempts } = await fetchContent({ contentId, holders }, /** @type {any} */ (null), { stallMs: 300, maxBytes: 200_000 });
    assert.equal(nodeId, "honest");
    assert.equal(await contentIdOf(blob), contentId);
    assert.deepEqual(attempts.map(({ nodeId, failure }) => `${nodeId} ${failure}`), ["liar lied", "silent stalled", "empty refused", "huge too_large"]);
    await assert.rejects(fetchContent({ contentId, holders: holders.slice(0, 1) }, /** @type {any} */ (null)), { name: "NoHolder" });
  } finally {
    for (const server of [liar, silent, empty, huge, honest]) server.close();
  }
});

test("a content without a hash in its name is not fetched", async () => {
  await assert.rejects(fetchContent({ contentId: "urn:x", holders: [] }, /** @type {any} */ (null)), TypeError);
});

test("problems keep code, wait and document; other errors get a code of their status", () => {
  const problem = problemOf(402, null, '{"code":"payment_required","detail":"Pay.","price":{"amount":"0.25"}}');
  assert.equal(problem.code, "payment_required");
  assert.deepEqual(problem.document.price, { amount: "0.25" });
  assert.equal(problem.isPassing, false);
  assert.equal(problemOf(503, "7", "<html>").retryAfterMs, 7000);
  assert.equal(problemOf(502, null, "[]").code, "http_502");
  assert.ok(problemOf(429, null, "").isPassing);
});

test("an announcement is repeated while the server asks to come back, and not when it refuses", async () => {
  const answers = [503, 429, 204, 403];
  let calls = 0;
  const server = await listening((request, response) => { request.resume(); response.statusCode = answers[calls++] ?? 500; response.end(); });
  try {
    const announcement = new Announcement(new Api(server.url, "k"), "n");
    await announcement.put({ contentId: "a", title: "t" });
    assert.equal(calls, 3);
    await assert.rejects(announcement.put({ contentId: "a", title: "t" }), { code: "http_403" });
    assert.equal(calls, 4);
  } finally {
    server.close();
  }
});

test("a server that is not there is a problem that may pass", async () => {
  const server = await listening(() => undefined);
  server.close();
  await assert.rejects(new Api(server.url).card(), { code: "unreachable", isPassing: true });
});

test("bulk bodies keep the limits and lose nothing", () => {
  const records = Array.from({ length: 12_001 }, (_, i) => ({ contentId: String(i), title: "t".repeat(i % 7 === 0 ? 3_000 : 1) }));
  const cut = [...parts(records)];
  assert.deepEqual(cut.flat(), records);
  for (const part of cut) {
    assert.ok(part.length <= 10_000);
    assert.ok(part.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(record)) + 1, 0) <= 64_000_000);
  }
});

test("pauses grow to a bound and begin small again", () => {
  const backOff = new BackOff(100, 1_000);
  const pauses = Array.from({ length: 20 }, () => backOff.next());
  assert.ok(pauses.every((ms, i) => ms <= Math.min(1_000, 100 * 2 ** i) && ms >= Math.min(1_000, 100 * 2 ** i) / 2));
  backOff.reset();
  assert.ok(backOff.next() <= 100);
});
