import { existsSync, readFileSync } from "node:fs";
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from "@mantine/core";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { theme } from "./theme.ts";

const themeId = "virtual:theme.css";

/** The theme's variables as a stylesheet, so that none has to be made in the browser. */
const themeStylesheet: Plugin = {
  name: "theme-stylesheet",
  resolveId: (id) => (id === themeId ? `\0${themeId}` : undefined),
  load(id) {
    if (id !== `\0${themeId}`) return undefined;
    const variables = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
    return convertCssVariables(variables, ":root");
  },
};

/** The secondary's API of the local cloud that runs, for `npm run dev -w console`. */
function localApi(): string {
  const file = new URL("../.local/stack.json", import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).sites.secondary.api : "http://127.0.0.1:1";
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), themeStylesheet],
  // Everything is a file of its own: the content security policy allows nothing inline.
  build: {
    rolldownOptions: { checks: { pluginTimings: false } },
    assetsInlineLimit: 0,
    sourcemap: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { host: "127.0.0.1", proxy: { "/v1": localApi() } },
});
