// A saving of an on-site check on its way to the server, and what the server made of it.
import { token } from "./photos";
import type { Flight, Held } from "./pocket";

const LOGIN = "/login";
/** Fields the flight sets itself; the session's token is asked for when it is sent. */
const OWN = ["csrf", "once", "base", "step"];

const parse = (html: string): Document => new DOMParser().parseFromString(html, "text/html");

/** The form as it is now, based on the version it was made from, under a key of its own. */
export function flightOf(form: HTMLFormElement, record: Held, step: string, values: string[]): Flight {
  const entries: [string, string][] = [];
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && !OWN.includes(name)) entries.push([name, value]);
  entries.push(["once", token()], ["base", record.base], ["step", step]);
  return { entries, photos: [...record.photos], step, values, tried: false };
}

export type Token = { csrf: string } | { login: true } | { refused: string };

/** The session's present token, from the form's own page: it may have been opened without a network, or long ago. */
export async function presentToken(href: string, owner: string): Promise<Token> {
  const answer = await fetch(href, { credentials: "same-origin", cache: "no-store" });
  if (new URL(answer.url).pathname === LOGIN) return { login: true };
  const page = parse(await answer.text());
  const form = page.querySelector("form[data-check]");
  const csrf = form?.querySelector<HTMLInputElement>("input[name=csrf]")?.value;
  if (csrf && form?.getAttribute("data-check") === owner) return { csrf };
  if (form) return { refused: "本机的内容属于另一账户，没有上传。" };
  return { refused: page.querySelector(".fs-refuse strong")?.textContent ?? "服务器暂不接收，内容仍在本机。" };
}

export type Outcome =
  | { kind: "kept"; place: string; version: string | undefined }
  | { kind: "conflict"; place: string }
  | { kind: "refused"; html: string }
  | { kind: "later"; sentence: string };

/** Sends a flight exactly as it is. Throws when there is no network. */
export async function send(flight: Flight, href: string, csrf: string): Promise<Outcome> {
  const body = new FormData();
  body.append("csrf", csrf);
  for (const [name, value] of flight.entries) body.append(name, value);
  for (const photo of flight.photos) body.append(photo.field, photo.blob, photo.name);
  const answer = await fetch(href, { method: "POST", body, credentials: "same-origin" });
  const html = await answer.text();
  if (answer.status >= 500) return { kind: "later", sentence: "服务器没有保存成功，内容仍在本机，稍后自动再传。" };
  if (new URL(answer.url).pathname === LOGIN) return { kind: "later", sentence: "登录已失效，内容仍在本机；请重新登录后打开本页。" };
  const page = parse(html);
  const conflict = page.querySelector("[data-check-conflict]")?.getAttribute("data-check-conflict");
  if (conflict) return { kind: "conflict", place: conflict };
  if (!answer.ok) return { kind: "refused", html };
  return { kind: "kept", place: answer.url, version: page.querySelector("form[data-check]")?.getAttribute("data-check-version") ?? undefined };
}

/** What was asked of a flight when it was made; `step` may have been asked anew since. */
export const askedOf = (flight: Flight): string => flight.entries.find(([name]) => name === "step")?.[1] ?? "draft";
