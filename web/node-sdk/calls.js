// Opening channels through signalling, with the payloads of the PeerJS client.

import { randomText } from "./account.js";
import { Channel, ChannelClosed } from "./channel.js";
import { within } from "./patience.js";
import { Signalling } from "./signalling.js";

const OPEN_MS = 15_000;
const MAX_CALLERS = 64;
const MAX_CANDIDATES = 100;

/**
 * @typedef {object} Call
 * @property {string} peer
 * @property {RTCPeerConnection} connection
 * @property {Channel | null} channel
 * @property {Promise<unknown>} remote done when candidates may be added
 * @property {number} candidates
 * @property {(reason: string) => void} end
 */

/** Calls that a peer makes and takes. Needs no relay for content: if two peers find no way to each other, the call fails. */
export class Calls {
  /** @type {Map<string, Call>} */
  #calls = new Map();

  /**
   * @param {Signalling} signalling
   * @param {RTCConfiguration} [configuration] ICE servers; without any only addresses of the machines themselves are tried
   */
  constructor(signalling, configuration = {}) {
    this.signalling = signalling;
    this.configuration = configuration;
    /** Whether to take a call, by its label. Nothing is taken where it is left out. @type {((label: string, peer: string) => boolean) | null} */
    this.accepts = null;
    /** Told of channels that others opened. @type {((channel: Channel, label: string) => void) | null} */
    this.onChannel = null;
    signalling.onMessage = (message) => this.#receive(message);
  }

  /**
   * Calls a peer.
   * @param {string} peer
   * @param {string} label what the channel is for
   * @param {AbortSignal} [signal]
   * @returns {Promise<Channel>} open
   * @throws {ChannelClosed}
   */
  async call(peer, label, signal) {
    signal?.throwIfAborted();
    const id = "dc_" + randomText();
    const { connection, call } = this.#begin(id, peer);
    const channel = new Channel(peer, connection, connection.createDataChannel(label, { ordered: true }));
    call.channel = channel;
    channel.onClose.push(() => this.#calls.delete(id));
    const stop = () => channel.close("Cancelled.");
    signal?.addEventListener("abort", stop, { once: true });
    /** @type {(value: void) => void} */
    let answered = () => undefined;
    call.remote = new Promise((resolve) => { answered = resolve; });
    this.#answers.set(id, async (sdp) => { await connection.setRemoteDescription(sdp); answered(); });
    try {
      await connection.setLocalDescription(await connection.createOffer());
      this.signalling.send("OFFER", peer, {
        sdp: description(connection), type: "data", connectionId: id, label, reliable: true, serialization: "raw", metadata: undefined,
      });
      await within(channel.opened, OPEN_MS, () => new ChannelClosed(`${peer} did not answer within ${OPEN_MS / 1000} s.`));
      return channel;
    } catch (fault) {
      channel.close();
      throw signal?.aborted ? signal.reason : fault;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#answers.delete(id);
    }
  }

  /** Ends everything. */
  close() {
    for (const call of [...this.#calls.values()]) call.end("This peer has left.");
  }

  /** @type {Map<string, (sdp: RTCSessionDescriptionInit) => Promise<void>>} */
  #answers = new Map();

  /**
   * @param {string} id
   * @param {string} peer
   */
  #begin(id, peer) {
    const connection = new RTCPeerConnection(this.configuration);
    /** @type {Call} */
    const call = {
      peer, connection, channel: null, remote: Promise.resolve(), candidates: 0,
      end: (reason) => {
        this.#calls.delete(id);
        if (call.channel) call.channel.close(reason);
        else connection.close();
      },
    };
    this.#calls.set(id, call);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) this.signalling.send("CANDIDATE", peer, { candidate, type: "data", connectionId: id });
    };
    return { connection, call };
  }

  /** @param {import("./signalling.js").Signal} message */
  #receive({ type, src, payload }) {
    if (typeof src !== "string") return;
    if (type === "EXPIRE" || type === "LEAVE") {
      // Open channels need no signalling any more.
      for (const call of [...this.#calls.values()]) {
        if (call.peer === src && !call.channel?.isOpen) call.end(`${src} is not there.`);
      }
      return;
    }
    const id = payload?.connectionId;
    if (typeof id !== "string" || id.length > 128) return;
    if (type === "OFFER") void this.#take(id, src, payload);
    const call = this.#calls.get(id);
    if (!call || call.peer !== src) return;
    if (type === "ANSWER") void this.#answers.get(id)?.(payload.sdp).catch(() => call.end("The answer cannot be understood."));
    else if (type === "CANDIDATE" && ++call.candidates <= MAX_CANDIDATES) {
      // One that cannot be used leaves the others.
      void call.remote.then(() => call.connection.addIceCandidate(payload.candidate)).catch(() => undefined);
    }
  }

  /**
   * @param {string} id
   * @param {string} peer
   * @param {any} payload
   */
  async #take(id, peer, payload) {
    const label = typeof payload.label === "string" ? payload.label : "";
    if (payload.type !== "data" || this.#calls.has(id) || this.#calls.size >= MAX_CALLERS || !this.accepts?.(label, peer)) return;
    const { connection, call } = this.#begin(id, peer);
    const late = setTimeout(() => call.end("The caller did not come through."), OPEN_MS);
    connection.ondatachannel = ({ channel: data }) => {
      if (call.channel) return data.close();
      clearTimeout(late);
      const channel = new Channel(peer, connection, data);
      call.channel = channel;
      channel.onClose.push(() => this.#calls.delete(id));
      this.onChannel?.(channel, label);
    };
    try {
      call.remote = connection.setRemoteDescription(payload.sdp);
      await call.remote;
      await connection.setLocalDescription(await connection.createAnswer());
      this.signalling.send("ANSWER", peer, { sdp: description(connection), type: "data", connectionId: id });
    } catch {
      clearTimeout(late);
      call.end("The offer cannot be understood.");
    }
  }
}

/** @param {RTCPeerConnection} connection */
function description(connection) {
  const local = connection.localDescription;
  return { type: local?.type, sdp: local?.sdp };
}
