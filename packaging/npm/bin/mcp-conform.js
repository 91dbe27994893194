#!/usr/bin/env node
// Runs the program that this package carries for the machine it is on: bin/<platform>-<arch>/mcp-conform.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const machine = `${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "mcp-conform.exe" : "mcp-conform";
const program = fileURLToPath(new URL(`${machine}/${name}`, import.meta.url));

if (!existsSync(program)) {
  console.error(`error: this package carries no mcp-conform for ${machine}: build it from source with cargo`);
  process.exit(70);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both; the program decides when it is done.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`error: cannot run ${program}: ${error.message}`);
  process.exit(70);
});
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
