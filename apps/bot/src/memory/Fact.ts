/** A fact that somebody asked the bot to remember: one line, in the file's own keys. */
import { Schema } from "effect"

/** A fact as it stands in the file, which holds exactly these keys. */
export const Fact = Schema.Struct({
  id: Schema.String,
  content: Schema.String,
  created_by: Schema.String,
  created_at: Schema.String,
  updated_at: Schema.String,
})

/** A fact as it stands in the file. */
export type Fact = typeof Fact.Type

/** Replaces halves of characters, as names that were cut elsewhere may end in one: no service takes them. */
export const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, "\ufffd")

/** Makes one line of a text: line breaks and other control characters become a space. */
export const oneLine = (text: string): string =>
  wellFormed(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    // Marks that turn the order of letters around could make a text look like another one.
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/ {2,}/g, " ")
    .trim()
