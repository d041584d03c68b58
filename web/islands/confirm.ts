// form[data-confirm="sentence"], or button[data-confirm] in a form with several: asks in a native dialog before submitting.
import { h } from "./dom";

const agreed = new WeakSet<HTMLFormElement>();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (agreed.delete(form)) return;
  const submitter = event.submitter;
  const sentence = submitter?.getAttribute("data-confirm") ?? form.getAttribute("data-confirm");
  if (!sentence) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(sentence, submitter?.textContent?.trim() || "确认", () => {
    agreed.add(form);
    form.requestSubmit(submitter);
  });
}, true);

function ask(sentence: string, verb: string, act: () => void): void {
  const no = h("button", { type: "button", class: "btn" }, "取消");
  const yes = h("button", { type: "button", class: "btn btn-primary" }, verb);
  const text = h("p", { id: "fs-ask" }, sentence);
  const dialog = h("dialog", { class: "fs-dialog", "aria-labelledby": "fs-ask" }, text, h("div", { class: "fs-acts" }, no, yes));
  let sure = false;
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => { sure = true; dialog.close(); });
  // Escape closes too: the one way out is `close`. The browser gives the focus back to the button pressed before.
  dialog.addEventListener("close", () => { dialog.remove(); if (sure) act(); });
  document.body.append(dialog);
  dialog.showModal();
}
