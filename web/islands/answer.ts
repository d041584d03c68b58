// Shows what the server said against a form without leaving the page: nothing typed or chosen is lost.
import { h } from "./dom";

const SENTENCES = ".fs-error, .fs-refuse";
const parse = (html: string): Document => new DOMParser().parseFromString(html, "text/html");

/** The page answered with says that the form was not accepted. */
export const refuses = (html: string): boolean => parse(html).querySelector(`${SENTENCES}, .fs-field-error`) !== null;

/** Copies the answer's sentences above the form and each field's error under its field. */
export function showAnswer(form: HTMLFormElement, html: string, otherwise: string): void {
  const page = parse(html);
  clearAnswer(form);
  takeToken(form, page);
  const lines: Node[] = Array.from(page.querySelectorAll(SENTENCES), (element) => document.importNode(element, true));
  for (const error of Array.from(page.querySelectorAll<HTMLElement>(".fs-field-error"))) {
    if (!underField(form, page, error) && !error.closest(SENTENCES)) lines.push(h("p", { class: "fs-field-error" }, error.textContent ?? ""));
  }
  const fields = form.querySelectorAll("[data-answer]").length;
  if (lines.length === 0) lines.push(h("div", { class: "fs-error" }, h("strong", {}, fields > 0 ? `有 ${fields} 处需要改正，见各栏下方。` : otherwise)));
  const box = h("div", { class: "fs-answer", role: "alert", tabindex: "-1" }, ...lines);
  form.before(box);
  (form.querySelector<HTMLElement>("[aria-invalid=true]") ?? box).focus();
  box.scrollIntoView({ block: "nearest" });
}

export function clearAnswer(form: HTMLFormElement): void {
  const before = form.previousElementSibling;
  if (before?.classList.contains("fs-answer")) before.remove();
  form.querySelectorAll("[data-answer]").forEach((element) => element.remove());
  form.querySelectorAll("[aria-invalid=true]").forEach((element) => element.removeAttribute("aria-invalid"));
}

function underField(form: HTMLFormElement, page: Document, error: HTMLElement): boolean {
  const described = error.id === "" ? null : page.querySelector(`[aria-describedby~="${CSS.escape(error.id)}"]`);
  const field = described?.id ? form.querySelector(`#${CSS.escape(described.id)}`) : null;
  if (!field) return false;
  form.querySelector(`#${CSS.escape(error.id)}`)?.remove();
  const ids = new Set([...(field.getAttribute("aria-describedby") ?? "").split(/\s+/), error.id]);
  field.setAttribute("aria-describedby", Array.from(ids).join(" ").trim());
  field.setAttribute("aria-invalid", "true");
  field.after(h("p", { class: "fs-field-error", id: error.id, "data-answer": "" }, error.textContent ?? ""));
  return true;
}

/** A session that was renewed meanwhile has a new token; the answer carries it. */
function takeToken(form: HTMLFormElement, page: Document): void {
  const fresh = page.querySelector<HTMLInputElement>("input[name=csrf]");
  const mine = form.querySelector<HTMLInputElement>("input[name=csrf]");
  if (fresh && mine) mine.value = fresh.value;
}

/** Before sending again: the page's present token, read from the page itself. */
export async function renewToken(form: HTMLFormElement): Promise<void> {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (answer.ok) takeToken(form, parse(await answer.text()));
}
