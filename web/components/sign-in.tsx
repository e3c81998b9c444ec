"use client";

import { useState, type FormEvent } from "react";
import { useSWRConfig } from "swr";
import { isRightToken, type ApiError } from "@/lib/api";
import { keepToken } from "@/lib/token";

/** Asks for the token and keeps it once the server takes it. */
export function SignIn() {
  const { mutate } = useSWRConfig();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isTried, setIsTried] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const token = String(given.get("token")).trim();
    setIsTried(true);
    try {
      if (await isRightToken(token)) {
        keepToken(token, given.has("stay"));
        await mutate(() => true); // what was refused before is asked again
      } else setRefusal("This is not the token of this service");
    } catch (error) {
      setRefusal((error as ApiError).message);
    } finally {
      setIsTried(false);
    }
  };
  return (
    <section className="panel sign-in">
      <h1>This service asks for a token</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label className="field">
          <span>Access token</span>
          <input type="password" name="token" autoComplete="current-password" required autoFocus aria-invalid={refusal === null ? undefined : true} aria-describedby="sign-in-note" />
        </label>
        <button disabled={isTried}>Sign in</button>
        <label>
          <input type="checkbox" name="stay" /> Stay signed in on this browser
        </label>
      </form>
      {refusal !== null && <p role="alert">{refusal}.</p>}
      <p id="sign-in-note" className="soft">
        Whoever runs the service has it (<code>ENDGAME_API__TOKEN</code>). It is sent to this server only, and forgotten with
        this tab unless you stay signed in.
      </p>
    </section>
  );
}
