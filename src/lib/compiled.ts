/**
 * The compiled form of a worker's entry file. A worker cannot run TypeScript, so code that runs from
 * `src` (tests, development) starts the worker that `tsc` put into `dist`.
 */
export function compiled(entry: string, from: string): URL {
  const url = new URL(entry, from);
  url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, "/dist/").replace(/\.ts$/, ".js");
  return url;
}
