import type { Label } from "../../catalogue.ts";

/**
 * What may go wrong with one recording; `retry` says whether it may pass, `end` what the entry becomes when it does not, and
 * `remedy` what its administrators can do then.
 */
type Failure = { retry: boolean; end: "failed" | "unavailable"; label: Label; remedy: Label };

/** Every way in which one recording cannot be stored (R37–R39), whatever its destination. */
export const failureClasses = {
  notReady: {
    retry: true,
    end: "unavailable",
    label: { ja: "録音の準備ができていません", en: "The recording is not ready yet" },
    remedy: {
      ja: "7日間お待ちしましたが、録音が用意されませんでした。電話基盤側の録音の状態をご確認のうえ、再実行してください。",
      en: "It was waited for during seven days. Check the recording on the telephony side, then run it again.",
    },
  },
  gone: {
    retry: false,
    end: "unavailable",
    label: { ja: "録音がないか、期限が切れています", en: "The recording was never made, or has expired" },
    remedy: {
      ja: "録音が残っていないため、再実行しても保存できません。電話基盤側の録音の保存期間をご確認ください。",
      en: "There is nothing left to store. Check how long recordings are kept on the telephony side.",
    },
  },
  sourceDenied: {
    retry: true,
    end: "unavailable",
    label: { ja: "録音の取り出しを断られました", en: "The recording may not be fetched" },
    remedy: {
      ja: "録音の取り出しの権限を電話基盤側でご確認のうえ、再実行してください。",
      en: "Check on the telephony side who may fetch recordings, then run it again.",
    },
  },
  sourceUnavailable: {
    retry: true,
    end: "failed",
    label: { ja: "録音の取り出し元が応答しません", en: "The source of the recording does not answer" },
    remedy: {
      ja: "7日間お待ちしましたが、応答がありませんでした。電話基盤の状態をご確認のうえ、再実行してください。",
      en: "It was tried during seven days. Check the telephony, then run it again.",
    },
  },
  notAudio: {
    retry: true,
    end: "failed",
    label: { ja: "届いた内容が音声ではありません", en: "What was fetched is not audio" },
    remedy: {
      ja: "電話基盤側で録音を再生できるかご確認のうえ、再実行してください。",
      en: "Check on the telephony side that the recording can be played, then run it again.",
    },
  },
  wrongLength: {
    retry: true,
    end: "failed",
    label: { ja: "録音の長さが通知と異なります", en: "The recording has not the announced length" },
    remedy: {
      ja: "電話基盤側で録音が壊れていないかご確認のうえ、再実行してください。",
      en: "Check on the telephony side that the recording is whole, then run it again.",
    },
  },
  wrongChecksum: {
    retry: true,
    end: "failed",
    label: { ja: "録音のチェックサムが合いません", en: "The recording's checksum does not match" },
    remedy: {
      ja: "電話基盤側で録音が壊れていないかご確認のうえ、再実行してください。",
      en: "Check on the telephony side that the recording is whole, then run it again.",
    },
  },
  tooLarge: {
    retry: false,
    end: "failed",
    label: { ja: "録音が大きすぎます", en: "The recording is too large" },
    remedy: {
      ja: "4 GiBを超えるファイルは録音として扱いません。電話基盤側の録音をご確認のうえ、運用担当へご連絡ください。",
      en: "What is over 4 GiB is not taken for a recording. Check it on the telephony side, then contact the operators.",
    },
  },
  sourceForbidden: {
    retry: false,
    end: "failed",
    label: { ja: "許可されていない取り出し元です", en: "Nothing is fetched from this source" },
    remedy: {
      ja: "録音の取り出し元を許可する設定が必要です。運用担当へご連絡ください。",
      en: "The source must be allowed first. Please contact the operators.",
    },
  },
  conflict: {
    retry: false,
    end: "failed",
    label: { ja: "同じ名前の別のファイルがあります", en: "Another object has the recording's name" },
    remedy: {
      ja: "保存先のファイルを別の名前に変えるか移動したうえで、再実行してください。Hikaeが上書きすることはありません。",
      en: "Rename or move that object in your bucket, then run it again. Hikae never overwrites it.",
    },
  },
  badEvent: {
    retry: false,
    end: "failed",
    label: { ja: "通話の通知が正しくありません", en: "The event about the call is not right" },
    remedy: {
      ja: "再実行はできません。運用担当へご連絡ください。",
      en: "It cannot be run again. Please contact the operators.",
    },
  },
  unknownUnit: {
    retry: false,
    end: "failed",
    label: { ja: "拠点またはセンターが見つかりません", en: "Its office, contact centre or coaching team is not there" },
    remedy: {
      ja: "拠点とセンターの設定をご確認のうえ、再実行してください。",
      en: "Check the settings of the office and of the centre or team, then run it again.",
    },
  },
  internal: {
    retry: true,
    end: "failed",
    label: { ja: "Hikaeの内部エラーです", en: "An error of Hikae's own" },
    remedy: {
      ja: "再実行してください。続く場合は、運用担当へご連絡ください。",
      en: "Run it again. If it goes on, please contact the operators.",
    },
  },
} as const satisfies Record<string, Failure>;
export type FailureClass = keyof typeof failureClasses;

/** What its administrators can do about a recording that is still tried again. */
export const waitingRemedy: Label = {
  ja: "Hikaeは、最初の失敗から7日間、自動で再試行を続けます。",
  en: "Hikae goes on trying by itself for seven days from the first failure.",
};

/** Why a bucket as a whole takes nothing now (R39); `revokesProof` where the name may have become a stranger's (R34), `passesByItself` where the customer has nothing to mend. */
type Refusal = { revokesProof: boolean; passesByItself: boolean; label: Label; remedy: Label };

export const destinationCauses = {
  bucketGone: {
    revokesProof: true,
    passesByItself: false,
    label: { ja: "バケットがありません", en: "The bucket is not there" },
    remedy: {
      ja: "バケットを作り直した場合は、所有の確認をもう一度行ってください。",
      en: "If you made the bucket again, prove once more that it is yours.",
    },
  },
  denied: {
    revokesProof: false,
    passesByItself: false,
    label: { ja: "バケットへの書き込みが許可されていません", en: "Hikae may not write to the bucket" },
    remedy: {
      ja: "サービスアカウントに「Storage オブジェクト ユーザー」を付与してください。付与済みなら、バケットの暗号鍵と組織のポリシーをご確認ください。",
      en: "Grant the service account the role Storage Object User on the bucket. If it has it, check the bucket's encryption key and your organisation's policies.",
    },
  },
  requesterPays: {
    revokesProof: false,
    passesByItself: false,
    label: { ja: "リクエスト元による支払いが有効です", en: "The bucket has requester pays switched on" },
    remedy: {
      ja: "バケットの「リクエスト元による支払い」を無効にしてください。",
      en: "Switch requester pays off for the bucket.",
    },
  },
  unproved: {
    revokesProof: false,
    passesByItself: false,
    label: { ja: "バケットの所有が確認されていません", en: "It is not proved that the bucket is yours" },
    remedy: { ja: "所有の確認を行ってください。", en: "Prove that the bucket is yours." },
  },
  throttled: {
    revokesProof: false,
    passesByItself: true,
    label: { ja: "バケットへの書き込みが制限されています", en: "The bucket takes too few writes just now" },
    remedy: { ja: "自動で再開します。", en: "It goes on by itself." },
  },
  unavailable: {
    revokesProof: false,
    passesByItself: true,
    label: { ja: "Cloud Storageが応答しません", en: "Cloud Storage does not answer" },
    remedy: { ja: "自動で再開します。", en: "It goes on by itself." },
  },
} as const satisfies Record<string, Refusal>;
export type DestinationCause = keyof typeof destinationCauses;

/** Why a recording was not backed up although nothing is wrong. */
export const skipReasons = {
  companyOff: { ja: "会社のバックアップが無効です", en: "Backup is off for the company" },
  unitOff: { ja: "このセンターのバックアップが無効です", en: "Backup is off for this centre or team" },
  noUnit: { ja: "センターにもチームにも属さない通話です", en: "The call is of no contact centre or coaching team" },
  noBucket: { ja: "保存先のバケットが決まっていません", en: "No bucket is in force for it" },
} as const satisfies Record<string, Label>;
export type SkipReason = keyof typeof skipReasons;
