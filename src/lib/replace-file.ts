import { open, rename, rm } from "node:fs/promises";

/**
 * The file is written and synced beside its place and then takes it: whoever reads it, and a power loss, finds the old
 * or the new one whole. Which of them is safe to say once its folder is synced. Rejects as the disk does; what stood
 * there before still does then.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666, beside = `${path}.new` }: { readonly mode?: number; readonly beside?: string } = {},
): Promise<void> {
  try {
    const file = await open(beside, "w", mode);
    try {
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
}
