"use client";

import type { ReactNode } from "react";
import { useTokenIsAsked } from "@/lib/token";
import { SignIn } from "./sign-in";

/** The page, or the question for the token while the server refuses to answer without it. */
export function TokenGate({ children }: { readonly children: ReactNode }) {
  return useTokenIsAsked() ? <SignIn /> : children;
}
