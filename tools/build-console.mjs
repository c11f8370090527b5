// Builds the console into dist/console and marks the build as whole.
import { writeFileSync } from "node:fs";
import { build } from "vite";

await build({ configFile: "src/console/vite.config.ts", logLevel: "warn" });
writeFileSync("dist/.built", "");
