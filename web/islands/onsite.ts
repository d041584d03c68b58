// The form of an on-site check: how far it has come, and where the phone is. See check.ts for what is held and sent.
import { h, onContent } from "./dom";

onContent<HTMLFormElement>("form[data-check]", (form) => {
  const [count, bad] = [form.querySelector("[data-check-count]"), form.querySelector("[data-check-amiss]")];
  const all = form.querySelectorAll(".fs-seg").length;
  form.addEventListener("change", () => {
    const amiss = form.querySelectorAll(".fs-seg input.no:checked").length;
    if (count) count.textContent = `已查 ${form.querySelectorAll(".fs-seg input:checked").length} 项，共 ${all} 项`;
    if (bad) bad.textContent = amiss > 0 ? `有问题 ${amiss} 项` : "";
  });
});

onContent<HTMLInputElement>("[data-check-position]", (field) => {
  if (!("geolocation" in navigator)) return;
  const said = h("p", { class: "fs-hint", role: "status" });
  const act = h("button", { type: "button", class: "btn mt-2" }, "取当前位置");
  act.addEventListener("click", () => {
    said.textContent = "正在定位。";
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      field.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}（误差约 ${Math.round(coords.accuracy)} 米）`;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      said.textContent = "";
    }, () => { said.textContent = "没有取到位置，可在“检查地点”中写明。"; }, { enableHighAccuracy: true, timeout: 15_000 });
  });
  field.after(act, said);
});
