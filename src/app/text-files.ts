import { join } from "node:path";
import { type Files, type FilesPorts, openFiles } from "../files/files.ts";
import type { Gateway } from "../gateway.ts";
import type { Logger } from "../lib/logger.ts";
import type { Now } from "../lib/now.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import type { GatewaySettings } from "../wire/config/load.ts";

/** Text files beside MQTT: the same inlet, and a reader that is there as soon as a mine has a folder. */
export function createTextFiles(options: {
  readonly data: string;
  readonly gateway: Gateway;
  readonly accept: FilesPorts["accept"];
  readonly now: Now;
  readonly mono: () => number;
  readonly log: Logger;
}) {
  const { gateway, log } = options;
  let files: Promise<Files> | null = null;
  let running: Files | null = null;
  let failed: string | null = null;
  let closed = false;
  let followed: readonly WatchedFolder[] = [];

  const ports: FilesPorts = {
    accept: options.accept,
    news: gateway.take,
    pressed: gateway.pressed,
    onRelief: gateway.onRelief,
    mono: options.mono,
    fault: (code, detail) => log.warn({ code, detail }, "reader of text files"),
  };

  return {
    /** Takes the folders of a configuration that is in force now. */
    async follow({ folders, settings }: { folders: readonly WatchedFolder[]; settings: GatewaySettings }) {
      followed = folders;
      if (closed || (files === null && folders.length === 0)) return;
      const { keep, poll } = settings.files;
      if (files !== null) {
        (await files.catch(() => null))?.watch({ folders, keep, poll });
        return;
      }
      files = openFiles({ dir: join(options.data, "files"), folders, keep, poll }, ports);
      try {
        running = await files;
        failed = null;
      } catch (error) {
        files = null;
        failed = `the reader of text files cannot be started: ${String(error)}`;
        log.error({ error }, "reader of text files");
      }
    },
    /** Those in force. */
    folders: () => followed,
    trouble: () => failed ?? running?.trouble() ?? null,
    stats: () => running?.stats(options.now.now()) ?? null,
    async close(): Promise<void> {
      closed = true;
      await (await files?.catch(() => null))?.close();
    },
  };
}
