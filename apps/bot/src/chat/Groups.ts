/**
 * Ids of groups over time: a group that becomes a supergroup gets another one. Whatever is meant for the old id goes
 * to the new one, at once and after restarts.
 */
import { Context, Effect, Queue } from "effect"
import { ChatError, type Service as ChatService, type Place } from "./Chat.js"
import type * as ChatFile from "./ChatFile.js"

/** A group that got a new id. */
export interface Move {
  readonly from: number
  readonly to: number
}

/** The current ids of groups. */
export interface Service {
  /** Gives the id that a chat has now. */
  readonly current: (chatId: number) => number
  /** Notes that a group got a new id. */
  readonly moved: (move: Move) => Effect.Effect<void>
  /** Gives every move that was noted since the start. */
  readonly moves: Queue.Dequeue<Move>
}

/** Ids of groups. */
export class Groups extends Context.Tag("tsequence-bot/Groups")<Groups, Service>() {}

/** Follows a chat's moves to its newest id. */
const newestId = (chatId: number, migrations: Readonly<Record<string, number>> = {}): number => {
  const next = migrations[String(chatId)]
  if (next === undefined) return chatId
  const { [String(chatId)]: _, ...others } = migrations
  return newestId(next, others)
}

/** Goes on from what an earlier run noted. */
export const make = ({ read, change }: ChatFile.Service): Effect.Effect<Service> =>
  Effect.map(Queue.unbounded<Move>(), (moves) => {
    const current = (chatId: number): number => newestId(chatId, read().migrations)
    return {
      current,
      moves,
      moved: ({ from, to }) =>
        Effect.suspend(() => {
          if (current(from) === current(to)) return Effect.void
          return change(
            (state) => ({ ...state, migrations: { ...state.migrations, [String(from)]: to } }),
            true,
          ).pipe(Effect.zipRight(Queue.offer(moves, { from, to })), Effect.asVoid)
        }),
    }
  })

/** A messenger that takes old ids of groups, and learns new ones from what it is refused. */
export const following = (chat: ChatService, { current, moved }: Service): ChatService => {
  const placeNow = (place: Place): Place => {
    const chatId = current(place.chatId)
    return chatId === place.chatId ? place : { chatId }
  }
  const withMove = <A>(place: Place, request: (now: Place) => Effect.Effect<A, ChatError>) =>
    Effect.suspend(() => {
      const now = placeNow(place)
      return request(now).pipe(
        Effect.catchIf(
          ({ movedTo }) => movedTo !== undefined,
          (error) =>
            moved({ from: now.chatId, to: error.movedTo ?? now.chatId }).pipe(
              Effect.zipRight(Effect.suspend(() => request(placeNow(place)))),
            ),
        ),
      )
    })
  return {
    ...chat,
    send: (place, message) => withMove(place, (now) => chat.send(now, message)),
    showTyping: (place) => withMove(place, chat.showTyping),
    // A message keeps its number in the old chat alone: in the new one, the same number is another message's.
    edit: (chatId, messageId, message) =>
      withMove({ chatId }, (now) =>
        now.chatId === chatId
          ? chat.edit(chatId, messageId, message)
          : Effect.fail(
              new ChatError({
                reason: "Refused",
                message: "the message stays behind in the group's old chat",
              }),
            ),
      ),
  }
}
