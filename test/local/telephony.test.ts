import { describe, expect, test } from "vitest";
import { planStack } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { callsRequest, placeCalls } from "../../local/telephony/calls.ts";
import { newestOf } from "../../local/telephony/endpoints.ts";
import { RecordingFaults } from "../../local/telephony/recording-faults.ts";

describe("newestOf", () => {
  const primary = { site: "primary", host: "tokyo", fence: 3 } as const;
  const secondary = { site: "secondary", host: "osaka", fence: 4 } as const;

  test("takes the highest fence, whoever says it (R31)", () => {
    expect(newestOf([primary, secondary, primary])).toBe(secondary);
    expect(newestOf([secondary, primary, undefined])).toBe(secondary);
  });

  test("keeps what is known while nobody answers (R31)", () => {
    expect(newestOf([secondary, undefined, undefined])).toBe(secondary);
    expect(newestOf([undefined, undefined])).toBeUndefined();
  });

  test("takes the secondary's own word where both sites name one fence (R31)", () => {
    const earlier = { ...primary, fence: 4 };
    expect(newestOf([earlier, earlier, secondary])).toBe(secondary);
  });
});

describe("placeCalls", () => {
  test("counts calls to a dead site as failed, and those that nobody is in charge of", async () => {
    // Ports that are free, so that nobody answers at any of the plan's addresses.
    const directories = { logDirectory: "", socketDirectory: "", functionsDirectory: "", storageDirectory: "" };
    const plan = planStack(await assignPorts(0), directories);
    const pubsub = { publish: () => Promise.reject(new Error("nothing is to be published")) };
    const exchange = { plan, pubsub, faults: new RecordingFaults() };
    const asked = callsRequest.parse({ tenant: "acme", count: 20 });
    const failed = { answered: { primary: 0, secondary: 0 }, failed: 20, calls: [] };
    expect(await placeCalls(exchange, asked, async () => "primary")).toMatchObject(failed);
    const unanswered = await placeCalls(exchange, asked, async () => undefined);
    expect(unanswered).toStrictEqual({ ...failed, problem: "Error: nobody answers" });
  });
});
