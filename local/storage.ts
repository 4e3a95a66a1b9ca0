import { runStandIn } from "./stand-in.ts";
import { startStorage } from "./storage/start.ts";

runStandIn(async (plan) => void (await startStorage(plan)));
