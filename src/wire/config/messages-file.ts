import { z } from "zod";

/** What a text may name, each written `{name}`. */
const MESSAGE_FIELDS = [
  "again",
  "level",
  "what",
  "why",
  "mine",
  "place",
  "title",
  "value",
  "limit",
  "basis",
  "time",
  "people",
  "phone",
  "link",
  "step",
] as const;
const DIGEST_FIELDS = [
  "again",
  "level",
  "mine",
  "count",
  "levels",
  "lines",
  "more",
  "link",
  "step",
  "steps",
] as const;

const MOST = 2_000;

function text(fields: readonly string[], must: string | null = null) {
  return z
    .string()
    .min(1)
    .max(MOST)
    .refine((words) => must === null || namesIn(words).includes(must), {
      error: `must have {${must}}: by it a receiver knows a repeat`,
    })
    .refine((words) => namesIn(words).every((name) => fields.includes(name)), {
      error: `only these names: ${fields.map((name) => `{${name}}`).join(" ")}`,
    })
    .meta({ description: "A line whose names all stand for nothing is left out" });
}

/** The names a text asks for. */
export const namesIn = (words: string): string[] =>
  [...words.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name = ""]) => name);

const Alarm = (title: string, body: string) =>
  z
    .strictObject({
      title: text(MESSAGE_FIELDS).default(title),
      text: text(MESSAGE_FIELDS, "step").default(body),
    })
    .prefault({});
const Digest = (title: string, body: string, line: string) =>
  z
    .strictObject({
      title: text(DIGEST_FIELDS).default(title),
      text: text(DIGEST_FIELDS, "steps").default(body),
      line: text(MESSAGE_FIELDS).default(line),
    })
    .prefault({});
const Words = <K extends string>(words: Readonly<Record<K, string>>) =>
  z
    .strictObject(
      Object.fromEntries(
        Object.entries<string>(words).map(([key, word]) => [key, z.string().max(80).default(word)]),
      ) as Record<K, z.ZodDefault<z.ZodString>>,
    )
    .prefault({} as never);

const zh = z
  .strictObject({
    alarm: Alarm(
      "{again}【{level}】{mine} {title}",
      [
        "{again}【{level}】{what} {mine} {place}",
        "{title} {value}",
        "{limit} {basis}",
        "时间 {time}",
        "{people}",
        "{why}",
        "矿方电话 {phone}",
        "{link}",
        "编号 {step}",
      ].join("\n"),
    ),
    digest: Digest(
      "{again}【{level}】{mine} {count} 条报警",
      ["{again}{mine} {count} 条报警, {levels}", "{lines}", "{more}", "{link}", "编号 {steps}"].join("\n"),
      "【{level}】{mine} {place} {title} {value} {time}",
    ),
    test: Alarm(
      "测试 {title}",
      "测试: 这是一条试发消息, 不是报警\n{title}\n时间 {time}\n{link}\n编号 {step}",
    ),
    words: Words({
      again: "重发 ",
      red: "红",
      orange: "橙",
      yellow: "黄",
      blue: "蓝",
      none: "无",
      raise: "报警",
      "step-up": "升级",
      return: "恢复",
      acknowledge: "已确认",
      end: "结束",
      changed: "变化",
      escalate: "呼叫",
      "not-delivered": "上一人未收到",
      "not-acknowledged": "超时未确认",
      "no-call": "确认后未电话核实",
      "no-feedback": "超时未反馈",
      limit: "限值",
      people: "井下人数",
      mines: "个矿",
      more: "其余略, 见控制台",
      gateway: "本系统",
    }),
  })
  .prefault({});

const en = z
  .strictObject({
    alarm: Alarm(
      "{again}[{level}] {mine}: {title}",
      [
        "{again}[{level}] {what}: {mine}, {place}",
        "{title} {value}",
        "{limit} {basis}",
        "At {time}",
        "{people}",
        "{why}",
        "Mine's telephone {phone}",
        "{link}",
        "Step {step}",
      ].join("\n"),
    ),
    digest: Digest(
      "{again}[{level}] {count} alarms in {mine}",
      ["{again}{count} alarms in {mine}, {levels}", "{lines}", "{more}", "{link}", "Steps {steps}"].join(
        "\n",
      ),
      "[{level}] {mine}, {place}: {title} {value} {time}",
    ),
    test: Alarm("TEST {title}", "TEST: this is a trial, no alarm\n{title}\nAt {time}\n{link}\nStep {step}"),
    words: Words({
      again: "(again) ",
      red: "red",
      orange: "orange",
      yellow: "yellow",
      blue: "blue",
      none: "none",
      raise: "Alarm",
      "step-up": "Worse",
      return: "Returned",
      acknowledge: "Acknowledged",
      end: "Ended",
      changed: "Changed",
      escalate: "Call",
      "not-delivered": "the person before was not reached",
      "not-acknowledged": "not acknowledged in time",
      "no-call": "acknowledged, but nobody telephoned",
      "no-feedback": "no feedback in time",
      limit: "limit",
      people: "people underground",
      mines: "mines",
      more: "more in the console",
      gateway: "the gateway",
    }),
  })
  .prefault({});

/** `config/messages.yaml`: what messages say. What is left out says what ships. */
export const MessagesFile = z
  .strictObject({ zh, en })
  .meta({ id: "messages", title: "davylamp messages.yaml" });
export type MessageTexts = z.output<typeof MessagesFile>;
export type Language = keyof MessageTexts;
