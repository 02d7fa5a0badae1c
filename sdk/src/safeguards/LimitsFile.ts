/** `.daily_limits.json` on a file system: what PySequence wrote into it, and our view of the trail. */
import * as path from "node:path"
import { StorageError } from "../Errors.js"
import type { FileSystem } from "./FileSystem.js"
import type { LedgerView } from "./Ledger.js"
import * as LimitFile from "./LimitFile.js"

/** The limits' file. */
const LIMITS = ".daily_limits.json"

/** How a damaged file is dealt with. */
interface Circumstances {
  /** Whether there is a trail that the day can be rebuilt from. */
  readonly isTrailThere: boolean
  /** Whether something is about to be decided by it. */
  readonly isGuarded: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The limit file of one folder. Its methods must not run at the same time. */
export class LimitsFile {
  readonly file: string
  readonly #fs: FileSystem
  readonly #timeZone: string
  /** What stands in the file besides our own transfers. */
  #limits: LimitFile.Limits = {}
  #version: string | undefined
  #isBroken = false
  /** The most that was seen of each key and day: a file that shrinks gives no room back. */
  readonly #most = new Map<string, number>()

  constructor(fs: FileSystem, folder: string, timeZone: string) {
    this.#fs = fs
    this.#timeZone = timeZone
    this.file = path.join(folder, LIMITS)
  }

  /** What others used up of a day, in cents. */
  otherCents(ledger: LedgerView, limitKey: string, day: string): number {
    const name = `${day} ${limitKey}`
    const seen = LimitFile.otherCents(this.#limits, ledger, limitKey, day, this.#timeZone)
    const most = Math.max(seen, this.#most.get(name) ?? 0)
    this.#most.set(name, most)
    return most
  }

  /** Reads the file where it changed. Throws where it is broken and there is no trail. */
  async look(ledger: LedgerView, isTrailThere: boolean): Promise<void> {
    const status = await this.#fs.status(this.file)
    if (status?.version !== this.#version || this.#isBroken) {
      const text = await this.#fs.read(this.file)
      const limits = text === undefined ? {} : LimitFile.parse(text)
      this.#isBroken = limits === undefined
      this.#limits = LimitFile.strangers(limits ?? {}, ledger)
      this.#version = status?.version
    }
    if (this.#isBroken && !isTrailThere) throw this.#refusal()
  }

  /** As {@link look}, and keeps a broken file aside where its days can be rebuilt from the trail. */
  async refresh(ledger: LedgerView, { isTrailThere, isGuarded, now }: Circumstances): Promise<void> {
    await this.look(ledger, isTrailThere || !isGuarded)
    if (!this.#isBroken || !isTrailThere) return
    await this.#fs.rename(this.file, `${this.file}.corrupt-${now}`)
    this.#version = undefined
    this.#isBroken = false
  }

  /** Writes the view of the trail. */
  async write(ledger: LedgerView, today: string): Promise<void> {
    // What cannot be understood is never written over.
    if (this.#isBroken) return
    const view = LimitFile.view(this.#limits, ledger, today)
    this.#limits = LimitFile.strangers(view, ledger)
    await this.#fs.replace(this.file, LimitFile.encode(view))
    this.#version = (await this.#fs.status(this.file))?.version
  }

  #refusal(): StorageError {
    return new StorageError(
      `Transfers are refused: ${this.file} cannot be understood, and there is no audit trail to rebuild the day from. Restore the file, or accept the loss with a reason.`,
      { path: this.file },
    )
  }
}
