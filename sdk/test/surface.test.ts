import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { describe, expect, expectTypeOf, it } from "vitest"
import type { TransferRejectedError as EffectRejected } from "../src/effect.js"
import type {
  Accounts,
  ActivityOptions,
  ActivityPage,
  ActivitySummary,
  ActivityWalkOptions,
  CallOptions,
  KycProblem,
  MoneyMap,
  OrganizationOptions,
  Pod,
  PodDetail,
  SequenceClient,
  SequenceError,
  SequenceOptions,
  TotalBalance,
  Transfer,
  TransferDetail,
  TransferOptions,
  TransferReceipt,
  TransferRequest,
  WatchOptions,
} from "../src/index.js"
import {
  formatCents,
  isSequenceError,
  parseDollars,
  Sequence,
  type TransferRejectedError,
} from "../src/index.js"
import type { RestPod, TransferRejectedError as RestRejected, SequenceRest } from "../src/rest.js"

/** A method of `SequenceClient`, as it is promised. */
type Promised<Arguments extends ReadonlyArray<unknown>, Answer> = (...args: Arguments) => Promise<Answer>

describe("the Promise API", () => {
  it("reads what it says", () => {
    type Of<Name extends keyof SequenceClient> = SequenceClient[Name]
    type Call = [options?: CallOptions]
    expectTypeOf<Of<"getPods">>().toEqualTypeOf<Promised<Call, ReadonlyArray<Pod>>>()
    expectTypeOf<Of<"getTotalBalance">>().toEqualTypeOf<Promised<Call, TotalBalance>>()
    expectTypeOf<Of<"getPodBalance">>().toEqualTypeOf<
      Promised<[name: string, options?: CallOptions], Pod | undefined>
    >()
    expectTypeOf<Of<"getPodDetail">>().toEqualTypeOf<
      Promised<[podId: string, options?: OrganizationOptions], PodDetail>
    >()
    expectTypeOf<Of<"getAllAccounts">>().toEqualTypeOf<Promised<[options?: OrganizationOptions], Accounts>>()
    expectTypeOf<Of<"getActivitySummary">>().toEqualTypeOf<Promised<Call, ActivitySummary>>()
    expectTypeOf<Of<"getActivity">>().toEqualTypeOf<Promised<[options?: ActivityOptions], ActivityPage>>()
    expectTypeOf<Of<"getTransferDetail">>().toEqualTypeOf<
      Promised<[transferId: string, options?: OrganizationOptions], TransferDetail>
    >()
    expectTypeOf<Of<"checkKyc">>().toEqualTypeOf<Promised<Call, KycProblem | undefined>>()
    expectTypeOf<Of<"getMoneyMap">>().toEqualTypeOf<Promised<[options?: OrganizationOptions], MoneyMap>>()
    expectTypeOf<Of<"activity">>().toEqualTypeOf<
      (options?: ActivityWalkOptions) => AsyncIterableIterator<Transfer>
    >()
    expectTypeOf<Of<"watch">>().toEqualTypeOf<(options?: WatchOptions) => AsyncIterableIterator<Transfer>>()
  })

  it("moves whole cents between two named ends, and wants all three", () => {
    expectTypeOf<SequenceClient["transfer"]>().toEqualTypeOf<
      Promised<[request: TransferRequest, options?: TransferOptions], TransferReceipt>
    >()
    expectTypeOf<TransferRequest["amountCents"]>().toEqualTypeOf<number>()
    expectTypeOf<{ source: "Main"; destination: "Rent"; amountCents: 1 }>().toExtend<TransferRequest>()
    expectTypeOf<{ source: "Main"; destination: "Rent" }>().not.toExtend<TransferRequest>()
    expectTypeOf<{ source: "Main"; amountCents: 1 }>().not.toExtend<TransferRequest>()
    expectTypeOf<{
      source: "Main"
      destination: "Rent"
      amountCents: bigint
    }>().not.toExtend<TransferRequest>()
  })

  it("tells a balance that is not known from none at all", () => {
    expectTypeOf<Pod["balanceCents"]>().toEqualTypeOf<number | null>()
    expectTypeOf<TotalBalance["totalCents"]>().toEqualTypeOf<number>()
    expectTypeOf<TransferReceipt["id"]>().toEqualTypeOf<string | null>()
  })

  it("is made from options that are plain, and closes by itself", () => {
    expectTypeOf(Sequence.fromEnv).parameter(0).toEqualTypeOf<SequenceOptions | undefined>()
    expectTypeOf<Sequence>().toExtend<AsyncDisposable>()
    expectTypeOf<keyof SequenceOptions>().not.toBeNever()
    expectTypeOf<{ credentials: { email: string } }>().not.toExtend<SequenceOptions>()
  })

  it("narrows what was caught", () => {
    expectTypeOf(isSequenceError).guards.toEqualTypeOf<SequenceError>()
    expectTypeOf(formatCents).returns.toEqualTypeOf<string>()
    expectTypeOf(parseDollars).returns.toEqualTypeOf<number>()
  })
})

describe("the entry points", () => {
  it("share their error classes", () => {
    expectTypeOf<EffectRejected>().toEqualTypeOf<TransferRejectedError>()
    expectTypeOf<RestRejected>().toEqualTypeOf<TransferRejectedError>()
  })

  it("read the same by REST as by themselves, where they read the same", () => {
    expectTypeOf<SequenceRest["getPods"]>().returns.toEqualTypeOf<Promise<ReadonlyArray<RestPod>>>()
    expectTypeOf<RestPod["balanceCents"]>().toEqualTypeOf<Pod["balanceCents"]>()
  })
})

/** Collects what an editor shows: every function and method of the entry points, as the compiler sees them in the package. */
const hovers = () => {
  const root = fileURLToPath(new URL("../", import.meta.url))
  const { exports }: { exports: Record<string, string | { types: string }> } = JSON.parse(
    readFileSync(`${root}package.json`, "utf8"),
  )
  const files = Object.values(exports).flatMap((target) =>
    typeof target === "object" ? [`${root}${target.types}`] : [],
  )
  const options: ts.CompilerOptions = { module: ts.ModuleKind.NodeNext, strict: true, skipLibCheck: true }
  const program = ts.createProgram(files, { ...options, target: ts.ScriptTarget.ES2023 })
  const checker = program.getTypeChecker()

  const describeSymbol = (
    name: string,
    symbol: ts.Symbol,
  ): ReadonlyArray<{ name: string; doc: string; type: string }> => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const doc = ts.displayPartsToString(target.getDocumentationComment(checker))
    const members =
      target.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)
        ? [...(target.members?.values() ?? [])]
        : []
    const methods = members.filter(({ flags }) => flags & ts.SymbolFlags.Method)
    const isFunction = (target.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Method)) !== 0
    const value = target.flags & ts.SymbolFlags.Variable ? checker.getTypeOfSymbol(target) : undefined
    const isCallable = isFunction || (value?.getCallSignatures().length ?? 0) > 0
    const type = isCallable ? checker.typeToString(checker.getTypeOfSymbol(target)) : ""
    return [
      ...(isCallable ? [{ name, doc, type }] : []),
      ...methods.flatMap((method) => describeSymbol(`${name}.${method.name}`, method)),
    ]
  }
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    return module === undefined
      ? []
      : checker
          .getExportsOfModule(module)
          .flatMap((symbol) => describeSymbol(`${file.split("/").at(-1)}: ${symbol.name}`, symbol))
  })
}

describe("hovering a function", () => {
  const all = hovers()

  it("shows a sentence that says what it does", () => {
    expect(all.length).toBeGreaterThan(40)
    expect(all.filter(({ doc }) => !/^[A-Z][^.]{10,}/.test(doc)).map(({ name }) => name)).toEqual([])
  })

  it("shows types that have names", () => {
    const nameless = all.filter(({ type }) => /=> .*\{ [^}]*[;}]/.test(type) || type.length > 400)
    expect(nameless.map(({ name, type }) => `${name}: ${type}`)).toEqual([])
  })
})
