import type { z } from "zod";
import type { mailTemplates, TemplateName } from "./mail-templates.ts";

/**
 * Who gets a mail: the tenant's company administrators, these and the administrators of one office, or the platform's
 * operators.
 */
export type Audience = "administrators" | "operators" | { office: string };

/** A mail to be sent. The same key of the same tenant is one mail, however often it is asked for. */
export type NewMail = {
  [T in TemplateName]: {
    key: string;
    template: T;
    tenant: string;
    to: Audience;
    /** What the template names; times as RFC 3339 text. */
    data: z.input<(typeof mailTemplates)[T]["data"]>;
  };
}[TemplateName];
