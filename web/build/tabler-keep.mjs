/** The part of Tabler this system uses. A class that is not named here is left out of app.css; `npm run check` refuses a
 *  template that uses a Tabler class missing from this list, so the list cannot rot silently. */
const spaced = (names, sizes) => names.flatMap((n) => sizes.map((s) => `${n}-${s}`));

export const keep = new Set([
  "btn", "btn-primary", "btn-sm", "btn-link", "disabled", "active",
  "form-control", "form-select", "form-label", "form-check", "form-check-input", "form-check-label", "form-check-inline",
  "form-control-sm", "form-select-sm",
  "breadcrumb", "breadcrumb-item", "nav", "nav-tabs", "nav-item", "nav-link",
  "visually-hidden", "visually-hidden-focusable", "list-unstyled",
  "d-none", "d-block", "d-inline", "d-inline-block", "d-flex", "d-inline-flex", "d-grid",
  "flex-wrap", "flex-column", "flex-fill", "flex-grow-1",
  ...spaced(["justify-content"], ["start", "end", "center", "between"]),
  ...spaced(["align-items"], ["start", "end", "center", "baseline"]),
  "text-start", "text-end", "text-center", "text-nowrap", "text-break", "fw-bold", "fw-normal",
  ...spaced(["m", "mt", "mb", "ms", "me", "mx", "my", "p", "pt", "pb", "ps", "pe", "px", "py", "gap"], ["0", "1", "2", "3", "4"]),
  "ms-auto", "me-auto", "mx-auto", "w-100", "w-auto", "h-100",
]);
