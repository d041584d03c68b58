// Starts `fengsui demo` on a free port with a small sample province, once for all tests; others where a test needs its own.
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

/** A server at work, with the accounts of its sample province. */
export type Running = { url: string; accounts: Account[]; stop: () => Promise<void> };

export default async function setup(): Promise<() => Promise<void>> {
  const data = folder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const demo = run(["demo", "--listen", new URL(url).host, "--data", data, "--stations", "24", "--seed", "1"]);
  const stop = await up(demo, url, data);
  process.env.FENGSUI_URL = url;
  process.env.FENGSUI_ACCOUNTS = JSON.stringify(demo.accounts);
  return stop;
}

/** A sample province of its own on a port of its own, served with these settings (`FENGSUI_…`) over the usual ones. */
export async function province(stations: number, settings: (url: string) => Record<string, string>): Promise<Running> {
  const data = folder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const made = run(["demo", "--only-data", "--data", data, "--stations", String(stations), "--seed", "1"]);
  const [code] = (await once(made.server, "close")) as [number | null];
  if (code !== 0) throw new Error(`fengsui demo --only-data ended with exit code ${code}\n${made.said.slice(-20).join("\n")}`);
  const served = run(["serve", "--data", data, "--listen", new URL(url).host], { FENGSUI_SECOND_FACTOR: "false", ...settings(url) });
  return { url, accounts: made.accounts, stop: await up(served, url, data) };
}

type Run = { server: ChildProcess; accounts: Account[]; said: string[] };

/** Starts the binary; keeps the accounts it prints and what else it says. */
function run(args: string[], settings: Record<string, string> = {}): Run {
  const binary = resolve(process.env.FENGSUI_BIN ?? join(process.env.CARGO_TARGET_DIR ?? "../target", "debug/fengsui"));
  if (!existsSync(binary)) throw new Error(`${binary} is missing: build it first (cargo build -p server --bin fengsui), or set FENGSUI_BIN.`);
  const server = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...settings } });
  const accounts: Account[] = [];
  const said: string[] = [];
  createInterface({ input: server.stdout }).on("line", (line) => {
    const [role, username, password] = line.split("\t");
    if (role && username && password) accounts.push({ role, username, password });
    else said.push(line);
  });
  createInterface({ input: server.stderr }).on("line", (line) => said.push(line));
  return { server, accounts, said };
}

function folder(): string {
  return mkdtempSync(join(tmpdir(), "fengsui-e2e-"));
}

/** Waits until a server answers; returns what stops it and takes its data away. */
async function up({ server, said }: Run, url: string, data: string): Promise<() => Promise<void>> {
  const stop = async (): Promise<void> => {
    await end(server);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await ready(server, url);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${said.slice(-20).join("\n")}`);
  }
  return stop;
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    if (server.exitCode !== null) throw new Error(`fengsui ended with exit code ${server.exitCode}`);
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error(`fengsui did not answer /healthz within ${READY_MS / 1000} s`);
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
