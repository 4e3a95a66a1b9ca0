import type { Draw } from "./draw.ts";
import { callerIndexOf } from "./numbers.ts";
import { flat, type KindBuilder, type Outline, remark, stamps } from "./outline.ts";
import { type DemoDocument, DocumentPath, type Fields, type Value } from "./values.ts";

const familyNames = [
  ["髙﨑", "タカサキ"],
  ["佐藤", "サトウ"],
  ["鈴木", "スズキ"],
  ["高橋", "タカハシ"],
  ["田中", "タナカ"],
  ["渡邊", "ワタナベ"],
  ["渡邉", "ワタナベ"],
  ["伊藤", "イトウ"],
  ["山本", "ヤマモト"],
  ["中村", "ナカムラ"],
  ["小林", "コバヤシ"],
  ["齋藤", "サイトウ"],
  ["齊藤", "サイトウ"],
  ["加藤", "カトウ"],
  ["吉田", "ヨシダ"],
  ["𠮷野", "ヨシノ"],
  ["濵田", "ハマダ"],
  ["栁沢", "ヤナギサワ"],
  ["德永", "トクナガ"],
  ["長谷川", "ハセガワ"],
  ["五十嵐", "イガラシ"],
  ["勅使河原", "テシガワラ"],
  ["辻󠄀", "ツジ"],
  ["森", "モリ"],
] as const;
const givenNames = [
  ["太郎", "タロウ"],
  ["花子", "ハナコ"],
  ["翔太", "ショウタ"],
  ["美咲", "ミサキ"],
  ["大輔", "ダイスケ"],
  ["陽菜", "ヒナ"],
  ["健一郎", "ケンイチロウ"],
  ["さくら", "サクラ"],
  ["蓮", "レン"],
  ["結衣", "ユイ"],
  ["悠斗", "ユウト"],
  ["ひなた", "ヒナタ"],
  ["誠", "マコト"],
  ["由美子", "ユミコ"],
  ["龍之介", "リュウノスケ"],
  ["凛", "リン"],
  ["学", "マナブ"],
  ["ジョン", "ジョン"],
] as const;

const fullWidth =
  "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー\u3099\u309A";
const halfWidth = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰﾞﾟ";

/** Katakana in the half-width form that older telephones display; other characters stay. */
function toHalfWidthKana(text: string): string {
  return Array.from(text.normalize("NFD"), (letter) => halfWidth[fullWidth.indexOf(letter)] ?? letter).join("");
}

/** One person's name in the forms the platform keeps. */
export type PersonName = { name: string; nameKana: string; displayName: string };

/** A name of a person; some carry characters that older character sets lack. */
export function personName(draw: Draw): PersonName {
  const [family, familyKana] = draw.pick(familyNames);
  const [given, givenKana] = draw.pick(givenNames);
  const nameKana = `${familyKana} ${givenKana}`;
  return { name: `${family} ${given}`, nameKana, displayName: toHalfWidthKana(nameKana) };
}

const fixedMembers = [
  { mailbox: "company-admin", role: "companyAdmin" },
  { mailbox: "office-admin", role: "officeAdmin" },
  { mailbox: "viewer", role: "viewer" },
] as const;

/** Who may do what (R47): three known members first, then more of them with the roles mixed. */
export const members: KindBuilder = function* (outline, kind) {
  const draw = outline.draw(kind);
  for (let index = 0; index < outline.count(kind); index++) {
    const known = fixedMembers[index];
    const email = `${known?.mailbox ?? `member-${String(index + 1).padStart(4, "0")}`}@${outline.tenant}.example`;
    const role = known?.role ?? draw.pick(["companyAdmin", "officeAdmin", "officeAdmin", "viewer", "viewer", "viewer"]);
    const { name, nameKana } = personName(draw);
    const language = index < 3 || draw.chance(0.9) ? "ja" : "en";
    const data = { email, name, nameKana, role, offices: officesOf(outline, draw, index, role), language };
    yield { path: `tenants/${outline.tenant}/members/${email}`, data };
  }
};

/** A company administrator stands above the offices; the known office administrator has the first one. */
function officesOf(outline: Outline, draw: Draw, index: number, role: string): Value[] {
  if (role === "companyAdmin") return [];
  const office = index < 3 ? 0 : draw.integer(0, outline.count("offices") - 1);
  return [outline.path("offices", office).split("/").at(-1) ?? ""];
}

/** People who call: each with devices, and each device with its registrations. */
export const accounts: KindBuilder = function* (outline, kind) {
  const draw = outline.draw(kind);
  for (let index = 0; index < outline.count(kind); index++) {
    const path = outline.path(kind, index);
    yield { path, data: { ...account(outline, draw, index), ...stamps(draw) } };
    const devices = draw.chance(0.35) ? 2 : 1;
    for (let device = 1; device <= devices; device++) yield* deviceOf(path, draw, device);
  }
};

function account(outline: Outline, draw: Draw, index: number): Fields {
  return {
    ...personName(draw),
    // Issued from one sequence for the whole platform, far above what a JavaScript number holds exactly.
    platformId: 9_007_199_254_740_993n + BigInt(index) * 1_000_003n,
    loginName: `user${String(index + 1).padStart(5, "0")}`,
    extension: String(2000 + index),
    office: outline.anyReference(draw, "offices"),
    voicemail: draw.chance(0.3) ? outline.anyReference(draw, "voicemails") : null,
    phone: outline.reference("phones", index),
    enabled: draw.chance(0.96),
    skills: draw.sample(["受注", "解約", "技術", "英語", "中国語", "請求", "予約変更"], draw.integer(0, 4)),
    permissions: {
      monitor: draw.chance(0.1),
      whisper: draw.chance(0.1),
      recordings: draw.pick(["none", "own", "all"]),
    },
    wrapUpSeconds: draw.chance(0.5) ? draw.integer(0, 120) : 12.5 + draw.integer(0, 60),
    lastLoginAt: draw.chance(0.9) ? draw.time() : null,
  };
}

function* deviceOf(account: string, draw: Draw, number: number): Iterable<DemoDocument> {
  const path = `${account}/devices/device-${number}`;
  const softphone = draw.chance(0.6);
  const data = {
    type: softphone ? "softphone" : "deskPhone",
    model: softphone
      ? draw.pick(["ソフトフォン Windows版", "ソフトフォン Mac版"])
      : draw.pick(["ＩＰ電話機 T46", "ＩＰ電話機 VVX 450"]),
    macAddress: softphone
      ? null
      : Buffer.from(draw.bytes(6))
          .toString("hex")
          .replace(/..(?=.)/g, "$&:"),
    certificateFingerprint: draw.bytes(32),
    codecs: ["opus", "G.711μ", "G.729"].slice(0, draw.integer(1, 3)),
    buttons: Array.from({ length: draw.integer(2, 6) }, (_, key) => ({
      key,
      type: draw.pick(["line", "park", "blf"]),
      label: `ﾎﾞﾀﾝ${key + 1}`,
    })),
    addedAt: draw.time(),
    note: remark(draw, draw.integer(1, 5)),
  };
  yield { path, data };
  yield { path: `${path}/registrations/current`, data: registration(path, draw) };
}

function registration(device: string, draw: Draw): Fields {
  return {
    device: new DocumentPath(device),
    contact: `sip:${draw.digits(8)}@192.0.2.${draw.integer(1, 254)}:5061;transport=tls`,
    callId: Buffer.from(draw.bytes(16)).toString("hex"),
    expiresSeconds: draw.pick([60, 300, 3600]),
    // Not measured yet is NaN in the platform's own statistics.
    roundTripMilliseconds: draw.chance(0.1) ? Number.NaN : draw.integer(4, 90) + 0.25,
    userAgent: `HikaePhone/${draw.integer(3, 9)}.${draw.integer(0, 9)} (${draw.pick(["Windows 11", "macOS 26", "firmware 84.86"])})`,
    registeredAt: draw.time(),
    log: remark(draw, draw.integer(1, 4)),
  };
}

/** Telephones, each with the number it shows to those it calls. */
export const phones = flat((draw, index, outline) => ({
  name: `${draw.pick(["受付", "営業", "サポート", "会議室", "倉庫", "役員"])}${index + 1}`,
  extension: String(4000 + index),
  account: outline.reference("accounts", index),
  office: outline.anyReference(draw, "offices"),
  callerNumber: outline.reference("numbers", callerIndexOf(outline, index)),
  parkGroup: outline.anyReference(draw, "parkGroups"),
  musicOnHold: draw.chance(0.5) ? outline.anyReference(draw, "musicOnHold") : null,
  ringSeconds: draw.pick([15, 20, 30, 60]),
  keys: Object.fromEntries(
    Array.from({ length: draw.integer(2, 8) }, (_, key) => [
      `F${key + 1}`,
      draw.pick(["保留", "転送", "パーク", "短縮"]),
    ]),
  ),
  secretDigest: draw.bytes(32),
}));
