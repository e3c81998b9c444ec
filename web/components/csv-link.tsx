"use client";

import { useState, type MouseEvent } from "react";
import { askFile, paths } from "@/lib/api";
import { useTokenIsKept } from "@/lib/token";

const NAME = "opportunities.csv";

/** The list as a file. A link shows no token: with one, the page fetches the file itself. */
export function CsvLink({ question }: { readonly question: string }) {
  const isGuarded = useTokenIsKept();
  const [hasFailed, setHasFailed] = useState(false);
  const path = paths.csv(question);
  const fetched = async (event: MouseEvent) => {
    event.preventDefault();
    try {
      const address = URL.createObjectURL(await askFile(path));
      const link = document.createElement("a");
      link.href = address;
      link.download = NAME;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      setHasFailed(false);
    } catch {
      setHasFailed(true);
    }
  };
  return (
    <a className="button" href={path} download={NAME} onClick={isGuarded ? (event) => void fetched(event) : undefined}>
      {hasFailed ? "CSV failed: again" : "CSV"}
    </a>
  );
}
