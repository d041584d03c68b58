// The files chosen so far: choosing again adds, a file can be taken out, pictures show small.
import { button, bytes, h } from "./dom";

const THUMB = 96;

export class Chosen {
  readonly list = h("ul", { class: "fs-files", "aria-label": "已选文件" });
  readonly count = h("p", { class: "fs-hint", role: "status" });
  #files: File[] = [];

  constructor(readonly input: HTMLInputElement, readonly maxBytes: number, readonly maxFiles: number) {
    input.addEventListener("change", () => this.#add(Array.from(input.files ?? [])));
    if (input.files?.length) this.#add(Array.from(input.files)); // kept by the browser over a reload
  }

  get total(): number {
    return this.#files.reduce((sum, file) => sum + file.size, 0);
  }

  get length(): number {
    return this.#files.length;
  }

  #add(files: File[]): void {
    if (!this.input.multiple) this.#files = [];
    const refused: string[] = [];
    for (const file of files) {
      const reason = this.#refusal(file);
      if (reason) refused.push(`${file.name}：${reason}`);
      else if (!this.#files.some((other) => other.name === file.name && other.size === file.size && other.lastModified === file.lastModified)) this.#files.push(file);
    }
    this.#show(refused);
  }

  #refusal(file: File): string {
    if (file.size === 0) return "是空文件，未加入。";
    if (this.maxBytes > 0 && file.size > this.maxBytes) return `超过 ${bytes(this.maxBytes)}，未加入。`;
    return this.maxFiles > 0 && this.#files.length >= this.maxFiles ? `一次最多 ${this.maxFiles} 个文件，未加入。` : "";
  }

  #show(refused: string[]): void {
    const transfer = new DataTransfer();
    this.#files.forEach((file) => transfer.items.add(file));
    this.input.files = transfer.files;
    this.list.replaceChildren(
      ...this.#files.map((file) => this.#row(file)),
      ...refused.map((text) => h("li", { class: "refused" }, h("span", { class: "fs-field-error", role: "alert" }, text))),
    );
    this.count.textContent = this.#files.length === 0 ? "" : `已选 ${this.#files.length} 个文件，共 ${bytes(this.total)}`;
  }

  #row(file: File): HTMLLIElement {
    const ending = file.name.includes(".") ? (file.name.split(".").pop() ?? "").slice(0, 4).toUpperCase() : "文件";
    const thumb = h("span", { class: "thumb", "aria-hidden": "true" }, ending);
    if (file.type.startsWith("image/")) void miniature(file).then((image) => thumb.replaceChildren(image), () => undefined);
    const out = button("移除", () => {
      this.#files = this.#files.filter((other) => other !== file);
      this.#show([]);
      this.input.focus();
    });
    out.setAttribute("aria-label", `移除 ${file.name}`);
    return h("li", {}, thumb, h("span", { class: "name" }, file.name, h("small", {}, bytes(file.size))), out);
  }
}

/** A small data: picture; the CSP allows no blob: address, and a full photo would weigh megabytes in the page. */
async function miniature(file: File): Promise<HTMLImageElement> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, THUMB / Math.min(bitmap.width, bitmap.height));
  const canvas = h("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return h("img", { src: canvas.toDataURL("image/jpeg", 0.7), alt: "" });
}
