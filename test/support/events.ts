import { randomUUID } from "node:crypto";
import type { Site } from "../../shared/domain/sites.ts";
import type { TestStack } from "./stack.ts";

/**
 * Delivers an event of a site's database with these bytes as its body, by way of the trigger; the trigger's id is
 * `function-site-event`. Gives the event's id.
 */
export async function deliver(
  { description: { project, sites, controls } }: Pick<TestStack, "description">,
  database: Site,
  trigger: string,
  body: Uint8Array,
): Promise<string> {
  const id = randomUUID();
  const answer = await fetch(`${controls[database]}/functions/projects/${project}/triggers/${trigger}`, {
    method: "POST",
    headers: {
      "content-type": "application/protobuf",
      "ce-specversion": "1.0",
      "ce-id": id,
      "ce-type": "google.cloud.firestore.document.v1.written",
      "ce-source": `//firestore.googleapis.com/projects/${project}/databases/${sites[database].database}`,
      "ce-document": "tenants/none/phones/1",
      "ce-time": new Date().toISOString(),
    },
    body: Buffer.from(body).toString("base64"),
  });
  if (!answer.ok) throw new Error(`the trigger answered ${answer.status}`);
  return id;
}
