import { execFileSync } from "node:child_process";
import { existsSync, globSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { StartError } from "./start-error.ts";

/** What Google's emulators are started with. */
export type Emulators = { java: string; firestoreJar: string; pubsubJar: string };

type Variables = Readonly<Record<string, string | undefined>>;

/** One emulator: where each distributor puts its jar, and how to install it. */
type Jar = {
  name: string;
  variable: string;
  underCloudSdk: string;
  underFirebaseCache: string;
  component: string;
  debianPackage: string;
};

const firestore: Jar = {
  name: "Firestore",
  variable: "FIRESTORE_EMULATOR_JAR",
  underCloudSdk: "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
  underFirebaseCache: "cloud-firestore-emulator-v*.jar",
  component: "cloud-firestore-emulator",
  debianPackage: "google-cloud-cli-firestore-emulator",
};
const pubsub: Jar = {
  name: "Pub/Sub",
  variable: "PUBSUB_EMULATOR_JAR",
  underCloudSdk: "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
  underFirebaseCache: "pubsub-emulator-*/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
  component: "pubsub-emulator",
  debianPackage: "google-cloud-cli-pubsub-emulator",
};

/**
 * Finds Java and both emulators: by `FIRESTORE_EMULATOR_JAR` and `PUBSUB_EMULATOR_JAR`, in the Google Cloud
 * CLI, or in the Firebase CLI's cache.
 * @throws StartError with one line for each missing part, naming the command that installs it.
 */
export function findEmulators(variables: Variables): Emulators {
  const java = findJava(variables);
  const gcloud = findOnPath("gcloud", variables);
  const roots = cloudSdkRoots(gcloud, variables);
  const find = (jar: Jar) => findJar(jar, roots, variables);
  let [firestoreJar, pubsubJar] = [find(firestore), find(pubsub)];
  if ((firestoreJar === undefined || pubsubJar === undefined) && gcloud !== undefined) {
    roots.push(...askGcloud(gcloud));
    [firestoreJar, pubsubJar] = [find(firestore), find(pubsub)];
  }
  if (java !== undefined && firestoreJar !== undefined && pubsubJar !== undefined) {
    return { java, firestoreJar, pubsubJar };
  }
  throw new StartError(
    ...(java === undefined ? ["Java がありません / Java is missing: sudo apt-get install default-jre-headless"] : []),
    ...(firestoreJar === undefined ? [missing(firestore, variables)] : []),
    ...(pubsubJar === undefined ? [missing(pubsub, variables)] : []),
  );
}

function missing(jar: Jar, variables: Variables): string {
  const named = variables[jar.variable];
  if (named) return `${jar.variable} のファイルがありません / ${jar.variable} names a missing file: ${named}`;
  return (
    `${jar.name} エミュレーターがありません / The ${jar.name} emulator is missing: ` +
    `gcloud components install ${jar.component} (Debian: sudo apt-get install ${jar.debianPackage})`
  );
}

function findJar(jar: Jar, roots: readonly string[], variables: Variables): string | undefined {
  const named = variables[jar.variable];
  if (named) return existsSync(named) ? named : undefined;
  const places = roots.map((root) => ({ cwd: root, pattern: jar.underCloudSdk }));
  if (variables.HOME) {
    places.push({ cwd: join(variables.HOME, ".cache/firebase/emulators"), pattern: jar.underFirebaseCache });
  }
  for (const { cwd, pattern } of places) {
    const newest = globSync(pattern, { cwd })
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
      .at(-1);
    if (newest !== undefined) return join(cwd, newest);
  }
  return undefined;
}

function findJava(variables: Variables): string | undefined {
  const home = variables.JAVA_HOME;
  const atHome = home ? join(home, "bin/java") : undefined;
  return atHome !== undefined && existsSync(atHome) ? atHome : findOnPath("java", variables);
}

function findOnPath(program: string, variables: Variables): string | undefined {
  const directories = (variables.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  return directories.map((directory) => join(directory, program)).find((path) => existsSync(path));
}

function cloudSdkRoots(gcloud: string | undefined, variables: Variables): string[] {
  return [
    ...(gcloud === undefined ? [] : [dirname(dirname(realpathSync(gcloud)))]),
    ...(variables.HOME ? [join(variables.HOME, "google-cloud-sdk")] : []),
  ];
}

/** Asking takes about a second, so it is done only when the program's own place does not tell. */
function askGcloud(gcloud: string): string[] {
  try {
    const root = execFileSync(gcloud, ["info", "--format=value(installation.sdk_root)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 15_000,
    }).trim();
    return root === "" ? [] : [root];
  } catch {
    return [];
  }
}
