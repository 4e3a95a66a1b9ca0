import { runOperation } from "./run-operation.ts";

/** Runs one slice of an activation, which waits behind no other operation (R18, R19); safe to repeat. */
export const runActivation = runOperation;
