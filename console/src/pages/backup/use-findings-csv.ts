import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/client.ts";
import { saveFile } from "../../api/save-file.ts";
import { useTenant } from "../../shell/tenant.ts";

/** Downloads the findings of a verification as CSV, all or those of one kind. */
export function useFindingsCsv(id: string) {
  const { id: tenant } = useTenant();
  return useMutation({
    mutationFn: async (finding: "missing" | "different" | "extra" | undefined) => {
      const { data, error } = await api.GET("/v1/tenants/{tenant}/backup/verifications/{id}", {
        params: { path: { tenant, id }, query: { format: "csv", ...(finding ? { finding } : {}) } },
        parseAs: "blob",
      });
      if (!data) throw error;
      saveFile(data, `verification-${tenant}.csv`);
    },
  });
}
