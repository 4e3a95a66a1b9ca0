import { Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import { defineTexts, useNames, useTexts } from "../texts/texts.ts";
import { type Column, DataTable } from "./data-table.tsx";
import { Facts } from "./facts.tsx";
import { fieldNames } from "./field-names.ts";
import { fieldValues, valueTables } from "./field-values.ts";
import { useKindName } from "./kind-name.ts";
import { Time, useDuration, useNumbers } from "./time.tsx";

const texts = defineTexts("values", {
  ja: { yes: "はい", no: "いいえ", none: "なし" },
  en: { yes: "yes", no: "no", none: "none" },
});

type Fields = Record<string, unknown>;

/** Fields of which the API says no more than that they are there, for people: names, times, lengths, counts, tables. */
export function Values({ values }: { values: Fields }) {
  const name = useFieldName();
  return (
    <Facts
      items={Object.entries(values)
        .sort(simpleFirst)
        .map(([field, value]) => [name(field), <Value {...{ field, value }} key="" />])}
    />
  );
}

/** One such value; the name of its field says what it is. */
export function Value({ field, value }: { field: string; value: unknown }) {
  if (Array.isArray(value)) return <List field={field} items={value} />;
  if (!isRecord(value)) return <Scalar field={field} value={value} />;
  if (Object.keys(value).length > 0 && Object.values(value).every(isRecord)) {
    const rows = Object.entries(value as Record<string, Fields>).map(([key, cells]) => ({
      [singular(field)]: key,
      ...cells,
    }));
    return <ValuesTable field={field} rows={rows} />;
  }
  return <Values values={value} />;
}

function List({ field, items }: { field: string; items: unknown[] }) {
  const t = useTexts(texts);
  if (items.length === 0) return t("none");
  if (items.every(isRecord)) return <ValuesTable field={field} rows={items} />;
  return items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a list as it was recorded does not change
    <Text size="sm" key={index} component="div">
      <Value field={singular(field)} value={item} />
    </Text>
  ));
}

function ValuesTable({ field, rows }: { field: string; rows: Fields[] }) {
  const name = useFieldName();
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns: Column<Fields>[] = fields.map((each) => ({
    title: name(each),
    cell: (row) => (row[each] === undefined ? null : <Value field={each} value={row[each]} />),
    ...(rows.every((row) => row[each] === undefined || typeof row[each] === "number") ? { align: "right" } : {}),
  }));
  return <DataTable label={name(field)} columns={columns} rows={rows} rowKey={(row) => JSON.stringify(row)} empty="" />;
}

function Scalar({ field, value }: { field: string; value: unknown }) {
  const t = useTexts(texts);
  const named = useNames(fieldValues);
  const listed = useNames(valueTables[field] ?? fieldValues);
  const kind = useKindName();
  const duration = useDuration();
  const { count, bytes } = useNumbers();
  const { tenant } = useParams();
  if (value === null || value === undefined || value === "") return t("none");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") {
    if (field.endsWith("Milliseconds")) return duration(value / 1000);
    if (field.endsWith("Seconds")) return duration(value);
    return /bytes$/i.test(field) ? bytes(value) : count(value);
  }
  const text = String(value);
  if (isTime.test(text)) return <Time at={text} seconds />;
  if (field === "operation" && tenant) return <Link to={`/tenants/${tenant}/operations/${text}`}>{text}</Link>;
  if (field === "kind") return kind(text);
  const key = `${field}.${text}`;
  const known = named(key);
  return known === key ? listed(text) : known;
}

function useFieldName(): (field: string) => string {
  const name = useNames(fieldNames);
  return (field) => name(field);
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const singular = (field: string): string => field.replace(/s$/, "");

/** What takes a line comes before what takes a table. */
const simpleFirst = ([, a]: [string, unknown], [, b]: [string, unknown]): number => size(a) - size(b);
const size = (value: unknown): number =>
  isRecord(value) ? Object.keys(value).length : Array.isArray(value) ? value.length : 0;
