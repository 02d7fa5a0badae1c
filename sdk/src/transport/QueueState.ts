/**
 * The state of the request queue, and its transitions as pure functions. All times are milliseconds of the monotonic
 * clock.
 */

/** The lane that a request waits in: payments overtake reads. */
export type Lane = "payment" | "read"

/** A request that waits, as far as the transitions depend on it. */
export interface Waiting {
  readonly lane: Lane
  /** The time after which waiting has no use. */
  readonly deadline: number
}

/** State of the queue. */
export interface QueueState<W extends Waiting> {
  /** Requests that wait, oldest first. */
  readonly waiting: Readonly<Record<Lane, ReadonlyArray<W>>>
  /** True from the grant of a slot until its release. */
  readonly isGranted: boolean
  /** The earliest time of the next request by the rate limit. */
  readonly notBefore: number
  /** The end of the pause that the service asked for. */
  readonly pausedUntil: number
}

/** Result of {@link enqueue}: the new state, or the reason why the request cannot wait. */
export type Enqueued<W extends Waiting> =
  | { readonly _tag: "Waiting"; readonly state: QueueState<W> }
  /** The lane is full with so many requests. */
  | { readonly _tag: "Full"; readonly size: number }
  /** The service asked for a pause that ends after the request's deadline, in `wait` milliseconds. */
  | { readonly _tag: "Paused"; readonly wait: number }

/** Makes the state of a queue that nothing waits in and no request has gone through. */
export const empty = <W extends Waiting>(): QueueState<W> => ({
  waiting: { payment: [], read: [] },
  isGranted: false,
  notBefore: Number.NEGATIVE_INFINITY,
  pausedUntil: Number.NEGATIVE_INFINITY,
})

const nextAllowed = ({ notBefore, pausedUntil }: QueueState<Waiting>): number =>
  Math.max(notBefore, pausedUntil)

/** Tells if a request waits. */
export const isWaiting = ({ waiting }: QueueState<Waiting>): boolean =>
  waiting.payment.length + waiting.read.length > 0

/** Computes the milliseconds until a slot may be granted; 0 or less if it may be granted now. */
export const delayOf = (state: QueueState<Waiting>, now: number): number => nextAllowed(state) - now

/** Puts a request at the end of its lane. */
export const enqueue = <W extends Waiting>(
  state: QueueState<W>,
  request: W,
  { now, maxQueueSize }: { readonly now: number; readonly maxQueueSize: number },
): Enqueued<W> => {
  const { waiting, pausedUntil, isGranted } = state
  const lane = waiting[request.lane]
  if (pausedUntil > now && pausedUntil > request.deadline) return { _tag: "Paused", wait: pausedUntil - now }
  // If a slot can be granted now, the first request of the lane only waits for the queue's fiber to wake.
  const isNext = !isGranted && now >= nextAllowed(state)
  if (lane.length >= maxQueueSize + (isNext ? 1 : 0)) return { _tag: "Full", size: lane.length }
  return {
    _tag: "Waiting",
    state: { ...state, waiting: { ...waiting, [request.lane]: [...lane, request] } },
  }
}

/** Removes a request whose caller has left; changes nothing if it no longer waits. */
export const leave = <W extends Waiting>(state: QueueState<W>, request: W): QueueState<W> => ({
  ...state,
  waiting: {
    ...state.waiting,
    [request.lane]: state.waiting[request.lane].filter((other) => other !== request),
  },
})

/** Grants the slot to the oldest payment, or else to the oldest read; to none before its time. */
export const grant = <W extends Waiting>(
  state: QueueState<W>,
  now: number,
): { readonly state: QueueState<W>; readonly request: W | undefined } => {
  const { payment, read } = state.waiting
  const request = delayOf(state, now) > 0 ? undefined : (payment[0] ?? read[0])
  return request === undefined
    ? { state, request }
    : { state: { ...leave(state, request), isGranted: true }, request }
}

/** Takes the slot back. */
export const release = <W extends Waiting>(state: QueueState<W>): QueueState<W> => ({
  ...state,
  isGranted: false,
})

/** Keeps the next request from going out before a time; an earlier time than the one in force changes nothing. */
export const advance = <W extends Waiting>(state: QueueState<W>, notBefore: number): QueueState<W> => ({
  ...state,
  notBefore: Math.max(state.notBefore, notBefore),
})

/** Pauses the queue until a time, and removes the requests that cannot wait that long. */
export const pause = <W extends Waiting>(
  state: QueueState<W>,
  until: number,
): { readonly state: QueueState<W>; readonly expired: ReadonlyArray<W> } => {
  const pausedUntil = Math.max(state.pausedUntil, until)
  const isExpired = ({ deadline }: W) => deadline < pausedUntil
  const { payment, read } = state.waiting
  const staying = (lane: ReadonlyArray<W>) => lane.filter((request) => !isExpired(request))
  return {
    state: { ...state, pausedUntil, waiting: { payment: staying(payment), read: staying(read) } },
    expired: [...payment, ...read].filter(isExpired),
  }
}
