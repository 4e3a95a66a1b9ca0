/** Who gets a mail: the tenant's company administrators, one office's administrators, or the platform's operators. */
export type Audience = "administrators" | "operators" | { office: string };

/** A mail to be sent. The same key is one mail, however often it is asked for. */
export type NewMail = {
  key: string;
  template: string;
  tenant: string;
  to: Audience;
  /** What the template names; times as RFC 3339 text. */
  data: Record<string, string | number | boolean>;
};
