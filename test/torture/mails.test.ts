import { describe, expect, test } from "vitest";
import { tooOften } from "./mails.ts";
import { newWorld, type World } from "./world.ts";

const letter = "t-1.a company@t-1.example";
const found = (world: Partial<World>, times: number[]) =>
  tooOften({ ...newWorld(1, 0), ...world }, new Map([[letter, times]])).length;

describe("tooOften", () => {
  test("finds a letter that came again for no reason (R48)", () => {
    expect(found({}, [100, 200])).toBe(1);
    expect(found({}, [100])).toBe(0);
  });

  test("excuses one copy of what was taken while that was not said, and of nothing else (R48)", () => {
    const mailCuts = [{ from: 50, until: 150 }];
    expect(found({ mailCuts }, [100, 200])).toBe(0);
    expect(found({ mailCuts }, [100, 200, 300])).toBe(1);
    expect(found({ mailCuts }, [160, 200])).toBe(1);
    expect(found({ mailCuts: [{ from: 50, until: 150, to: "company@t-2.example" }] }, [100, 200])).toBe(1);
  });

  test("excuses a letter that a sender died with, and no other (R48)", () => {
    expect(found({ heldLetters: new Map([["t-1.a", 1]]) }, [100, 200])).toBe(0);
    expect(found({ heldLetters: new Map([["t-1.a", 1]]) }, [100, 200, 300])).toBe(1);
    expect(found({ heldLetters: new Map([["t-1.b", 1]]) }, [100, 200])).toBe(1);
  });
});
