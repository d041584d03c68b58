// Large type and dark, printing, unfolding of the annex's rows.
const root = document.documentElement;

/** A cookie, not localStorage: the server may print the attribute itself, so that the page does not flash. */
function toggle(id: "large" | "dark", attribute: string, on: string, off: string): void {
  const key = `fs-${id}`;
  const asked = new URLSearchParams(location.search).has(id);
  const buttons = document.querySelectorAll<HTMLElement>(`#${id}`);
  const set = (value: boolean): void => {
    root.setAttribute(attribute, value ? on : off);
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(value)));
  };
  set(asked || new RegExp(`(?:^|; )${key}=1`).test(document.cookie));
  buttons.forEach((button) => button.addEventListener("click", (event) => {
    // Its form asks the server for the same, where this does not run.
    event.preventDefault();
    const value = button.getAttribute("aria-pressed") !== "true";
    set(value);
    document.cookie = `${key}=${value ? "1" : "0"}; path=/; max-age=31536000; samesite=lax`;
  }));
}
toggle("large", "data-type", "large", "normal");
toggle("dark", "data-bs-theme", "dark", "light");

document.querySelectorAll<HTMLElement>("[data-print]").forEach((button) => { button.hidden = false; });

function unfold(button: Element): void {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  button.closest("tr")?.classList.toggle("open", open);
  document.getElementById(button.getAttribute("aria-controls") ?? "")?.classList.toggle("shut", !open);
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-print]")) window.print();
  const row = event.target.closest(".fs-open[aria-controls]");
  if (row) {
    // A row is a link, so that it opens without this script too; a second window is still the browser's.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    unfold(row);
  }
  // A refused act stays visible and reachable, but does nothing (FACE.md, Refusal).
  if (event.target.closest('[aria-disabled="true"]')) event.preventDefault();
});
