import * as format from "@/lib/format";

interface Props {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly none: string;
}

/** Counts by name, the largest first. */
export function CountTable({ title, counts, none }: Props) {
  const lines = Object.entries(counts).filter(([, number]) => number > 0).sort(([, one], [, other]) => other - one);
  if (lines.length === 0) return <p className="soft">{none}</p>;
  return (
    <table className="counts-table">
      <caption>{title}</caption>
      <tbody>
        {lines.map(([name, number]) => (
          <tr key={name}>
            <th scope="row">{format.words(name)}</th>
            <td className="number">{format.count(number)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
