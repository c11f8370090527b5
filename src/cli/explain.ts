import { existsSync } from "node:fs";
import { join } from "node:path";
import { createConfigStore } from "../app/config-store.ts";
import { readOnly } from "../app/replay/tape.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import { nodeDisk } from "../log/disk.ts";
import type { Rule } from "../model/rule.ts";
import { alarmJson, transitionJson } from "../wire/alarm.ts";
import { iso } from "../wire/time.ts";
import { recordOf, type TransitionRecord } from "./explain/record.ts";
import { rerun } from "./explain/rerun.ts";
import { explained } from "./explain/words.ts";

/**
 * `davylamp explain ID`: why an alarm rang, and whether judging the stored inputs once more gives the same one.
 * It writes nothing and may run beside a gateway on the same data. Exit 1 where the re-run differs.
 */
export async function explain(
  id: string,
  options: { readonly data: string; readonly json: boolean },
  print: (line: string) => void,
): Promise<number> {
  const { data } = options;
  if (!existsSync(join(data, "journal")))
    throw new Refusal(EXIT.usage, `${data} holds no journal; name a data directory with --data`);
  const records = await recordOf(data, id);
  const [raised] = records;
  if (raised === undefined) throw new Refusal(EXIT.usage, `no alarm ${id} in the journal of ${data}`);
  const rule = await ruleOf(data, raised);
  const again = await rerun(data, raised);
  if (options.json) {
    const { evidence, inputs } = raised;
    const transitions = records.map(({ seq, t, transition }) => ({
      seq,
      t: iso(t),
      transition: transitionJson(transition),
    }));
    print(
      JSON.stringify({ alarm: alarmJson(raised.alarm), inputs, evidence, rule, transitions, rerun: again }),
    );
  } else for (const line of explained(records, rule, again)) print(line);
  return "differences" in again && again.differences.length === 0 ? EXIT.well : EXIT.faults;
}

/** The rule as it stood then. */
async function ruleOf(data: string, { alarm, evidence }: TransitionRecord): Promise<Rule | null> {
  if (evidence === null) return null;
  const configs = await createConfigStore(join(data, "config"), readOnly(nodeDisk)).load();
  try {
    return configs(evidence.configHash).rules.find((rule) => rule.id === alarm.rule) ?? null;
  } catch {
    return null;
  }
}
