import { describe, expect, test } from "vitest";
import { failureOfStatus, isPublicAddress, sourceAddress } from "../../shared/domain/backup/source-address.ts";

const hosts = ["media.example.com", "xn--r8jz45g.jp", "media.example.com:8443", "8.8.8.8", "10.0.0.1", "[::1]"];
const rules = { hosts, insecure: false, buckets: ["recordings"] };

describe("sourceAddress", () => {
  test.each([
    "https://media.example.com/a/b.mp3?token=x",
    "https://MEDIA.example.com:443/a",
    "https://media.example.com:8443/a",
    "https://例え.jp/a",
    "https://8.8.8.8/a",
    "https://media.example.com/a/%2e%2e%2fb",
  ])("allows %s (R37)", (source) => {
    expect(sourceAddress(source, "acme", rules)).toMatchObject({ type: "web" });
  });

  test.each([
    "http://media.example.com/a",
    "https://media.example.com.evil.example/a",
    "https://evil.example/media.example.com",
    "https://sub.media.example.com/a",
    "https://media.example.com./a",
    "https://media.example.com:444/a",
    "https://user@media.example.com/a",
    "https://media.example.com@evil.example/a",
    "https://evil.example#media.example.com",
    "https://10.0.0.1/a",
    "https://0x0a000001/a",
    "https://[::1]/a",
    "https://[::ffff:8.8.8.8]/a",
    "file:///etc/passwd",
    "data:audio/mpeg;base64,SUQz",
    "ftp://media.example.com/a",
    "//media.example.com/a",
    "media.example.com/a",
    "",
  ])("forbids %s (R37)", (source) => {
    expect(sourceAddress(source, "acme", rules)).toBeUndefined();
  });

  test("allows HTTP and private addresses on a developer's machine only, and still no other host", () => {
    const insecure = { ...rules, hosts: ["127.0.0.1:4416"], insecure: true };
    expect(sourceAddress("http://127.0.0.1:4416/a", "acme", insecure)).toMatchObject({ type: "web" });
    expect(sourceAddress("http://127.0.0.1:4417/a", "acme", insecure)).toBeUndefined();
    expect(sourceAddress("http://127.0.0.1:4416/a", "acme", { ...insecure, insecure: false })).toBeUndefined();
  });

  test("takes an object's name as it stands, and only below the tenant's own folder (R37)", () => {
    const name = "acme/a%2Fb 100%?x#y.mp3";
    const address = { type: "object", bucket: "recordings", name };
    expect(sourceAddress(`gs://recordings/${name}`, "acme", rules)).toStrictEqual(address);
    for (const source of [
      "gs://recordings/other/a.mp3",
      "gs://recordings/acme-2/a.mp3",
      "gs://recordings/acme/../other/a.mp3",
      "gs://recordings/acme/./a.mp3",
      "gs://recordings/acme%2Fa.mp3",
      "gs://recordings//acme/a.mp3",
      "gs://recordings/acme/",
      "gs://recordings/acme/a\n.mp3",
      "gs://recordings2/acme/a.mp3",
      "gs://recordings",
      "GS://recordings/acme/a.mp3",
    ]) {
      expect([source, sourceAddress(source, "acme", rules)]).toStrictEqual([source, undefined]);
    }
    expect(sourceAddress("gs://recordings//a.mp3", "", rules)).toBeUndefined();
  });
});

describe("isPublicAddress", () => {
  test.each(["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "2001:4860:4860::8888", "2400:cb00::1"])(
    "takes %s for a host's on the Internet",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test.each([
    ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
    ...["192.168.1.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "203.0.113.1"],
    ...["::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"],
    ...["64:ff9b::a00:1", "2001:db8::1", "2002:a00:1::1", "2001::1", "fe80::1%eth0", "not an address", ""],
  ])("takes %s for none (R37)", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("failureOfStatus", () => {
  test.each([
    [200, undefined],
    [206, undefined],
    [202, "notReady"],
    [301, "sourceForbidden"],
    [307, "sourceForbidden"],
    [401, "sourceDenied"],
    [404, "notReady"],
    [410, "gone"],
    [422, "sourceDenied"],
    [425, "sourceUnavailable"],
    [429, "sourceUnavailable"],
    [599, "sourceUnavailable"],
  ])("of %i is %s (R39)", (status, failure) => {
    expect(failureOfStatus(status)).toBe(failure);
  });
});
