/** Every number, time and code as people read it. Nothing else in the page formats numbers. */

export const MISSING = "–";
const MINUS = "−";

// By hand and not by Intl: to make its formatters costs more than all the rest of the first paint.
function grouped(text: string): string {
  const [whole = "", part] = text.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? spaced : `${spaced}.${part}`;
}

function fixed(value: number, digits: number): string {
  // A difference that rounds to nothing is 0, not −0; and the real minus sign is as wide as a digit.
  const text = grouped(Math.abs(value).toFixed(digits));
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

/** The same number without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
export function rounded(value: number, digits = 6): number {
  return Number(value.toPrecision(digits));
}

function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** $/share at the precision that it has, at least three places: 0.97 is 0.970, 0.9985 stays. */
export function price(value: number | null | undefined): string {
  if (!known(value)) return MISSING;
  return fixed(value, 6).replace(/(\.\d{3}\d*?)0+$/, "$1");
}

/** $/share as cents: 0.0312 is 3.12¢. */
export function cents(value: number | null | undefined): string {
  return known(value) ? `${fixed(value * 100, 2)}¢` : MISSING;
}

/** A score or risk from 0 to 1, two places. */
export function score(value: number | null | undefined, digits = 2): string {
  return known(value) ? fixed(value, digits) : MISSING;
}

/** A weighted term with its sign. */
export function term(value: number, digits = 3): string {
  const text = fixed(value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A fraction as percent: 0.0512 is 5.1 %. */
export function percent(value: number | null | undefined, digits = 1): string {
  return known(value) ? `${fixed(value * 100, digits)} %` : MISSING;
}

/** A probability as percent; a small one is never rounded to nothing: 0.0002 is 0.02 %. */
export function chance(value: number | null | undefined): string {
  if (known(value) && value > 0 && value < 0.0001) return "<0.01 %";
  return percent(value, known(value) && value < 0.001 ? 2 : 1);
}

/** How usual a finding is; a rare one is never rounded to nothing. */
export function usualness(base_rate: number): string {
  return base_rate > 0 ? `In ${chance(base_rate)} of ordinary texts` : "In no ordinary text that was counted";
}

/** A yearly rate: above a thousand percent no digits pretend to mean anything. */
export function rate(value: number | null | undefined): string {
  if (!known(value)) return MISSING;
  return value >= 10 ? `>${fixed(Math.floor(value) * 100, 0)} %` : percent(value, value >= 1 ? 0 : 1);
}

/** Whole dollars from 100 on, cents below. */
export function dollars(value: number | null | undefined): string {
  if (!known(value)) return MISSING;
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  const text = fixed(Math.abs(value), digits);
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}$${text}` : `$${text}`;
}

/** Dollars to the cent, for sums that somebody adds up. */
export function money(value: number | null | undefined): string {
  if (!known(value)) return MISSING;
  return value < 0 ? `${MINUS}$${fixed(-value, 2)}` : `$${fixed(value, 2)}`;
}

export function basisPoints(value: number | null | undefined): string {
  return known(value) ? `${fixed(value, 1)} bp` : MISSING;
}

export function count(value: number | null | undefined): string {
  return known(value) ? fixed(value, 0) : MISSING;
}

/** A number of unknown meaning, as a setting has: at most six places, none for nothing. */
export function plain(value: number): string {
  return fixed(value, 6).replace(/\.?0+$/, "");
}

/** "1 market", "2 markets". */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A duration in its two largest units: 2 d 4 h, 3 h 20 min, 5 min, 12 s. */
export function duration(seconds: number | null | undefined): string {
  if (!known(seconds)) return MISSING;
  const whole = Math.floor(Math.abs(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60];
  const text =
    days > 0 ? `${days} d ${hours} h`
    : hours > 0 ? `${hours} h ${minutes} min`
    : minutes > 0 ? `${minutes} min`
    : `${whole} s`;
  return seconds < 0 ? `${MINUS}${text}` : text;
}

/** A countdown that shows its seconds in the last hour. */
export function countdown(seconds: number): string {
  if (seconds < 0) return `${duration(-seconds)} past its end`;
  if (seconds >= 3_600) return duration(seconds);
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds) % 60).padStart(2, "0")} s`;
}

/** How long a piece of work took: 0.42 s, 12 s, 3 min. */
export function took(seconds: number | null | undefined): string {
  if (!known(seconds)) return MISSING;
  return seconds < 10 ? `${fixed(seconds, 2)} s` : duration(seconds);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** RFC 3339 as day and minute, UTC. */
export function stamp(time: string | null | undefined): string {
  if (!time) return MISSING;
  const ms = Date.parse(time);
  return `${day(ms)} ${new Date(ms).getUTCFullYear()}, ${hour(ms)} UTC`;
}

/** Hour and minute, UTC. */
export function hour(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** Day and month, UTC. */
export function day(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""}`;
}

/** Names in a row: "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** A code as words: AMBIGUOUS_SOURCE is "ambiguous source". */
export function words(code: string): string {
  return code.replaceAll("_", " ").replaceAll(".", " · ").toLowerCase();
}

export function sentence(code: string): string {
  const text = words(code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
