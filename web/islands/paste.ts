// <fs-paste data-columns="日期,标题,…" data-required="2" data-preview="5">: counts and shows the rows pasted into its textarea.
// The server parses again and decides; this only lets the person see at once what will be read.
import { h } from "./dom";
import { parseTsv } from "./tsv";

class Paste extends HTMLElement {
  #status = h("p", { class: "fs-hint", role: "status" });
  #table = h("div", { class: "fs-scroll" });
  #timer = 0;

  connectedCallback(): void {
    const area = this.querySelector("textarea");
    if (!area || this.#status.isConnected) return;
    this.append(this.#status, this.#table);
    area.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#show(area.value), 120);
    });
    this.#show(area.value);
  }

  #show(text: string): void {
    const columns = (this.getAttribute("data-columns") ?? "").split(",").filter(Boolean);
    const needed = Number(this.getAttribute("data-required") ?? 1);
    const all = parseTsv(text);
    const headed = columns.length > 0 && all[0]?.[0] === columns[0];
    const rows = headed ? all.slice(1) : all;
    const short = rows.filter((row) => row.filter((cell) => cell !== "").length < needed).length;
    this.#status.textContent = this.#sentence(rows, short, headed, needed);
    this.#status.classList.toggle("fs-field-error", short > 0);
    this.#table.replaceChildren(...(rows.length > 0 ? [this.#preview(columns, rows)] : []));
  }

  #sentence(rows: string[][], short: number, headed: boolean, needed: number): string {
    if (rows.length === 0) return "";
    const parts = [`识别到 ${rows.length} 行`];
    if (headed) parts.push("首行是表头，不计入");
    if (short > 0) parts.push(short === rows.length && needed > 1 && rows.every((row) => row.length === 1)
      ? "没有分列，请从表格软件中选中各列后复制" : `其中 ${short} 行不足 ${needed} 列，提交时会逐行说明`);
    return `${parts.join("；")}。`;
  }

  #preview(columns: string[], rows: string[][]): HTMLTableElement {
    const shown = rows.slice(0, Number(this.getAttribute("data-preview") ?? 5));
    const width = Math.min(12, Math.max(columns.length, ...shown.map((row) => row.length)));
    const places = Array.from({ length: width }, (_, index) => index);
    const head = h("tr", {}, h("th", { scope: "col", class: "fs-num" }, "行"), ...places.map((index) => h("th", { scope: "col" }, columns[index] ?? `第 ${index + 1} 列`)));
    const body = shown.map((row, number) => h("tr", {}, h("td", { class: "fs-num" }, String(number + 1)), ...places.map((index) => h("td", short(row[index]), row[index] ?? ""))));
    const caption = rows.length > shown.length ? `前 ${shown.length} 行，其余 ${rows.length - shown.length} 行未列出` : "将读入的内容";
    return h("table", { class: "fs-table tight" }, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, ...body));
  }
}

/** Dates and figures stay on one line. */
const short = (cell = ""): Record<string, string> => (cell.length <= 10 ? { class: "fs-code" } : {});

customElements.define("fs-paste", Paste);
