// A small server for the islands alone: the built assets under the real CSP, and answers a test can choose.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
  + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const TYPES: Record<string, string> = { css: "text/css", js: "text/javascript" };

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

export class Workbench {
  /** Pages by path: the body of `main`. */
  readonly pages = new Map<string, string>();
  /** Other answers by "METHOD /path". */
  readonly answers = new Map<string, Answer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(): Promise<Workbench> {
    const bench = new Workbench();
    bench.#server.listen(0, "127.0.0.1");
    await once(bench.#server, "listening");
    return bench;
  }

  at(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const answer = this.answers.get(`${request.method} ${path}`);
    const asset = /^\/assets\/(app\.css|app\.js)$/.exec(path)?.[1];
    if (answer) return answer(request, response, Buffer.concat(chunks));
    if (asset) {
      response.writeHead(200, { "content-type": TYPES[asset.split(".")[1] ?? ""] ?? "" });
      response.end(await readFile(fileURLToPath(new URL(`../../web/dist/${asset}`, import.meta.url))));
      return;
    }
    show(response, this.pages.has(path) ? 200 : path === "/favicon.ico" ? 204 : 404, this.pages.get(path) ?? "");
  }
}

/** Answers with a whole page around `main`. */
export function show(response: ServerResponse, status: number, main: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "content-security-policy": CSP });
  response.end(status === 204 ? undefined : `<!doctype html><html lang="zh-CN" data-bs-theme="light"><head><meta charset="utf-8"><title>构件 - 烽燧</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/app.css"><script type="module" src="/assets/app.js"></script></head>
<body><main class="fs-main" id="main"><h1>构件</h1>${main}</main></body></html>`);
}

export function go(response: ServerResponse, to: string): void {
  response.writeHead(303, { location: to });
  response.end();
}
