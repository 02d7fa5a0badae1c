/** Counts requests, for Prometheus. Labels are routes and statuses: never names, ids or amounts. */

/** Counters of one server. */
export interface Metrics {
  /** Requests that are being worked on. */
  readonly active: () => number
  readonly begin: () => void
  readonly end: (request: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly milliseconds: number
  }) => void
  /** Counts how a request to move money ended. */
  readonly transfer: (outcome: string) => void
  /** Everything in Prometheus' text format. */
  readonly render: () => string
}

const escaped = (text: string): string => text.replace(/["\\\n]/g, "_")

/** Makes counters that stand at zero. */
export const make = (): Metrics => {
  const counts = new Map<string, { requests: number; seconds: number }>()
  const transfers = new Map<string, number>()
  let active = 0
  const line = (name: string, labels: string, value: number) => `${name}{${labels}} ${value}`
  return {
    active: () => active,
    begin: () => {
      active += 1
    },
    end: ({ method, route, status, milliseconds }) => {
      active -= 1
      const labels = `method="${escaped(method)}",route="${escaped(route)}",status="${status}"`
      const count = counts.get(labels) ?? { requests: 0, seconds: 0 }
      count.requests += 1
      count.seconds += milliseconds / 1_000
      counts.set(labels, count)
    },
    transfer: (outcome) => {
      transfers.set(outcome, (transfers.get(outcome) ?? 0) + 1)
    },
    render: () =>
      [
        "# TYPE tsequence_http_requests_active gauge",
        `tsequence_http_requests_active ${active}`,
        "# TYPE tsequence_http_requests_total counter",
        ...[...counts].map(([labels, { requests }]) =>
          line("tsequence_http_requests_total", labels, requests),
        ),
        "# TYPE tsequence_http_request_seconds_total counter",
        ...[...counts].map(([labels, { seconds }]) =>
          line("tsequence_http_request_seconds_total", labels, seconds),
        ),
        "# TYPE tsequence_transfers_total counter",
        ...[...transfers].map(([outcome, count]) =>
          line("tsequence_transfers_total", `outcome="${escaped(outcome)}"`, count),
        ),
        "",
      ].join("\n"),
  }
}
