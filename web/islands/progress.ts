// <fs-progress data-url data-label data-follow>: asks a job's JSON once a second, shows a bar, then the link to its result.
import { Bar, h } from "./dom";

type Job = { done: number; total: number; state: "queued" | "running" | "done" | "failed"; message?: string; href?: string };

const EVERY_MS = 1000;
const SLOWEST_MS = 10_000;
const WAITING: Record<string, string> = { queued: "排队等候", running: "正在处理" };

class Progress extends HTMLElement {
  #bar: Bar | undefined;
  #end = h("p", { role: "status" });
  #timer = 0;
  #misses = 0;

  connectedCallback(): void {
    if (!this.#bar) {
      this.#bar = new Bar(this.getAttribute("data-label") ?? "处理进度");
      this.replaceChildren(this.#bar.root, this.#end); // in place of the sentence for readers without JS
    }
    void this.#ask();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    try {
      const answer = await fetch(this.getAttribute("data-url") ?? "", { headers: { accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const job = (await answer.json()) as Job;
      this.#misses = 0;
      if (this.#show(job)) return;
    } catch {
      this.#misses += 1;
      if (this.#misses > 1) this.#end.textContent = "暂时连接不上服务器，处理仍在继续，正在重新查询。";
    }
    if (this.isConnected) this.#timer = window.setTimeout(() => void this.#ask(), Math.min(SLOWEST_MS, EVERY_MS * 2 ** Math.min(this.#misses, 4)));
  }

  /** True when the job is over. */
  #show(job: Job): boolean {
    const text = job.message ?? WAITING[job.state] ?? "";
    this.#bar?.set(job.state === "done" ? 1 : job.done, job.state === "done" ? 1 : job.total, job.total > 0 ? `${text}　${job.done} / ${job.total}` : text);
    this.#end.replaceChildren();
    if (job.state !== "done" && job.state !== "failed") return false;
    const link = job.href ? [h("a", { class: "btn", href: job.href }, job.state === "done" ? this.getAttribute("data-done") ?? "查看结果" : "查看详情")] : [];
    if (job.state === "done" && job.href && this.hasAttribute("data-follow")) location.assign(job.href);
    else if (job.state === "done") this.#end.replaceChildren(...link);
    else this.replaceChildren(h("div", { class: "fs-error", role: "alert" }, h("strong", {}, job.message ?? "处理没有完成。"), ...link));
    return true;
  }
}

customElements.define("fs-progress", Progress);
