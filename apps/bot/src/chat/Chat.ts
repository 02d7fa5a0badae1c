/** The chat service, in which people write to the bot and press its buttons. It knows nothing of a particular messenger. */
import { Context, Data, type Effect } from "effect"

/** A place for messages: a chat, or one topic of it. */
export interface Place {
  readonly chatId: number
  /** The topic; `undefined` in chats without topics, and in the topic "General" of those that have some. */
  readonly threadId?: number | undefined
}

/** The place that something happened in. */
interface Scene extends Place {
  /** `true` if one user and the bot are alone in the chat. */
  readonly isPrivate: boolean
}

/** A message that a person wrote. */
export interface TextMessage extends Scene {
  readonly _tag: "Message"
  readonly updateId: number
  readonly userId: number
  readonly text: string
  /** The time of the message, in milliseconds since 1970. */
  readonly sentAt: number
}

/** A press of a button under a message of the bot. */
export interface Press extends Scene {
  readonly _tag: "Press"
  readonly updateId: number
  readonly userId: number
  readonly pressId: string
  readonly messageId: number
  /** The data of the button. */
  readonly data: string
}

/** A group got another id. */
interface Moved {
  readonly _tag: "Moved"
  readonly updateId: number
  readonly from: number
  readonly to: number
}

/** Something that the bot does not work on. */
interface Other {
  readonly _tag: "Other"
  readonly updateId: number
}

/** An update from the messenger. */
export type Update = TextMessage | Press | Moved | Other

/** A button under a message. */
export interface Button {
  readonly label: string
  /** At most 64 bytes. */
  readonly data: string
}

/** Rows of buttons. */
export type Buttons = ReadonlyArray<ReadonlyArray<Button>>

/** A message to be sent. */
export interface Outgoing {
  readonly text: string
  /** `true` if the text has Markdown. @default false */
  readonly markdown?: boolean
  readonly buttons?: Buttons
}

/**
 * The reason why the messenger did not carry out a request.
 *
 * - `Unauthorized`: the token is none that it knows.
 * - `Conflict`: another program reads this bot's messages.
 * - `TooMany`: it asks for patience; `retryAfter` says for how long.
 * - `Unreachable`: no answer, or an error on its side.
 * - `Unchanged`: the message is already what it should become.
 * - `Markup`: the text's marks do not fit together.
 * - `NoTopic`: the topic is closed, or was deleted.
 * - `Refused`: anything else that it will refuse again.
 */
export type Reason =
  | "Unauthorized"
  | "Conflict"
  | "TooMany"
  | "Unreachable"
  | "Unchanged"
  | "Markup"
  | "NoTopic"
  | "Refused"

/** The messenger did not do what it was asked for. */
export class ChatError extends Data.TaggedError("ChatError")<{
  readonly reason: Reason
  /** In the messenger's words, without secrets. */
  readonly message: string
  /** Milliseconds until another try makes sense, where it says so. */
  readonly retryAfter?: number | undefined
  /** The id that the chat has now, where that is why. */
  readonly movedTo?: number | undefined
}> {}

/** The messenger service. Each method is one request; the caller decides about retries. */
export interface Service {
  /** Makes itself known to the messenger, and gives the bot's own name there. */
  readonly connect: Effect.Effect<string, ChatError>
  /** Waits for updates after one that was handled; none at all is an answer too. */
  readonly receive: (after: number | undefined) => Effect.Effect<ReadonlyArray<Update>, ChatError>
  /** Sends a message of at most 4,096 characters, and gives its id. */
  readonly send: (place: Place, message: Outgoing) => Effect.Effect<number, ChatError>
  /** Puts another message in the place of one. */
  readonly edit: (chatId: number, messageId: number, message: Outgoing) => Effect.Effect<void, ChatError>
  /** Answers a press with a short text; `isAlert` makes the user close it. */
  readonly answerPress: (
    pressId: string,
    text: string,
    options?: { readonly isAlert?: boolean },
  ) => Effect.Effect<void, ChatError>
  /** Shows for some seconds that the bot is at work. */
  readonly showTyping: (place: Place) => Effect.Effect<void, ChatError>
}

/** A messenger. */
export class Chat extends Context.Tag("tsequence-bot/Chat")<Chat, Service>() {}
