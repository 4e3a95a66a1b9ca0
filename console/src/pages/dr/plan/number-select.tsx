import { Select } from "@mantine/core";
import { useMemo } from "react";
import { defineTexts, useLanguage, useTexts } from "../../../texts/texts.ts";
import { isLine, type TenantNumber } from "./tenant-numbers.ts";

const texts = defineTexts("numberSelect", {
  ja: { none: "該当する番号がありません", choose: "番号を選択", clear: "選択を解除" },
  en: { none: "No such number", choose: "Choose a number", clear: "Clear" },
});

/** So many are shown at once; typing a part of the number finds the others. */
const shownAtMost = 100;

/** The numbers that can be chosen, usable ones first; the others are shown with why they cannot be. */
export function useNumberOptions(numbers: readonly TenantNumber[]) {
  const language = useLanguage();
  return useMemo(() => {
    const lines = numbers.filter(isLine).toSorted((a, b) => Number(b.secondary.usable) - Number(a.secondary.usable));
    return lines.flatMap(({ number, display, secondary: { usable, label } }) => {
      const said = language === "ja" ? `（${label.ja}）` : ` (${label.en})`;
      return number === null ? [] : [{ value: number, label: `${display ?? number}${said}`, disabled: !usable }];
    });
  }, [numbers, language]);
}
export type NumberOption = ReturnType<typeof useNumberOptions>[number];

type NumberSelectProps = {
  label: string;
  /** Where the label stands elsewhere already, as in a table. */
  hiddenLabel?: boolean;
  description?: string;
  options: NumberOption[];
  value: string | undefined;
  onChange: (number: string | undefined) => void;
  disabled?: boolean;
  error?: string | undefined;
  /** How a number is written that is not among the options any more. */
  display?: string | undefined;
};

/** Chooses a number that works on the secondary, or none. */
export function NumberSelect(props: NumberSelectProps) {
  const { label, hiddenLabel = false, options, value, onChange, disabled = false, error, display, description } = props;
  const t = useTexts(texts);
  const known = value === undefined || options.some((option) => option.value === value);
  const data = known ? options : [{ value, label: display ?? value, disabled: false }, ...options];
  return (
    <Select
      {...(hiddenLabel ? { "aria-label": label } : { label })}
      description={description}
      data={data}
      value={value ?? null}
      onChange={(chosen) => onChange(chosen ?? undefined)}
      placeholder={t("choose")}
      nothingFoundMessage={t("none")}
      limit={shownAtMost}
      searchable
      clearable={!disabled}
      clearButtonProps={{ "aria-label": `${label}: ${t("clear")}`, tabIndex: 0, "aria-hidden": false, size: "md" }}
      disabled={disabled}
      error={error}
      withScrollArea={false}
      classNames={{ dropdown: "number-options" }}
      comboboxProps={{ withinPortal: true }}
      miw="14rem"
    />
  );
}
