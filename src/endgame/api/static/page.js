// The plain page: reads the list every 30 s and shows it. Everything from a venue goes through textContent.
"use strict";

const REFRESH_MS = 30_000;
const ASK_MS = 15_000;
const PAGE = 50;
const COLUMNS = ["Score", "Market", "Side", "Price", "Net yield", "Per day", "Time left", "Definition risk", "Flags"];

const state = { shown: PAGE, asOf: null, failed: false, cadenceSec: 120, busy: false };

function byId(id) {
  return document.getElementById(id);
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = String(text);
  if (className) made.className = className;
  return made;
}

async function ask(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(ASK_MS), headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function askForRows(wanted) {
  let cursor = null;
  let page = null;
  const items = [];
  do {
    const limit = Math.min(wanted - items.length, 200);
    const after = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    page = await ask(`/v1/opportunities?limit=${limit}${after}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < wanted);
  return { ...page, items };
}

function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

function price(value) {
  return `$${value.toFixed(6).replace(/0{1,4}$/, "")}`;
}

function cents(value) {
  return `${(value * 100).toFixed(2)}¢`;
}

function safeLink(url, text) {
  let parsed = null;
  try {
    parsed = new URL(url);
  } catch {
    return element("span", text);
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return element("span", text);
  const link = element("a", text);
  link.href = parsed.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function riskCell(value) {
  const cell = element("td");
  const gauge = element("meter");
  gauge.min = 0;
  gauge.max = 1;
  gauge.low = 0.33;
  gauge.high = 0.66;
  gauge.optimum = 0;
  gauge.value = value;
  gauge.setAttribute("aria-hidden", "true");
  cell.append(element("span", `${value.toFixed(2)} `), gauge);
  return cell;
}

function flagsCell(flags) {
  const cell = element("td", null, "flags");
  for (const flag of flags) {
    const known = ["low", "medium", "high", "critical"].includes(flag.severity) ? flag.severity : "medium";
    const shown = element("span", flag.code.replaceAll("_", " ").toLowerCase(), `flag ${known}`);
    shown.title = `${flag.severity}: ${flag.why}`;
    cell.append(shown);
  }
  if (flags.length === 0) cell.textContent = "none";
  return cell;
}

function row(item) {
  const line = element("tr");
  const market = element("td", null, "wide");
  market.append(safeLink(item.url, item.title));
  market.append(element("span", item.category, "label"));
  const side = element("td", item.recommended_side);
  if (item.outcome_label) side.append(element("span", item.outcome_label, "label"));
  line.append(
    element("td", item.overall_score.toFixed(3)),
    market,
    side,
    element("td", price(item.entry_price)),
    element("td", cents(item.net_yield)),
    element("td", cents(item.yield_velocity)),
    element("td", duration(item.t_remaining_sec)),
    riskCell(item.definition_risk_score),
    flagsCell(item.risk_flags),
  );
  [...line.children].forEach((cell, index) => { cell.dataset.name = COLUMNS[index]; });
  return line;
}

function showRows(page) {
  const focused = document.activeElement?.closest?.("#rows a")?.href;
  byId("rows").replaceChildren(...page.items.map(row));
  if (focused) [...document.querySelectorAll("#rows a")].find((link) => link.href === focused)?.focus();
  document.querySelector("#list table").hidden = page.items.length === 0;
  byId("more").hidden = page.next_cursor === null;
  const words = page.total === 1 ? "1 opportunity" : `${page.total} opportunities`;
  byId("summary").textContent = page.items.length < page.total ? `${words}, the first ${page.items.length} shown` : words;
}

function gateRow([gate, count]) {
  const line = element("tr");
  line.append(element("td", gate.replaceAll("_", " ").toLowerCase(), "wide"), element("td", count));
  return line;
}

async function showFunnel(isEmpty) {
  byId("funnel").hidden = !isEmpty;
  if (!isEmpty) return;
  const funnel = await ask("/v1/funnel");
  byId("funnel-text").textContent = funnel.seen === 0
    ? "No market has been seen yet; the first walk of the catalogue may still be running."
    : `${funnel.seen} open markets were looked at; none passes every gate at the moment.`;
  byId("gates").replaceChildren(...Object.entries(funnel.gates).filter(([, count]) => count > 0).map(gateRow));
}

function showFreshness() {
  const badge = byId("freshness");
  const age = state.asOf === null ? null : Math.max(0, Math.round((Date.now() - Date.parse(state.asOf)) / 1000));
  const old = age === null || age > 3 * state.cadenceSec + 30;
  badge.className = `badge ${state.failed ? "lost" : old ? "stale" : "fresh"}`;
  const told = age === null ? "Waiting for the first scoring run" : `Scored ${duration(age)} ago`;
  const text = state.failed ? `${told} (no connection)` : old && age !== null ? `${told} (stale)` : told;
  if (badge.textContent !== text) badge.textContent = text;
}

function showNotice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}

async function refresh() {
  if (state.busy) return;
  state.busy = true;
  try {
    const page = await askForRows(state.shown);
    state.asOf = page.as_of;
    state.failed = false;
    showRows(page);
    await showFunnel(page.items.length === 0);
    showNotice("");
  } catch {
    state.failed = true;
    showNotice("The server does not answer; what is shown is the last list received. Trying again.");
  } finally {
    state.busy = false;
    showFreshness();
  }
}

async function start() {
  byId("more").addEventListener("click", () => {
    state.shown += PAGE;
    refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
  setInterval(showFreshness, 5_000);
  await refresh();
  try {
    state.cadenceSec = (await ask("/v1/config")).cadence.scoring_sec;
    showFreshness();
  } catch {
    // The default cadence serves until the next visit.
  }
}

start();
