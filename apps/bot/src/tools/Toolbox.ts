/** All tools: the list for the model, and their use by name. */
import { Cause, Effect } from "effect"
import type { Accounts, Activity, Pods } from "tsequence/effect"
import type { ToolDescription, ToolResult, ToolUse } from "../agent/Model.js"
import type { MemoryStore } from "../memory/MemoryStore.js"
import type { PendingTransfers } from "../transfers/PendingTransfers.js"
import { activityTools } from "./Activities.js"
import { balanceTools } from "./Balances.js"
import { memoryTools } from "./Memories.js"
import { type Tool, type ToolCaller, ToolProblem } from "./Tool.js"
import { transferTools } from "./Transfers.js"

/** The services that the tools need. */
export type Needs = Pods.Pods | Accounts.Accounts | Activity.Activity | MemoryStore | PendingTransfers

const all: ReadonlyArray<Tool<Needs>> = [...balanceTools, ...transferTools, ...activityTools, ...memoryTools]

const byName = new Map(all.map((tool) => [tool.description.name, tool]))

/** The tools as the model sees them. */
export const descriptions: ReadonlyArray<ToolDescription> = all.map(({ description }) => description)

const run = ({ name, input }: ToolUse, caller: ToolCaller) =>
  Effect.suspend(() => {
    const tool = byName.get(name)
    if (tool !== undefined) return tool.use(input, caller)
    const names = descriptions.map((one) => one.name).join(", ")
    return Effect.fail(new ToolProblem({ message: `There is no such tool. There are: ${names}.` }))
  })

/** Uses a tool. Whatever goes wrong is an answer that the model can act on. */
export const use = (call: ToolUse, caller: ToolCaller) =>
  run(call, caller).pipe(
    Effect.map((result) => ({ content: JSON.stringify(result), isError: false })),
    Effect.catchAll(({ message }) =>
      Effect.succeed({ content: JSON.stringify({ error: message }), isError: true }),
    ),
    Effect.catchAllDefect((defect) =>
      Effect.logError("A tool broke", Cause.die(defect)).pipe(
        Effect.as({ content: JSON.stringify({ error: "The tool broke; nothing was done." }), isError: true }),
      ),
    ),
    Effect.map(
      ({ content, isError }): ToolResult => ({ type: "tool_result", toolUseId: call.id, content, isError }),
    ),
  )
