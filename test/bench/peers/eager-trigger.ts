import { Firestore } from "@google-cloud/firestore";
import { PubSub } from "@google-cloud/pubsub";
import { CloudSchedulerClient } from "@google-cloud/scheduler";
import { Storage } from "@google-cloud/storage";

/** What a program does that makes all of Google's clients as its modules are loaded, before it knows what it will need. */
const clients = [Firestore, PubSub, Storage, CloudSchedulerClient].map((Client) => new Client({ projectId: "p" }));
if (clients.length > 0) await import("../../../functions/index.ts");
