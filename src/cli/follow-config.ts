import type { App } from "../app.ts";
import { watchFolder } from "../lib/watch-folder.ts";
import { readConfigFiles } from "./config-files.ts";

/** Reads the configuration anew on SIGHUP and when its files change (contract §8); answers how to stop that. */
export function followConfig(app: Pick<App, "reload">, dir: string): () => void {
  const reload = () => void app.reload(() => readConfigFiles(dir)).catch(() => {});
  const watcher = watchFolder({ dir, isOurs: (name) => /\.ya?ml$/.test(name), changed: reload });
  process.on("SIGHUP", reload);
  return () => {
    process.off("SIGHUP", reload);
    watcher.close();
  };
}
