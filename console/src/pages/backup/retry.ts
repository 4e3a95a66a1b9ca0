import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/client.ts";
import type { paths } from "../../api/schema.gen.d.ts";
import { useTenant } from "../../shell/tenant.ts";

const path = "/v1/tenants/{tenant}/backup/recordings/retry";
type RetryChoice = Omit<paths[typeof path]["post"]["requestBody"]["content"]["application/json"], "pageToken">;

/** What became of a wish to store recordings again. */
export type Retried = { retried: number; unchanged: number; unknown: number };

/** As many as one request may name. */
const mostIds = 500;

/** Has recordings tried anew: all of a choice, in as many requests as it takes. Safe to repeat after a failure. */
export function useRetry() {
  const { id: tenant } = useTenant();
  return useMutation({
    mutationFn: async (choice: RetryChoice): Promise<Retried> => {
      const total = { retried: 0, unchanged: 0, unknown: 0 };
      for (const portion of portionsOf(choice)) {
        let pageToken: string | undefined;
        do {
          const body = { ...portion, ...(pageToken === undefined ? {} : { pageToken }) };
          const { data, error } = await api.POST(path, { params: { path: { tenant } }, body });
          if (!data) throw error;
          total.retried += data.retried;
          total.unchanged += data.unchanged;
          total.unknown += data.unknown;
          pageToken = data.nextPageToken;
        } while (pageToken !== undefined);
      }
      return total;
    },
  });
}

function portionsOf(choice: RetryChoice): RetryChoice[] {
  const { recordingIds } = choice;
  if (recordingIds === undefined) return [choice];
  const portions: RetryChoice[] = [];
  for (let from = 0; from < recordingIds.length; from += mostIds) {
    portions.push({ ...choice, recordingIds: recordingIds.slice(from, from + mostIds) });
  }
  return portions;
}
