import { Button, Group } from "@mantine/core";
import { changeLanguage, languages, useLanguage } from "../texts/texts.ts";

const names = { ja: "日本語", en: "English" } as const;

/** One button for each language, in that language. */
export function LanguageSwitch() {
  const current = useLanguage();
  return (
    <Group gap={4} role="group" aria-label="言語 / Language">
      {languages.map((language) => (
        <Button
          key={language}
          size="compact-sm"
          variant={language === current ? "light" : "subtle"}
          aria-pressed={language === current}
          lang={language}
          onClick={() => void changeLanguage(language)}
        >
          {names[language]}
        </Button>
      ))}
    </Group>
  );
}
