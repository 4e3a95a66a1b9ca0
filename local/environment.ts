/** The variables of the shell that the local cloud was started from; nothing else in `local/` reads them. */
// biome-ignore lint/style/noProcessEnv: the one place of the local cloud that reads the environment
export const surroundings: Readonly<Record<string, string | undefined>> = process.env;

/** Spares Google's client libraries in this process the search for a metadata server: there is none, and it takes time. */
export function skipMetadataServer(): void {
  // biome-ignore lint/style/noProcessEnv: the client libraries read it nowhere else
  process.env.METADATA_SERVER_DETECTION = "none";
}

/** What every child process needs of the shell, and no more: no credentials, no emulator settings of another project. */
export function plainEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME"];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = surroundings[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
