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
  /** Renders all counters in the text format of Prometheus. */
  readonly render: () => string
}

const escaped = (text: string): string => text.replace(/["\\\n]/g, "_")

interface Count {
  readonly method: string
  readonly route: string
  readonly status: number
  requests: number
  seconds: number
}

const labelsOf = ({ method, route, status }: Count): string =>
  `method="${escaped(method)}",route="${escaped(route)}",status="${status}"`

/** Makes counters that stand at zero. */
export const make = (): Metrics => {
  const counts = new Map<string, Count>()
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
      const key = `${status} ${method} ${route}`
      const count = counts.get(key) ?? { method, route, status, requests: 0, seconds: 0 }
      if (count.requests === 0) counts.set(key, count)
      count.requests += 1
      count.seconds += milliseconds / 1_000
    },
    transfer: (outcome) => {
      transfers.set(outcome, (transfers.get(outcome) ?? 0) + 1)
    },
    render: () =>
      [
        "# TYPE tsequence_http_requests_active gauge",
        `tsequence_http_requests_active ${active}`,
        "# TYPE tsequence_http_requests_total counter",
        ...[...counts.values()].map((count) =>
          line("tsequence_http_requests_total", labelsOf(count), count.requests),
        ),
        "# TYPE tsequence_http_request_seconds_total counter",
        ...[...counts.values()].map((count) =>
          line("tsequence_http_request_seconds_total", labelsOf(count), count.seconds),
        ),
        "# TYPE tsequence_transfers_total counter",
        ...[...transfers].map(([outcome, count]) =>
          line("tsequence_transfers_total", `outcome="${escaped(outcome)}"`, count),
        ),
        "",
      ].join("\n"),
  }
}
