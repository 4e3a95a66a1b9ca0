import { describe, expect, test } from "vitest";
import { planStack } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { placeCalls } from "../../local/telephony/calls.ts";
import { newestOf } from "../../local/telephony/endpoints.ts";
import { silentRecording } from "../../local/telephony/recording.ts";

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

describe("silentRecording", () => {
  test("is an MP3 file: a title, then whole frames for as long as the call", () => {
    const audio = silentRecording("rec-1", 2);
    expect(audio.subarray(0, 3).toString("latin1")).toBe("ID3");
    const tag = 10 + audio.readUInt8(9);
    expect(audio.subarray(10, tag).toString("latin1")).toContain("rec-1");
    const frames = audio.subarray(tag);
    expect(frames.length).toBe(77 * 104);
    for (let at = 0; at < frames.length; at += 104) expect(frames.readUInt32BE(at)).toBe(0xfffb10c4);
    expect(silentRecording("rec-2", 2).equals(audio)).toBe(false);
  });
});

describe("placeCalls", () => {
  test("counts calls to a dead site as failed, and those that nobody is in charge of", async () => {
    // Ports that are free, so that nobody answers at any of the plan's addresses.
    const directories = { logDirectory: "", socketDirectory: "", cacheDirectory: "", storageDirectory: "" };
    const plan = planStack(await assignPorts(0), directories);
    const asked = { tenant: "acme", count: 20 };
    const failed = { answered: { primary: 0, secondary: 0 }, failed: 20, calls: [] };
    expect(await placeCalls(plan, asked, async () => "primary")).toStrictEqual(failed);
    expect(await placeCalls(plan, asked, async () => undefined)).toStrictEqual(failed);
  });
});
