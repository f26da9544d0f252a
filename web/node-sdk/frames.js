// What is said on a content channel, version 1. Text messages are JSON, binary ones are pieces of content.
//
//   asker  -> holder  {"t":"get","id":1,"contentId":"sha256:…"}     id: the asker's number of this transfer, 1 to 2^32 - 1
//   holder -> asker   {"t":"head","id":1,"size":5,"type":"text/plain"}
//   holder -> asker   <id, 4 bytes, big endian><content, 1 to 32,768 bytes>, as often as needed, in order
//   holder -> asker   {"t":"end","id":1}
//   holder -> asker   {"t":"no","id":1,"reason":"not_held"}         or busy
//   asker  -> holder  {"t":"stop","id":1}

/** The channel's label: what the channel is for, and the version of what is said on it. */
export const CONTENT_LABEL = "datt-content-1";

/** Most bytes of content in one message: all browsers take messages of 64 KB. */
export const PIECE = 32 * 1024;

const HEADER = 4;
const MAX_TEXT = 2_048;
const MAX_ID = 0xffffffff;

/**
 * @typedef {{ t: "get", id: number, contentId: string } | { t: "stop", id: number }} Ask
 * @typedef {{ t: "head", id: number, size: number, type: string } | { t: "end", id: number } | { t: "no", id: number, reason: string }
 *   | { t: "piece", id: number, bytes: Uint8Array<ArrayBuffer> }} Reply
 */

/**
 * A piece of content as one message.
 * @param {number} id
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writePiece(id, bytes) {
  const message = new Uint8Array(HEADER + bytes.length);
  new DataView(message.buffer).setUint32(0, id);
  message.set(bytes, HEADER);
  return message;
}

/**
 * What an asker said, or null where it is nothing of the protocol.
 * @param {unknown} message
 * @returns {Ask | null}
 */
export function readAsk(message) {
  const said = parse(message);
  if (!said) return null;
  if (said.t === "stop") return { t: "stop", id: said.id };
  return said.t === "get" && typeof said.contentId === "string" && said.contentId.length <= 200 ? { t: "get", id: said.id, contentId: said.contentId } : null;
}

/**
 * What a holder said, or null where it is nothing of the protocol.
 * @param {unknown} message
 * @returns {Reply | null}
 */
export function readReply(message) {
  if (message instanceof ArrayBuffer) {
    if (message.byteLength <= HEADER || message.byteLength > HEADER + PIECE) return null;
    return { t: "piece", id: new DataView(message).getUint32(0), bytes: new Uint8Array(message, HEADER) };
  }
  const said = parse(message);
  if (!said) return null;
  if (said.t === "end") return { t: "end", id: said.id };
  if (said.t === "no") return { t: "no", id: said.id, reason: typeof said.reason === "string" ? said.reason : "" };
  if (said.t !== "head" || !Number.isSafeInteger(said.size) || said.size < 0) return null;
  return { t: "head", id: said.id, size: said.size, type: typeof said.type === "string" ? said.type.slice(0, 200) : "" };
}

/** @param {unknown} message */
function parse(message) {
  if (typeof message !== "string" || message.length > MAX_TEXT) return null;
  try {
    const said = JSON.parse(message);
    return said !== null && typeof said === "object" && Number.isInteger(said.id) && said.id > 0 && said.id <= MAX_ID ? said : null;
  } catch {
    return null;
  }
}
