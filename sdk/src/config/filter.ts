/** The check of what the activity is filtered by, before anything is sent. */
import type { ActivityFilter } from "../model/Transfer.js"
import { sentences } from "./checks.js"

const isDay = (value: unknown): boolean => {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const time = Date.parse(`${value}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value)
}

const problemWithDay = (name: string, value: unknown): string | undefined =>
  value === undefined || value === "" || isDay(value) ? undefined : `${name} must be a day such as 2026-01-31`

// The service's list of words is not published: it says itself which it does not know.
const problemWithWords = (name: string, values: unknown, example: string): string | undefined =>
  values === undefined ||
  (Array.isArray(values) && values.every((one) => typeof one === "string" && /^[A-Z_]+$/.test(one)))
    ? undefined
    : `${name} must be a list of words in capitals and underscores, such as ["${example}"]`

/** Finds every problem with a filter. Words that are not known here are passed on to the service. */
export const problemsWithFilter = (filter: ActivityFilter): ReadonlyArray<string> =>
  sentences([
    problemWithWords("statuses", filter.statuses, "COMPLETE"),
    problemWithWords("directions", filter.directions, "INCOMING"),
    problemWithWords("activityTypes", filter.activityTypes, "DIRECT_DEPOSIT"),
    problemWithDay("dateStart", filter.dateStart),
    problemWithDay("dateEnd", filter.dateEnd),
  ])
