import { runStandIn } from "./stand-in.ts";
import { startTelephony } from "./telephony/server.ts";

runStandIn(startTelephony);
