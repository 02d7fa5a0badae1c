import { describe, expect, it } from "vitest"
import * as QueueState from "../../src/transport/QueueState.js"

interface Request extends QueueState.Waiting {
  readonly name: string
}

const read = (name: string, deadline = 1_000): Request => ({ name, lane: "read", deadline })
const payment = (name: string, deadline = 1_000): Request => ({ name, lane: "payment", deadline })

const queueOf = (
  requests: ReadonlyArray<Request>,
  changes: Partial<QueueState.QueueState<Request>> = {},
) => ({
  ...QueueState.empty<Request>(),
  waiting: {
    payment: requests.filter(({ lane }) => lane === "payment"),
    read: requests.filter(({ lane }) => lane === "read"),
  },
  ...changes,
})

const namesIn = ({ waiting }: QueueState.QueueState<Request>) =>
  [...waiting.payment, ...waiting.read].map(({ name }) => name)

const BUSY = { isGranted: true }

describe("QueueState.enqueue", () => {
  it.each([
    { title: "an empty queue", queue: queueOf([]), result: "Waiting" },
    {
      title: "a full lane of the other kind",
      queue: queueOf([payment("a"), payment("b")]),
      result: "Waiting",
    },
    { title: "a lane that is full during a slot", queue: queueOf([read("a")], BUSY), result: "Full" },
    {
      title: "a lane that is full during the interval",
      queue: queueOf([read("a")], { notBefore: 200 }),
      result: "Full",
    },
    { title: "a pause until the deadline", queue: queueOf([], { pausedUntil: 1_000 }), result: "Waiting" },
    { title: "a pause beyond the deadline", queue: queueOf([], { pausedUntil: 1_001 }), result: "Paused" },
  ])("answers $result to a read that meets $title", ({ queue, result }) => {
    expect(QueueState.enqueue(queue, read("new"), { now: 100, maxQueueSize: 1 })._tag).toBe(result)
  })

  it("lets one request more wait if its slot can be granted now", () => {
    const limits = { now: 100, maxQueueSize: 1 }
    expect(QueueState.enqueue(queueOf([read("a")]), read("b"), limits)._tag).toBe("Waiting")
    expect(QueueState.enqueue(queueOf([read("a"), read("b")]), read("c"), limits)).toEqual({
      _tag: "Full",
      size: 2,
    })
  })

  it("tells how long the pause lasts", () => {
    const result = QueueState.enqueue(queueOf([], { pausedUntil: 5_000 }), read("a"), {
      now: 2_000,
      maxQueueSize: 1,
    })
    expect(result).toEqual({ _tag: "Paused", wait: 3_000 })
  })
})

describe("QueueState.grant", () => {
  it.each([
    { title: "nothing waits", queue: queueOf([]), granted: undefined, left: [] },
    { title: "reads wait", queue: queueOf([read("a"), read("b")]), granted: "a", left: ["b"] },
    {
      title: "a payment waits behind reads",
      queue: queueOf([read("a"), payment("p")]),
      granted: "p",
      left: ["a"],
    },
    {
      title: "the interval is not over",
      queue: queueOf([read("a")], { notBefore: 101 }),
      granted: undefined,
      left: ["a"],
    },
    {
      title: "the interval is just over",
      queue: queueOf([read("a")], { notBefore: 100 }),
      granted: "a",
      left: [],
    },
    {
      title: "the pause is not over",
      queue: queueOf([payment("p")], { pausedUntil: 101 }),
      granted: undefined,
      left: ["p"],
    },
  ])("grants the slot to $granted if $title", ({ queue, granted, left }) => {
    const { state, request } = QueueState.grant(queue, 100)
    expect(request?.name).toBe(granted)
    expect(namesIn(state)).toEqual(left)
    expect(state.isGranted).toBe(granted !== undefined)
    expect(QueueState.release(state).isGranted).toBe(false)
  })
})

describe("QueueState.leave", () => {
  it("removes the request, and changes nothing if it no longer waits", () => {
    const [a, b] = [read("a"), read("b")]
    expect(namesIn(QueueState.leave(queueOf([a, b]), a))).toEqual(["b"])
    expect(namesIn(QueueState.leave(queueOf([b]), a))).toEqual(["b"])
  })
})

describe("QueueState.advance and QueueState.pause", () => {
  it("never bring the next request forward", () => {
    const state = queueOf([], { notBefore: 500, pausedUntil: 700 })
    expect(QueueState.advance(state, 400).notBefore).toBe(500)
    expect(QueueState.advance(state, 600).notBefore).toBe(600)
    expect(QueueState.pause(state, 600).state.pausedUntil).toBe(700)
    expect(QueueState.delayOf(QueueState.pause(state, 900).state, 100)).toBe(800)
  })

  it("remove the requests whose deadline comes before the end of the pause, and no others", () => {
    const queue = queueOf([read("hurried", 799), read("patient", 800), payment("late", 100)])
    const { state, expired } = QueueState.pause(queue, 800)
    expect(expired.map(({ name }) => name)).toEqual(["late", "hurried"])
    expect(namesIn(state)).toEqual(["patient"])
  })
})
