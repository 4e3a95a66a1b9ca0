/** The two sites: `primary` is Tokyo, `secondary` is Osaka. */
export const sites = ["primary", "secondary"] as const;
export type Site = (typeof sites)[number];

/** Where each site runs, and what it is called. */
export const locations = {
  primary: { region: "asia-northeast1", name: { ja: "東京", en: "Tokyo" } },
  secondary: { region: "asia-northeast2", name: { ja: "大阪", en: "Osaka" } },
} as const satisfies Record<Site, { region: string; name: { ja: string; en: string } }>;

export const peerOf = { primary: "secondary", secondary: "primary" } as const satisfies Record<Site, Site>;

/** Every Pub/Sub topic, by the name that code uses; the deployed id stands beside it. */
export const topics = {
  operations: "hikae-operations",
  activations: "hikae-activations",
  deadLetters: "hikae-dead-letters",
  callEnded: "call-ended",
  backups: "hikae-backups",
  reload: "dr-reload",
  reloadAck: "reload-ack",
  stateChanged: "dr-state-changed",
  softphoneReports: "softphone-reports",
} as const;
export type TopicName = keyof typeof topics;
