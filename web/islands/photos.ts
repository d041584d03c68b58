// Photos of an on-site check: made smaller before they are kept, so that a day's work fits the phone and the way home.
import { h } from "./dom";
import type { Photo } from "./pocket";

const LONGEST = 2000;
const THUMB = 84;

export const token = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A photo at most 2000 dots long. What cannot be drawn is kept as it is. */
export async function photoOf(field: string, file: File): Promise<Photo> {
  const made: Photo = { id: token(), field, name: file.name, blob: file, thumb: "" };
  let bitmap: ImageBitmap;
  try { bitmap = await createImageBitmap(file); } catch { return made; }
  made.thumb = drawn(bitmap, THUMB).toDataURL("image/jpeg", 0.7);
  if (Math.max(bitmap.width, bitmap.height) > LONGEST) {
    const canvas = drawn(bitmap, LONGEST);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    if (blob && blob.size < file.size) {
      made.blob = blob;
      made.name = file.name.replace(/\.[^.]*$/, "") + ".jpg";
    }
  }
  bitmap.close();
  return made;
}

function drawn(bitmap: ImageBitmap, longest: number): HTMLCanvasElement {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = h("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A photo as a button that takes it out again. */
export function shot(photo: Photo, out: () => void): HTMLElement {
  const face: (Node | string)[] = photo.thumb === "" ? [photo.name] : [h("img", { src: photo.thumb, alt: "" })];
  const made = h("button", { type: "button", "aria-label": `移除照片 ${photo.name}`, "data-shot": photo.id }, ...face, h("small", {}, "移除"));
  made.addEventListener("click", out);
  return made;
}
