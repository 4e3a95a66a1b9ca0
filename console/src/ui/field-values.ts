import { stepNames } from "../pages/dr/drills/texts.ts";
import { modes, promotionFaults, sites, standbyStates, stopReasons } from "../pages/dr/words.ts";
import { defineTexts, type useNames } from "../texts/texts.ts";

/** What the values of these fields of results and of the audit log are called: as on the pages that are about them. */
export const valueTables: Readonly<Record<string, Parameters<typeof useNames>[0]>> = {
  state: standbyStates,
  mode: modes,
  site: sites,
  reason: stopReasons,
  why: promotionFaults,
  name: stepNames,
};

/** The same of values that no page names, under `<field>.<value>`. */
export const fieldValues = defineTexts("fieldValues", {
  ja: {
    "state.open": "未完了",
    "state.done": "完了",
    "outcome.promoted": "反映しました",
    "outcome.refused": "反映できません",
    "scope.all": "すべて",
  },
  en: {
    "state.open": "open",
    "state.done": "done",
    "outcome.promoted": "carried over",
    "outcome.refused": "refused",
    "scope.all": "everything",
  },
});
