const framesASecond = 44_100 / 1152;

/**
 * A recording as a real MP3 file: silence, one channel at 32 kbit/s, with its title in an ID3 tag, so that no two
 * recordings are the same bytes.
 */
export function silentRecording(title: string, seconds: number): Buffer {
  const frame = Buffer.alloc(104);
  // MPEG-1 layer III, 32 kbit/s, 44.1 kHz, one channel; side information of zeros is silence.
  frame.writeUInt32BE(0xfffb10c4);
  const frames = Array.from({ length: Math.max(1, Math.round(seconds * framesASecond)) }, () => frame);
  return Buffer.concat([titleTag(title), ...frames]);
}

/** An ID3v2.3 tag with the title alone, in ASCII. */
function titleTag(title: string): Buffer {
  const text = Buffer.concat([Buffer.from([0]), Buffer.from(title, "latin1")]);
  const head = Buffer.alloc(10);
  head.write("TIT2", "latin1");
  head.writeUInt32BE(text.length, 4);
  const size = head.length + text.length;
  const sevenBits = [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);
  return Buffer.concat([Buffer.from("ID3\u0003\0\0", "latin1"), Buffer.from(sevenBits), head, text]);
}
