import type { Label } from "../catalogue.ts";
import { standingChecks } from "./readiness-checks.ts";
import { dataChecks } from "./readiness-data-checks.ts";
import {
  gatherReadiness,
  gatherStanding,
  type ReadinessApp,
  type ReadinessFacts,
  type StandingFacts,
} from "./readiness-facts.ts";
import { type Check, type Finding, type Result, results } from "./readiness-finding.ts";

export type { ReadinessApp } from "./readiness-facts.ts";

export type CheckName = keyof typeof standingChecks | keyof typeof dataChecks;

/** One check with what it found. */
export type AssessedCheck = Finding & { name: CheckName; label: Label; overridable: boolean };

/** What would go wrong if the tenant were activated now (R29); `result` is the gravest of all checks. */
export type Readiness = {
  tenant: string;
  at: Date;
  result: Result;
  checks: AssessedCheck[];
  blockers: AssessedCheck[];
};

/** What a check is called; one that there is no more has no more than its name. */
export function checkLabel(name: string): Label {
  const labels: Readonly<Record<string, { label: Label }>> = { ...standingChecks, ...dataChecks };
  return labels[name]?.label ?? { ja: name, en: name };
}

/** Makes every check of the table. */
function assess<Facts>(table: Record<string, Check<Facts>>, facts: Facts): AssessedCheck[] {
  return Object.entries(table).map(([name, { label, overridable, find }]) => ({
    name: name as CheckName,
    label,
    overridable,
    ...find(facts),
  }));
}

function readinessOf(tenant: string, at: Date, checks: AssessedCheck[]): Readiness {
  const gravest = Math.max(...checks.map(({ result }) => results.indexOf(result)));
  const blockers = checks.filter(({ result }) => result === "blocker");
  return { tenant, at, result: results[gravest] ?? "pass", checks, blockers };
}

/** The whole of readiness, decided from these facts. */
export function readinessFrom(tenant: string, facts: ReadinessFacts): Readiness {
  return readinessOf(tenant, facts.now, [...assess(standingChecks, facts), ...assess(dataChecks, facts)]);
}

/** What an activation must know, decided from what is found quickly. */
export function standingFrom(tenant: string, facts: StandingFacts): Readiness {
  return readinessOf(tenant, facts.now, assess(standingChecks, facts));
}

/**
 * Everything that would go wrong if the tenant were activated now (R29), from the secondary's own data.
 * @throws AppError `not-found` for a tenant that the secondary does not know; `unavailable` when it does not answer.
 */
export async function assessReadiness(app: ReadinessApp, tenant: string): Promise<Readiness> {
  return readinessFrom(tenant, await gatherReadiness(app, tenant));
}

/**
 * The checks that an activation makes: they read the secondary alone, and take as long for a large tenant as for a small
 * one. @throws AppError `unavailable` when the secondary does not answer.
 */
export async function assessForActivation(
  app: Omit<ReadinessApp, "primaryAnswers">,
  tenant: string,
): Promise<Readiness> {
  return standingFrom(tenant, await gatherStanding(app, tenant));
}
