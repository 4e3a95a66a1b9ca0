import { Button, Center, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { defineTexts, useTexts } from "../texts/texts.ts";

const texts = defineTexts("dataTable", { ja: { more: "さらに表示" }, en: { more: "Show more" } });

export type Column<T> = { title: string; cell: (row: T) => ReactNode; align?: "right" };

type DataTableProps<T> = {
  /** What the table lists, for those who do not see it. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** Said in place of the table when there is nothing in it. */
  empty: string;
  /** There when there is a further page. */
  onMore?: (() => void) | undefined;
  loadingMore?: boolean;
};

/** A list as a table that scrolls sideways by itself where it is too wide. */
export function DataTable<T>({ label, columns, rows, rowKey, empty, onMore, loadingMore }: DataTableProps<T>) {
  const t = useTexts(texts);
  if (rows.length === 0) return <Text c="var(--muted)">{empty}</Text>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="table-scroll" aria-label={label} tabIndex={0}>
        <Table striped verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ title, align }) => (
                <Table.Th key={title} ta={align}>
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={rowKey(row)}>
                {columns.map(({ title, cell, align }) => (
                  <Table.Td key={title} ta={align}>
                    {cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {onMore ? (
        <Center mt="sm">
          <Button variant="default" onClick={onMore} loading={loadingMore ?? false}>
            {t("more")}
          </Button>
        </Center>
      ) : null}
    </>
  );
}
