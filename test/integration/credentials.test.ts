import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCredentials } from "../../src/app/credentials.ts";
import { mineAdd } from "../../src/cli/mine/add.ts";
import type { Actor, CredentialAct } from "../../src/model/act.ts";
import { openStore } from "../../src/store/store.ts";
import { aMine, MINE } from "../support/builders-core.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-credentials-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = async () => {
  const data = join(dir, "data");
  const store = await openStore({
    dir,
    spool: { dir: data },
    journal: { dir: data },
    epoch: "epoch-1",
    clock: { wall: () => 1_700_000_000_000 },
    onTrouble: () => {},
  });
  const gone: string[] = [];
  const recorded: CredentialAct[] = [];
  const made = await createCredentials({
    store,
    now: () => 1_700_000_000_000,
    record: async (act) => void recorded.push(act),
    revoked: (mine) => gone.push(mine),
  });
  return { store, gone, recorded, ...made };
};
const ADMIN: Actor = { user: "zhang", role: "admin", mines: ["*"], device: "" };
const MINES = [aMine({ aliases: ["610631015"] }), aMine({ code: "520523017312" })];

describe("a mine's credential", () => {
  it("is known after a restart by its hash alone, for its own mine, by any of its codes, until revoked", async () => {
    const first = await open();
    const about = { system: "fan", note: "x", by: ADMIN };
    const { id, password } = await first.ports.issue(MINE, about);
    const whole = await first.ports.issue(MINE, { ...about, system: null });
    await first.store.close();
    const secret = password.split("-")[1] ?? "";
    for (const name of await readdir(dir))
      if (name.startsWith("state.db")) expect((await readFile(join(dir, name))).includes(secret)).toBe(false);
    const { store, ports, login, gone, recorded } = await open();
    const as = (user: string, said = password) => login(MINES, { user, password: said });
    expect(as(MINE)).toMatchObject({ ok: true, mine: MINE, system: "fan" });
    expect(as("610631015")).toMatchObject({ ok: true, mine: MINE });
    expect(as(MINE, whole.password)).toMatchObject({ ok: true, system: null });
    expect(as("520523017312")).toEqual({ ok: false, reason: "wrong or revoked credential" });
    expect(as("999999")).toEqual({ ok: false, reason: "unknown mine code" });
    expect(as(MINE, `${id}-${"a".repeat(32)}`)).toMatchObject({ ok: false });
    expect(as(MINE, "demo-x")).toBeNull();
    expect(await ports.revoke("520523017312", id, ADMIN)).toBe(false);
    expect([await ports.revoke(MINE, id, ADMIN), gone]).toEqual([true, [MINE]]);
    expect(as(MINE)).toMatchObject({ ok: false });
    expect(ports.list(MINE).map(({ id, by }) => ({ id, by }))).toEqual([{ id: whole.id, by: "zhang" }]);
    const said = { do: "credentials", mine: MINE, credential: id, system: "fan" };
    expect(first.recorded[0]).toEqual({ ...said, what: "issued" });
    expect(recorded).toEqual([{ ...said, what: "revoked" }]);
    await store.close();
  });
});

describe("mine add", () => {
  it("writes the file of a mine that is well, and none that is not", async () => {
    const config = join(dir, "config");
    await cp("config", config, { recursive: true });
    const about = {
      config,
      name: "新矿",
      kind: "coal",
      systems: ["safety"],
      status: "producing",
      approved: 90,
    };
    const said: string[] = [];
    expect(await mineAdd("520523017399", about, (line) => said.push(line))).toBe(0);
    const text = await readFile(join(config, "mines", "520523017399.yaml"), "utf8");
    expect(text).toMatch(/code: "520523017399"[\s\S]*approvedUnderground: 90/);
    expect(said.join()).toContain("mine token 520523017399");
    await expect(mineAdd("520523017399", about, () => {})).rejects.toThrow(/is there already/);
    // A county's first mine takes the place of the demo's.
    await rm(join(config, "mines"), { recursive: true });
    expect(await mineAdd("520523017399", about, () => {})).toBe(0);
    expect(await mineAdd("520523017398", { ...about, kind: "salt" }, () => {})).toBe(1);
    expect(await readdir(join(config, "mines"))).not.toContain("520523017398.yaml");
  });
});
