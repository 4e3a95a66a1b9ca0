import { type FeatureName, features, usedFeatures } from "./features.ts";
import { formatNumber, type TenantNumber, typeOfNumber, usableOnSecondary } from "./numbers.ts";
import { planFaults } from "./plan.ts";
import { type Count, counted, none, type ReadinessFacts } from "./readiness-facts.ts";
import { blocker, type Check, type Finding, pass, warning } from "./readiness-finding.ts";

const listed = ({ count, examples }: Count) => ({
  ja: `${examples.join("、")}${count > examples.length ? " ほか" : ""}`,
  en: `${examples.join(", ")}${count > examples.length ? " and more" : ""}`,
});

const known = ({ numbers }: ReadinessFacts): TenantNumber[] => numbers.flatMap(({ number }) => number ?? []);

/** The numbers that work on the secondary, by path, once the plan's destinations are set. */
function usableNumbers(facts: ReadinessFacts): Map<string, TenantNumber> {
  const all = known(facts);
  const byPath = new Map(all.map((number) => [number.path, number]));
  const byE164 = new Map(all.map((number) => [number.e164, number]));
  const planned = facts.plan?.plan?.tollFree ?? {};
  const behind = ({ e164, destination }: TenantNumber) => {
    const destined = Object.hasOwn(planned, e164) ? planned[e164] : undefined;
    return destined === undefined ? byPath.get(destination ?? "") : byE164.get(destined);
  };
  return new Map([...byPath].filter(([, number]) => usableOnSecondary(number, behind(number)).usable));
}

const fixPlan = { ja: "切り替え計画を直してください", en: "Correct the plan" };

function findPlanNumbers(facts: ReadinessFacts): Finding {
  const plan = facts.plan?.plan;
  if (!plan) return pass("計画がありません", "There is no plan");
  const numbers = new Map(known(facts).map((number) => [number.e164, number]));
  const faults = planFaults(plan, { numbers });
  if (faults.length === 0) {
    const { gone } = facts.phones;
    if (gone.count === 0) return pass("すべて大阪で利用できます", "All of them work on the secondary");
    return warning({
      why: {
        ja: `計画の電話機${gone.count}台が登録されていません：${listed(gone).ja}`,
        en: `${gone.count} phones of the plan are not there: ${listed(gone).en}`,
      },
      remedy: fixPlan,
      details: gone,
    });
  }
  const examples = faults.slice(0, 5);
  return blocker({
    why: {
      ja: `${faults.length}件の番号を大阪で利用できません：${examples.map(({ number, why }) => `${formatNumber(number)} ${why.ja}`).join("、")}`,
      en: `${faults.length} numbers do not work on the secondary: ${examples.map(({ number, why }) => `${formatNumber(number)} ${why.en}`).join("; ")}`,
    },
    remedy: fixPlan,
    details: { count: faults.length, examples },
  });
}

function findTollFree(facts: ReadinessFacts): Finding {
  const usable = usableNumbers(facts);
  const lost = known(facts)
    .filter(({ path, e164 }) => typeOfNumber(e164) === "tollFree" && !usable.has(path))
    .map(({ e164 }) => formatNumber(e164))
    .reduce(counted, none);
  if (lost.count === 0) return pass("すべて大阪で着信できます", "All of them reach the secondary");
  return warning({
    why: {
      ja: `${lost.count}件は大阪で着信できません：${listed(lost).ja}`,
      en: `${lost.count} do not reach the secondary: ${listed(lost).en}`,
    },
    remedy: {
      ja: "切り替え計画に着信先を登録するか、通信事業者にご相談ください",
      en: "Give a destination in the plan, or ask the carrier",
    },
    details: lost,
  });
}

function findCentres(facts: ReadinessFacts): Finding {
  const { centres } = facts;
  if (centres.length === 0) return pass("コールセンターがありません", "There is none");
  const usable = usableNumbers(facts);
  const remedy = {
    ja: "大阪で利用できる番号（専用の06・050など）をコールセンターに割り当ててください",
    en: "Assign each a number that works on the secondary, such as a dedicated 06 or 050",
  };
  if (usable.size === 0) {
    const why = { ja: "大阪で利用できる番号が1つもありません", en: "Not one number works on the secondary" };
    return blocker({ why, remedy });
  }
  const reached = new Set([...usable.values()].map(({ callCenter }) => callCenter));
  const lost = centres
    .filter(({ path }) => !reached.has(path))
    .map(({ name }) => name)
    .reduce(counted, none);
  if (lost.count === 0) return pass(`${centres.length}件すべてに着信できます`, `All ${centres.length} can be reached`);
  return warning({
    why: {
      ja: `${lost.count}件に着信できません：${listed(lost).ja}`,
      en: `${lost.count} cannot be reached: ${listed(lost).en}`,
    },
    remedy,
    details: lost,
  });
}

/** The checks that read the whole of a tenant's data. */
export const dataChecks = {
  primaryAnswers: {
    label: { ja: "東京の応答", en: "Whether the primary answers" },
    overridable: true,
    find: ({ primaryAnswers }) =>
      primaryAnswers
        ? pass(
            "東京は稼働しています。切り替えは訓練または計画的な移行になります",
            "The primary works: an activation now is a drill or a planned move",
            { answers: true },
          )
        : warning({
            why: { ja: "東京が応答していません", en: "The primary does not answer" },
            remedy: {
              ja: "障害情報を確認し、必要なら切り替えてください",
              en: "Look for an incident; activate if need be",
            },
            details: { answers: false },
          }),
  },
  planNumbers: {
    label: { ja: "計画の番号", en: "Numbers of the plan" },
    overridable: true,
    find: findPlanNumbers,
  },
  tollFree: {
    label: { ja: "0120・0800・0570の着信", en: "Toll-free numbers" },
    overridable: true,
    find: findTollFree,
  },
  contactCentres: {
    label: { ja: "コールセンターへの着信", en: "Contact centres" },
    overridable: true,
    find: findCentres,
  },
  phones: {
    label: { ja: "電話機の発信者番号", en: "Phones' caller numbers" },
    overridable: true,
    find: ({ phones: { total, withoutReplacement } }) =>
      withoutReplacement.count === 0
        ? pass(`${total}台すべて大阪で発信できます`, `All ${total} phones can show a number`)
        : warning({
            why: {
              ja: `${total}台のうち${withoutReplacement.count}台は、大阪で使える発信者番号がありません：${listed(withoutReplacement).ja}`,
              en: `${withoutReplacement.count} of ${total} have no caller number that works on the secondary: ${listed(withoutReplacement).en}`,
            },
            remedy: { ja: "切り替え計画に代わりの番号を登録してください", en: "Give a replacement in the plan" },
            details: withoutReplacement,
          }),
  },
  numbers: {
    label: { ja: "番号の登録内容", en: "Number records" },
    overridable: true,
    find: ({ numbers }) => {
      const unreadable = numbers
        .filter(({ number }) => !number)
        .map(({ path }) => path)
        .reduce(counted, none);
      if (unreadable.count === 0) return pass("すべて読み取れます", "All can be understood");
      return warning({
        why: {
          ja: `${unreadable.count}件を読み取れません：${listed(unreadable).ja}`,
          en: `${unreadable.count} cannot be understood: ${listed(unreadable).en}`,
        },
        remedy: { ja: "番号の登録内容を確認してください", en: "Correct the documents" },
        details: unreadable,
      });
    },
  },
  features: {
    label: { ja: "大阪で制限される機能", en: "Features that stop or are restricted" },
    overridable: true,
    find: ({ settings, numbers }) => {
      const connections = new Set(numbers.flatMap(({ number }) => number?.connection ?? []));
      const used = usedFeatures({ settings, connections });
      if (used.length === 0) return pass("該当する機能は使っていません", "None of them is known to be used");
      const named = (effect: "stops" | "conditional", language: "ja" | "en") =>
        used
          .filter((name) => features[name].effect === effect)
          .map((name: FeatureName) => features[name].label[language]);
      return warning({
        why: {
          ja: `使えなくなる機能：${named("stops", "ja").join("、") || "なし"}。条件付きの機能：${named("conditional", "ja").join("、") || "なし"}`,
          en: `Stop: ${named("stops", "en").join(", ") || "none"}. Under conditions: ${named("conditional", "en").join(", ") || "none"}`,
        },
        remedy: { ja: "機能ごとの代わりの手段を確認してください", en: "See what each takes, and what to do instead" },
        details: { features: used },
      });
    },
  },
  twoFactor: {
    label: { ja: "二要素認証の再登録", en: "Two-factor enrolment" },
    overridable: true,
    find: ({ twoFactor: { required, users, enrolled } }) => {
      const missing = Math.max(0, users - enrolled);
      const details = { users, enrolled, missing };
      if (!required) return pass("二要素認証は必須ではありません", "Not required of users", details);
      if (missing === 0) return pass("全員が大阪でも登録済みです", "All are enrolled on the secondary", details);
      return warning({
        why: {
          ja: `最大${missing}人が大阪で二要素認証を登録し直す必要があります`,
          en: `Up to ${missing} users must enrol again on the secondary`,
        },
        remedy: {
          ja: "切り替え前に大阪でも登録しておくよう案内してください",
          en: "Ask them to enrol on the secondary beforehand",
        },
        details,
      });
    },
  },
} as const satisfies Record<string, Check<ReadinessFacts>>;
