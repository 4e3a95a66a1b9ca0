import { type DocumentSnapshot, FieldPath, type Firestore } from "@google-cloud/firestore";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { languages } from "../domain/mail-template.ts";
import type { Recipient } from "../domain/outbox.ts";
import type { Directory, Member } from "../domain/ports.ts";
import { heartbeatTenant, type TenantProfile, tenantProfile } from "../domain/tenant.ts";
import { answered } from "./firestore-client.ts";

const memberDocument = z.object({
  role: z.enum(["companyAdmin", "officeAdmin", "viewer"]),
  offices: z.array(z.string()).default([]),
});

/** As much of a profile as softphones live on. */
const place = z.object({
  host: z.string().min(1).optional().catch(undefined),
  options: z
    .object({ dr: z.boolean().default(false) })
    .prefault({})
    .catch({ dr: true }),
});

const reader = z.object({ language: z.enum(languages).catch("ja").default("ja") });

/** More people than these are written to at once by nobody. */
const mostReaders = 500;

/**
 * Tenants and people as one site's database has them (R47). Every method throws `unavailable` when the database does
 * not answer, and `tenant` throws `precondition-failed`, with the fields at fault, for an invalid profile.
 */
export function createDirectory(firestore: Firestore): Directory {
  const tenants = firestore.collection("tenants");
  return {
    tenant: (id) =>
      answered(async () => {
        const found = await tenants.doc(id).get();
        return found.exists ? profileOf(found) : undefined;
      }),
    place: (id) =>
      answered(async () => {
        const found = await tenants.doc(id).get();
        if (!found.exists) return undefined;
        const { host, options } = place.parse(found.data());
        return { ...(host === undefined ? {} : { host }), dr: options.dr };
      }),
    tenants: ({ pageSize, pageToken }) =>
      answered(async () => {
        // One more to know whether there is another page, and one for the reserved tenant.
        const query = tenants.orderBy(FieldPath.documentId()).limit(pageSize + 2);
        const found = await (pageToken ? query.startAfter(pageToken) : query).get();
        const shown = found.docs.filter(({ id }) => id !== heartbeatTenant);
        const items = shown.slice(0, pageSize).map((document) => {
          const { data: profile } = tenantProfile.safeParse(document.data());
          return { id: document.id, ...(profile ? { profile } : {}) };
        });
        const last = shown.length > pageSize ? items.at(-1) : undefined;
        return { items, ...(last ? { nextPageToken: last.id } : {}) };
      }),
    memberships: (email) =>
      answered(async () => {
        const found = await firestore.collectionGroup("members").where("email", "==", email).get();
        return found.docs.flatMap((document) => {
          const [root, tenant = "", , id, ...deeper] = document.ref.path.split("/");
          // Other collections may be called members too, at any depth: only a tenant's own gives rights.
          if (root !== "tenants" || id !== email || deeper.length > 0) return [];
          const member = memberOf(document);
          return member && tenant !== heartbeatTenant ? [{ tenant, member }] : [];
        });
      }),
    member: (tenant, email) =>
      answered(async () => {
        if (!isDocumentId(email)) return undefined;
        return memberOf(await tenants.doc(tenant).collection("members").doc(email).get());
      }),
    isOperator: (email) =>
      answered(async () => {
        if (!isDocumentId(email)) return false;
        return (await firestore.collection("operators").doc(email).get()).exists;
      }),
    administrators: (tenant, office) =>
      answered(async () => {
        const members = tenants.doc(tenant).collection("members");
        const roles = office === undefined ? ["companyAdmin"] : ["companyAdmin", "officeAdmin"];
        const found = await members.where("role", "in", roles).limit(mostReaders).get();
        return found.docs.flatMap((document) => {
          const member = memberOf(document);
          const isTheirs = member?.role === "companyAdmin" || member?.offices.some((id) => id === office);
          return member && isTheirs ? [recipientOf(document)] : [];
        });
      }),
    operators: () =>
      answered(async () => {
        const found = await firestore.collection("operators").limit(mostReaders).get();
        return found.docs.map(recipientOf);
      }),
  };
}

/** A mail address may contain a slash, which would lead to another collection. */
function isDocumentId(email: string): boolean {
  return email.length > 0 && !email.includes("/");
}

/** The member, or undefined for one whose document cannot be understood: it gives no rights. */
function memberOf(document: DocumentSnapshot): Member | undefined {
  const parsed = memberDocument.safeParse(document.data());
  return parsed.success ? { email: document.id, ...parsed.data } : undefined;
}

function recipientOf(document: DocumentSnapshot): Recipient {
  const { data } = reader.safeParse(document.data());
  return { address: document.id, language: data?.language ?? "ja" };
}

function profileOf(document: DocumentSnapshot): TenantProfile {
  const parsed = tenantProfile.safeParse(document.data());
  if (parsed.success) return parsed.data;
  throw new AppError("precondition-failed", `the profile of the tenant ${document.id} is not valid: correct it first`, {
    fields: parsed.error.issues.map((issue) => ({
      field: [document.ref.path, ...issue.path.map(String)].join("."),
      problem: issue.message,
    })),
  });
}
