import { z } from "zod";
import { type Block, clock, count, inLanguage, type Language, said, template, text, time } from "../mail-template.ts";

const example = { place: text.optional(), at: time.optional() };

const failureData = z.object({
  office: text,
  cause: said,
  remedy: said,
  count,
  /** What became of the recordings: `pending` ones are stored by themselves as soon as the bucket takes them. */
  state: z.enum(["pending", "failed", "unavailable"]),
  /** How many of them have not come to that, as they are still tried again. */
  waiting: count.default(0),
  /** The first failure. */
  since: time,
  /** The buckets at fault, where it is theirs. */
  bucket: text.optional(),
  firstPlace: example.place,
  firstAt: example.at,
  secondPlace: example.place,
  secondAt: example.at,
  thirdPlace: example.place,
  thirdAt: example.at,
});

const states = {
  ja: {
    pending: {
      name: "保存待ち",
      what: "これらの録音は失われていません。原因が解消されると、自動で保存します。再実行の必要はありません。",
    },
    waiting: {
      name: "再試行待ち",
      what: "再実行の必要はありません。7日を過ぎても保存できない場合は、あらためてお知らせします。",
    },
    failed: { name: "失敗", what: "原因を解消したあと、コンソールから再実行できます。" },
    unavailable: { name: "取得不可", what: "録音を取り出せなかったため、保存できていません。" },
  },
  en: {
    pending: {
      name: "waiting to be stored",
      what: "None of these recordings is lost. They are stored by themselves as soon as the cause is gone; there is no need to run them again.",
    },
    waiting: {
      name: "waiting to be tried again",
      what: "There is no need to run them again; you are told once more if they are given up.",
    },
    failed: { name: "failed", what: "Once the cause is gone, you can run them again in the console." },
    unavailable: { name: "unavailable", what: "These recordings could not be fetched, and so are not stored." },
  },
} as const;

type Failure = z.output<typeof failureData>;

/** What became of them, or that all of them are still tried again. */
function stateOf({ state, waiting, count: all }: Failure): keyof typeof states.ja {
  return waiting > 0 && waiting === all ? "waiting" : state;
}

/** How many are still tried again, where others are not. */
function waitingAmong(failure: Failure): number {
  return stateOf(failure) === "waiting" ? 0 : failure.waiting;
}

/** What has not been done, or not yet. */
function backedUp(language: Language, failure: Failure): string {
  if (stateOf(failure) === "waiting")
    return { ja: "まだバックアップできていません", en: "have not been backed up yet" }[language];
  return { ja: "バックアップできませんでした", en: "could not be backed up" }[language];
}

/** Of those that are still tried again, beside others that are not. */
const alsoWaiting = {
  ja: "再試行待ちの録音は、最初の失敗から7日間、自動で再試行を続けます。",
  en: "Those that wait are tried again by themselves, for seven days from the first failure.",
};

const exampleNames = { ja: "通話の例", en: "For example" };

function examples(language: Language, data: Failure): Block[] {
  const given = [
    [data.firstPlace, data.firstAt],
    [data.secondPlace, data.secondAt],
    [data.thirdPlace, data.thirdAt],
  ] as const;
  const facts = given.map(([place, at], index) => {
    const told = [place, at && clock(language, at)].filter(Boolean).join(" ");
    return [`${exampleNames[language]} ${index + 1}`, told || undefined] as const;
  });
  return facts.some(([, told]) => told) ? [{ facts }] : [];
}

/** Recordings of an office could not be backed up, a digest by cause (R40). */
export const recordingBackupsFailed = template({
  data: failureData,
  ja: (failure) => ({
    subject: `【要確認】通話録音を${backedUp("ja", failure)}（${failure.office}）`,
    body: [
      `${failure.office}の通話録音のうち、${failure.count}件をお客様のバケットに${backedUp("ja", failure)}。`,
      {
        facts: [
          ["拠点", failure.office],
          ["原因", inLanguage("ja", failure.cause)],
          ["バケット", failure.bucket],
          ["件数", `${failure.count}件`],
          ["録音の状態", states.ja[stateOf(failure)].name],
          ["うち再試行待ち", waitingAmong(failure) > 0 ? `${waitingAmong(failure)}件` : undefined],
          ["最初に発生した日時", clock("ja", failure.since)],
        ],
      },
      inLanguage("ja", failure.remedy),
      states.ja[stateOf(failure)].what,
      ...(waitingAmong(failure) > 0 ? [alsoWaiting.ja] : []),
      ...examples("ja", failure),
      { link: "対象の録音を見る", page: "backup", show: { status: stateOf(failure) } },
      "同じ原因のお知らせは、15分に1通までにまとめてお送りします。",
    ],
  }),
  en: (failure) => ({
    subject: `[Please check] Call recordings ${backedUp("en", failure)} (${failure.office})`,
    body: [
      `Call recordings of ${failure.office} ${backedUp("en", failure)} to your bucket: ${failure.count} of them.`,
      {
        facts: [
          ["Office", failure.office],
          ["Cause", inLanguage("en", failure.cause)],
          ["Bucket", failure.bucket],
          ["Recordings", String(failure.count)],
          ["State", states.en[stateOf(failure)].name],
          ["Of these waiting to be tried again", waitingAmong(failure) > 0 ? String(waitingAmong(failure)) : undefined],
          ["Since", clock("en", failure.since)],
        ],
      },
      inLanguage("en", failure.remedy),
      states.en[stateOf(failure)].what,
      ...(waitingAmong(failure) > 0 ? [alsoWaiting.en] : []),
      ...examples("en", failure),
      { link: "See these recordings", page: "backup", show: { status: stateOf(failure) } },
      "Of the same cause you get one mail in 15 minutes at most.",
    ],
  }),
});

/** What an office was told of has passed (R40). */
export const recordingBackupsWork = template({
  data: z.object({ office: text, cause: said, bucket: text.optional(), since: time, at: time }),
  ja: (working) => ({
    subject: `通話録音のバックアップが再開しました（${working.office}）`,
    body: [
      `${working.office}の通話録音のバックアップが、再び正常に動いています。保存を待っていた録音は、順次保存されます。`,
      {
        facts: [
          ["拠点", working.office],
          ["解消した原因", inLanguage("ja", working.cause)],
          ["バケット", working.bucket],
          ["発生日時", clock("ja", working.since)],
          ["復旧を確認した日時", clock("ja", working.at)],
        ],
      },
      "お客様の操作は必要ありません。失敗した録音が残っている場合は、コンソールから再実行できます。",
      { link: "録音バックアップの状況を見る", page: "backup" },
    ],
  }),
  en: (working) => ({
    subject: `Call recordings are being backed up again (${working.office})`,
    body: [
      `Call recordings of ${working.office} are being backed up again. Those that were waiting are stored one after the other.`,
      {
        facts: [
          ["Office", working.office],
          ["What has passed", inLanguage("en", working.cause)],
          ["Bucket", working.bucket],
          ["Since", clock("en", working.since)],
          ["Working again at", clock("en", working.at)],
        ],
      },
      "There is nothing for you to do. If recordings are left that have failed, you can run them again in the console.",
      { link: "See the backup of recordings", page: "backup" },
    ],
  }),
});
