import { Code } from "@mantine/core";
import { defineTexts, useTexts } from "../../texts/texts.ts";

const texts = defineTexts("cron", {
  ja: {
    everyMinute: "毎分",
    everyMinutes: "{{minutes}}分ごと",
    hourly: "毎時{{minute}}分",
    daily: "毎日 {{time}}（日本時間）",
  },
  en: {
    everyMinute: "every minute",
    everyMinutes: "every {{minutes}} minutes",
    hourly: "hourly, {{minute}} minutes past",
    daily: "daily at {{time}} (Japan time)",
  },
});

const number = /^\d+$/;

/** A schedule's cron in words where it is a simple one, else as it is. */
export function Cron({ cron }: { cron: string }) {
  const t = useTexts(texts);
  const [minute = "", hour = "", ...days] = cron.split(" ");
  if (days.some((part) => part !== "*")) return <Code>{cron}</Code>;
  if (hour === "*") {
    if (minute === "*") return t("everyMinute");
    if (minute.startsWith("*/")) return t("everyMinutes", { minutes: minute.slice(2) });
    if (number.test(minute)) return t("hourly", { minute });
  }
  if (number.test(hour) && number.test(minute)) return t("daily", { time: `${hour}:${minute.padStart(2, "0")}` });
  return <Code>{cron}</Code>;
}
