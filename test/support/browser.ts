import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** A machine that does three things at once still draws, later. */
const PATIENCE_MS = 60_000;

/** Why the browser tests cannot run here; null = they can. Printed, so that a skip is seen. */
export function noBrowser(): string | null {
  return existsSync(CHROMIUM) ? null : `${CHROMIUM} is missing: the console was not tried in a browser`;
}

/** Debian's chromium with a new, empty profile. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS, timeout: PATIENCE_MS });
}

/** The screens the console must be good on: the officer's desk, the 4K wall, the telephone. */
export const SCREENS = {
  desk: { width: 1920, height: 1080 },
  wall: { width: 3840, height: 2160 },
  phone: { width: 390, height: 844 },
} as const;

/** A screen of its own: its own cookies, its own storage, its own person. */
export async function openScreen(
  browser: Browser,
  size: { width: number; height: number },
): Promise<BrowserContext> {
  const zone = { locale: "zh-CN", timezoneId: "America/New_York" };
  const context = await browser.newContext({ viewport: size, ...zone });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}
