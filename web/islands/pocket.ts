// What an on-site check holds in this browser until the server has it: one record a check, photos among it (IndexedDB).
export type Photo = { id: string; field: string; name: string; blob: Blob; thumb: string };

/** A saving on its way: sent again exactly as it was, until the server has answered to it. */
export type Flight = { entries: [string, string][]; photos: Photo[]; step: string; values: string[]; tried: boolean };

export type Held = {
  /** Account, year and station: what is held never crosses from one account to another. */
  key: string;
  /** The form's address and what it is called, for the list of what waits. */
  href: string;
  title: string;
  base: string;
  values: string[];
  photos: Photo[];
  at: number;
  flight?: Flight;
};

const NAME = "fs-checks";
const TABLE = "held";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"));
  });
}

async function run<T>(mode: IDBTransactionMode, act: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode);
      const asked = act(transaction.objectStore(TABLE));
      // Kept only when the transaction is over: a full disk says so at its end.
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB"));
    });
  } finally {
    database.close();
  }
}

export const held = (key: string): Promise<Held | undefined> => run("readonly", (table) => table.get(key) as IDBRequest<Held | undefined>);
export const allHeld = (): Promise<Held[]> => run("readonly", (table) => table.getAll() as IDBRequest<Held[]>);
export const hold = (record: Held): Promise<unknown> => run("readwrite", (table) => table.put(record));
export const letGo = (key: string): Promise<unknown> => run("readwrite", (table) => table.delete(key));
export const letAllGo = (): Promise<unknown> => run("readwrite", (table) => table.clear());
