import type { Site } from "../../shared/domain/sites.ts";
import { randomOf } from "./random.ts";

/** Who writes a tenant's secondary: the mirror, nobody, or its people. */
export type Mode = "syncing" | "stopped" | "active";

/** What a plan foresees while it is made: it must hold whatever faults befall the steps. */
export type Outlook = {
  modes: Mode[];
  /** The site that is lost; never both. */
  lost: Site | undefined;
  /** Events are being lost, until the next quiet point. */
  dropping: boolean;
  sinceQuiet: number;
};

/** One step: everything that it does is drawn from its own seed. */
export type Step = { name: StepName; tenant: number; seed: number };

type Kind = {
  /** How often it comes, among those that are possible. */
  weight: number;
  possible(outlook: Outlook, mode: Mode): boolean;
  /** The tenant's mode after it. */
  leads?: Mode;
  foresees?(outlook: Outlook): void;
};

const whole = ({ lost }: Outlook) => lost === undefined;
const without = (site: Site) => (outlook: Outlook) => outlook.lost !== site;
const withTokyo = without("primary");
const withOsaka = without("secondary");
const always = () => true;
const restless = 14;

/** Every step: when it is possible, and what it leads to. */
export const steps = {
  /** Documents of random kinds are created, changed and deleted on the primary. */
  edit: { weight: 22, possible: withTokyo },
  /** The same few documents change again and again. */
  churn: { weight: 8, possible: withTokyo },
  /** Somebody writes the secondary although Hikae does (R10). */
  tamper: {
    weight: 3,
    possible: (outlook, mode) => mode === "syncing" && whole(outlook) && !outlook.dropping,
    leads: "stopped",
  },
  /** Somebody writes the secondary of a tenant whose sync stands still. */
  meddle: { weight: 2, possible: (outlook, mode) => mode === "stopped" && withOsaka(outlook) },
  stop: { weight: 2, possible: (outlook, mode) => mode === "syncing" && withOsaka(outlook), leads: "stopped" },
  restore: { weight: 8, possible: (outlook, mode) => mode === "stopped" && whole(outlook), leads: "syncing" },
  reconcile: { weight: 3, possible: (outlook, mode) => mode === "syncing" && whole(outlook) },
  activate: { weight: 4, possible: (outlook, mode) => mode !== "active" && withOsaka(outlook), leads: "active" },
  /** The people of an active tenant change the secondary, which is theirs now. */
  editActive: { weight: 12, possible: (outlook, mode) => mode === "active" && withOsaka(outlook) },
  failBack: { weight: 6, possible: (outlook, mode) => mode === "active" && whole(outlook), leads: "syncing" },
  purge: { weight: 2, possible: (outlook, mode) => mode !== "active" && withOsaka(outlook) },
  call: { weight: 9, possible: (outlook, mode) => (mode === "active" ? withOsaka : withTokyo)(outlook) },
  backUpNow: { weight: 2, possible: whole },
  verify: { weight: 1, possible: whole },
  guidance: { weight: 4, possible: withTokyo },
  schedule: { weight: 5, possible: always },
  /** Events come twice, late and out of order from now on. */
  disorder: { weight: 7, possible: always },
  /** Events are lost from now on. */
  drop: {
    weight: 2,
    possible: (outlook) => !outlook.dropping,
    foresees: (outlook) => {
      outlook.dropping = true;
    },
  },
  storageFault: { weight: 3, possible: always },
  mailFault: { weight: 2, possible: always },
  kill: { weight: 10, possible: always },
  /** A function dies at the work of its schedule. */
  killSchedule: { weight: 4, possible: always },
  restartDatabase: { weight: 1, possible: whole },
  loseTokyo: {
    weight: 8,
    possible: (outlook) => whole(outlook) && outlook.sinceQuiet === 0,
    foresees: (outlook) => {
      outlook.lost = "primary";
    },
  },
  regainTokyo: {
    weight: 25,
    possible: ({ lost }) => lost === "primary",
    foresees: (outlook) => {
      outlook.lost = undefined;
      outlook.dropping = true;
    },
  },
  loseOsaka: {
    weight: 4,
    possible: (outlook) => whole(outlook) && outlook.sinceQuiet === 0,
    foresees: (outlook) => {
      outlook.lost = "secondary";
    },
  },
  regainOsaka: {
    weight: 25,
    possible: ({ lost }) => lost === "secondary",
    foresees: (outlook) => {
      outlook.lost = undefined;
    },
  },
  /** Faults end, everything comes to rest, and all invariants are checked. */
  quiet: {
    weight: 3,
    possible: (outlook) => whole(outlook) && outlook.sinceQuiet > 4,
    foresees: (outlook) => {
      outlook.dropping = false;
      outlook.sinceQuiet = -1;
    },
  },
} as const satisfies Record<string, Kind>;

/** Two known plans that are short, and have what matters most between them. */
export const shortPlans = { seeds: [6205, 2033], steps: 22 } as const;

export type StepName = keyof typeof steps;
const names = Object.keys(steps) as StepName[];
const kindOf = (name: StepName): Kind => steps[name];

/** The plan of a seed: so many steps on so many tenants, and a quiet point at its end. */
export function planOf(seed: number, tenants: number, length: number): Step[] {
  const random = randomOf(seed);
  const outlook: Outlook = {
    modes: Array.from({ length: tenants }, () => "syncing"),
    lost: undefined,
    dropping: false,
    sinceQuiet: 0,
  };
  const plan: Step[] = [];
  const add = (name: StepName, tenant: number) => {
    const { leads, foresees } = kindOf(name);
    plan.push({ name, tenant, seed: random.below(2 ** 32) });
    if (leads) outlook.modes[tenant] = leads;
    foresees?.(outlook);
    outlook.sinceQuiet++;
  };
  while (plan.length < length) {
    const tenant = random.below(tenants);
    if (outlook.sinceQuiet >= restless && whole(outlook)) add("quiet", tenant);
    else add(drawn(outlook, outlook.modes[tenant] ?? "syncing", random.below(2 ** 32)), tenant);
  }
  if (outlook.lost) add(outlook.lost === "primary" ? "regainTokyo" : "regainOsaka", 0);
  if (plan.at(-1)?.name !== "quiet") add("quiet", 0);
  return plan;
}

function drawn(outlook: Outlook, mode: Mode, seed: number): StepName {
  const possible = names.filter((name) => kindOf(name).possible(outlook, mode));
  let left = randomOf(seed).below(possible.reduce((sum, name) => sum + kindOf(name).weight, 0));
  for (const name of possible) {
    left -= kindOf(name).weight;
    if (left < 0) return name;
  }
  return "quiet";
}
