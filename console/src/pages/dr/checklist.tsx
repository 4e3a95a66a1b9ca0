import { Alert, Progress, Text } from "@mantine/core";
import { Link } from "react-router";
import { $api, every, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { ChecklistItem } from "./checklist/checklist-item.tsx";

const texts = defineTexts("checklist", {
  ja: {
    title: "切り替え後のチェックリスト",
    intro: "大阪に切り替えたあとに残る作業です。できたものから完了にしてください。誰がいつ行ったかが記録されます。",
    none: "いまはチェックリストがありません",
    noneBody: "大阪に切り替えると、切り替え計画をもとに自動で作られます。",
    plan: "切り替え計画を開く",
    progress: "{{total}}項目のうち{{done}}項目が完了",
    bar: "チェックリストの進み具合",
    allDone: "すべて完了しました。",
    open: "残りの項目",
    done: "完了した項目",
    opening: "チェックリストを作成しています…",
    live: "切り替えの経過を見る",
  },
  en: {
    title: "Checklist after activation",
    intro: "What is left to do once Osaka is active. Mark each item as it is done: who did it, and when, is kept.",
    none: "There is no checklist now",
    noneBody: "It is made from the switch-over plan when Osaka is activated.",
    plan: "Open the switch-over plan",
    progress: "{{done}} of {{total}} done",
    bar: "Progress of the checklist",
    allDone: "All is done.",
    open: "To be done",
    done: "Done",
    opening: "The checklist is being made…",
    live: "See how the activation went",
  },
});

type Checklist = Schema<"Checklist">;

/** What is to be done after an activation, by whom it was done, and how (R21). */
export function ChecklistPage() {
  const t = useTexts(texts);
  const { id } = useTenant();
  const query = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/checklist",
    { params: { path: { tenant: id } } },
    { refetchInterval: every.fewSeconds },
  );
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={query}>
        {(checklist) =>
          checklist.activation === null ? <None /> : <Items checklist={checklist} activation={checklist.activation} />
        }
      </Loaded>
    </Page>
  );
}

function None() {
  const t = useTexts(texts);
  const { id } = useTenant();
  return (
    <Alert color="gray" variant="outline" title={t("none")}>
      {t("noneBody")} <Link to={`/tenants/${id}/dr/plan`}>{t("plan")}</Link>
    </Alert>
  );
}

function Items({ checklist: { items, summary }, activation }: { checklist: Checklist; activation: string }) {
  const t = useTexts(texts);
  const { id } = useTenant();
  const { total, open } = summary;
  if (total === 0) return <Text role="status">{t("opening")}</Text>;
  const said = t("progress", { total, done: total - open });
  return (
    <>
      <div>
        <Text role="status" mb={4}>
          {said} {open === 0 ? t("allDone") : null}
        </Text>
        <Progress.Root size="lg">
          <Progress.Section value={(100 * (total - open)) / total} aria-label={t("bar")} aria-valuetext={said} />
        </Progress.Root>
      </div>
      <Link to={`/tenants/${id}/dr/drills/${activation}`}>{t("live")}</Link>
      {(["open", "done"] as const).map((state) => {
        const shown = items.filter((item) => item.state === state);
        if (shown.length === 0) return null;
        return (
          <Section key={state} title={t(state)}>
            <ul className="checks">
              {shown.map((item) => (
                <li key={item.id}>
                  <ChecklistItem item={item} />
                </li>
              ))}
            </ul>
          </Section>
        );
      })}
    </>
  );
}
