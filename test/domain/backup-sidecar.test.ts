import { describe, expect, test } from "vitest";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { sidecarName, sidecarText } from "../../shared/domain/backup/sidecar.ts";

const at = new Date("2026-04-01T03:00:00.123Z");
const entry: BackupEntry & { destination: { bucket: string; name: string } } = {
  ...{ recordingId: "r1", callId: "c1", tenant: "acme", office: "osaka", agentName: "田中" },
  ...{ direction: "outbound", from: "+81612345678", to: "+81698765432", startedAt: at, endedAt: at },
  ...{ source: "https://media.example.com/x?token=secret", contentType: "audio/mpeg", state: "pending" },
  ...{ attempts: 0, since: at, createdAt: at, updatedAt: at },
  unit: { type: "coachingTeam", id: "t1" },
  destination: { bucket: "b", name: "call-recordings/研修/2026-04-01/田中 - c1 - r1.mp3" },
};

describe("sidecarName", () => {
  test.each([
    ["call-recordings/x/2026-04-01/a - c - r.mp3", "call-recordings/x/2026-04-01/a - c - r.json"],
    ["call-recordings/x.y/2026-04-01/a - c.1 - r.2.bin", "call-recordings/x.y/2026-04-01/a - c.1 - r.2.json"],
  ])("of %s is %s (R44)", (name, sidecar) => {
    expect(sidecarName(name)).toBe(sidecar);
  });
});

describe("sidecarText", () => {
  test("tells all of the call but where the recording came from, and always the same (R44)", () => {
    const content = { bytes: 10, crc32c: "AAAAAA==" };
    const text = sidecarText(entry, content);
    expect(JSON.parse(text)).toStrictEqual({
      ...{ version: 1, recordingId: "r1", callId: "c1", tenant: "acme", office: "osaka" },
      coachingTeam: { id: "t1", folder: "研修" },
      ...{ agentName: "田中", direction: "outbound", from: "+81612345678", to: "+81698765432" },
      ...{ startedAt: "2026-04-01T03:00:00.123Z", endedAt: "2026-04-01T03:00:00.123Z" },
      recording: { name: entry.destination.name, contentType: "audio/mpeg", ...content },
    });
    expect(text).not.toContain("secret");
    const later = { ...entry, attempts: 3, updatedAt: new Date() };
    expect(sidecarText(later, content)).toBe(text);
  });
});
