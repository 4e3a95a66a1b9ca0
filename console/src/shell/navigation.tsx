import { NavLink, Text } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { groups, type PageRow, pages } from "../pages/pages.ts";
import { defineTexts, useLabel, useTexts } from "../texts/texts.ts";
import { OtherSite } from "./other-site.tsx";
import { useTenants } from "./tenants.ts";

const texts = defineTexts("navigation", {
  ja: { tenants: "テナント一覧", platform: "プラットフォーム運用" },
  en: { tenants: "Tenants", platform: "Platform" },
});

/** Links to the pages of the tenant in view, and for operators to those of the platform. */
export function Navigation({ tenant }: { tenant: string | undefined }) {
  const t = useTexts(texts);
  const label = useLabel();
  const { find, isOperator } = useTenants();
  const inView = tenant === undefined ? undefined : find(tenant);
  const shown = (row: PageRow) => row.label && (!row.act || inView?.may.includes(row.act));
  return (
    <>
      <Entry to="/" text={t("tenants")} exact />
      {inView ? (
        <>
          <Text fw={600} mt="sm" mb={4}>
            {inView.name}
          </Text>
          {Object.entries(groups).map(([group, name]) => (
            <Group key={group} title={label(name)}>
              {pages.tenant
                .filter((row) => row.group === group && shown(row))
                .map((row) => (
                  <Entry
                    key={row.path}
                    to={`/tenants/${inView.id}/${row.path}`}
                    text={label(row.label ?? { ja: "", en: "" })}
                    exact={row.path === "dr" || row.path === "backup"}
                  />
                ))}
            </Group>
          ))}
        </>
      ) : null}
      {isOperator ? (
        <Group title={t("platform")}>
          {pages.platform.map((row) =>
            row.label ? <Entry key={row.path} to={`/${row.path}`} text={label(row.label)} /> : null,
          )}
        </Group>
      ) : null}
      <Text size="sm" mt="lg">
        <OtherSite />
      </Text>
    </>
  );
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  if (Array.isArray(children) && children.length === 0) return null;
  return (
    <>
      <Text size="sm" c="var(--muted)" mt="sm">
        {title}
      </Text>
      {children}
    </>
  );
}

function Entry({ to, text, exact = false }: { to: string; text: string; exact?: boolean }) {
  const { pathname } = useLocation();
  const active = pathname === to || (!exact && pathname.startsWith(`${to}/`));
  return (
    <NavLink
      component={Link}
      to={to}
      label={text}
      py={5}
      active={active}
      {...(active ? { "aria-current": "page" } : {})}
    />
  );
}
