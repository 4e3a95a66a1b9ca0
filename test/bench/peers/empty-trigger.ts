import { cloudEvent } from "@google-cloud/functions-framework";

/** What costs least: the event is taken and nothing is done. */
cloudEvent("empty-trigger", async () => undefined);
