// A mail server that really listens and keeps what it is given: SMTP (RFC 5321) as far as handing a letter over needs it.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

export class Letter {
  constructor(readonly from: string, readonly to: string, readonly text: string) {}

  /** A header's value: unfolded, encoded words (RFC 2047) read. */
  header(name: string): string {
    const head = this.text.slice(0, this.text.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]/g, " ");
    const line = head.split("\r\n").find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`)) ?? "";
    return line.slice(name.length + 1).trim().replaceAll(/\?=\s+=\?/g, "?==?")
      .replaceAll(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, words: string) => Buffer.from(words, "base64").toString());
  }

  /** The part of a media type, its transfer encoding taken off. */
  part(type: string): string {
    const mark = /boundary="?([^";\r\n]+)/i.exec(this.header("Content-Type"))?.[1] ?? "";
    const parts = mark ? this.text.split(`--${mark}`) : [this.text];
    const part = parts.slice(mark ? 1 : 0).find((one) => new RegExp(`^Content-Type: ${type}`, "im").test(one)) ?? "";
    const end = part.indexOf("\r\n\r\n");
    const [head, body] = [part.slice(0, end), part.slice(end + 4)];
    if (/^Content-Transfer-Encoding: base64/im.test(head)) return Buffer.from(body, "base64").toString();
    if (!/^Content-Transfer-Encoding: quoted-printable/im.test(head)) return Buffer.from(body, "latin1").toString();
    const bytes = body.replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString();
  }
}

export class MailServer {
  /** What was taken in so far, oldest first. */
  readonly letters: Letter[] = [];
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket)).on("error", () => socket.destroy());
      void this.#attend(socket.setEncoding("latin1"));
    });
  }

  static async open(): Promise<MailServer> {
    const mail = new MailServer();
    mail.#server.listen(0, "127.0.0.1");
    await once(mail.#server, "listening");
    return mail;
  }

  /** `HOST:PORT` to hand letters over at. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#open.forEach((socket) => socket.destroy());
    await once(this.#server, "close");
  }

  async #attend(socket: Socket): Promise<void> {
    const say = (line: string): void => { socket.write(`${line}\r\n`); };
    let [from, to] = ["", ""];
    let text: string[] | undefined;
    say("220 mail.example.org ESMTP");
    for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
      if (text) {
        if (line !== ".") {
          text.push(line.startsWith(".") ? line.slice(1) : line);
          continue;
        }
        this.letters.push(new Letter(from, to, text.join("\r\n")));
        text = undefined;
        say("250 2.0.0 kept");
        continue;
      }
      const address = /<([^>]*)>/.exec(line)?.[1] ?? "";
      const command = line.slice(0, 4).toUpperCase();
      if (command === "EHLO" || command === "HELO") say("250-mail.example.org\r\n250 8BITMIME");
      else if (command === "MAIL") { from = address; say("250 2.1.0 ok"); }
      else if (command === "RCPT") { to = address; say("250 2.1.5 ok"); }
      else if (command === "DATA") { text = []; say("354 end with a dot"); }
      else if (command === "QUIT") { say("221 2.0.0 bye"); socket.end(); }
      else say("502 5.5.2 unknown");
    }
  }
}
