/** Words for a risk from 0 to 1; the same borders as in the notes of a recommendation. */
export type RiskLevel = "low" | "medium" | "high" | "critical";

export function riskLevel(value: number): RiskLevel {
  return value < 0.25 ? "low" : value < 0.5 ? "medium" : value < 0.75 ? "high" : "critical";
}
