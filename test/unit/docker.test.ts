import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import {
  composeFaults,
  composeOf,
  dockerfileFaults,
  dockerfileOf,
  mounted,
  reachesBuilder,
} from "../support/deploy-text.ts";
import { shippedCommand } from "../support/gateway-process.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const read = (path: string) => readFileSync(path, "utf8");
const dockerfile = read("Dockerfile");
const compose = read("docker-compose.yml");
const ignore = read(".dockerignore");
const { services, secrets } = composeOf(compose);
const checkout = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "");
const given = checkout.filter((path) => reachesBuilder(ignore, path));
const { outDir } = (JSON.parse(read("tsconfig.json")) as { compilerOptions: { outDir: string } })
  .compilerOptions;
const built = [`${outDir}/main.js`, `${outDir}/console/index.html`];
const final = dockerfileOf(dockerfile).filter(({ stage }) => stage === 1);
const rest = (word: string) => final.filter((row) => row.word === word).map((row) => row.rest);
const words = (text: string | undefined) => JSON.parse(text ?? "[]") as string[];

/** The configuration as a container sees it: the repository's, with one file put in its place. */
function configured(path: string, text = read(path)) {
  const files = shippedConfig().map((file) => (file.path === "gateway.yaml" ? { ...file, text } : file));
  return loadConfig(files, () => "of a file", Date.UTC(2026, 10, 1));
}
function settingsOf(path: string) {
  const loaded = configured(path);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.gateway;
}
const inside = settingsOf("docker/gateway.yaml");
const ports = [inside.http.port, ...inside.listeners.map(({ port }) => port)].sort();

describe("Dockerfile", () => {
  it("has every file it copies, a version for its image, a user that is not root, a healthcheck and a volume", () => {
    expect(dockerfileFaults(dockerfile, given, built)).toEqual([]);
  });

  it("is given what the build reads and nothing that is nobody's business", () => {
    expect(ignore.split("\n").filter((line) => line !== "" && !/^[#!]/.test(line))).toEqual(["**"]);
    for (const path of [
      "src/main.ts",
      "tools/build-console.mjs",
      "package-lock.json",
      "config/rules/gateway.yaml",
    ])
      expect(given, path).toContain(path);
    for (const path of ["secrets/mqtt_tls_key", "data/spool/1", ".git/config", "test/unit/docker.test.ts"])
      expect(reachesBuilder(ignore, path), path).toBe(false);
  });

  it("copies all that the package would bring", () => {
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    const copied = rest("COPY").flatMap((text) => text.split(" ").at(-1) ?? []);
    for (const file of files) expect(copied).toContain(file);
  });

  it("is built on a Node that the package allows, the same in both stages", () => {
    const images = dockerfileOf(dockerfile).flatMap(({ word, rest: text }) =>
      word === "FROM" ? [text.split(" ")[0]] : [],
    );
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:24\./);
  });

  it("shows the ports of the configuration, asks for its health where the gateway answers, keeps data where it writes them", () => {
    expect(rest("EXPOSE").join(" ").split(" ").map(Number).sort()).toEqual(ports);
    const check = rest("HEALTHCHECK")[0] ?? "";
    const asked = /http:\/\/127\.0\.0\.1:(\d+)(\/[a-z/]+)/.exec(check);
    expect(Number(asked?.[1])).toBe(inside.http.port);
    expect(read("src/web/routes-watch.ts")).toContain(`app.get("${asked?.[2]}"`);
    const [volume] = rest("VOLUME");
    expect(words(rest("CMD")[0])).toEqual(["start", "--data", volume]);
    expect(rest("RUN").join(" ")).toContain(`-m 0700 ${volume}`);
    expect(words(rest("ENTRYPOINT")[0])).toEqual([...shippedCommand(), `${outDir}/main.js`]);
    expect(read("src/cli/start.ts")).toContain(`process.on("${rest("STOPSIGNAL")[0]}"`);
  });

  it("runs with the flags of the command itself, and so do the two scripts", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const command = shippedCommand().join(" ");
    expect(command).toMatch(/^node --max-semi-space-size=\d+ --v8-pool-size=1$/);
    for (const name of ["start", "demo"])
      expect(scripts[name]).toContain(`${command} ${outDir}/main.js ${name}`);
  });

  it("is watched: every planted fault is found", () => {
    const planted: [string | RegExp, string, RegExp][] = [
      ["node:24.21.0-bookworm-slim AS", "node:latest AS", /not pinned/],
      ["node:24.21.0-bookworm-slim\n", "node:24-slim\n", /not pinned/],
      ["COPY config config", "COPY konfig config", /not there/],
      ["/app/dist", "/app/build", /not there/],
      ["COPY docs docs", "COPY secrets docs", /not there/],
      ["USER 10001:10001", "USER root", /runs as root/],
      ["USER 10001:10001\n", "", /runs as root/],
      [/HEALTHCHECK[^\n]+\\\n[^\n]+\n/, "", /healthcheck/],
      ["VOLUME /var/lib/davylamp\n", "", /volume/],
      ["STOPSIGNAL SIGTERM\n", "", /STOPSIGNAL/],
      ['CMD ["start", "--data", "/var/lib/davylamp"]', "CMD start", /exec form/],
      ["ENV NODE_ENV=production", "ENV ADMIN_PASSWORD=lamp", /secret/],
      ["npm ci --omit=dev", "npm install", /npm ci/],
      [
        /COPY package\.json[^\n]+\nRUN npm ci --ignore-scripts\n/,
        "COPY src src\nRUN npm ci\n",
        /before the packages/,
      ],
    ];
    for (const [from, to, what] of planted) {
      const text = dockerfile.replace(from, to);
      expect(text, String(from)).not.toBe(dockerfile);
      expect(dockerfileFaults(text, given, built).join("\n"), String(from)).toMatch(what);
    }
  });
});

describe("docker-compose.yml", () => {
  it("declares what it uses, pins its images, holds no secret, gives no process more than it needs", () => {
    expect(composeFaults(compose, checkout)).toEqual([]);
  });

  it("keeps every secret out of the repository", () => {
    expect(read(".gitignore")).toMatch(/^\/secrets\/$/m);
    expect(read(".gitignore")).toMatch(/^\/\.env$/m);
    expect(checkout.filter((path) => path.startsWith("secrets/"))).toEqual([]);
    for (const path of ["docker/gateway.yaml", "docker/gateway-trial.yaml"])
      expect(read(path)).not.toMatch(/(token|password|secret):\s*"?(?!\$\{file:)[A-Za-z0-9]/);
  });

  it.each(["gateway", "trial"])("starts %s with a configuration that `davylamp check` accepts", (name) => {
    const { volumes = [], command = [] } = services[name] ?? {};
    const own = volumes.find((volume) => volume.endsWith("/gateway.yaml:ro"))?.split(":") ?? [];
    const loaded = configured(own[0] ?? "");
    expect(loaded.ok ? [] : loaded.faults).toEqual([]);
    const folder = command[command.indexOf("--config") + 1] ?? "";
    expect(volumes).toContain(`./config:${folder}:ro`);
    expect(own[1]).toBe(`${folder}/gateway.yaml`);
    const data = command[command.indexOf("--data") + 1] ?? "";
    expect(rest("VOLUME")).toEqual([data]);
    expect(volumes.some((volume) => volume.endsWith(`-data:${data}`))).toBe(true);
  });

  it("mounts every file that the gateway's configuration names", () => {
    const paths = mounted(services["gateway"] ?? {});
    const named = inside.listeners.flatMap((one) =>
      one.kind === "tls" ? [one.certFile, one.keyFile, one.caFile ?? ""] : [],
    );
    const token = /^\$\{file:(.+)\}$/.exec(inside.influx?.token ?? "")?.[1] ?? "";
    for (const path of [...named, token])
      expect(
        paths.some((mount) => path === mount || path.startsWith(`${mount}/`)),
        path,
      ).toBe(true);
    const { volumes = [] } = services["influx-setup"] ?? {};
    const folder = volumes.find((volume) => volume.startsWith("gateway-token:"))?.split(":")[1];
    expect(`${folder}/gateway`).toBe("/run/tokens/gateway/gateway");
    expect(token).toBe("/run/tokens/gateway");
  });

  it("publishes the ports the gateway listens on, and beyond this machine only those with TLS", () => {
    const open = inside.listeners.filter(({ kind }) => kind === "tls").map(({ port }) => port);
    const published = (services["gateway"]?.ports ?? []).map((port) => port.split(":"));
    expect(published.map((port) => Number(port.at(-1))).sort()).toEqual(ports);
    for (const [name, { ports: all = [] }] of Object.entries(services))
      for (const port of all.filter((one) => !one.startsWith("127.0.0.1:")))
        expect([...open, 8884], `${name} ${port}`).toContain(Number(port.split(":").at(-1)));
    expect(read("docker/mosquitto.conf")).toMatch(/^listener 8884\ncertfile [^\n]+\nkeyfile /m);
  });

  it("calls InfluxDB, its organisation, bucket and database by the same names everywhere", () => {
    const { environment: made = {} } = services["influxdb"] ?? {};
    const { environment: asked = {} } = services["influx-setup"] ?? {};
    for (const path of ["docker/gateway.yaml", "docker/gateway-trial.yaml"]) {
      const { influx } = settingsOf(path);
      expect(influx).toMatchObject({
        org: made["DOCKER_INFLUXDB_INIT_ORG"],
        bucket: made["DOCKER_INFLUXDB_INIT_BUCKET"],
        database: asked["DATABASE"],
        retentionPolicy: asked["RETENTION_POLICY"],
      });
      expect([asked["ORG"], asked["BUCKET"]]).toEqual([influx?.org, influx?.bucket]);
    }
    const { environment: shown = {} } = services["grafana"] ?? {};
    expect(shown["INFLUX_DATABASE"]).toBe(inside.influx?.database);
    expect([shown["INFLUX_URL"], asked["INFLUX_HOST"]]).toEqual([inside.influx?.url, inside.influx?.url]);
    expect(inside.influx?.url).toBe("http://influxdb:8086");
    expect(services["influxdb"]?.ports).toEqual(["127.0.0.1:8086:8086"]);
    expect(settingsOf("docker/gateway-trial.yaml").influx?.url).toBe("http://127.0.0.1:8086");
  });

  it("brings by itself what works, on loopback only, and the gateway that cannot serve yet when it is asked for", () => {
    const byItself = Object.entries(services).flatMap(([name, { profiles }]) => (profiles ? [] : [name]));
    expect(byItself.sort()).toEqual(["grafana", "influx-setup", "influxdb", "trial"]);
    expect(services["gateway"]?.profiles).toContain("production");
    // Whoever needs another service brings it.
    for (const [name, { profiles = [], depends_on: needs = [] }] of Object.entries(services))
      for (const other of Array.isArray(needs) ? needs : Object.keys(needs)) {
        const brought = services[other]?.profiles ?? profiles;
        expect(
          profiles.every((profile) => brought.includes(profile)) &&
            (profiles.length > 0 || !services[other]?.profiles),
          `${name} needs ${other}`,
        ).toBe(true);
      }
    expect(services["trial"]).toMatchObject({ network_mode: "host" });
    const { http, listeners } = settingsOf("docker/gateway-trial.yaml");
    for (const { host } of [http, ...listeners]) expect(host).toBe("127.0.0.1");
    expect(compose).toContain("ends with exit 78");
    expect(read("docs/OPERATIONS.md")).toContain("exit 78");
  });

  it("says in docs/OPERATIONS.md how each secret is made", () => {
    const page = read("docs/OPERATIONS.md");
    for (const name of Object.keys(secrets)) expect(page, name).toContain(name);
  });

  it("is watched: every planted fault is found", () => {
    const planted: [string | RegExp, string, RegExp][] = [
      ["influxdb:2.7.12", "influxdb:2", /not pinned/],
      ["grafana/grafana:13.2.3", "grafana/grafana:latest", /not pinned/],
      ["  read_only: true\n", "", /may write/],
      ["  cap_drop: [ALL]\n", "", /capabilities/],
      ['  security_opt: ["no-new-privileges:true"]\n', "", /privileges/],
      ["  restart: unless-stopped\n", "", /restart/],
      [
        "gateway-data:/var",
        "gate-data:/var",
        /gate-data is not declared[\s\S]*gateway-data is used by nobody/,
      ],
      ["./config:/etc/davylamp:ro", "./konfig:/etc/davylamp:ro", /not in the repository/],
      ["./config:/etc/davylamp:ro", "./config:/etc/davylamp", /could be written/],
      ["${SECRETS:?run once: sh docker/secrets.sh}/mqtt_ca", "./secrets/mqtt_ca", /how it gets there/],
      ["secrets: [grafana_admin_password]", "secrets: []", /not mounted[\s\S]*used by nobody/],
      ["DOCKER_INFLUXDB_INIT_MODE: setup", "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: lamp", /in the text/],
      [/ {4}healthcheck:\n {6}test: \[CMD, influx, ping\]\n(?: {6}.+\n)+/, "", /no healthcheck/],
      ["influxdb: { condition: service_healthy }", "influx: { condition: service_healthy }", /no service/],
    ];
    for (const [from, to, what] of planted) {
      const text = compose.replace(from, to);
      expect(text, String(from)).not.toBe(compose);
      expect(composeFaults(text, checkout).join("\n"), String(from)).toMatch(what);
    }
    const http = read("docker/gateway.yaml").replace(/ {2}insecure:\n(?: {4}.+\n)+/g, "");
    expect(configured("", http)).toMatchObject({
      ok: false,
      faults: [{ what: expect.stringContaining("http beyond") }],
    });
  });
});
