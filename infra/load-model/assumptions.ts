import type { Label } from "../../shared/catalogue.ts";

/** A figure that is taken, not measured; change it here to match the platform's own. */
export type Assumption = { value: number; unit: string; label: Label };

export const assumptions = {
  editsPerDocumentAndDay: {
    value: 0.01,
    unit: "edits",
    label: {
      ja: "1日に変更される文書の割合(ほかに1テナント10件)",
      en: "documents edited a day, besides ten per tenant",
    },
  },
  callsPerRootOfDocuments: {
    value: 20,
    unit: "calls a day",
    label: {
      ja: "1日の通話数 = 20 × √文書数(100件なら200通話、1万件なら2,000、100万件なら20,000)",
      en: "calls a day = 20 × √documents (100: 200 calls, 10,000: 2,000, 1,000,000: 20,000)",
    },
  },
  busiestHour: {
    value: 0.12,
    unit: "of the day",
    label: { ja: "1日のうち最も忙しい1時間に集まる割合", en: "share of a day's calls and edits in its busiest hour" },
  },
  documentBytes: { value: 1000, unit: "bytes", label: { ja: "設定文書の大きさ", en: "a configuration document" } },
  entryBytes: { value: 450, unit: "bytes", label: { ja: "台帳の項目の大きさ", en: "an entry of the ledger" } },
  indexFactor: {
    value: 3,
    unit: "times",
    label: { ja: "索引を含めた保存量の倍率", en: "stored bytes with indexes, per byte of a document" },
  },
  nameBytes: {
    value: 160,
    unit: "bytes",
    label: { ja: "突き合わせで送られる1件の名前と時刻", en: "a name with its time, as a comparison lists it" },
  },
  eventBytes: {
    value: 2500,
    unit: "bytes",
    label: { ja: "変更イベント(変更前と変更後を含む)", en: "a change event with the document before and after" },
  },
  accessRules: { value: 20, unit: "rules", label: { ja: "1テナントのIPアクセス制限", en: "access rules of a tenant" } },
  consoleHours: {
    value: 1,
    unit: "hours a day",
    label: {
      ja: "1テナントでコンソールが開いている時間(5秒ごとに読み直す)",
      en: "a tenant's console is open, asking every five seconds",
    },
  },
  logLineBytes: {
    value: 1300,
    unit: "bytes",
    label: {
      ja: "1回の実行のログ(Hikaeの1行とCloud Runのリクエストログ)",
      en: "logs of one run: Hikae's line and Cloud Run's request log",
    },
  },
  recordingEntryBytes: { value: 1200, unit: "bytes", label: { ja: "録音の台帳1件", en: "a recording's entry" } },
  recordingsKeptDays: {
    value: 730,
    unit: "days",
    label: {
      ja: "録音の台帳を数える日数(2年後の姿)",
      en: "days of recordings in the ledger: the state after two years",
    },
  },
  operationBytes: { value: 2500, unit: "bytes", label: { ja: "操作の記録1件", en: "an operation's record" } },
  listedPerSecond: {
    value: 10_000,
    unit: "documents/s",
    label: {
      ja: "1インスタンスが突き合わせる速さ(手元の計測M4は毎秒約29,000件。余裕を見る)",
      en: "documents one instance compares a second (race M4 measures some 29,000 here; the rest is margin)",
    },
  },
  startedPageSeconds: {
    value: 0.15,
    unit: "s",
    label: { ja: "突き合わせを100テナント分開始する時間", en: "starting the comparisons of a hundred tenants" },
  },
  activationRoundSeconds: {
    value: 1.8,
    unit: "s",
    label: {
      ja: "一括の切り替えで16テナントを進める1巡(待ち時間0.5秒を含む)",
      en: "a round of bulk activation: sixteen tenants, and its pause of half a second",
    },
  },
  usefulLoad: {
    value: 0.6,
    unit: "of capacity",
    label: { ja: "新しいインスタンスが増える利用率", en: "load of an instance at which Cloud Run adds another" },
  },
} as const satisfies Record<string, Assumption>;

export const given = Object.fromEntries(Object.entries(assumptions).map(([name, { value }]) => [name, value])) as {
  [Name in keyof typeof assumptions]: number;
};

export const hoursPerMonth = 730;
export const secondsPerMonth = hoursPerMonth * 3600;
export const daysPerMonth = hoursPerMonth / 24;

/** A grid's point: how many tenants there are, and how many documents each has. */
export type Size = { documents: number; tenants: number };

/** What one tenant of so many documents does in a day. */
export function activityOf(documents: number): { edits: number; calls: number } {
  return {
    edits: 10 + documents * given.editsPerDocumentAndDay,
    calls: given.callsPerRootOfDocuments * Math.sqrt(documents),
  };
}
