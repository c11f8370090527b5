import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFile } from "../../src/lib/replace-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "davylamp-replace-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("A file that is replaced", () => {
  it("is the new one, of its mode, and leaves nothing beside it", async () => {
    const path = join(folder, "kept.json");
    await writeFile(path, "old and longer than the new one");
    await replaceFile(path, "new", { mode: 0o600 });
    expect(await readFile(path, "utf8")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["kept.json"]);
  });

  it("is written where it is told to, and the place is free again when it cannot be put", async () => {
    const path = join(folder, "taken");
    await mkdir(join(path, "a folder that is not empty"), { recursive: true });
    await expect(replaceFile(path, "new", { beside: join(folder, "taken.tmp") })).rejects.toThrow(/rename/);
    expect(await readdir(folder)).toEqual(["taken"]);
  });
});
