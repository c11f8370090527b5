import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

/**
 * The console is served by the gateway from memory, on an intranet without internet, to browsers that may be
 * some years old: everything is in the bundle, nothing is fetched from elsewhere.
 */
export default defineConfig({
  root: "src/console",
  plugins: [vue()],
  build: {
    outDir: "../../dist/console",
    emptyOutDir: true,
    target: ["chrome87", "edge88", "firefox85", "safari14.1"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
