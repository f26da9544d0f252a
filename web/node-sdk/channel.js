// A WebRTC data channel to one other peer.

const HIGH = 1024 * 1024;
const LOW = 256 * 1024;

/** An open channel ended, or never opened. */
export class ChannelClosed extends Error {
  /** @param {string} detail */
  constructor(detail) {
    super(detail);
    this.name = "ChannelClosed";
  }
}

/** A channel and the connection it belongs to. Made by `Calls`. */
export class Channel {
  /** @type {(reason: ChannelClosed) => void} */
  #rejectOpen = () => undefined;
  #isClosed = false;

  /**
   * @param {string} peer who is at the other end
   * @param {RTCPeerConnection} connection
   * @param {RTCDataChannel} data
   */
  constructor(peer, connection, data) {
    this.peer = peer;
    this.connection = connection;
    this.data = data;
    /** @type {((message: string | ArrayBuffer) => void) | null} */
    this.onMessage = null;
    /** Told once. @type {(() => void)[]} */
    this.onClose = [];
    data.binaryType = "arraybuffer";
    data.bufferedAmountLowThreshold = LOW;
    data.onmessage = ({ data: message }) => this.onMessage?.(message);
    data.onclose = () => this.close("The other side closed the channel.");
    data.onerror = () => this.close("The channel broke.");
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed" || connection.connectionState === "closed") this.close("No way to the other peer was found, or it was lost.");
    });
    /** Resolves when messages can be sent. */
    this.opened = new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
      this.#rejectOpen = reject;
      data.onopen = () => resolve();
      if (data.readyState === "open") resolve();
    });
    this.opened.catch(() => undefined);
  }

  get isOpen() {
    return !this.#isClosed && this.data.readyState === "open";
  }

  /**
   * Sends; see `room` for large amounts.
   * @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer>} message
   * @returns {boolean} false when the channel is closed
   */
  send(message) {
    if (!this.isOpen) return false;
    try {
      this.data.send(/** @type {any} */ (message));
      return true;
    } catch {
      // Its state may change between the question and the answer.
      return false;
    }
  }

  /**
   * Waits until less than 1 MB waits to be sent.
   * @param {number} patienceMs a receiver that takes nothing for so long loses the channel
   * @returns {Promise<boolean>} false when the channel is closed
   */
  room(patienceMs) {
    if (!this.isOpen || this.data.bufferedAmount < HIGH) return Promise.resolve(this.isOpen);
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.data.removeEventListener("bufferedamountlow", end);
        this.onClose = this.onClose.filter((told) => told !== end);
        resolve(this.isOpen);
      };
      const timer = setTimeout(() => this.close("The other side takes nothing."), patienceMs);
      this.data.addEventListener("bufferedamountlow", end);
      this.onClose.push(end);
    });
  }

  /** @param {string} [reason] */
  close(reason = "Closed.") {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#rejectOpen(new ChannelClosed(reason));
    this.data.close();
    this.connection.close();
    for (const told of this.onClose.splice(0)) told();
  }
}
