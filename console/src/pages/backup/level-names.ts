import { defineTexts } from "../../texts/texts.ts";

/** The parts of a tenant whose recordings are backed up. */
export const levelNames = defineTexts("backupLevelNames", {
  ja: { office: "拠点", callCenter: "コールセンター", coachingTeam: "コーチングチーム" },
  en: { office: "Office", callCenter: "Contact centre", coachingTeam: "Coaching team" },
});
