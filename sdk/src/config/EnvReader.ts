/**
 * The one reader of environment variables. Values out of files and secrets end in a line end, or are blank: trailing
 * line ends go, and blank is the same as not set. What is odd beyond that is a problem that names the variable, and
 * never shows its value.
 */
import { problemWithUrl, type UrlRule } from "./checks.js"

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A range of whole numbers that a variable may hold. */
export interface WholeRule {
  /** Such as `milliseconds`; nothing for a plain number. */
  readonly unit?: string | undefined
  readonly least: number
  readonly most: number
  /** A value that would be good, with its meaning. */
  readonly example?: string | undefined
}

// Joiners are part of emoji and of some scripts, such as in a folder's name.
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200C\u200D])\p{Cf}/u
const QUOTED = /^(["']).*\1$/

/**
 * Reads variables one by one, and gathers what is wrong with them in {@link EnvReader.problems}. Every method
 * returns `undefined` for a variable that is not set, and for one that has a problem.
 */
export class EnvReader {
  /** Problems with the variables that were read, a sentence each. Never holds a value. */
  readonly problems: Array<string> = []
  readonly #environment: Environment

  /** Makes a reader; reads nothing yet. */
  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Tells if a variable is set to more than white space. */
  isSet(name: string): boolean {
    return (this.#environment[name] ?? "").trim() !== ""
  }

  /** Reads a secret that may hold any visible characters, such as a password. Spaces around it are part of it. */
  password(name: string): string | undefined {
    if (!this.isSet(name)) return undefined
    return this.#visible(name, (this.#environment[name] ?? "").replace(/[\r\n]+$/, ""))
  }

  /** Reads a text, without the white space around it. */
  text(name: string): string | undefined {
    if (!this.isSet(name)) return undefined
    const value = this.#visible(name, (this.#environment[name] ?? "").trim())
    return value && this.#fits(name, !QUOTED.test(value), "is in quotes: take them away", value)
  }

  /** Reads a text without spaces, such as an id or an email address. */
  word(name: string): string | undefined {
    const value = this.text(name)
    return value && this.#fits(name, !/\s/.test(value), "holds a space", value)
  }

  /** Reads what a header can carry: visible ASCII characters without spaces. */
  token(name: string): string | undefined {
    const value = this.text(name)
    const problem = "must be visible ASCII characters without spaces: no header could carry it"
    return value && this.#fits(name, /^[!-~]+$/.test(value), problem, value)
  }

  /** Reads an address that secrets are sent to: `https://`, or `http://` on this machine. */
  address(name: string, rule?: UrlRule): string | undefined {
    const value = this.text(name)
    const problem = value === undefined ? undefined : problemWithUrl(name, value, rule)
    if (problem === undefined) return value
    this.problems.push(problem)
    return undefined
  }

  /** Reads a whole number. It may be written as `1_000_000`. */
  whole(name: string, { unit, least, most, example }: WholeRule): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^\+?\d+(_\d+)*$/.test(value) ? Number(value.replaceAll("_", "")) : Number.NaN
    if (number >= least && number <= most) return number
    const kind = `must be a whole number${unit === undefined ? "" : ` of ${unit}`} from ${least} to ${most}`
    this.problems.push(`${name} ${kind}${example === undefined ? "" : `, such as ${example}`}`)
    return undefined
  }

  /** Reads one of some words, regardless of case. */
  oneOf<Word extends string>(name: string, words: ReadonlyArray<Word>): Word | undefined {
    const value = this.text(name)?.toLowerCase()
    const word = words.find((one) => one === value)
    if (value !== undefined && word === undefined) {
      this.problems.push(`${name} must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`)
    }
    return word
  }

  #visible(name: string, value: string): string | undefined {
    return this.#fits(
      name,
      !INVISIBLE.test(value),
      "holds a line break or another invisible character",
      value,
    )
  }

  #fits(name: string, isGood: boolean, problem: string, value: string): string | undefined {
    if (isGood) return value
    this.problems.push(`${name} ${problem}`)
    return undefined
  }
}
