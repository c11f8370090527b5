import {
  type ComputedRef,
  computed,
  type InjectionKey,
  inject,
  type Ref,
  ref,
  type ShallowRef,
  shallowRef,
  watch,
} from "vue";
import { byMine, type Line, listed, type Summary } from "./alarm-order.ts";
import { createBell } from "./bell.ts";
import { type Feed, openFeed, randomName, steady } from "./feed.ts";
import { createSpeech, type Language, type Speech } from "./i18n.ts";
import { isNewBuild, runningBuild } from "./new-build.ts";
import { type Answer, createRest, type Rest } from "./rest.ts";
import type { AlarmJson, MineJson, SessionJson } from "./shapes.ts";
import type { SocketStatus } from "./socket.ts";
import { type Ring, ringing } from "./sound.ts";
import { EMPTY_VIEW, type View } from "./store.ts";

/** No frame for this long and the screen says so; a beat is due every 2 s. */
const STOPPED_AFTER_MS = 5_000;
const MINES_EVERY_MS = 3_000;
const LANGUAGE = "davylamp.language";
const SESSION = "davylamp.session";

/** What one officer's screen is made of. Made once, by `main.ts`; views ask for it by `useDesk`. */
export interface Desk {
  readonly rest: Rest;
  readonly speech: ComputedRef<Speech>;
  readonly language: Ref<Language>;
  /** Undefined while it is not known yet whether this browser is signed in. */
  readonly session: ShallowRef<SessionJson | null | undefined>;
  readonly sessionEnded: Ref<boolean>;
  readonly view: ComputedRef<View>;
  readonly lines: ComputedRef<readonly Line[]>;
  readonly summaries: ComputedRef<ReadonlyMap<string, Summary>>;
  readonly mines: ShallowRef<readonly MineJson[] | null>;
  /** The gateway's clock, each second. */
  readonly now: Ref<number>;
  readonly status: ComputedRef<SocketStatus>;
  /** Seconds without a frame once there are too many; `never` before the first. */
  readonly stopped: Ref<number | "never" | null>;
  readonly soundArmed: Ref<boolean>;
  armSound(): void;
  mayAcknowledge(): boolean;
  signIn(name: string, password: string): Promise<Answer<SessionJson>>;
  signOut(): Promise<void>;
  acknowledge(alarm: AlarmJson, note: string | null): Promise<Answer<unknown>>;
  seen(alarm: AlarmJson): void;
  ticket(): Promise<string | null>;
}

export const DESK: InjectionKey<Desk> = Symbol("desk");

export function useDesk(): Desk {
  const desk = inject(DESK);
  if (desk === undefined) throw new Error("a view was mounted without a desk");
  return desk;
}

export function createDesk(): Desk {
  const session = shallowRef<SessionJson | null | undefined>(undefined);
  const sessionEnded = ref(false);
  const feed = shallowRef<Feed | null>(null);
  const language = ref<Language>(localStorage.getItem(LANGUAGE) === "en" ? "en" : "zh");
  const speech = computed(() => createSpeech(language.value));
  const rest = createRest(fetch.bind(window), () => session.value?.csrf);
  const view = computed(() => feed.value?.view.value ?? EMPTY_VIEW);
  const status = computed<SocketStatus>(() => feed.value?.status.value ?? "connecting");
  const lines = computed(() => listed(view.value.alarms?.values() ?? []));
  const summaries = computed(() => byMine(view.value.alarms?.values() ?? []));
  const mines = shallowRef<readonly MineJson[] | null>(null);
  const clock = createClock(view, session);
  const sound = createSound(view, clock.stopped);

  watch(
    language,
    (to) => {
      localStorage.setItem(LANGUAGE, to);
      document.documentElement.lang = to === "zh" ? "zh-CN" : "en";
      document.title = speech.value.t("app.title");
    },
    { immediate: true },
  );
  watch(session, (to, from) => {
    if (to?.user === from?.user && to?.role === from?.role) return;
    feed.value?.stop();
    mines.value = null;
    feed.value = to ? openFeed(ticket, () => void restore()) : null;
    if (to) void refreshMines();
  });
  let welcomes = 0;
  watch(status, (to) => {
    if (to === "signed-out") end();
    if (to === "live" && welcomes++ > 0) void renew();
  });
  setInterval(() => void refreshMines(), MINES_EVERY_MS);
  addEventListener("online", () => feed.value?.hurry());
  document.addEventListener("visibilitychange", () => feed.value?.hurry());
  void restore();

  /** A gateway that came back may be a new one. */
  async function renew(): Promise<void> {
    if (import.meta.env.PROD && (await isNewBuild(fetch.bind(window), runningBuild()))) location.reload();
  }

  async function restore(): Promise<void> {
    const known = await rest.session();
    const kept = sessionStorage.getItem(SESSION);
    if (known.ok) return keepSession({ ...(kept ? JSON.parse(kept) : {}), ...known.value });
    if (known.status === 0 && kept !== null) return keepSession(JSON.parse(kept));
    session.value = null;
  }

  function keepSession(value: SessionJson): void {
    sessionStorage.setItem(SESSION, JSON.stringify(value));
    session.value = value;
  }

  function end(): void {
    sessionStorage.removeItem(SESSION);
    sessionEnded.value = true;
    session.value = null;
  }

  async function ticket(): Promise<string | null> {
    const answer = await rest.ticket();
    if (answer.ok) return answer.value.ticket;
    if (answer.status === 401) return null;
    throw new Error(answer.why);
  }

  async function refreshMines(): Promise<void> {
    if (!session.value) return;
    const answer = await rest.mines();
    if (answer.ok && session.value) mines.value = answer.value;
  }

  return {
    rest,
    speech,
    language,
    session,
    sessionEnded,
    view,
    lines,
    summaries,
    mines,
    now: clock.now,
    status,
    stopped: clock.stopped,
    soundArmed: sound.armed,
    armSound: sound.arm,
    mayAcknowledge: () => session.value?.role === "duty" || session.value?.role === "lead",
    async signIn(name, password) {
      const answer = await rest.signIn(name, password);
      if (answer.ok) {
        sessionEnded.value = false;
        keepSession(answer.value);
      }
      return answer;
    },
    async signOut() {
      await rest.signOut();
      sessionStorage.removeItem(SESSION);
      session.value = null;
    },
    acknowledge: ({ id, seq }, note) => rest.acknowledge({ alarm: id, expect: seq, note, key: randomName() }),
    seen: ({ seq }) => feed.value?.seen(seq),
    ticket,
  };
}

/** The gateway's time and the age of the newest frame, looked at four times a second, told once a second. */
function createClock(view: ComputedRef<View>, session: ShallowRef<SessionJson | null | undefined>) {
  const now = ref(Math.floor(Date.now() / 1000) * 1000);
  const stopped = ref<number | "never" | null>(null);
  let signedInAt = steady();
  watch(session, () => {
    signedInAt = steady();
  });
  setInterval(() => {
    const local = steady();
    const since = local - (view.value.heardAt ?? signedInAt);
    const late = session.value && since > STOPPED_AFTER_MS;
    stopped.value = !late ? null : view.value.heardAt === null ? "never" : Math.floor(since / 1000);
    now.value = Math.floor((local + view.value.clockOffset) / 1000) * 1000;
  }, 250);
  return { now, stopped };
}

/** The bell follows the view: what nobody has acknowledged rings, and silence of the gateway itself rings lowest. */
function createSound(view: ComputedRef<View>, stopped: Ref<number | "never" | null>) {
  const armed = ref(false);
  const bell = createBell(
    () => new AudioContext(),
    () => {
      armed.value = bell.armed();
    },
  );
  const wanted = computed<Ring>(() => {
    const level = ringing(view.value.alarms?.values() ?? []);
    return level !== "red" && stopped.value !== null ? "stopped" : level;
  });
  const late = computed(
    () => [...(view.value.alarms?.values() ?? [])].filter((alarm) => alarm.retrospective).length,
  );
  watch(wanted, (to) => bell.ring(to), { immediate: true });
  watch(late, (to, from) => {
    if (to > from) bell.once("late");
  });
  return { armed, arm: () => void bell.arm() };
}
