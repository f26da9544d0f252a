// Waiting, and trying again with growing pauses.

/**
 * Waits.
 * @param {number} ms
 * @param {AbortSignal} [signal] ends the wait with its reason
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const end = () => { clearTimeout(timer); reject(signal?.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", end); resolve(); }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Pauses that double from `first` to `most` milliseconds, each shortened at random by up to half, so that many do not come at once. */
export class BackOff {
  #next;

  /**
   * @param {number} first
   * @param {number} most
   */
  constructor(first, most) {
    this.first = first;
    this.most = most;
    this.#next = first;
  }

  /** Milliseconds until the next attempt. */
  next() {
    const ms = this.#next;
    this.#next = Math.min(this.most, ms * 2);
    return ms * (1 - Math.random() / 2);
  }

  /** It worked: begin small again. */
  reset() {
    this.#next = this.first;
  }
}

/**
 * Tries a call again while the server says that it may do better later.
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {{ times?: number, signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<T>}
 */
export async function persist(attempt, { times = 5, signal } = {}) {
  const backOff = new BackOff(250, 8_000);
  for (let left = times; ; left--) {
    try {
      return await attempt();
    } catch (fault) {
      const passing = /** @type {{ isPassing?: boolean, retryAfterMs?: number | null }} */ (fault);
      if (left <= 1 || !passing.isPassing) throw fault;
      await pause(Math.min(60_000, Math.max(passing.retryAfterMs ?? 0, backOff.next())), signal);
    }
  }
}

/**
 * A promise with a deadline.
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {() => Error} late
 * @returns {Promise<T>}
 */
export function within(promise, ms, late) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
