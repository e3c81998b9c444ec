// Renders /openapi.json for people; no outside host, no inline code, textContent only.
"use strict";

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = String(text);
  if (className) made.className = className;
  return made;
}

function anchor(text, target) {
  const link = element("a", text);
  link.href = `#${target}`;
  return link;
}

function nameOf(reference) {
  return reference.split("/").pop();
}

// The kind of a schema as nodes: plain words, with links to named shapes.
function kind(schema) {
  if (!schema) return ["anything"];
  if (schema.$ref) return [anchor(nameOf(schema.$ref), `shape-${nameOf(schema.$ref)}`)];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap((choice, index) => (index ? [" or ", ...kind(choice)] : kind(choice)));
  if (schema.type === "array") return ["list of ", ...kind(schema.items)];
  if (schema.enum) return [schema.enum.join(" | ")];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.additionalProperties) return ["map of ", ...kind(schema.additionalProperties)];
  return [schema.format ?? schema.type ?? "anything"];
}

function bounds(schema) {
  const signs = { minimum: "≥", exclusiveMinimum: ">", maximum: "≤", exclusiveMaximum: "<", default: "default" };
  const all = [schema, ...(schema.anyOf ?? [])];
  return all.flatMap((one) => Object.entries(signs).filter(([key]) => one[key] !== undefined)
    .map(([key, sign]) => `${sign} ${one[key]}`)).join(", ");
}

function table(caption, heads, lines) {
  const made = element("table");
  made.append(element("caption", caption));
  const head = element("tr");
  head.append(...heads.map((text) => {
    const cell = element("th", text);
    cell.scope = "col";
    return cell;
  }));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  for (const line of lines) {
    const row = element("tr");
    for (const nodes of line) {
      const cell = element("td");
      cell.append(...nodes);
      row.append(cell);
    }
    body.append(row);
  }
  made.append(top, body);
  return made;
}

function endpoint(path, operation) {
  const section = element("section", null, "endpoint");
  section.id = `endpoint-${operation.operationId}`;
  const title = element("h2");
  title.append(element("code", `GET ${path}`));
  section.append(title, element("p", operation.summary));
  if (operation.description) section.append(element("p", operation.description));
  const parameters = operation.parameters ?? [];
  if (parameters.length) {
    section.append(table("Parameters", ["Name", "Kind", "Meaning"], parameters.map((parameter) => [
      [element("code", parameter.name)], kind(parameter.schema), [parameter.description ?? ""],
    ])));
  }
  section.append(table("Answers", ["Status", "Kind", "Meaning"], Object.entries(operation.responses).map(([status, answer]) => {
    const [type, content] = Object.entries(answer.content ?? {})[0] ?? ["", null];
    return [[element("code", status)], content ? [`${type}: `, ...kind(content.schema)] : [""], [answer.description]];
  })));
  return section;
}

function shape(name, schema) {
  const section = element("section", null, "endpoint");
  section.id = `shape-${name}`;
  section.append(element("h3", name));
  if (schema.description) section.append(element("p", schema.description));
  if (schema.properties) {
    section.append(table("Keys", ["Name", "Kind", "Range", "Meaning"], Object.entries(schema.properties).map(([key, value]) => [
      [element("code", key)], kind(value), [bounds(value)], [value.description ?? ""],
    ])));
  } else {
    section.append(element("p", (schema.enum ?? []).join(" | ")));
  }
  return section;
}

// What the page keeps once somebody has signed in (web/lib/token.ts).
function authorization() {
  try {
    const token = sessionStorage.getItem("endgame.token") ?? localStorage.getItem("endgame.token");
    return token ? { authorization: `Bearer ${token}` } : {};
  } catch {
    return {};
  }
}

async function start() {
  const notice = document.getElementById("notice");
  try {
    const answer = await fetch("/openapi.json", { headers: authorization() });
    if (answer.status === 401) {
      notice.textContent = "This service asks for its token: sign in on the list, then come back in the same tab.";
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const contract = await answer.json();
    document.getElementById("title").textContent = `${contract.info.title} API ${contract.info.version}`;
    document.getElementById("about").textContent = contract.info.description;
    const list = element("ul");
    for (const [path, operations] of Object.entries(contract.paths)) {
      const entry = element("li");
      entry.append(anchor(`GET ${path}`, `endpoint-${operations.get.operationId}`));
      list.append(entry);
      document.getElementById("endpoints").append(endpoint(path, operations.get));
    }
    document.getElementById("index").append(list);
    for (const [name, schema] of Object.entries(contract.components.schemas)) {
      document.getElementById("shapes").append(shape(name, schema));
    }
    notice.hidden = true;
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch {
    notice.textContent = "The contract cannot be loaded; try again.";
  }
}

start();
