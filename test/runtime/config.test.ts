import { describe, expect, test } from "vitest";
import { readConfig } from "../../shared/runtime/config.ts";

const variables = {
  GOOGLE_CLOUD_PROJECT: "hikae",
  HIKAE_SITE: "primary",
  PRIMARY_HOST: "tokyo.example",
  SECONDARY_HOST: "osaka.example",
  PRIMARY_GUIDANCE_BUCKET: "guidance-tokyo",
  SECONDARY_GUIDANCE_BUCKET: "guidance-osaka",
  RECORDINGS_BUCKET: "recordings",
  EXPORTS_BUCKET: "exports",
  SMTP_URL: "smtp://mail.example",
  MAIL_FROM: "hikae@example.com",
  OIDC_ISSUER: "https://issuer.example",
  OIDC_AUDIENCE: "console",
};

describe("readConfig", () => {
  test("lists every variable at fault at once", () => {
    const wrong = { ...variables, HIKAE_SITE: "kyoto", SMTP_URL: "http://mail.example", OIDC_AUDIENCE: undefined };
    expect(() => readConfig(wrong)).toThrow(/HIKAE_SITE.*SMTP_URL.*OIDC_AUDIENCE/);
  });

  test("knows a client's secret only where there is one (R49)", () => {
    expect(readConfig(variables).oidc).toEqual({ issuer: "https://issuer.example", audience: "console" });
    expect(readConfig({ ...variables, OIDC_CLIENT_SECRET: "s" }).oidc).toMatchObject({ clientSecret: "s" });
  });

  test("knows the mail server only where it is told, for most functions send no mail (R48)", () => {
    const { SMTP_URL, ...others } = variables;
    expect(readConfig(others).mail).toEqual({ from: "hikae@example.com" });
    expect(readConfig(variables).mail).toEqual({ from: "hikae@example.com", smtpUrl: SMTP_URL });
  });

  test("fetches recordings from nowhere, and from no private address, unless it is said (R37)", () => {
    expect(readConfig(variables).recordingSources).toEqual({ hosts: [], insecure: false });
  });

  test.each([
    ["a.example, b.example:8443,", ["a.example", "b.example:8443"]],
    ["a.example:443", ["a.example"]],
    ["127.0.0.1:4416,[::1]:80", ["127.0.0.1:4416", "[::1]:80"]],
    ["xn--wgv71a.example", ["xn--wgv71a.example"]],
  ])("takes the sources %j as their addresses have them (R37)", (text, hosts) => {
    const sources = { RECORDING_SOURCES: text, RECORDING_SOURCES_INSECURE: "true" };
    expect(readConfig({ ...variables, ...sources }).recordingSources).toEqual({ hosts, insecure: true });
  });

  test.each([
    "https://a.example",
    "*.example",
    "A.example",
    "user@a.example",
    "a.example/path",
    "日本.example",
    "127.1",
  ])("refuses the source %j, which no address would ever equal (R37)", (text) => {
    const wrong = { ...variables, RECORDING_SOURCES: `b.example,${text}` };
    expect(() => readConfig(wrong)).toThrow(/RECORDING_SOURCES\.1: give host or host:port/);
  });

  test("refuses a switch that is neither on nor off", () => {
    expect(() => readConfig({ ...variables, RECORDING_SOURCES_INSECURE: "yes" })).toThrow("RECORDING_SOURCES_INSECURE");
  });
});
