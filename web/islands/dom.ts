type Child = Node | string;

/** An element with attributes and children. Text is only ever set as text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name] ?? "");
  element.append(...children);
  return element;
}

export function button(text: string, act: () => void): HTMLButtonElement {
  const made = h("button", { type: "button", class: "btn btn-sm" }, text);
  made.addEventListener("click", act);
  return made;
}

/** Runs `act` for every match in the page. Modules run after parsing. */
export function onContent<T extends Element>(selector: string, act: (element: T) => void): void {
  document.querySelectorAll<T>(selector).forEach(act);
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 * 1024 ? `${Math.ceil(count / 1024)} KB` : `${(count / 1024 / 1024).toFixed(1)} MB`;
}

const SVG = "http://www.w3.org/2000/svg";

/** The progress bar of face.css. Its length is an SVG attribute: the CSP allows no style attribute. */
export class Bar {
  readonly root: HTMLElement;
  readonly #rect = document.createElementNS(SVG, "rect");
  readonly #figure = h("b");
  readonly #text = h("span");

  constructor(label: string) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, value] of [["viewBox", "0 0 100 8"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]] as const) svg.setAttribute(name, value);
    this.#rect.setAttribute("height", "8");
    svg.append(this.#rect);
    const attributes = { class: "fs-bar", role: "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" };
    this.root = h("div", attributes, svg, this.#figure, this.#text);
  }

  /** `done` of `total`; a total of 0 means that nobody knows yet. */
  set(done: number, total: number, text: string): void {
    const percent = total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : null;
    this.#rect.setAttribute("width", String(percent ?? 0));
    this.#figure.textContent = percent === null ? "" : `${percent}%`;
    this.#text.textContent = text;
    this.root.setAttribute("aria-valuetext", percent === null ? text : `${percent}%，${text}`);
    if (percent === null) this.root.removeAttribute("aria-valuenow");
    else this.root.setAttribute("aria-valuenow", String(percent));
  }
}
