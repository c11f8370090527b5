import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeInflux, startFake } from "../support/influx-fake.ts";
import { noInflux, startInflux } from "../support/influx-real.ts";

let dir: string;
let fake: FakeInflux;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-influx-doctor-"));
  cpSync("config", join(dir, "config"), { recursive: true });
  writeFileSync(join(dir, "token"), "right\n");
  fake = await startFake("2.x");
});
afterEach(async () => {
  await fake.close();
  rmSync(dir, { recursive: true });
});

/** As an administrator would run it, with this `influx` in gateway.yaml. */
async function doctor(influx: string): Promise<{ code: number; said: string }> {
  const path = join(dir, "config", "gateway.yaml");
  const text = readFileSync("config/gateway.yaml", "utf8");
  writeFileSync(path, `${text}\ninflux: ${influx}\n`);
  const child = spawn(
    process.execPath,
    ["dist/main.js", "doctor", "--influx", "--config", join(dir, "config")],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said += String(chunk);
    });
  const [code] = (await once(child, "close")) as [number];
  return { code, said: said.trim() };
}

const token = (name: string) => `token: "\${file:${join(dir, name)}}"`;

describe("davylamp doctor --influx", () => {
  it("says which of address, token and bucket is wrong", async () => {
    fake.token = "other";
    const refused = await doctor(`{ url: "${fake.url}", bucket: mines, ${token("token")} }`);
    expect(refused.code).toBe(1);
    expect(refused.said).toContain(
      `FAIL influx write: ${fake.url}: the token is not known (401 unauthorized)`,
    );
    expect(fake.requests[0]?.token).toBe("right");

    fake.token = null;
    fake.script.push({ status: 404, body: '{"message":"bucket \\"mine\\" not found"}' });
    const nowhere = await doctor(`{ url: "${fake.url}", bucket: mine, org: county }`);
    expect(nowhere.said).toContain("there is no bucket mine of organisation county");

    const nobody = await doctor('{ url: "http://127.0.0.1:9", bucket: mines }');
    expect(nobody.said).toContain("no answer at http://127.0.0.1:9: ");
  });

  it.skipIf(noInflux !== null)("writes a line and reads it", async () => {
    const real = await startInflux(join(dir, "influx"));
    try {
      const named = process.env["INFLUX_TOKEN"] === undefined ? "" : ', token: "${env:INFLUX_TOKEN}"';
      const about = `url: "${real.url}", org: "${real.org}", bucket: "${real.bucket}"${named}`;
      const well = await doctor(`{ ${about} }`);
      expect(well.said.split("\n").map((line) => line.slice(0, 17))).toEqual([
        "ok   influx write",
        "ok   influx read:",
      ]);
      expect(well.code).toBe(0);
      const other = await doctor(`{ ${about}, database: elsewhere }`);
      expect(other.said).toContain("FAIL influx read: database elsewhere");
      expect(other.code).toBe(1);
    } finally {
      await real.close();
    }
  });

  it("is not asked with a configuration that shows a secret, or sends one in the open", async () => {
    const plain = await doctor(`{ url: "${fake.url}", bucket: mines, token: abc }`);
    expect(plain.said).toContain("a reference to a secret");
    const open = await doctor('{ url: "http://influx.example:8086", bucket: mines }');
    expect(open.said).toContain("http beyond this machine shows the token on its way");
    expect(open.code).toBe(1);
    const absent = await doctor(`{ url: "${fake.url}", bucket: mines, ${token("absent")} }`);
    expect(absent.said).toContain("cannot be read");
  });
});
