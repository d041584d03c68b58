// form[data-check="account:year:station"][data-check-version]: an on-site check on a phone. What is typed and photographed
// is held in this browser at once; a saving is sent with the version it was based on when there is a network, under a key
// of its own, again exactly as it was until the server has answered. The server keeps a saving that came too late beside
// the others: nothing is overwritten here or there. Without JavaScript the form posts by itself.
import { clearAnswer, showAnswer } from "./answer";
import { h, onContent } from "./dom";
import { restore, sameAs, values } from "./fields";
import { askedOf, flightOf, type Outcome, presentToken, send } from "./flight";
import { type Flight, type Held, type Photo, held, hold, letGo } from "./pocket";
import { photoOf, shot } from "./photos";

const AGAIN_MS = 20_000;

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
    this.#form.addEventListener("input", () => { clearTimeout(this.#timer); this.#timer = window.setTimeout(() => void this.#keep(), 300); });
    this.#form.addEventListener("change", (event) => this.#chosen(event.target));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(event.submitter?.getAttribute("value") ?? "draft");
    });
    window.addEventListener("online", () => void this.#send());
    window.addEventListener("offline", () => this.#say("当前离线，填写的内容存在本机。"));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") void this.#keep(); });
    window.setInterval(() => void this.#send(), AGAIN_MS);
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

  async #submit(step: string): Promise<void> {
    clearAnswer(this.#form);
    // One that may have arrived is settled first; what was typed since goes after it.
    if (this.#record.flight?.tried) this.#record.flight.step = step;
    else this.#record.flight = flightOf(this.#form, this.#record, step, values(this.#form));
    await this.#keep();
    if (navigator.onLine) return this.#send();
    this.#say(`当前离线，已存本机 ${clock(Date.now())}，联网后自动上传。`);
  }

  async #send(): Promise<void> {
    const flight = this.#record.flight;
    if (!flight || this.#busy || !navigator.onLine) return;
    this.#busy = true;
    try {
      const token = await presentToken(this.#record.href, this.#owner);
      if ("refused" in token) return this.#say(token.refused);
      if ("login" in token) {
        this.#say("登录已失效，内容仍在本机。");
        return this.#status.append(h("a", { href: "/login" }, "重新登录"), "后打开本页，自动上传。");
      }
      this.#say("正在上传。");
      flight.tried = true;
      await this.#keep();
      await this.#answered(flight, await send(flight, this.#record.href, token.csrf));
    } catch {
      this.#say(`没有网络，已存本机 ${clock(Date.now())}，联网后自动上传。`);
    } finally {
      this.#busy = false;
    }
    // What was typed while it was on its way.
    if (this.#record.flight && this.#record.flight !== flight) await this.#send();
  }

  async #answered(flight: Flight, outcome: Outcome): Promise<void> {
    if (outcome.kind === "later") return this.#say(outcome.sentence);
    delete this.#record.flight;
    if (outcome.kind === "refused") {
      // What was typed is still here to be mended, and this saving is not sent again.
      await this.#keep();
      this.#status.hidden = true;
      return showAnswer(this.#form, outcome.html, "服务器没有接收，请核对后再提交。");
    }
    // The server has it, as a version or beside one.
    const sent = new Set(flight.photos.map((photo) => photo.id));
    this.#record.photos = this.#record.photos.filter((photo) => !sent.has(photo.id));
    const more = flight.step !== askedOf(flight) || !sameAs(this.#form, flight.values) || this.#record.photos.length > 0;
    if (more && outcome.kind === "kept" && outcome.version) {
      this.#record.base = outcome.version;
      this.#photos();
      this.#record.flight = flightOf(this.#form, this.#record, flight.step, values(this.#form));
      await this.#keep();
      return;
    }
    // After a conflict, what was typed since is held on, to be entered once a person has merged the two.
    if (more) await this.#keep();
    else {
      await this.#saving;
      await letGo(this.#record.key).catch(() => undefined);
    }
    location.assign(outcome.place);
  }
}

const clock = (at: number): string => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

onContent<HTMLFormElement>("form[data-check]", (form) => void new SiteCheck(form).start());
