// Loaded into every function's process: it must not outlive the site it belongs to.
process.on("disconnect", () => process.exit(0));
