import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faultsIn, operationsOf } from "../support/openapi.ts";
import type { Json } from "../support/web-client.ts";
import { createHouse, MINE } from "../support/web-ports.ts";
import { json, type OpenWeb, openWeb, type Seats, seatsAt } from "../support/web-room.ts";

let open: OpenWeb;
let seats: Seats = {};
beforeAll(async () => {
  open = await openWeb(createHouse());
  seats = await seatsAt(open.url);
});
afterAll(() => open.web.stop());

describe("the OpenAPI document", () => {
  it("is 3.1, lists every operation with its answers, and every reference in it leads somewhere", async () => {
    const document = await json(await fetch(`${open.url}/api/v1/openapi.json`));
    expect(document.openapi).toMatch(/^3\.1\./);
    const operations = operationsOf(document);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "DELETE /api/v1/mines/{mine}/credentials/{id}",
      "DELETE /api/v1/sessions",
      "GET /api/v1/alarms",
      "GET /api/v1/alarms/{id}",
      "GET /api/v1/connections/refused",
      "GET /api/v1/duty",
      "GET /api/v1/duty/log",
      "GET /api/v1/floods",
      "GET /api/v1/kpis",
      "GET /api/v1/mines",
      "GET /api/v1/mines/{mine}",
      "GET /api/v1/mines/{mine}/changes",
      "GET /api/v1/mines/{mine}/check",
      "GET /api/v1/mines/{mine}/credentials",
      "GET /api/v1/mines/{mine}/status",
      "GET /api/v1/mines/{mine}/suggestions",
      "GET /api/v1/mines/{mine}/tables/{system}",
      "GET /api/v1/notifications",
      "GET /api/v1/out-of-service",
      "GET /api/v1/points",
      "GET /api/v1/points/{id}",
      "GET /api/v1/points/{id}/limits",
      "GET /api/v1/points/{id}/series",
      "GET /api/v1/pre-notices",
      "GET /api/v1/push-devices",
      "GET /api/v1/requests",
      "GET /api/v1/rules",
      "GET /api/v1/rules/shadow",
      "GET /api/v1/sessions",
      "GET /api/v1/shelves",
      "GET /api/v1/system",
      "GET /api/v1/unrest",
      "GET /health/live",
      "GET /health/ready",
      "GET /metrics",
      "POST /api/v1/alarms/{id}/acknowledge",
      "POST /api/v1/alarms/{id}/answers",
      "POST /api/v1/alarms/{id}/calls",
      "POST /api/v1/alarms/{id}/cause",
      "POST /api/v1/alarms/{id}/comments",
      "POST /api/v1/alarms/{id}/corrections",
      "POST /api/v1/alarms/{id}/feedback",
      "POST /api/v1/alarms/{id}/out-of-service",
      "POST /api/v1/alarms/{id}/reset",
      "POST /api/v1/alarms/{id}/return-to-service",
      "POST /api/v1/alarms/{id}/shelve",
      "POST /api/v1/alarms/{id}/stages",
      "POST /api/v1/alarms/{id}/unshelve",
      "POST /api/v1/duty/handover",
      "POST /api/v1/duty/notes",
      "POST /api/v1/duty/swaps",
      "POST /api/v1/mines/{mine}/credentials",
      "POST /api/v1/mines/{mine}/points/confirm",
      "POST /api/v1/mines/{mine}/status",
      "POST /api/v1/mines/{mine}/tables/{system}/confirm",
      "POST /api/v1/notifications/opened",
      "POST /api/v1/notifications/reports/{channel}/{secret}",
      "POST /api/v1/points/{id}/location",
      "POST /api/v1/pre-notices",
      "POST /api/v1/pre-notices/{id}/approve",
      "POST /api/v1/pre-notices/{id}/end",
      "POST /api/v1/pre-notices/{id}/refuse",
      "POST /api/v1/requests/{id}/approve",
      "POST /api/v1/requests/{id}/refuse",
      "POST /api/v1/sessions",
      "POST /api/v1/tickets",
      "PUT /api/v1/push-devices/{device}",
    ]);
    for (const { path, operation } of operations) {
      expect(JSON.stringify(operation.responses).includes("Problem"), path).toBe(path.startsWith("/api/"));
      expect(operation.summary).toBeTruthy();
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    }
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    const names = new Set([...references].map(([, name]) => name as string));
    expect(names.has("Alarm")).toBe(true);
    expect([...names].filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it("has of every route a summary, its answer, its refusal, and an example of each that fits its schema", async () => {
    const document = await json(await fetch(`${open.url}/api/v1/openapi.json`));
    const api = operationsOf(document).filter(({ path }) => path.startsWith("/api/"));
    const faults: string[] = [];
    let bodies = 0;
    for (const { method, path, operation } of api) {
      const name = `${method} ${path}`;
      const said = (what: string[]) => faults.push(...what.map((fault) => `${name}: ${fault}`));
      if (!(operation.summary?.length > 3) || operation.tags?.length !== 1) said(["no summary or no tag"]);
      const answers = Object.entries(operation.responses as Record<string, Json>);
      for (const range of ["2", "4", "5"])
        if (answers.filter(([status]) => status.startsWith(range)).length !== 1)
          said([`not one answer ${range}xx`]);
      for (const [status, { content }] of answers) {
        if (status === "204") continue;
        const type = status.startsWith("2") ? "application/json" : "application/problem+json";
        const media = content?.[type];
        if (media?.schema === undefined) said([`${status} is no ${type}`]);
        else said(faultsIn(media.example, media.schema, document, status));
      }
      for (const part of path.match(/\{[^}]+\}/g) ?? [])
        if (!operation.parameters?.some((one: Json) => `{${one.name}}` === part))
          said([`${part} is not told`]);
      const media = operation.requestBody?.content?.["application/json"];
      if (media === undefined) continue;
      bodies += 1;
      said(faultsIn(media.example, media.schema, document, "body"));
      // The door of the route itself takes the example: whatever else it says, not that it is broken.
      const url = path
        .replace("/api/v1/", "")
        .replace("{mine}", MINE)
        .replace(/\{[^}]+\}/g, "ABCDEFGH2");
      const answer = await seats.lead!.send(method, url, media.example);
      if (answer.status === 400) said([`the example is refused: ${await answer.text()}`]);
    }
    expect(faults).toEqual([]);
    // It bites: an example that does not fit is found.
    expect(faultsIn({ name: 1 }, { $ref: "#/components/schemas/Problem" }, document)).not.toEqual([]);
    expect(bodies).toBeGreaterThan(20);
  });

  it("can be read by a person, without a script", async () => {
    const response = await fetch(`${open.url}/docs`);
    const page = await response.text();
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(page).toContain("/api/v1/alarms/{id}/acknowledge");
    expect(page).not.toMatch(/<script/i);
  });
});
