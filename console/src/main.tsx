import "@mantine/core/styles.css";
import "virtual:theme.css";
import "./ui/ui.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { theme } from "../theme.ts";
import { queryClient } from "./api/client.ts";
import { finishSilentSignIn } from "./api/sign-in.ts";
import { Start } from "./shell/start.tsx";
import { startTexts } from "./texts/texts.ts";

/** Starts the console; in the hidden frame of a silent sign-in it only hands over the answer. */
async function main(): Promise<void> {
  if (await finishSilentSignIn()) return;
  await startTexts();
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no element `root`");
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} forceColorScheme="light" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queryClient}>
          <Start />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

void main();
