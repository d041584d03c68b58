// form[data-draft="key"]: keeps what is typed in this browser until the form has been accepted, and warns before it is left.
// The key names the person, the record and its version: drafts never cross from one to another.
import { button, h, onContent } from "./dom";
import { announce, restore, sameAs, values, type Saved } from "./fields";

const PREFIX = "fs-draft:";
const SENT = "fs-sent";
const KEEP_MS = 7 * 24 * 3600 * 1000;
/** A page that shows one of these did not accept the form, or asks to sign in first. */
const NOT_ACCEPTED = ".fs-error, .fs-refuse, .fs-field-error, .fs-login";

type Watched = { key: string; first: string[]; leaving: boolean; timer: number };
const watched = new Map<HTMLFormElement, Watched>();

function storage<T>(act: () => T): T | undefined {
  try { return act(); } catch { return undefined; } // storage full or forbidden: the form still works
}

const load = (key: string): Saved | undefined => storage(() => JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") as Saved | null) ?? undefined;
const drop = (key: string): void => { storage(() => localStorage.removeItem(PREFIX + key)); };
const sentKeys = (): string[] => storage(() => JSON.parse(sessionStorage.getItem(SENT) ?? "[]") as string[]) ?? [];

function dropOld(all: boolean): void {
  storage(() => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).forEach((name) => {
    const key = name.slice(PREFIX.length);
    if (all || !((load(key)?.at ?? 0) > Date.now() - KEEP_MS)) drop(key);
  }));
}

/** Decides about forms sent from the page before: accepted when this page is neither that form again nor an error. */
function settle(): void {
  const still = new Set(Array.from(document.querySelectorAll("form[data-draft]"), (form) => form.getAttribute("data-draft")));
  const accepted = !document.querySelector(NOT_ACCEPTED);
  for (const key of sentKeys()) if (accepted && !still.has(key)) drop(key);
  document.querySelectorAll("[data-draft-done]").forEach((mark) => drop(mark.getAttribute("data-draft-done") ?? ""));
  storage(() => sessionStorage.removeItem(SENT));
  dropOld(false);
}

function save(form: HTMLFormElement, state: Watched): void {
  if (sameAs(form, state.first)) return drop(state.key);
  const saved: Saved = { at: Date.now(), values: values(form) };
  storage(() => localStorage.setItem(PREFIX + state.key, JSON.stringify(saved)));
}

function watch(form: HTMLFormElement): void {
  if (watched.has(form)) return;
  const key = form.getAttribute("data-draft") ?? "";
  const state: Watched = { key, first: values(form), leaving: false, timer: 0 };
  watched.set(form, state);
  const saved = load(key);
  if (saved && sameAs(form, saved.values)) drop(key);
  else if (saved) {
    restore(form, saved.values);
    form.prepend(note(form, state, new Date(saved.at)));
  }
  form.addEventListener("input", () => {
    clearTimeout(state.timer);
    state.timer = window.setTimeout(() => save(form, state), 400);
  });
}

function note(form: HTMLFormElement, state: Watched, at: Date): HTMLElement {
  const when = at.toLocaleString("zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  const clear = button("清除，恢复原样", () => {
    form.reset();
    Array.from(form.elements).forEach(announce);
    clearTimeout(state.timer);
    drop(state.key);
    line.remove();
  });
  const line = h("div", { class: "fs-note fs-restored", role: "status" }, h("span", {}, `已恢复未提交的内容（${when} 自动保存在本机，附件需重新选择）。`), clear);
  return line;
}

function sent(form: EventTarget | null): void {
  if (!(form instanceof HTMLFormElement)) return;
  if (form.hasAttribute("data-logout")) dropOld(true);
  const state = watched.get(form);
  if (!state) return;
  clearTimeout(state.timer);
  save(form, state);
  state.leaving = true;
  storage(() => sessionStorage.setItem(SENT, JSON.stringify([...sentKeys(), state.key])));
}

const changed = (form: HTMLFormElement, state: Watched): boolean =>
  form.isConnected && (!sameAs(form, state.first) || Array.from(form.querySelectorAll<HTMLInputElement>("input[type=file]")).some((input) => (input.files?.length ?? 0) > 0));

settle();
onContent("form[data-draft]", watch);
// A handler that takes the submit over (upload) prevents the default and says itself when the form was accepted.
document.addEventListener("submit", (event) => { if (!event.defaultPrevented) sent(event.target); });
document.addEventListener("fs-sent", (event) => sent(event.target));
window.addEventListener("pageshow", (event) => { if (event.persisted) watched.forEach((state) => { state.leaving = false; }); });
window.addEventListener("beforeunload", (event) => {
  for (const [form, state] of watched) {
    if (state.leaving || !changed(form, state)) continue;
    save(form, state);
    event.preventDefault();
    event.returnValue = "";
  }
});
