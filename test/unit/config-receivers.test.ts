import { describe, expect, it } from "vitest";
import type { Loaded } from "../../src/wire/config/build.ts";
import { GatewayFile } from "../../src/wire/config/gateway-file.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { receiverFaults, receiverSettings } from "../../src/wire/config/receiver-file.ts";
import { parseYaml, readYaml } from "../../src/wire/config/yaml-source.ts";
import { MINE, OTHER } from "../support/mqtt-packets.ts";
import { shippedConfig } from "../support/shipped-config.ts";

function load(receivers: string) {
  const files = shippedConfig().map(({ path, text }) => ({
    path,
    text: path === "gateway.yaml" ? `${text}\nreceivers:\n${receivers}\n` : text,
  }));
  return loadConfig(
    files,
    (reference) => (reference === "env:BROKER" ? "secret" : undefined),
    Date.UTC(2026, 10, 1),
  );
}

/** Of this file alone: reading all the others takes its time. */
function faultsOf(receivers: string): string[] {
  const source = readYaml("gateway.yaml", `receivers:\n${receivers}\n`);
  const parsed = parseYaml(source, GatewayFile);
  if (!parsed.ok) return parsed.faults.map(({ what }) => what);
  const mines = [MINE, OTHER].map((code) => ({ value: { code } }));
  const loaded = { gateway: { source, value: parsed.value }, mines } as unknown as Loaded;
  return receiverFaults(loaded).map(({ what }) => what);
}

const WELL = `  - name: county
    url: mqtts://broker.county.example
    username: gateway
    password: "\${env:BROKER}"
    mines: ["${MINE}", "${OTHER}"]`;

describe("receivers in gateway.yaml", () => {
  it("fill in what is not said, and keep the password a reference", () => {
    const loaded = load(WELL);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const [file] = loaded.gateway.receivers;
    if (file === undefined) throw new Error("none");
    expect(receiverSettings(file, loaded.config.mines)).toMatchObject({
      clientId: "davylamp-county",
      protocol: 5,
      secret: "env:BROKER",
      filters: expect.arrayContaining([`mine/v1/${MINE}/#`, `mine/v1/${OTHER}/#`]),
      topicPrefix: "",
      keepAlive: 30_000,
    });
    expect(JSON.stringify(loaded.gateway)).not.toContain('secret"');
  });

  it("name a secret that is not there, and the line of another fault", () => {
    const loaded = load(`${WELL.replace("env:BROKER", "env:NOT_THERE")}`);
    expect(loaded.ok ? [] : loaded.faults.map(({ what }) => what)).toEqual([
      "receivers.0.password: the environment has no NOT_THERE",
    ]);
  });

  it("subscribe to all mines at once behind their prefix where the broker speaks for all", () => {
    const loaded = load(`  - { name: a, url: "mqtt://127.0.0.1:1", mines: "*", topicPrefix: site/ }`);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const [file] = loaded.gateway.receivers;
    if (file === undefined) throw new Error("none");
    expect(receiverSettings(file, loaded.config.mines).filters).toEqual(["site/mine/v1/#"]);
  });

  const one = (more: string, url = "mqtts://b.example") =>
    `  - { name: county, url: "${url}", mines: "*"${more === "" ? "" : `, ${more}`} }`;
  const wrong: [string, string, RegExp][] = [
    ["bytes in clear beyond this machine", one("", "mqtt://b.example"), /read and forged/],
    ["another protocol", one("", "http://b.example"), /mqtts:\/\//],
    [
      "a mine nobody configured",
      `  - { name: a, url: "mqtts://b", mines: ["1234"] }`,
      /no mine has the code 1234/,
    ],
    ["a password in the file", one("password: abc"), /reference to a secret/],
    ["a user in the address", one("", "mqtts://u:p@b.example"), /do not stand in the address/],
    ["half a certificate", one("certFile: a.pem"), /belong together/],
    ["a filter MQTT does not know", one('filters: ["mine/v1/a#"]'), /topic filter/],
    ["a filter for what no mine says", one('filters: ["$SYS/#"]'), /begins with \$/],
    ["a prefix without its end", one("topicPrefix: site"), /with a \/ at the end/],
    ["the same name twice", `${one("")}\n${one("", "mqtts://c.example")}`, /already a receiver/],
    [
      "one client id twice",
      `${WELL}\n${WELL.replace("name: county", "name: other").replace("username", "clientId: davylamp-county\n    username")}`,
      /put each other out/,
    ],
    ["a keep-alive of a second", one("keepAlive: 1s"), /too short/],
    [
      "a node of a mine it may not speak for",
      `  - { name: a, url: "mqtts://b", mines: ["${OTHER}"], sparkplug: { nodes: { g/e: { mine: "${MINE}", system: safety } } } }`,
      /is no mine of this receiver/,
    ],
    [
      "a node of a system nobody declared",
      one(`sparkplug: { nodes: { g/e: { mine: "${MINE}", system: nosuch } } }`),
      /no system nosuch/,
    ],
    ["a misspelt key", one("usrname: a"), /usrname/],
  ];
  it.each(wrong)("are refused for %s", (_, receivers, words) => {
    const faults = faultsOf(receivers);
    expect(faults.join("\n")).toMatch(words);
  });

  it("may leave this machine in clear by a named exception, and need none on it", () => {
    expect(faultsOf(one("insecure: { reason: old, approvedBy: li }", "mqtt://b.example"))).toEqual([]);
    expect(faultsOf(one("", "ws://127.0.0.1:9001/mqtt"))).toEqual([]);
    expect(faultsOf(one('filters: ["+/mine/v1/#", "a//b", "/", "+"]'))).toEqual([]);
  });
});
