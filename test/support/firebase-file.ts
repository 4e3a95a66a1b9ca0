import { z } from "zod";

const address = { host: z.literal("127.0.0.1"), port: z.int().min(1024).max(65535) };
const rewrite = z.union([
  z.strictObject({ source: z.string(), function: z.strictObject({ functionId: z.string(), region: z.string() }) }),
  z.strictObject({ source: z.string(), destination: z.string() }),
]);

/** What we use of `firebase.json`, as Firebase's reference has it; a field that is not named here is a mistake. */
export const firebaseFile = z.strictObject({
  firestore: z.array(z.strictObject({ database: z.string(), rules: z.string(), indexes: z.string() })),
  hosting: z.array(
    z.strictObject({
      target: z.enum(["primary", "secondary"]),
      public: z.string(),
      headers: z.array(
        z.strictObject({
          source: z.string(),
          headers: z.array(z.strictObject({ key: z.string(), value: z.string() })).min(1),
        }),
      ),
      rewrites: z.array(rewrite),
    }),
  ),
  emulators: z.strictObject({
    singleProjectMode: z.boolean(),
    hosting: z.strictObject(address),
    firestore: z.strictObject(address),
    pubsub: z.strictObject(address),
    ui: z.strictObject({ enabled: z.boolean(), ...address }),
  }),
});
