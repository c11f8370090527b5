import type { Locator, Page } from "playwright-core";

/** The console as a person uses it. Knows screens and keys, not which gateway stands behind them. */
export function consolePage(page: Page, url: string) {
  const grid = page.locator("#alarm-grid");
  return {
    page,
    grid,
    rows: grid.locator("tr[data-alarm]"),
    tiles: page.locator("a[data-mine]"),
    lossBand: page.locator("[data-test=loss]"),
    newRed: page.locator("[data-test=new-red]"),
    link: page.locator("[data-test=link]"),
    sound: page.locator("[data-test=sound]"),
    dialog: page.getByRole("dialog"),

    row: (alarm: string): Locator => grid.locator(`tr[data-alarm="${alarm}"]`),
    rowWith: (text: string): Locator => grid.locator("tr[data-alarm]", { hasText: text }),
    tile: (mine: string): Locator => page.locator(`a[data-mine="${mine}"]`),
    point: (id: string): Locator => page.locator(`tr[data-point="${id}"]`),

    open: () => page.goto(url),
    go: (path: string) => page.goto(`${url}/#${path}`),

    async signIn(name: string, password: string): Promise<void> {
      await page.goto(url);
      await page.locator("#signin-name").fill(name);
      await page.locator("#signin-password").fill(password);
      await page.keyboard.press("Enter");
    },

    async speak(language: "zh" | "en"): Promise<void> {
      const now = await page.locator("html").getAttribute("lang");
      if ((now === "en") !== (language === "en")) await page.locator("[data-test=language]").click();
    },

    /** By keyboard only, from wherever the list's selection stands. Again from the top where the list moved. */
    async choose(alarm: string): Promise<void> {
      for (let tries = 0; tries < 20; tries++) {
        await grid.focus();
        await page.keyboard.press("Home");
        const count = await grid.locator("tr[data-alarm]").count();
        for (let i = 0; i < count; i++) {
          if ((await grid.getAttribute("aria-activedescendant")) === `alarm-${alarm}`) return;
          await page.keyboard.press("ArrowDown");
        }
      }
      throw new Error(`no row of ${alarm} could be chosen`);
    },

    async confirm(note?: string): Promise<void> {
      const field = page.locator("#ack-note");
      await field.waitFor();
      if (note !== undefined) await field.fill(note);
      await page.locator("[data-test=ack-confirm]").click();
    },

    /** The alarms of the list from top to bottom. */
    order: (): Promise<string[]> =>
      grid
        .locator("tr[data-alarm]")
        .evaluateAll((rows) =>
          (rows as unknown as { dataset: { alarm: string } }[]).map((row) => row.dataset.alarm),
        ),
  };
}

export type ConsolePage = ReturnType<typeof consolePage>;
