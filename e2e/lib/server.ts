// Starts `fengsui demo` on a free port with a small sample province, once for all tests.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "./people";

const READY_MS = 120_000;

export default async function setup(): Promise<() => Promise<void>> {
  const binary = resolve(process.env.FENGSUI_BIN ?? join(process.env.CARGO_TARGET_DIR ?? "../target", "debug/fengsui"));
  if (!existsSync(binary)) throw new Error(`${binary} is missing: build it first (cargo build -p server --bin fengsui), or set FENGSUI_BIN.`);
  const data = mkdtempSync(join(tmpdir(), "fengsui-e2e-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = spawn(binary, ["demo", "--listen", new URL(url).host, "--data", data, "--stations", "24", "--seed", "1"], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = async (): Promise<void> => {
    await end(server);
    rmSync(data, { recursive: true, force: true });
  };

  const accounts: Account[] = [];
  const said: string[] = [];
  createInterface({ input: server.stdout }).on("line", (line) => {
    const [role, username, password] = line.split("\t");
    if (role && username && password) accounts.push({ role, username, password });
    else said.push(line);
  });
  createInterface({ input: server.stderr }).on("line", (line) => said.push(line));
  try {
    await ready(server, url);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${said.slice(-20).join("\n")}`);
  }
  process.env.FENGSUI_URL = url;
  process.env.FENGSUI_ACCOUNTS = JSON.stringify(accounts);
  return stop;
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    if (server.exitCode !== null) throw new Error(`fengsui demo ended with exit code ${server.exitCode}`);
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error(`fengsui demo did not answer /healthz within ${READY_MS / 1000} s`);
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await Promise.race([gone, sleep(10_000).then(() => server.kill("SIGKILL"))]);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
