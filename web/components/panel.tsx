import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, className = "", children }: Props) {
  return (
    <section className={`panel ${className}`} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
