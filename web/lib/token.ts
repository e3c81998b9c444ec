"use client";

/** The access token of a service that asks for one, sent to our own server alone. Kept for this tab, or for this browser if its owner says so. */
import { useSyncExternalStore } from "react";

const TOKEN_KEY = "endgame.token";
/** What a header can carry without being changed on its way. */
const SENDABLE = /^[\x21-\x7e]+$/;

const listeners = new Set<() => void>();
let unkept = "";
let isAsked = false;

/** Where a token may lie; none where a browser forbids it. */
function stores(): Storage[] {
  try {
    return [window.sessionStorage, window.localStorage];
  } catch {
    return [];
  }
}

function read(): string {
  return stores().map((store) => store.getItem(TOKEN_KEY)).find((kept) => kept !== null) ?? unkept;
}

/** The headers that show a token, the one kept unless another is given; none without one. */
export function authorization(token = read()): Record<string, string> {
  return SENDABLE.test(token) ? { authorization: `Bearer ${token}` } : {};
}

/** The server wants a token, or another one. */
export function askForToken(): void {
  changeTo(true);
}

/** Keep a token that the server has taken. */
export function keepToken(token: string, isForLong: boolean): void {
  forgetToken();
  unkept = token;
  try {
    stores()[isForLong ? 1 : 0]?.setItem(TOKEN_KEY, token);
  } catch {
    // Storage may be full: the token then lasts as long as the page.
  }
  changeTo(false);
}

export function forgetToken(): void {
  unkept = "";
  for (const store of stores()) store.removeItem(TOKEN_KEY);
}

function changeTo(asked: boolean): void {
  isAsked = asked;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** True while the server refuses what it is shown. */
export const useTokenIsAsked = (): boolean =>
  useSyncExternalStore(
    subscribe,
    () => isAsked,
    () => false,
  );

/** True while a token is kept and was not refused. */
export const useTokenIsKept = (): boolean =>
  useSyncExternalStore(
    subscribe,
    () => !isAsked && read() !== "",
    () => false,
  );
