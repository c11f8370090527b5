import { parentPort } from "node:worker_threads";
import type { EncodeRequest } from "./snapshot.ts";
import { encodeSnapshot } from "./snapshot-file.ts";

// Serializing a world takes many milliseconds: here they stand in nobody's way.
parentPort?.on("message", ({ header, image }: EncodeRequest) => {
  const bytes = new Uint8Array(encodeSnapshot(header, image));
  parentPort?.postMessage(bytes, [bytes.buffer]);
});
// What cannot be read here was not an image: it must not be waited for.
parentPort?.on("messageerror", (error) => {
  throw error;
});
