// form[data-check="account:year:station"][data-check-version]: an on-site check on a phone. What is typed and photographed
// is held in this browser at once; a saving is sent with the version it was based on when there is a network, under a key
// of its own, again exactly as it was until the server has answered. The server keeps a saving that came too late beside
// the others: nothing is overwritten here or there. Without JavaScript the form posts by itself.
import { clearAnswer, showAnswer } from "./answer";
import { h, onContent } from "./dom";
import { restore, sameAs, values } from "./fields";
import { type Flight, type Held, type Photo, held, hold, letGo } from "./pocket";
import { photoOf, shot, token } from "./photos";

const AGAIN_MS = 20_000;
const LOGIN = "/login";

class SiteCheck {
  readonly #form: HTMLFormElement;
  readonly #status: HTMLElement;
  readonly #first: string[];
  /** Account, year and station, as the page says them. */
  readonly #owner: string;
  #record: Held;
  #busy = false;
  #timer = 0;
  #saving: Promise<unknown> = Promise.resolve();

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#status = form.querySelector<HTMLElement>("[data-check-status]") ?? h("p");
    this.#first = values(form);
    const title = document.querySelector("main h1 + p")?.textContent?.trim() ?? document.title;
    this.#owner = form.getAttribute("data-check") ?? "";
    // A form that merges two savings is held apart from the form of the check itself.
    const merges = form.querySelector<HTMLInputElement>("input[name=merges]")?.value;
    const key = merges ? `${this.#owner}:${merges}` : this.#owner;
    form.classList.add("live");
    this.#record = { key, href: form.getAttribute("action") ?? location.pathname, title, base: this.#version(), values: this.#first, photos: [], at: 0 };
  }

  async start(): Promise<void> {
    const before = await held(this.#record.key).catch(() => undefined);
    if (before) {
      this.#record = before;
      restore(this.#form, before.values);
      this.#say(before.flight ? "待上传的内容已恢复，联网后自动上传。" : `已恢复本机保存的内容（${clock(before.at)}），尚未提交。`);
    }
    this.#photos();
    this.#count();
    this.#form.addEventListener("input", () => { this.#count(); clearTimeout(this.#timer); this.#timer = window.setTimeout(() => void this.#keep(), 300); });
    this.#form.addEventListener("change", (event) => this.#chosen(event.target));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(event.submitter?.getAttribute("value") ?? "draft");
    });
    window.addEventListener("online", () => void this.#send());
    window.addEventListener("offline", () => this.#say("当前离线，填写的内容存在本机。"));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") void this.#keep(); });
    window.setInterval(() => void this.#send(), AGAIN_MS);
    this.#position();
    if (!navigator.onLine) this.#say(`当前离线，${before ? "已恢复本机保存的内容" : "填写的内容存在本机"}。`);
    await this.#send();
  }

  #version(): string {
    return this.#form.getAttribute("data-check-version") ?? "0";
  }

  #say(sentence: string): void {
    this.#status.hidden = false;
    this.#status.textContent = sentence;
  }

  /** Holds what is typed, one write after the other. */
  #keep(): Promise<unknown> {
    clearTimeout(this.#timer);
    const { photos, flight } = this.#record;
    const same = sameAs(this.#form, this.#first) && photos.length === 0 && !flight;
    this.#record = { ...this.#record, values: values(this.#form), at: Date.now() };
    const record = this.#record;
    const failed = (): void => this.#say("本机存储已满或不可用，内容没有存下；请尽快联网提交。");
    this.#saving = this.#saving.then(() => (same ? letGo(record.key) : hold(record))).catch(failed);
    return this.#saving;
  }

  async #chosen(input: EventTarget | null): Promise<void> {
    if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
    const files = Array.from(input.files ?? []);
    input.value = "";
    for (const file of files) this.#record.photos.push(await photoOf(input.name, file));
    this.#photos();
    await this.#keep();
    if (!this.#record.flight) this.#say(`照片已存本机 ${clock(Date.now())}，提交后上传。`);
  }

  #photos(): void {
    this.#form.querySelectorAll("[data-shot]").forEach((old) => old.remove());
    for (const photo of this.#record.photos) {
      const take = this.#form.querySelector(`label.take[for="${CSS.escape(photo.field)}"]`);
      take?.before(shot(photo, () => this.#remove(photo)));
    }
  }

  #remove(photo: Photo): void {
    this.#record.photos = this.#record.photos.filter((other) => other.id !== photo.id);
    this.#photos();
    void this.#keep();
  }

  #count(): void {
    const chosen = this.#form.querySelectorAll(".fs-seg input:checked").length;
    const amiss = this.#form.querySelectorAll(".fs-seg input.no:checked").length;
    const all = this.#form.querySelectorAll(".fs-seg").length;
    const [count, bad] = [this.#form.querySelector("[data-check-count]"), this.#form.querySelector("[data-check-amiss]")];
    if (count) count.textContent = `已查 ${chosen} 项，共 ${all} 项`;
    if (bad) bad.textContent = amiss > 0 ? `有问题 ${amiss} 项` : "";
  }

  async #submit(step: string): Promise<void> {
    clearAnswer(this.#form);
    // One that may have arrived is settled first; what was typed since goes after it.
    if (this.#record.flight?.tried) this.#record.flight.step = step;
    else this.#record.flight = this.#flight(step);
    await this.#keep();
    if (navigator.onLine) return this.#send();
    this.#say(`当前离线，已存本机 ${clock(Date.now())}，联网后自动上传。`);
  }

  #flight(step: string): Flight {
    const entries: [string, string][] = [];
    for (const [name, value] of new FormData(this.#form)) {
      if (typeof value === "string" && !["csrf", "once", "base", "step"].includes(name)) entries.push([name, value]);
    }
    entries.push(["once", token()], ["base", this.#record.base], ["step", step]);
    return { entries, photos: [...this.#record.photos], step, values: values(this.#form), tried: false };
  }

  async #send(): Promise<void> {
    const flight = this.#record.flight;
    if (!flight || this.#busy || !navigator.onLine) return;
    this.#busy = true;
    try {
      const csrf = await this.#token();
      if (csrf === undefined) return;
      this.#say("正在上传。");
      flight.tried = true;
      await this.#keep();
      const body = new FormData();
      body.append("csrf", csrf);
      for (const [name, value] of flight.entries) body.append(name, value);
      for (const photo of flight.photos) body.append(photo.field, photo.blob, photo.name);
      const answer = await fetch(this.#record.href, { method: "POST", body, credentials: "same-origin" });
      await this.#answered(flight, answer, await answer.text());
    } catch {
      this.#say(`没有网络，已存本机 ${clock(Date.now())}，联网后自动上传。`);
    } finally {
      this.#busy = false;
    }
  }

  /** The session's present token, from the form's own page: it may have been opened without a network, or long ago. */
  async #token(): Promise<string | undefined> {
    const answer = await fetch(this.#record.href, { credentials: "same-origin", cache: "no-store" });
    if (new URL(answer.url).pathname === LOGIN) {
      this.#status.replaceChildren("登录已失效，内容仍在本机。", h("a", { href: LOGIN }, "重新登录"), "后打开本页，自动上传。");
      this.#status.hidden = false;
      return undefined;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = page.querySelector("form[data-check]");
    if (form?.getAttribute("data-check") === this.#owner) return form.querySelector<HTMLInputElement>("input[name=csrf]")?.value;
    this.#say(form ? "本机的内容属于另一账户，没有上传。" : (page.querySelector(".fs-refuse strong")?.textContent ?? "服务器暂不接收，内容仍在本机。"));
    return undefined;
  }

  async #answered(flight: Flight, answer: Response, text: string): Promise<void> {
    const page = new DOMParser().parseFromString(text, "text/html");
    const conflict = page.querySelector("[data-check-conflict]")?.getAttribute("data-check-conflict");
    const path = new URL(answer.url).pathname;
    if (answer.status >= 500) return this.#say("服务器没有保存成功，内容仍在本机，稍后自动再传。");
    if (path === LOGIN) return this.#say("登录已失效，内容仍在本机；请重新登录后打开本页。");
    if (!conflict && !answer.ok) {
      // Not accepted: what was typed is still here to be mended, and this saving is not sent again.
      delete this.#record.flight;
      await this.#keep();
      this.#status.hidden = true;
      return showAnswer(this.#form, text, "服务器没有接收，请核对后再提交。");
    }
    await this.#arrived(flight, page, conflict ?? answer.url, Boolean(conflict));
  }

  /** The server has it, as a version or beside one. What was typed since is sent after it. */
  async #arrived(flight: Flight, page: Document, place: string, conflict: boolean): Promise<void> {
    const sent = new Set(flight.photos.map((photo) => photo.id));
    delete this.#record.flight;
    this.#record.photos = this.#record.photos.filter((photo) => !sent.has(photo.id));
    const asked = flight.entries.find(([name]) => name === "step")?.[1];
    const more = flight.step !== asked || !sameAs(this.#form, flight.values) || this.#record.photos.length > 0;
    const version = page.querySelector("form[data-check]")?.getAttribute("data-check-version");
    if (more && conflict) {
      // Held on, to be entered again once a person has merged the two.
      await this.#keep();
      return location.assign(place);
    }
    if (more && version) {
      this.#record.base = version;
      this.#photos();
      this.#record.flight = this.#flight(flight.step);
      await this.#keep();
      this.#busy = false;
      return this.#send();
    }
    await this.#saving;
    await letGo(this.#record.key).catch(() => undefined);
    location.assign(place);
  }

  #position(): void {
    const field = this.#form.querySelector<HTMLInputElement>("[data-check-position]");
    if (!field || !("geolocation" in navigator)) return;
    const act = h("button", { type: "button", class: "btn mt-2" }, "取当前位置");
    act.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        field.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}（误差约 ${Math.round(coords.accuracy)} 米）`;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }, () => this.#say("没有取到位置，可在“检查地点”中写明。"), { enableHighAccuracy: true, timeout: 15_000 });
    });
    field.after(act);
  }
}

const clock = (at: number): string => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

onContent<HTMLFormElement>("form[data-check]", (form) => void new SiteCheck(form).start());
