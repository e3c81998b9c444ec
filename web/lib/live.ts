"use client";

/** What the API says now and again: every hook shares one refresh rhythm and pauses in a hidden tab. */
import useSWR, { type SWRConfiguration } from "swr";
import {
  ask,
  paths,
  type ApiError,
  type Config,
  type Funnel,
  type Gates,
  type History,
  type MarketAnswer,
  type Nearest,
  type Opportunities,
  type System,
} from "./api";

export const REFRESH_MS = 30_000;

const LIVE: SWRConfiguration = {
  refreshInterval: REFRESH_MS,
  refreshWhenHidden: false,
  revalidateOnFocus: true,
  keepPreviousData: true,
  // After a failure it is asked again soon: an outage ends without anybody pressing a button.
  errorRetryInterval: 4_000,
  onErrorRetry: (error: ApiError, _key, config, revalidate, { retryCount }) => {
    if (error.status >= 400 && error.status < 500) return;
    setTimeout(() => void revalidate({ retryCount }), config.errorRetryInterval);
  },
};

function useLive<T>(path: string | null, options?: SWRConfiguration) {
  return useSWR<T, ApiError>(path, ask<T>, { ...LIVE, ...options });
}

// The rows compare what they show; to compare whole answers key by key would only be done twice.
const LIST: SWRConfiguration = { compare: Object.is };
export const useOpportunities = (query: string) => useLive<Opportunities>(paths.opportunities(query), LIST);
export const useMarket = (id: string) => useLive<MarketAnswer>(id === "" ? null : paths.market(id), { keepPreviousData: false });
export const useHistory = (id: string) => useLive<History>(paths.history(id), { keepPreviousData: false, refreshInterval: 300_000 });
export const useGates = (id: string) => useLive<Gates>(paths.gates(id), { keepPreviousData: false });
export const useFunnel = () => useLive<Funnel>(paths.funnel);
export const useNearest = () => useLive<Nearest>(paths.nearest);
export const useSystem = () => useLive<System>(paths.system);
export const useConfig = () => useLive<Config>(paths.config, { refreshInterval: 0, revalidateOnFocus: false });
