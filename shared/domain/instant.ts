import { z } from "zod";

/** What a database keeps: from the first instant of the year 1 to the last millisecond of the year 9999. */
const storable = { from: -62_135_596_800_000, to: 253_402_300_799_999 };

/** Whether a database can keep that time; RFC 3339 can name others, such as the year 0. */
export function isStorable(at: Date | string): boolean {
  const milliseconds = new Date(at).getTime();
  return milliseconds >= storable.from && milliseconds <= storable.to;
}

/** A time as callers and messages write it: RFC 3339 with its offset, of the years 1 to 9999 in UTC. */
export const instantText = z.iso
  .datetime({ offset: true })
  .refine(isStorable, { message: "give a time of the years 1 to 9999" });

/** The same, as a Date in the program. */
export const instant = instantText.transform((text) => new Date(text));
