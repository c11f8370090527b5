import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../src/lib/refusal.ts";
import { composeOf, dockerfileOf } from "../support/deploy-text.ts";

const read = (path: string) => readFileSync(path, "utf8");
const { services } = composeOf(read("docker-compose.yml"));
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-deploy-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(command: string, args: readonly string[], env = {}): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    execFile(command, [...args], { env: { ...process.env, ...env }, timeout: 60_000 }, (error, out, err) =>
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, said: out + err }),
    );
  });
}

describe("the compose file's gateway", () => {
  it("says in one line that it needs an administrator, as the compose file and docs/OPERATIONS.md say", async () => {
    const config = join(dir, "etc");
    cpSync("config", config, { recursive: true });
    const token = join(dir, "token");
    writeFileSync(token, "t");
    const text = read("docker/gateway.yaml").replace("/run/tokens/gateway", token);
    writeFileSync(join(config, "gateway.yaml"), text);
    const [command = "", ...args] = services["gateway"]?.command ?? [];
    const own = args.map((arg) =>
      arg.startsWith("/etc") ? config : arg.startsWith("/var") ? join(dir, "data") : arg,
    );
    const { code, said } = await run(process.execPath, [resolve("dist/main.js"), command, ...own]);
    expect(code).toBe(EXIT.refused);
    expect(said).toMatch(/^davylamp: there is no administrator yet[^\n]*\n$/);
    // The next step of who meets it under compose.
    expect(said).toContain("docker compose up");
    for (const page of ["docker-compose.yml", "docs/OPERATIONS.md"]) expect(read(page)).toContain("exit 78");
  });

  it("is well while its address answers 200, and not when it answers 503 or not at all", async () => {
    const check = dockerfileOf(read("Dockerfile")).find(({ word }) => word === "HEALTHCHECK")?.rest ?? "";
    const [, ...args] = JSON.parse(check.slice(check.indexOf("["))) as string[];
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/health/live" ? status : 404).end("{}");
    });
    await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
    const { port } = server.address() as AddressInfo;
    const asked = args.map((arg) => arg.replace("127.0.0.1:8080", `127.0.0.1:${port}`));
    expect((await run(process.execPath, asked)).code).toBe(0);
    status = 503;
    expect((await run(process.execPath, asked)).code).toBe(1);
    await new Promise((down) => server.close(down));
    expect((await run(process.execPath, asked)).code).toBe(1);
  });
});

describe("docker/secrets.sh", () => {
  it("makes what the trial needs, says the next step, and the second time changes nothing", async () => {
    const checkout = join(dir, "checkout");
    mkdirSync(checkout);
    const first = await run("/bin/sh", ["docker/secrets.sh", checkout]);
    expect(first).toEqual({ code: 0, said: expect.stringMatching(/^next: docker compose up /) });
    const compose = composeOf(read("docker-compose.yml"));
    const byItself = Object.values(services).filter(({ profiles }) => profiles === undefined);
    const needed = new Set(byItself.flatMap(({ secrets = [] }) => secrets));
    expect(needed.size).toBe(3);
    const files = [...needed].map((name) => {
      const file =
        compose.secrets[name]?.file.replace(/^\$\{SECRETS:[^}]+\}/, join(checkout, "secrets")) ?? "";
      expect(statSync(file).mode & 0o777).toBe(0o444);
      expect(read(file)).toMatch(/^[0-9a-f]{48,64}$/);
      return file;
    });
    const made = files.map((file) => read(file));
    expect(new Set(made).size).toBe(3);
    expect(statSync(join(checkout, "secrets")).mode & 0o777).toBe(0o700);
    expect(read(join(checkout, ".env"))).toBe("SECRETS=./secrets\n");
    await run("/bin/sh", ["docker/secrets.sh", checkout]);
    expect(files.map((file) => read(file))).toEqual(made);
    expect(read(join(checkout, ".env"))).toBe("SECRETS=./secrets\n");
  });
});

/** Answers as the InfluxDB 2 client does, and writes down what it was asked. */
const FAKE = `#!/bin/sh
echo "$*" >> "$CALLS"
[ "$INFLUX_TOKEN" = admin-token ] || exit 1
case "$1 $2 $3" in
  "bucket list "*) [ -z "$NOBUCKET" ] && printf '00aa\\tdavylamp\\t18240h0m0s\\t168h0m0s\\t00bb\\timplicit\\n' ;;
  "v1 dbrp list") [ -e "$CALLS.dbrp" ] && printf '00cc\\tdavylamp\\t00aa\\tautogen\\ttrue\\t00bb\\n' ;;
  "v1 dbrp create") touch "$CALLS.dbrp" ;;
  "auth create "*) printf '{\\n\\t"id": "00dd",\\n\\t"description": "x",\\n\\t"token": "made==",\\n\\t"status": "active"\\n}\\n' ;;
esac
exit 0
`;

describe("docker/influx-setup.sh", () => {
  const script = "docker/influx-setup.sh";
  let env: Record<string, string>;
  const calls = () =>
    read(env["CALLS"] as string)
      .trim()
      .split("\n");
  const setup = (more = {}) => run("/bin/sh", [join(dir, "setup.sh")], { ...env, ...more });

  beforeAll(() => {
    for (const name of ["bin", "tokens/gateway", "tokens/grafana"])
      mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, "bin/influx"), FAKE);
    chmodSync(join(dir, "bin/influx"), 0o755);
    writeFileSync(join(dir, "admin"), "admin-token\n");
    writeFileSync(
      join(dir, "setup.sh"),
      read(script).replace("/run/secrets/influx_admin_token", join(dir, "admin")),
    );
    env = {
      ...services["influx-setup"]?.environment,
      PATH: `${join(dir, "bin")}:/usr/bin:/bin`,
      TOKENS: join(dir, "tokens"),
      CALLS: join(dir, "calls"),
    };
  });

  it("names the bucket for InfluxQL and gives the gateway and Grafana a token each, no more than they need", async () => {
    expect(await setup()).toEqual({ code: 0, said: "" });
    expect(calls()).toEqual([
      "bucket list --org davylamp --name davylamp --hide-headers",
      "v1 dbrp list --org davylamp --db davylamp --hide-headers",
      "v1 dbrp create --org davylamp --db davylamp --rp autogen --bucket-id 00aa --default",
      "auth create --org davylamp --description davylamp gateway --json --write-bucket 00aa --read-bucket 00aa",
      "auth create --org davylamp --description davylamp dashboards --json --read-bucket 00aa",
    ]);
    for (const file of ["gateway/gateway", "grafana/grafana"]) {
      expect(read(join(dir, "tokens", file))).toBe("made==\n");
      expect(statSync(join(dir, "tokens", file)).mode & 0o777).toBe(0o444);
    }
  });

  it("does nothing a second time, and only what is missing", async () => {
    rmSync(env["CALLS"] as string);
    rmSync(join(dir, "tokens/grafana/grafana"));
    expect((await setup()).code).toBe(0);
    expect(calls().map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      "bucket list",
      "v1 dbrp",
      "auth create",
    ]);
  });

  it("says what is missing and ends with 1, so that nothing starts on half of it", async () => {
    expect(await setup({ NOBUCKET: "1" })).toEqual({ code: 1, said: "InfluxDB has no bucket davylamp\n" });
  });
});

describe("docs/davylamp.service", () => {
  const unit = read("docs/davylamp.service");
  const of = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1] ?? "";

  it("starts the command as it is, hears that it lives, and starts it anew but where only a person mends it", () => {
    expect(of("ExecStart")).toBe("/usr/bin/davylamp start --config /etc/davylamp --data /var/lib/davylamp");
    const { bin } = JSON.parse(read("package.json")) as { bin: Record<string, string> };
    expect(Object.keys(bin)).toEqual(["davylamp"]);
    expect(of("StateDirectory")).toBe("davylamp");
    // The supervisor speaks by a program of its own (src/cli/supervisor.ts).
    expect([of("Type"), of("NotifyAccess")]).toEqual(["notify", "all"]);
    expect(Number(of("WatchdogSec"))).toBeGreaterThanOrEqual(60);
    expect(of("RestartPreventExitStatus").split(" ").map(Number)).toEqual([EXIT.usage, EXIT.refused]);
    expect(of("ExecReload")).toContain("-HUP");
    expect(read("src/cli/follow-config.ts")).toContain('"SIGHUP"');
    expect(of("User")).not.toBe("root");
    expect(read("docs/OPERATIONS.md")).toContain("docs/davylamp.service");
  });

  const analyze = "/usr/bin/systemd-analyze";
  if (!existsSync(analyze)) console.log("skipped: no systemd-analyze");
  it.skipIf(!existsSync(analyze))(
    "is one that systemd understands, and leaves the process little to break",
    async () => {
      const here = join(dir, "davylamp.service");
      writeFileSync(here, unit.replace("/usr/bin/davylamp", process.execPath));
      expect(await run(analyze, ["verify", here])).toEqual({ code: 0, said: "" });
      writeFileSync(
        here,
        unit.replace("/usr/bin/davylamp", process.execPath).replace("WatchdogSec=90", "WatchdogSec=often"),
      );
      expect((await run(analyze, ["verify", here])).said).toMatch(/Failed to parse/);
      const exposure = (text: string) => {
        writeFileSync(here, text);
        const said = execFileSync(analyze, ["security", "--offline=yes", "--no-pager", here], {
          encoding: "utf8",
        });
        return Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
      };
      expect(exposure(unit)).toBeLessThan(2);
      expect(exposure(unit.replaceAll(/^(Protect|Private|Restrict|SystemCall)\S+\n/gm, ""))).toBeGreaterThan(
        4,
      );
    },
  );
});
