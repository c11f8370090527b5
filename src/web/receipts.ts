import type { WebPorts } from "./ports.ts";

type Receipt = Parameters<WebPorts["receipt"]>[0];

/** Remembered at most; the core knows repeats too, this only keeps them out of its inbox. */
const MOST = 20_000;

/** Passes on the first receipt of each rung per alarm and person. */
export function createReceipts(receipt: WebPorts["receipt"]) {
  const told = new Set<string>();
  return (one: Receipt): void => {
    const key = `${one.rung} ${one.alarm} ${one.by}`;
    if (told.has(key) || !receipt(one)) return;
    if (told.size >= MOST) told.clear();
    told.add(key);
  };
}

export type Receipts = ReturnType<typeof createReceipts>;
