// <fs-upload data-max-bytes data-max-files>: around a plain <input type="file">, inside a form. Without JS the form posts by itself.
import { clearAnswer, refuses, renewToken, showAnswer } from "./answer";
import { Chosen } from "./chosen";
import { Bar, button, bytes, h } from "./dom";

const LOGIN = "/login";

class Upload extends HTMLElement {
  #chosen: Chosen | undefined;
  #panel = h("div", { class: "fs-sending" });

  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    const form = this.closest("form");
    if (!input || !form || this.#chosen) return;
    this.#chosen = new Chosen(input, Number(this.getAttribute("data-max-bytes") ?? 0), Number(this.getAttribute("data-max-files") ?? 0));
    this.append(this.#chosen.list, this.#chosen.count, this.#panel);
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || this.#chosen?.length === 0) return;
      event.preventDefault();
      this.#send(form, event.submitter);
    });
  }

  #send(form: HTMLFormElement, submitter: HTMLElement | null): void {
    const body = new FormData(form);
    if (submitter instanceof HTMLButtonElement && submitter.name) body.append(submitter.name, submitter.value);
    const action = new URL(submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", location.href);
    const request = new XMLHttpRequest();
    const bar = new Bar("上传进度");
    const release = hold(form);
    const again = (sentence: string): void => {
      release();
      this.#offerRetry(form, submitter, sentence);
    };
    clearAnswer(form);
    bar.set(0, 1, "正在上传");
    this.#panel.replaceChildren(bar.root, button("取消上传", () => request.abort()));

    request.upload.onprogress = ({ loaded, total }) => bar.set(loaded, total, loaded < total ? `已上传 ${bytes(loaded)}，共 ${bytes(total)}` : "已传完，正在保存");
    request.onerror = () => again("网络中断，没有传完。");
    request.onabort = () => again("已取消上传。");
    request.onload = () => {
      const to = new URL(request.getResponseHeader("x-fs-location") ?? (request.responseURL || action.href), location.href);
      if (to.pathname === LOGIN && action.pathname !== LOGIN) return again("登录已失效。请在新窗口登录，再回到本页重试。");
      if (request.status >= 500) return again("服务器没有保存成功。");
      if (request.status < 400 && !(to.pathname === action.pathname && refuses(request.responseText))) return leave(form, to);
      release();
      this.#panel.replaceChildren();
      showAnswer(form, request.responseText, request.status === 413 ? "文件太大，服务器没有接收。" : "服务器没有接收，请核对后再提交。");
    };
    request.open("POST", action.href);
    request.setRequestHeader("x-fs-upload", "1");
    request.send(body);
  }

  #offerRetry(form: HTMLFormElement, submitter: HTMLElement | null, sentence: string): void {
    const retry = button("重试", () => {
      retry.disabled = true;
      renewToken(form).catch(() => undefined).then(() => this.#send(form, submitter));
    });
    const login = h("a", { href: LOGIN, target: "_blank", rel: "noopener" }, "在新窗口登录");
    const text = h("p", {}, "填写的内容和所选文件都还在。", ...(sentence.startsWith("登录") ? [login] : []));
    this.#panel.replaceChildren(h("div", { class: "fs-error", role: "alert" }, h("strong", {}, sentence), text, retry));
    retry.focus();
  }
}

/** Greys the submit buttons while sending; returns what gives them back. */
function hold(form: HTMLFormElement): () => void {
  const held = Array.from(form.querySelectorAll<HTMLButtonElement>("button:not([type=button])")).filter((made) => !made.disabled);
  held.forEach((made) => { made.disabled = true; });
  form.setAttribute("aria-busy", "true");
  return () => {
    held.forEach((made) => { made.disabled = false; });
    form.removeAttribute("aria-busy");
  };
}

function leave(form: HTMLFormElement, to: URL): void {
  form.dispatchEvent(new CustomEvent("fs-sent", { bubbles: true }));
  if (to.href === location.href) location.reload();
  else location.assign(to.href);
}

customElements.define("fs-upload", Upload);
