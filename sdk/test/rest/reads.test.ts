import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import {
  AmbiguousNameError,
  AuthenticationError,
  ConfigError,
  HttpError,
  NetworkError,
  NotFoundError,
  QueueFullError,
  RateLimitedError,
  SequenceRest,
  StorageError,
  TimeoutError,
  UnexpectedResponseError,
} from "../../src/rest.js"
import { errorOf, failure, hangUp, json, KEY, pod, silence, transfer, withServer } from "./server.js"

const notFound = failure(404, "NotFoundError", "There is no such pod")

const page = (ids: ReadonlyArray<string>, end_cursor: string, has_next_page: boolean) =>
  json(200, { transfers: ids.map(transfer), page_info: { end_cursor, has_next_page } })

describe("SequenceRest", () => {
  describe("constructor", () => {
    it.each([
      ["http://money.example.com", "this machine's own addresses"],
      ["http://127.0.0.1.example.com", "this machine's own addresses"],
      ["https://user:word@money.example.com", "user name or password"],
      ["https://money.example.com?x=1", "without ? and #"],
      ["money", "must be an address"],
    ])("refuses %s", (baseUrl, words) => {
      expect(() => new SequenceRest({ baseUrl, apiKey: KEY })).toThrow(words)
    })

    it("takes http:// for other addresses where it is told to", () => {
      const options = { apiKey: KEY, allowHttp: true }
      expect(() => new SequenceRest({ ...options, baseUrl: "http://api:8720" })).not.toThrow()
      expect(() => new SequenceRest({ ...options, baseUrl: "ftp://api:8720" })).toThrow("https://")
    })

    it.each(["https://money.example.com/below/", "http://localhost:1", "http://[::1]:1", "http://127.3.2.1"])(
      "takes %s",
      (baseUrl) => {
        expect(() => new SequenceRest({ baseUrl, apiKey: KEY })).not.toThrow()
      },
    )

    it("lists every problem at once, and not the key", () => {
      const apiKey = "has a space"
      try {
        new SequenceRest({ baseUrl: "ftp://x", apiKey, timeout: 0, retry: { times: -1 } })
        expect.unreachable()
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        expect(error).toMatchObject({ problems: { length: 4 } })
        expect(inspect(error)).not.toContain(apiKey)
      }
    })
  })

  it("sends the key as a header, and shows it nowhere", () =>
    withServer(
      [json(500, { detail: `you sent ${KEY} and ${encodeURIComponent(KEY)}` })],
      async ({ client, arrived }) => {
        const error = await errorOf(client.getPods())
        expect(error).toBeInstanceOf(HttpError)
        expect(arrived[0]?.headers["x-api-key"]).toBe(KEY)
        const shown = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${inspect(client, { depth: 9, showHidden: true })}`
        expect(shown).toContain("you sent [redacted] and [redacted]")
        expect(shown).not.toContain(KEY)
        expect(shown).not.toContain(encodeURIComponent(KEY))
      },
    ))

  it("keeps the path of the base address", () =>
    withServer([json(200, [])], async ({ url, arrived }) => {
      await new SequenceRest({ baseUrl: `${url}/below/`, apiKey: KEY }).getPods()
      expect(arrived[0]?.url).toBe("/below/api/pods")
    }))

  describe("names and ids", () => {
    it.each([
      ["Rent & Food", "/api/pods/Rent%20%26%20Food/balance"],
      ["a/b?c#d", "/api/pods/a%2Fb%3Fc%23d/balance"],
      ["🏖 100%", "/api/pods/%F0%9F%8F%96%20100%25/balance"],
    ])("encodes %s", (name, url) =>
      withServer([json(200, pod)], async ({ client, arrived }) => {
        await client.getPodBalance(name)
        expect(arrived[0]?.url).toBe(url)
      }),
    )

    it.each(["", ".", "..", "\ud800"])("refuses %j, which would ask for something else", (name) =>
      withServer([json(200, pod)], async ({ client, arrived }) => {
        expect(await errorOf(client.getPodBalance(name))).toBeInstanceOf(ConfigError)
        expect(await errorOf(client.getTransferDetail("t", { organizationId: name }))).toBeInstanceOf(
          ConfigError,
        )
        expect(arrived).toHaveLength(0)
      }),
    )
  })

  describe("getPodBalance", () => {
    it("is undefined where there is no such pod", () =>
      withServer([notFound], async ({ client }) => {
        expect(await client.getPodBalance("Nothing")).toBeUndefined()
      }))

    it.each([
      ["the server knows no such route", failure(404, "NotFound", "Not Found")],
      ["something else answers", json(404, "nothing here")],
    ])("fails where %s", (_, reaction) =>
      withServer([reaction], async ({ client }) => {
        expect(await errorOf(client.getPodBalance("Rent"))).toMatchObject({ _tag: "HttpError", status: 404 })
      }),
    )

    it("names all that an ambiguous name could mean", () =>
      withServer(
        [failure(409, "AmbiguousNameError", "Several have that name: Rent, old (pod-1), Rent (pod-2)")],
        async ({ client }) => {
          const error = await errorOf(client.getPodBalance("rent"))
          expect(error).toBeInstanceOf(AmbiguousNameError)
          expect(error).toMatchObject({
            key: "rent",
            candidates: [
              { id: "pod-1", name: "Rent, old", kind: "POD" },
              { id: "pod-2", name: "Rent", kind: "POD" },
            ],
          })
        },
      ))
  })

  describe("answers", () => {
    it("become the SDK's words", () =>
      withServer([json(200, [{ ...pod, unheard_of: 1 }])], async ({ client }) => {
        const [first] = await client.getPods()
        expect(first).toEqual({
          kind: "POD",
          id: "pod-1",
          organizationId: "org-1",
          name: "Emergency Fund",
          balanceCents: 150_000,
        })
      }))

    it("hold times as dates", () =>
      withServer([page(["t"], "", false)], async ({ client }) => {
        const { transfers } = await client.getActivity()
        expect(transfers[0]?.createdAt).toEqual(new Date("2025-01-15T15:30:00Z"))
        expect(transfers[0]?.updatedAt).toBeNull()
      }))

    it.each([
      ["[1].balance_cents", [pod, { ...pod, balance_cents: "150000" }]],
      ["[0].balance_cents", [{ ...pod, balance_cents: 0.5 }]],
      ["[0].balance_cents", [{ id: "1", name: "n", organization_id: "o" }]],
      ["[0].name", [{ ...pod, name: null }]],
      ["[0]", [[]]],
      ["", { pods: [] }],
    ])("that do not fit are refused at %j", (path, body) =>
      withServer([json(200, body)], async ({ client, arrived }) => {
        const error = await errorOf(client.getPods())
        expect(error).toBeInstanceOf(UnexpectedResponseError)
        expect(error).toMatchObject({ operation: "getPods", path, status: 200 })
        expect(inspect(error)).not.toContain("150000")
        expect(arrived).toHaveLength(1)
      }),
    )

    it.each(["2025-01-15T10:30:00", "yesterday", 5])("refuse %j as a time", (created_at) =>
      withServer([json(200, { ...transfer("t"), created_at, details: null })], async ({ client }) => {
        expect(await errorOf(client.getTransferDetail("t"))).toMatchObject({
          _tag: "UnexpectedResponseError",
          path: "created_at",
        })
      }),
    )

    it("that are not JSON are refused", () =>
      withServer([(_, response) => response.end("<html>")], async ({ client }) => {
        expect(await errorOf(client.getPods())).toMatchObject({ _tag: "UnexpectedResponseError", path: "" })
      }))

    it("show the last four digits of account numbers only when printed", () => {
      const detail = {
        ...pod,
        icon: null,
        beneficiary_name: null,
        bank_account_number: "123456789",
        routing_number: "987654321",
        goal_amount_cents: null,
        linked_account: null,
        liability: null,
        recent_transfers: [],
      }
      return withServer([json(200, detail)], async ({ client }) => {
        const read = await client.getPodDetail("pod-1")
        expect(read.bankAccountNumber).toBe("123456789")
        expect(inspect(read)).toContain("•••• 6789")
        expect(inspect(read)).not.toMatch(/12345|98765/)
      })
    })

    it("that lead elsewhere are not followed", () =>
      withServer([json(302, {}, { location: "/elsewhere" })], async ({ client, arrived }) => {
        expect(await errorOf(client.getPods())).toMatchObject({ _tag: "HttpError", status: 302 })
        expect(arrived).toHaveLength(1)
      }))
  })

  describe("errors", () => {
    const unfit = [{ loc: ["query", "first"], msg: "Input should be a whole number", type: "value_error" }]

    it.each([
      [
        "a wrong key",
        failure(401, "Unauthorized", "Invalid API key"),
        AuthenticationError,
        { reason: "Unauthorized" },
      ],
      [
        "no such organization",
        failure(404, "NotFoundError", "There is no such organization"),
        NotFoundError,
        { kind: "organization", key: "t" },
      ],
      [
        "no such transfer",
        failure(404, "NotFoundError", "There is no such transfer"),
        NotFoundError,
        { kind: "transfer", key: "t" },
      ],
      [
        "an input that does not fit",
        failure(422, "ValidationError", unfit),
        ConfigError,
        { problems: ["first: Input should be a whole number"] },
      ],
      [
        "the service out of reach",
        failure(502, "NetworkError", "No connection"),
        HttpError,
        { status: 502, body: "No connection", retryable: true },
      ],
      [
        "the server's login",
        failure(502, "AuthenticationError", "Wrong code"),
        HttpError,
        { status: 502, body: "Wrong code" },
      ],
      [
        "the service's own limit",
        failure(502, "RateLimitedError", "Slow down"),
        RateLimitedError,
        { message: "Slow down" },
      ],
      [
        "a full queue",
        failure(503, "QueueFullError", "100 requests wait for their turn already; try again later", {
          "retry-after": "900",
        }),
        QueueFullError,
        { retryAfter: 900_000 },
      ],
      [
        "too much at once",
        failure(503, "QueueFullError", "Too many requests are under way", { "retry-after": "900" }),
        RateLimitedError,
        { retryAfter: 900_000 },
      ],
      [
        "a disk that is full",
        failure(503, "StorageError", "Not ready: disk full"),
        StorageError,
        { message: "Not ready: disk full" },
      ],
      ["a bug of the server", failure(500, "Defect", "Internal Server Error"), HttpError, { status: 500 }],
    ])("tell of %s", (_, reaction, type, fields) =>
      withServer([reaction], async ({ client, arrived }) => {
        const error = await errorOf(client.getTransferDetail("t"))
        expect(error).toBeInstanceOf(type)
        expect(error).toMatchObject({
          ...fields,
          operation: "getTransferDetail",
          requestId: "server-request",
        })
        expect(arrived).toHaveLength(
          error instanceof RateLimitedError && error.retryAfter === undefined ? 3 : 1,
        )
      }),
    )
  })

  describe("retries", () => {
    it("send a read again after a lost connection and after a gateway's error", () =>
      withServer(
        [hangUp, (_, response) => response.writeHead(502).end("<html>"), json(200, [pod])],
        async ({ client, arrived }) => {
          expect(await client.getPods()).toHaveLength(1)
          expect(arrived).toHaveLength(3)
        },
      ))

    it("end", () =>
      withServer([hangUp], async ({ client, arrived }) => {
        const error = await errorOf(client.getPods())
        expect(error).toBeInstanceOf(NetworkError)
        expect(error).toMatchObject({ sent: true })
        expect(arrived).toHaveLength(3)
      }))

    it("are none where none are wanted", () =>
      withServer(
        [hangUp],
        async ({ client, arrived }) => {
          expect(await errorOf(client.getPods())).toBeInstanceOf(NetworkError)
          expect(arrived).toHaveLength(1)
        },
        { retry: { times: 0 } },
      ))

    it("say of a server that is not there that nothing was sent", async () => {
      let gone: SequenceRest | undefined
      await withServer([silence], async ({ client }) => {
        gone = client
      })
      expect(await errorOf((gone ?? expect.unreachable()).getPods())).toMatchObject({
        _tag: "NetworkError",
        sent: false,
        code: "ECONNREFUSED",
      })
    })
  })

  describe("an end before the answer", () => {
    it("is a TimeoutError when the time is over", () =>
      withServer([silence], async ({ client }) => {
        const error = await errorOf(client.getPods({ timeout: 500 }))
        expect(error).toBeInstanceOf(TimeoutError)
        expect(error).toMatchObject({ timeout: 500, sent: true, operation: "getPods" })
      }))

    it("is an AbortError when the caller wants none", async () => {
      const controller = new AbortController()
      const abort = () => controller.abort()
      await withServer([abort], async ({ client, arrived }) => {
        expect(await errorOf(client.getPods({ signal: controller.signal }))).toMatchObject({
          name: "AbortError",
        })
        expect(await errorOf(client.getPods({ signal: controller.signal }))).toMatchObject({
          name: "AbortError",
        })
        expect(arrived).toHaveLength(1)
      })
    })

    it("comes in time with a fetch that does not listen", () =>
      withServer(
        [silence],
        async ({ client }) => {
          expect(await errorOf(client.getPods({ timeout: 30 }))).toBeInstanceOf(TimeoutError)
        },
        { fetch: () => new Promise(() => {}) },
      ))

    it("leaves no listener on the caller's signal", async () => {
      const { signal } = new AbortController()
      let listeners = 0
      const { addEventListener, removeEventListener } = signal
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listeners++
        addEventListener.apply(signal, args)
      }
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        listeners--
        removeEventListener.apply(signal, args)
      }
      await withServer([json(200, [])], async ({ client }) => {
        await Promise.all([client.getPods({ signal }), client.getPods({ signal })])
      })
      expect(listeners).toBe(0)
    })
  })

  describe("getActivity", () => {
    it("sends filters as the contract wants them, and leaves out what is not given", () =>
      withServer([page([], "", false)], async ({ client, arrived }) => {
        await client.getActivity({
          first: 5,
          after: "",
          organizationId: "org 1",
          statuses: ["PENDING", "FAILED"],
          directions: [],
          hideInternal: false,
          dateStart: "2026-01-01",
        })
        expect(arrived[0]?.url).toBe(
          "/api/activity?first=5&org_id=org+1&statuses=PENDING%2CFAILED&date_start=2026-01-01&hide_internal=false",
        )
      }))
  })

  describe("activity", () => {
    it("walks all pages and shows nothing twice", () =>
      withServer([page(["a", "b"], "c1", true), page(["b", "c"], "", false)], async ({ client, arrived }) => {
        const ids: Array<string> = []
        for await (const { id } of client.activity({ pageSize: 2, directions: ["INCOMING"] })) ids.push(id)
        expect(ids).toEqual(["a", "b", "c"])
        expect(arrived.map(({ url }) => url)).toEqual([
          "/api/activity?first=2&directions=INCOMING",
          "/api/activity?first=2&after=c1&directions=INCOMING",
        ])
      }))

    it("reads no page that nobody asks for", () =>
      withServer([page(["a"], "c1", true)], async ({ client, arrived }) => {
        for await (const _ of client.activity()) break
        expect(arrived).toHaveLength(1)
      }))

    it("throws rather than walk in a circle", () =>
      withServer([page(["a"], "c1", true)], async ({ client, arrived }) => {
        const walk = async () => {
          for await (const _ of client.activity());
        }
        expect(await errorOf(walk())).toMatchObject({ path: "page_info.end_cursor" })
        expect(arrived).toHaveLength(2)
      }))
  })
})
