import Link from "next/link";

export default function NotFound() {
  return (
    <section className="panel empty">
      <h1>Nothing lives at this address</h1>
      <p>
        Back to the <Link href="/">list of opportunities</Link>.
      </p>
    </section>
  );
}
