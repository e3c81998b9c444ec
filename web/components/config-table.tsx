import type { Config } from "@/lib/api";
import * as format from "@/lib/format";

type Value = string | number | boolean;

interface Section {
  readonly name: string;
  readonly settings: readonly (readonly [string, Value])[];
}

/** A table for each level that holds settings, by its dotted name as `endgame config show` has it. */
function sectionsOf(tree: object, prefix = ""): Section[] {
  const entries = Object.entries(tree) as [string, Value | object][];
  const settings = entries.flatMap(([name, value]) => (typeof value === "object" ? [] : [[name, value] as const]));
  const below = entries.flatMap(([name, value]) => (typeof value === "object" ? sectionsOf(value, prefix === "" ? name : `${prefix}.${name}`) : []));
  return [...(settings.length > 0 ? [{ name: prefix, settings }] : []), ...below];
}

export function ConfigTable({ config }: { readonly config: Config }) {
  const { version, ...sections } = config;
  return (
    <>
      <p className="soft">Version {version}. No secret is ever shown here.</p>
      <div className="config-sections">
        {sectionsOf(sections).map((section) => (
          <table key={section.name} className="config">
            <caption>{format.sentence(section.name)}</caption>
            <tbody>
              {section.settings.map(([name, value]) => (
                <tr key={name}>
                  <th scope="row"><code>{name}</code></th>
                  <td className="number">{typeof value === "number" ? format.plain(value) : String(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </>
  );
}
