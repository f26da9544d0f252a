// The contents that a node serves.

import { contentIdOf } from "./hash.js";

const MAX_CONTENTS = 1_000;
const MAX_BYTES = 1024 * 1024 * 1024;
const TABLE = "contents";

/**
 * @typedef {object} Held
 * @property {string} contentId
 * @property {Blob} blob
 * @property {import("./announcement.js").ContentRecord} record what is announced of it
 */

/** The store has no room for more. */
export class StoreFull extends Error {
  constructor() {
    super(`A node holds at most ${MAX_CONTENTS} contents and ${MAX_BYTES / 1024 / 1024} MB. Remove something first.`);
    this.name = "StoreFull";
  }
}

/** Contents in memory and, if it was opened so, in the browser's database too, from where they come back after a reload. */
export class Store {
  /** @type {Map<string, Held>} */
  #held = new Map();
  #bytes = 0;

  /** @param {IDBDatabase | null} [database] use `Store.open` for a store that lasts */
  constructor(database = null) {
    this.database = database;
  }

  /**
   * A store that lasts, with everything that was in it.
   * @param {string} name
   * @returns {Promise<Store>}
   */
  static async open(name) {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE, { keyPath: "contentId" });
    const database = await done(opening);
    const store = new Store(database);
    for (const held of await done(database.transaction(TABLE).objectStore(TABLE).getAll())) store.#keep(held);
    return store;
  }

  get all() {
    return [...this.#held.values()];
  }

  /** @param {string} contentId */
  get(contentId) {
    return this.#held.get(contentId) ?? null;
  }

  /**
   * Takes a content; it is named by its hash.
   * @param {Blob} blob
   * @param {Omit<import("./announcement.js").ContentRecord, "contentId">} description
   * @returns {Promise<Held>}
   * @throws {StoreFull}
   */
  async add(blob, description) {
    if (this.#held.size >= MAX_CONTENTS || this.#bytes + blob.size > MAX_BYTES) throw new StoreFull();
    const contentId = await contentIdOf(blob);
    const held = { contentId, blob, record: { size: blob.size, ...(blob.type ? { type: blob.type } : {}), ...description, contentId } };
    if (this.database) await done(this.#table(this.database).put(held));
    this.#keep(held);
    return held;
  }

  /** @param {string} contentId */
  async remove(contentId) {
    const held = this.#held.get(contentId);
    if (!held) return;
    this.#held.delete(contentId);
    this.#bytes -= held.blob.size;
    if (this.database) await done(this.#table(this.database).delete(contentId));
  }

  /** @param {Held} held */
  #keep(held) {
    this.#bytes += held.blob.size - (this.#held.get(held.contentId)?.blob.size ?? 0);
    this.#held.set(held.contentId, held);
  }

  /** @param {IDBDatabase} database */
  #table(database) {
    return database.transaction(TABLE, "readwrite").objectStore(TABLE);
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
