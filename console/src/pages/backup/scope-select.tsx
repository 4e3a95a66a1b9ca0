import { NativeSelect } from "@mantine/core";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { levelNames } from "./level-names.ts";
import { placeIn, type Scope, scopeTypes, usePlaces } from "./places.ts";

const texts = defineTexts("backupScope", {
  ja: {
    label: "対象",
    all: "すべて",
    allOwn: "ご担当の拠点すべて",
    named: "{{type}}：{{name}}",
  },
  en: {
    label: "Recordings of",
    all: "everything",
    allOwn: "all your offices",
    named: "{{type}}: {{name}}",
  },
});

type ScopeSelectProps = { value: Scope; onChange(scope: Scope): void; withoutAll?: boolean };

/** Chooses one office, contact centre or coaching team by name, or all. */
export function ScopeSelect({ value, onChange, withoutAll = false }: ScopeSelectProps) {
  const t = useTexts(texts);
  const typeName = useTexts(levelNames);
  const { offices } = useTenant();
  const { places } = usePlaces();
  const chosen = placeIn(value);
  const isListed = places.some(({ type, id }) => type === chosen?.type && id === chosen.id);
  const groups = scopeTypes.map((type) => ({
    group: typeName(type),
    items: places
      .filter((place) => place.type === type)
      .map(({ id, name }) => ({ value: `${type}:${id}`, label: name })),
  }));
  return (
    <NativeSelect
      label={t("label")}
      value={chosen ? `${chosen.type}:${chosen.id}` : ""}
      onChange={({ currentTarget }) => onChange(scopeOf(currentTarget.value))}
      data={[
        ...(withoutAll ? [] : [{ value: "", label: t(offices ? "allOwn" : "all") }]),
        // What an address names is shown though its name has not come, or is not to be had.
        ...(chosen && !isListed ? [{ value: `${chosen.type}:${chosen.id}`, label: chosen.id }] : []),
        ...groups.filter(({ items }) => items.length > 0),
      ]}
    />
  );
}

/** A scope in words. */
export function ScopeName({ scope }: { scope: Scope }) {
  const t = useTexts(texts);
  const typeName = useTexts(levelNames);
  const { nameOf } = usePlaces();
  const place = placeIn(scope);
  if (!place) return t("all");
  return t("named", { type: typeName(place.type), name: nameOf(place.type, place.id) });
}

function scopeOf(value: string): Scope {
  const type = scopeTypes.find((candidate) => value.startsWith(`${candidate}:`));
  return type ? { [type]: value.slice(type.length + 1) } : {};
}
