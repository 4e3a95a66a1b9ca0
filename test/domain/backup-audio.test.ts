import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AudioFormat, audioFormat, audioType, headBytes } from "../../shared/domain/backup/audio.ts";

const bytes = (...parts: (string | number[] | number)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === "number" ? Buffer.alloc(part) : Buffer.from(part as string, "latin1"))),
  );
/** MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, or 418 with the padding bit. */
const frame = (third = 0x90) => bytes([0xff, 0xfb, third, 0], (third & 2) === 0 ? 413 : 414);
/** MPEG-2 layer III, 64 kbit/s, 24 kHz: 192 bytes. */
const slowFrame = () => bytes([0xff, 0xf3, 0x84, 0], 188);
/** AAC in ADTS, 100 bytes. */
const adts = () => bytes([0xff, 0xf1, 0x50, 0x80, 100 >> 3, (100 & 7) << 5, 0], 93);

describe("audioFormat", () => {
  test.each<[string, Buffer, AudioFormat]>([
    ["MP3 with a tag", bytes("ID3", [4, 0, 0, 0, 0, 0, 0]), "mp3"],
    ["MP3", bytes([...frame()], [...frame(0x92)], [...frame()]), "mp3"],
    ["MP3 of a slow kind", bytes([...slowFrame()], [...slowFrame()]), "mp3"],
    ["MP3 of one frame", frame(), "mp3"],
    ["MP3 cut within a frame", bytes([...frame().subarray(100)], [...frame()], [...frame()]), "mp3"],
    ["WAV", bytes("RIFF", [1, 2, 3, 4], "WAVEfmt "), "wav"],
    ["a long WAV", bytes("RF64", [255, 255, 255, 255], "WAVEds64"), "wav"],
    ["Ogg", bytes("OggS", 20), "ogg"],
    ["FLAC", bytes("fLaC", 20), "flac"],
    ["M4A", bytes([0, 0, 0, 28], "ftypM4A ", 16), "mp4"],
    ["AMR", bytes("#!AMR\n"), "amr"],
    ["wide-band AMR", bytes("#!AMR-WB\n"), "amr"],
    ["AIFF", bytes("FORM", 4, "AIFFCOMM"), "aiff"],
    ["AU", bytes(".snd", 20), "au"],
    ["AAC", bytes([...adts()], [...adts()]), "aac"],
    ["WebM", bytes([0x1a, 0x45, 0xdf, 0xa3]), "matroska"],
    ["WMA", bytes([0x30, 0x26, 0xb2, 0x75]), "asf"],
  ])("knows %s", (_, head, format) => {
    expect(audioFormat(head)).toBe(format);
  });

  test.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["silence", Buffer.alloc(headBytes)],
    ["a page", Buffer.from("<!DOCTYPE html>")],
    ["a page in UTF-16", Buffer.from("\uFEFF<html lang=ja>ログイン</html>".repeat(60), "utf16le")],
    ["JSON", Buffer.from('{"error":"not found"}')],
    ["XML", Buffer.from('<?xml version="1.0"?><Error/>')],
    ["a picture", bytes([0xff, 0xd8, 0xff, 0xe0], 100)],
    ["a packed file", bytes([0x1f, 0x8b, 8], 100)],
    ["an archive", bytes("PK\x03\x04", 100)],
    ["a picture in RIFF", bytes("RIFF", 4, "WEBPVP8 ")],
    ["text that begins like a tag", Buffer.from("ID3 is what MP3 files begin with.\u00ff")],
    ["one frame and then anything", bytes([...frame()], "<html>", 1000)],
    ["all ones", Buffer.alloc(headBytes, 0xff)],
  ])("takes %s for no audio (R37)", (_, head) => {
    expect(audioFormat(head)).toBeUndefined();
  });

  test("never takes text for audio, and stands any bytes (R37)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        fc.pre(!/^(?:ID3|RIFF|RF64|BW64|FORM|OggS|fLaC|\.snd|#!AMR|0&|.{4}ftyp)/s.test(text));
        return audioFormat(Buffer.from(text, "utf8")) === undefined;
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (head) => {
        audioFormat(Buffer.from(head));
      }),
    );
  });
});

describe("audioType", () => {
  test.each([
    ["mp3", "audio/mpeg", "audio/mpeg"],
    ["mp3", "Audio/MP3 ; rate=8000", "audio/mp3"],
    ["mp3", "application/octet-stream", "audio/mpeg"],
    ["wav", "audio/mpeg", "audio/wav"],
    ["ogg", "audio/ogg; codecs=opus\r\nx: y", "audio/ogg"],
    ["mp4", "audio/x-m4a", "audio/x-m4a"],
    ["mp4", "", "audio/mp4"],
  ] as const)("of %s announced as %j is %s", (format, declared, type) => {
    expect(audioType(format, declared)).toBe(type);
  });
});
