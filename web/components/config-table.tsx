import type { Config } from "@/lib/api";
import * as format from "@/lib/format";

type Value = string | number | boolean;

/** Settings by their dotted names: what `endgame config show` says. */
function flat(tree: object, prefix = ""): (readonly [string, Value])[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? flat(value as object, `${prefix}${name}.`) : [[`${prefix}${name}`, value as Value] as const],
  );
}

export function ConfigTable({ config }: { readonly config: Config }) {
  const { version, ...sections } = config;
  return (
    <>
      <p className="soft">Version {version}. No secret is ever shown here.</p>
      <div className="config-sections">
        {Object.entries(sections).map(([section, tree]) => (
          <table key={section} className="config">
            <caption>{format.sentence(section)}</caption>
            <tbody>
              {flat(tree).map(([name, value]) => (
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
