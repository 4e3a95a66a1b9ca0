import type { Label } from "../catalogue.ts";
import { AppError } from "./errors.ts";
import type { StandingFacts } from "./readiness-facts.ts";
import { blocker, type Check, type Finding, pass } from "./readiness-finding.ts";
import type { Standby } from "./standby.ts";
import { supports, type TenantProfile, versionGates } from "./tenant.ts";

/** What the preconditions look at. */
type Profiles = Pick<StandingFacts, "profile"> & { standby?: Pick<Standby, "profile"> };

/** The primary's profile as last mirrored, else the secondary's own. */
const profileOf = ({ standby, profile }: Profiles): TenantProfile | undefined => standby?.profile ?? profile;

/** What is left to do by hand where the platform cannot activate. */
const manualSteps: Label[] = [
  {
    ja: "通信事業者に、電話番号の転送先を大阪に変更するよう依頼する",
    en: "Ask the carrier to forward the numbers to the secondary",
  },
  {
    ja: "大阪の管理画面で既定の発信者番号と電話機の発信者番号を変更する",
    en: "Set the default caller number and the phones' caller numbers on the secondary's console",
  },
  { ja: "ソフトフォンで大阪のホストにログインする", en: "Have the softphones sign in to the secondary's host" },
];

/** What a tenant must have to be activated at all (R17), and where its profile says so: no reason overrides these. */
export const preconditions = {
  drOption: {
    field: "options.dr",
    label: { ja: "DRオプション", en: "DR option" },
    overridable: false,
    find: (facts) =>
      profileOf(facts)?.options.dr
        ? pass("契約しています", "The tenant has it")
        : blocker({
            why: { ja: "DRオプションを契約していません", en: "The tenant does not have the DR option" },
            remedy: { ja: "DRオプションをお申し込みください", en: "Order the option" },
          }),
  },
  outboundDialler: {
    field: "options.outboundDialler",
    label: { ja: "アウトバウンドダイヤラー", en: "Outbound dialler" },
    overridable: false,
    find: (facts) =>
      profileOf(facts)?.options.outboundDialler
        ? blocker({
            why: {
              ja: "アウトバウンドダイヤラーオプションはDRと併用できません",
              en: "The outbound-dialler option excludes DR",
            },
            remedy: { ja: "オプションの契約を見直してください", en: "Give up one of the two options" },
          })
        : pass("利用していません", "Not used"),
  },
  activationVersion: {
    field: "platformVersion",
    label: { ja: "切り替えに対応したバージョン", en: "Version with activation" },
    overridable: false,
    find: (facts) => {
      const version = profileOf(facts)?.platformVersion;
      const needed = versionGates.activation;
      if (version !== undefined && supports(version, "activation")) {
        return pass(`バージョン${version}は対応しています`, `Platform ${version} has it`);
      }
      return blocker({
        why: {
          ja: `切り替えには${needed}以降が必要です（現在は${version ?? "不明"}）`,
          en: `Activation takes platform ${needed} or later (now ${version ?? "unknown"})`,
        },
        remedy: {
          ja: "バージョンアップしてください。それまでは手作業で切り替えます",
          en: "Upgrade the platform; until then switch over by hand",
        },
        details: { manualSteps },
      });
    },
  },
} as const satisfies Record<string, Check<Profiles> & { field: string }>;

/**
 * Refuses what no reason can override (R17): a tenant without the option, with the outbound dialler, or too old.
 * @throws AppError `precondition-failed` that says what to change, or what to do by hand.
 */
export function requireActivatable(profile: TenantProfile): void {
  for (const { field, find } of Object.values(preconditions)) {
    const { result, why, remedy, details }: Finding = find({ profile });
    if (result !== "blocker") continue;
    const steps = details ? manualSteps.map(({ en }) => en).join("; ") : undefined;
    const message = [why.en, remedy?.en, steps].filter((part) => part !== undefined).join(": ");
    const label = remedy ? { ja: `${why.ja}。${remedy.ja}`, en: `${why.en}: ${remedy.en}` } : why;
    throw new AppError("precondition-failed", message, { fields: [{ field, problem: message, label }] });
  }
}
