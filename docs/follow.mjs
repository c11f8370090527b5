// Follows a gateway's alarms and misses none: node follow.mjs http://127.0.0.1:8080 viewer demo-viewer place.json
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";

const [url, name, password, file] = process.argv.slice(2);
let place = JSON.parse(readFileSync(file, { encoding: "utf8", flag: "a+" }) || "{}"); // { epoch, lastSeq }
function keep(next) {
  place = next;
  writeFileSync(`${file}.new`, JSON.stringify(place));
  renameSync(`${file}.new`, file);
}
async function follow() {
  const post = (path, init) => fetch(`${url}/api/v1/${path}`, { method: "POST", ...init });
  const headers = { "content-type": "application/json" };
  const session = await post("sessions", { headers, body: JSON.stringify({ name, password }) });
  const cookie = session.headers.getSetCookie()[0].split(";")[0];
  const { csrf } = await session.json();
  const { ticket } = await (await post("tickets", { headers: { cookie, "x-csrf-token": csrf } })).json();
  const ws = new WebSocket(`${url.replace("http", "ws")}/ws/v1/alarms`, "davylamp.alarms.v1");
  const quiet = setTimeout(() => ws.terminate(), 6000); // nothing for 6 s, not even a beat: come again
  ws.on("open", () => ws.send(JSON.stringify({ type: "hello", v: 1, ticket, consumer: "follow", ...place })));
  ws.on("error", () => {}).on("message", (data) => {
    quiet.refresh();
    const m = JSON.parse(data);
    if (m.type === "welcome" && m.resume === "snapshot") place = { epoch: m.epoch }; // forget what we knew
    for (const alarm of m.alarms ?? []) console.log(`open ${alarm.id} ${alarm.title}`);
    if (m.type === "snapshot" && m.part === m.parts) keep({ ...place, lastSeq: m.at });
    if (m.type === "beat" && m.sent > place.lastSeq) ws.terminate(); // a hole: come again from where we are
    if (m.type !== "event" || m.seq <= place.lastSeq) return; // a repeat: dropped
    if (m.prev !== place.lastSeq) return ws.terminate(); // a hole, too
    console.log(`event ${m.seq} ${m.transition.what} ${m.alarm.level} ${m.alarm.title}`);
    keep({ ...place, lastSeq: m.seq }); // dealt with and remembered: only now acknowledged
    ws.send(JSON.stringify({ type: "ack", seq: m.seq }));
  });
  await new Promise((resolve) => ws.on("close", resolve));
}
for (;;) {
  await follow().catch(() => {});
  await wait(200 + Math.random() * 800);
}
