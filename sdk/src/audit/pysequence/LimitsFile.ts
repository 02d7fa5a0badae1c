/** `.daily_limits.json` on a file system: the entries of PySequence, and our view of the audit log. */
import * as path from "node:path"
import { StorageError } from "../../Errors.js"
import { type AuditEntryDraft, notedDraft } from "../AuditEntry.js"
import type { FileSystem } from "../FileSystem.js"
import type { TransferLedgerView } from "../TransferLedger.js"
import * as LimitsCodec from "./LimitsCodec.js"

/** The limits' file. */
const LIMITS = ".daily_limits.json"

/** Circumstances that decide about a damaged file. */
interface Circumstances {
  /** True if something is about to be decided by it. */
  readonly isGuarded: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Entries of the file beside the transfers that an audit log knows. */
interface ExternalSpending {
  readonly limits: LimitsCodec.Limits
  readonly ledger: TransferLedgerView
  /** True if the audit log has taken them in. */
  areNoted: boolean
}

/** The limit file of one folder. Its methods must not run at the same time. */
export class LimitsFile {
  readonly file: string
  readonly #fs: FileSystem
  readonly #timeZone: string
  /** Content of the file. */
  #limits: LimitsCodec.Limits = {}
  #external: ExternalSpending | undefined
  #version: string | undefined
  #isBroken = false
  /** Transfers that this process read in an audit log that has lost them since. */
  #remembered: LimitsCodec.Limits = {}
  /** The most that was seen of each key and day: a file that shrinks releases nothing. */
  readonly #most = new Map<string, number>()

  constructor(fs: FileSystem, folder: string, timeZone: string) {
    this.#fs = fs
    this.#timeZone = timeZone
    this.file = path.join(folder, LIMITS)
  }

  /** Gives what PySequence spent of a day, in cents. */
  otherCents(ledger: TransferLedgerView, limitKey: string, day: string): number {
    const name = `${day} ${limitKey}`
    const { limits } = this.#externalTo(ledger)
    const seen = LimitsCodec.externalCents(limits, ledger, limitKey, day, this.#timeZone)
    const most = Math.max(seen, this.#most.get(name) ?? 0)
    this.#most.set(name, most)
    return most
  }

  /** Keeps counting what stood in an audit log that is another one now. */
  remember(lost: TransferLedgerView): void {
    this.#remembered = LimitsCodec.remember(this.#remembered, lost)
    this.#external = undefined
  }

  /** Makes the entry that adds to the audit log what PySequence spent of days that may still matter. */
  news(ledger: TransferLedgerView): ReadonlyArray<AuditEntryDraft> {
    const oldestDay = LimitsCodec.oldestKept(ledger.latestDay)
    const external = this.#externalTo(ledger)
    if (external.areNoted) return []
    const noted = LimitsCodec.daysOf(external.limits, this.#timeZone).flatMap(({ limitKey, day }) => {
      if (day < oldestDay) return []
      const cents = this.otherCents(ledger, limitKey, day)
      return cents > ledger.totals(limitKey, day).otherCents ? [{ limitKey, day, cents }] : []
    })
    external.areNoted = noted.length === 0
    return noted.length === 0 ? [] : [notedDraft(noted)]
  }

  /**
   * Reads the file where it changed, and tells whether it did. Throws if it is broken and the audit log cannot replace it.
   */
  async look(ledger: TransferLedgerView): Promise<boolean> {
    const isNew = await this.#read()
    if (this.#isBroken && !ledger.reachesBack) throw this.#refusal()
    return isNew
  }

  /** As {@link look}, and keeps a broken file aside where its days can be rebuilt from the audit log. */
  async refresh(ledger: TransferLedgerView, { isGuarded, now }: Circumstances): Promise<boolean> {
    const isNew = await (isGuarded ? this.look(ledger) : this.#read())
    if (!this.#isBroken || !ledger.reachesBack) return isNew
    await this.#fs.rename(this.file, `${this.file}.corrupt-${now}`)
    this.#version = undefined
    this.#isBroken = false
    return true
  }

  /** Writes the view of the audit log. */
  async write(ledger: TransferLedgerView, today: string): Promise<void> {
    // What cannot be understood is never written over.
    if (this.#isBroken) return
    const view = LimitsCodec.view(this.#externalTo(ledger).limits, ledger, today)
    await this.#fs.replace(this.file, LimitsCodec.encode(view))
    this.#limits = view
    this.#external = undefined
    this.#version = (await this.#fs.status(this.file))?.version
  }

  async #read(): Promise<boolean> {
    const status = await this.#fs.status(this.file)
    if (status?.version === this.#version && !this.#isBroken) return false
    const text = await this.#fs.read(this.file)
    const limits = text === undefined ? {} : LimitsCodec.parse(text)
    this.#isBroken = limits === undefined
    this.#limits = limits ?? {}
    this.#external = undefined
    this.#version = status?.version
    return true
  }

  /** An audit log that was read again may know less than before. */
  #externalTo(ledger: TransferLedgerView): ExternalSpending {
    if (this.#external?.ledger !== ledger) {
      const limits = LimitsCodec.externalEntries(LimitsCodec.merge(this.#limits, this.#remembered), ledger)
      this.#external = { limits, ledger, areNoted: false }
    }
    return this.#external
  }

  #refusal(): StorageError {
    return new StorageError(
      `Transfers are refused: ${this.file} cannot be understood, and there is no audit log to rebuild the day from. Restore the file, or accept the loss with a reason.`,
      { path: this.file },
    )
  }
}
