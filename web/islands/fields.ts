// What a person typed into a form, as text: for drafts and for knowing whether anything was changed.
type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const SKIPPED = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

export type Saved = { at: number; values: string[] };

function controls(form: HTMLFormElement): Control[] {
  const all = Array.from(form.elements);
  return all.filter((element): element is Control =>
    (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement)
    && element.name !== "" && !SKIPPED.has(element.type) && !element.hasAttribute("data-no-draft"));
}

const ticks = (control: Control): control is HTMLInputElement => control.type === "checkbox" || control.type === "radio";

function read(control: Control): string {
  if (ticks(control)) return `${control.name}=${control.value}=${control.checked ? "1" : "0"}`;
  const value = control instanceof HTMLSelectElement ? Array.from(control.selectedOptions, (option) => option.value).join("\n") : control.value;
  return `${control.name}=${value}`;
}

export const values = (form: HTMLFormElement): string[] => controls(form).map(read);

export function sameAs(form: HTMLFormElement, other: string[]): boolean {
  const mine = values(form);
  return mine.length === other.length && mine.every((value, index) => value === other[index]);
}

/** Puts saved values back, control by control; one that has since gone is passed over. */
export function restore(form: HTMLFormElement, saved: string[]): void {
  const left = saved.slice();
  const take = (start: string): string | undefined => {
    const index = left.findIndex((value) => value.startsWith(start));
    return index < 0 ? undefined : left.splice(index, 1)[0]?.slice(start.length);
  };
  for (const control of controls(form)) {
    const value = take(ticks(control) ? `${control.name}=${control.value}=` : `${control.name}=`);
    if (value === undefined) continue;
    if (ticks(control)) control.checked = value === "1";
    else if (control instanceof HTMLSelectElement) {
      const chosen = value.split("\n");
      for (const option of Array.from(control.options)) option.selected = chosen.includes(option.value);
    } else control.value = value;
    announce(control);
  }
}

/** Tells the islands inside the form that a value changed without a key press. */
export function announce(control: Element): void {
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}
