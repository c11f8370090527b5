/** True when the gateway now serves another build than the one on this screen: after an upgrade, both must speak alike. */
export async function isNewBuild(fetcher: typeof fetch, running: string): Promise<boolean> {
  try {
    const response = await fetcher("/", { cache: "no-store" });
    const page = response.ok ? await response.text() : "";
    return page.includes("<script") && !page.includes(running);
  } catch {
    return false;
  }
}

/** The file this code came from, as the page names it. */
export const runningBuild = (): string => new URL(import.meta.url).pathname.split("/").at(-1) ?? "";
