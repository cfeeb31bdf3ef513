/** A scale bar of a round length that fits the room. */
import { formatLength } from "./format";

export function scaleBar(metresPerPixel: number, room_px: number): { label: string; width_px: number } {
  const most_m = Math.max(metresPerPixel, 1e-6) * room_px;
  const power = 10 ** Math.floor(Math.log10(most_m));
  const step = [5, 2, 1].find((candidate) => candidate * power <= most_m) ?? 1;
  const length_m = step * power;
  const label = length_m < 1 ? `${Math.round(length_m * 100)} cm` : formatLength(length_m);
  return { label, width_px: Math.round(length_m / metresPerPixel) };
}
