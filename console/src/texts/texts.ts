import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";

export const languages = ["ja", "en"] as const;
export type Language = (typeof languages)[number];

const storageKey = "hikae.language";

/** The texts that were defined before the start. */
const resources: Record<Language, Record<string, Record<string, string>>> = { ja: {}, en: {} };

/** Begins with the language chosen before, or the browser's own; the rest of the page follows `<html lang>`. */
export async function startTexts(): Promise<void> {
  const chosen = localStorage.getItem(storageKey) ?? navigator.language;
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(initReactI18next).init({
    lng: chosen.startsWith("ja") ? "ja" : "en",
    fallbackLng: "en",
    keySeparator: false,
    nsSeparator: false,
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    resources,
  });
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(storageKey, language);
  await i18next.changeLanguage(language);
}

/** `documents_one` and `documents_other` are both asked for as `documents`. */
type Key<K extends string> = K extends `${infer Stem}_${"one" | "other"}` ? Stem : K;
type Namespace<K extends string> = { name: string; keys?: K };

/**
 * The texts of one part of the console in both languages, under flat keys; English has a plural where it needs one
 * (`n_one`, `n_other`), Japanese one form (`n_other`). `{{name}}` is replaced by what is given.
 */
export function defineTexts<K extends string, E extends string>(
  name: string,
  texts: { ja: Record<K, string>; en: Record<E, string> & ([Key<K>] extends [Key<E>] ? unknown : never) },
): Namespace<Key<K>> {
  for (const language of languages) {
    if (i18next.isInitialized) i18next.addResourceBundle(language, name, texts[language]);
    else resources[language][name] = texts[language];
  }
  return { name };
}

/** Gives the text of a key in the language that is chosen; `count` chooses the plural. */
export type Translate<K extends string> = (key: K, values?: Record<string, string | number>) => string;

export function useTexts<K extends string>(namespace: Namespace<K>): Translate<K> {
  const { t } = useTranslation(namespace.name);
  return (key, values) => t(key as string, { ...values, ns: namespace.name });
}

/** Gives the text of a value that the API may add to; one that has none yet is shown as it is. */
export function useNames(namespace: Namespace<string>): (value: string) => string {
  const { t } = useTranslation(namespace.name);
  return (value) => t(value, { ns: namespace.name, defaultValue: value });
}

export function useLanguage(): Language {
  return useTranslation().i18n.language === "ja" ? "ja" : "en";
}

/** Strings several together as the language does. */
export function useList(): (items: readonly string[]) => string {
  const language = useLanguage();
  return (items) => new Intl.ListFormat(language).format(items);
}

/** Picks from a text that the API gives in both languages. */
export function useLabel(): (label: { ja: string; en: string }) => string {
  const language = useLanguage();
  return (label) => label[language];
}
