import { runStandIn } from "./stand-in.ts";

runStandIn(async () => undefined);
