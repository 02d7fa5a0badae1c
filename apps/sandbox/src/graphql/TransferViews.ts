/** Transfers, their ends and stages, and the pages that they come in. */
import type { End, TransferRecord } from "../data/Model.js"
import { cursorOf, readCursor } from "../money/ActivityIndex.js"
import type { PageArguments, Store } from "./Context.js"
import { holderView } from "./HolderViews.js"
import { dateView, instantView, moneyView, serviceError, type View } from "./Values.js"

const DEFAULT_PAGE = 20
const LARGEST_PAGE = 100

/** Cuts a page out of the activity of an organization or a pod. */
export const connection = (store: Store, ownerId: string, page: PageArguments): View => {
  const first = page.first ?? DEFAULT_PAGE
  if (first < 0 || first > LARGEST_PAGE) {
    throw serviceError(`first must be between 0 and ${LARGEST_PAGE}`, "BAD_USER_INPUT")
  }
  const after = page.after ? readCursor(page.after) : undefined
  if (page.after && after === undefined) throw serviceError("Invalid cursor", "BAD_USER_INPUT")
  const { transfers, hasNextPage, hasPreviousPage } = store.world
    .activityOf(ownerId)
    .page(page.filter ?? {}, first, after)
  const edges = transfers.map((transfer) => ({
    cursor: cursorOf(transfer),
    node: () => transferView(store, transfer),
  }))
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage,
      hasPreviousPage,
    },
  }
}

/** Shows a transfer. */
export const transferView = (store: Store, transfer: TransferRecord): View => ({
  id: transfer.id,
  type: isCompound(transfer) ? "COMPOUND" : "SIMPLE",
  status: transfer.status,
  errorReason: transfer.errorReason,
  description: transfer.description,
  direction: transfer.direction,
  activityType: transfer.activityType,
  createdAt: () => instantView(transfer.createdAt),
  updatedAt: () => instantView(transfer.updatedAt),
  amount: moneyView(transfer.amountCents),
  source: () => endView(store, transfer.source),
  destination: () => endView(store, transfer.destination),
  details: () => detailsView(transfer),
  ruleDetails: transfer.rule,
})

const endView = (store: Store, end: End): View => {
  if (end.kind === "MERCHANT") return { __typename: "Merchant", id: end.id, name: end.name, icon: end.icon }
  if (end.kind === "EXTERNAL") return { __typename: "ExternalEntity", name: end.name }
  return holderView(store, end)
}

/** From one outside account to another, money passes through Sequence. */
const isCompound = ({ source, destination }: TransferRecord): boolean =>
  source.kind === "ACCOUNT" && destination.kind === "ACCOUNT"

const stage = (status: string, from: number, to: number, isOver: boolean): View => ({
  status,
  createdAt: instantView(from),
  completedAt: isOver ? instantView(to) : null,
  expectedCompletionDate: dateView(to),
})

const detailsView = (transfer: TransferRecord): View => {
  const { createdAt, settlesAt, updatedAt, status } = transfer
  const isOver = status !== "PENDING" && status !== "PROCESSING"
  const over = isOver ? updatedAt : settlesAt
  if (!isCompound(transfer)) {
    return { __typename: "SimpleTransferDetails", status: stage(status, createdAt, over, isOver) }
  }
  const pulled = Math.min(over, createdAt + Math.ceil((settlesAt - createdAt) / 2))
  const isPulled = status !== "PENDING" && status !== "CANCELLED"
  return {
    __typename: "CompoundTransferDetails",
    pullPaymentStatus: stage(isPulled ? "COMPLETE" : status, createdAt, pulled, isPulled),
    pushPaymentStatus: stage(status, pulled, over, isOver),
    reversalPaymentStatus: status === "FAILED" ? stage("COMPLETE", over, over, true) : null,
  }
}
