// The HTTP contract of a rendezvous server, one call at a time.

const MAX_ANSWER = 16 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** A refusal by the server (RFC 9457), or `unreachable` where there was no answer. */
export class ApiProblem extends Error {
  /**
   * @param {number} status HTTP status, 0 where there was no answer
   * @param {string} code stable and machine-readable, such as `payment_required`
   * @param {string} detail for people
   * @param {number | null} [retryAfterMs] how long the server asks to wait
   * @param {Record<string, unknown>} [document] everything the server said, such as `price`
   */
  constructor(status, code, detail, retryAfterMs = null, document = {}) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.document = document;
  }

  /** Whether the same call may do better later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @typedef {object} Call
 * @property {unknown} [json] a body, sent as JSON
 * @property {string} [ndjson] a body of lines of JSON
 * @property {Record<string, string | number | undefined>} [query]
 * @property {string} [idempotencyKey] the same key within a day gives the same answer
 * @property {AbortSignal} [signal]
 */

/** A server and, optionally, the API key with which it is called. */
export class Api {
  /**
   * @param {string | URL} server such as `https://search.example.org`
   * @param {string | null} [apiKey]
   */
  constructor(server, apiKey = null) {
    const url = new URL(server);
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`${server} is no http or https URL.`);
    this.base = url.href.replace(/[?#].*$/, "").replace(/\/+$/, "");
    this.apiKey = apiKey;
  }

  /**
   * The same server with a WebSocket.
   * @param {string} path
   * @param {Record<string, string>} query
   * @returns {string}
   */
  socketUrl(path, query) {
    return this.base.replace(/^http/, "ws") + path + "?" + new URLSearchParams(query);
  }

  /**
   * Makes a call. Answers of more than 16 MB and calls of more than 30 s end as problems.
   * @param {string} method
   * @param {string} path beginning with `/`, its parts escaped
   * @param {Call} [call]
   * @returns {Promise<any>} the JSON of the answer, null where it has none
   * @throws {ApiProblem}
   */
  async call(method, path, call = {}) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (this.apiKey) headers["Authorization"] = "Bearer " + this.apiKey;
    if (call.idempotencyKey) headers["Idempotency-Key"] = call.idempotencyKey;
    if (call.json !== undefined) headers["Content-Type"] = "application/json";
    else if (call.ndjson !== undefined) headers["Content-Type"] = "application/x-ndjson";
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(this.base + path + queryString(call.query), {
        method,
        headers,
        body: call.json !== undefined ? JSON.stringify(call.json) : call.ndjson ?? null,
        credentials: "omit",
        cache: "no-store",
        signal: call.signal ? AbortSignal.any([call.signal, deadline]) : deadline,
      });
      const text = await boundedText(response);
      if (!response.ok) throw problemOf(response.status, response.headers.get("Retry-After"), text);
      return text === "" ? null : JSON.parse(text);
    } catch (fault) {
      if (fault instanceof ApiProblem || call.signal?.aborted) throw fault;
      const why = deadline.aborted ? `did not answer within ${TIMEOUT_MS / 1000} s` : "gave no answer that can be read";
      throw new ApiProblem(0, "unreachable", `${this.base} ${why}.`);
    }
  }

  /** The signed card of the server: name, price, coverage. */
  card() {
    return this.call("GET", "/api/v1/server");
  }
}

/**
 * @param {number} status
 * @param {string | null} retryAfter
 * @param {string} text
 * @returns {ApiProblem}
 */
export function problemOf(status, retryAfter, text) {
  /** @type {Record<string, unknown>} */
  let document = {};
  try {
    const parsed = JSON.parse(text);
    if (parsed !== null && typeof parsed === "object" && !Array.isArray(parsed)) document = parsed;
  } catch {
    // A proxy's page; the status has to do.
  }
  const code = typeof document["code"] === "string" ? document["code"] : "http_" + status;
  const detail = document["detail"] ?? document["title"];
  const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
  return new ApiProblem(
    status, code, typeof detail === "string" ? detail : `The server answered ${status}.`, seconds === null ? null : seconds * 1000, document);
}

/** @param {Response} response */
async function boundedText(response) {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > MAX_ANSWER) {
      await reader.cancel();
      throw new ApiProblem(0, "answer_too_large", `The answer has more than ${MAX_ANSWER} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** @param {Record<string, string | number | undefined>} [query] */
function queryString(query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : "?" + text;
}
