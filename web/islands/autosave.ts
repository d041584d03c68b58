// form[data-autosave="address"]: what is typed is sent to that address a moment later, and when the page is left. The
// form's own button hands it in; without this the button beside it saves.
import { onContent } from "./dom";

const WAIT_MS = 1500;

function watch(form: HTMLFormElement): void {
  const address = form.getAttribute("data-autosave") ?? "";
  const said = form.querySelector("[data-autosave-said]");
  let timer = 0;
  let dirty = false;
  let sending = Promise.resolve();

  // Fields only: a plain form's body, as the button would send it.
  const body = (): URLSearchParams => {
    const fields = new URLSearchParams();
    new FormData(form).forEach((value, name) => { if (typeof value === "string") fields.append(name, value); });
    return fields;
  };
  const tell = (text: string): void => { if (said) said.textContent = text; };
  const send = async (): Promise<void> => {
    dirty = false;
    try {
      const answer = await fetch(address, { method: "POST", body: body(), redirect: "manual" });
      // A saved form is answered by a redirect, which is not followed here.
      const kept = answer.type === "opaqueredirect" || answer.ok;
      const at = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
      if (!kept) dirty = true;
      tell(kept ? `${at} 已保存，尚未提交。` : "没有保存，请点击“保存，稍后提交”查看原因。");
    } catch {
      dirty = true;
      tell("网络不通，尚未保存；恢复后继续填写即自动保存。");
    }
  };
  const later = (): void => {
    dirty = true;
    clearTimeout(timer);
    // One after the other: an older answer never overwrites a newer one.
    timer = window.setTimeout(() => { sending = sending.then(send); }, WAIT_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("submit", () => { clearTimeout(timer); dirty = false; });
  window.addEventListener("pagehide", () => {
    if (dirty) navigator.sendBeacon(address, body());
  });
}

onContent("form[data-autosave]", watch);
