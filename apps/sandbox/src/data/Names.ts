/** Words that a believable household is made of. Lists begin with what a small sandbox shows. */

/** Pods, the one that holds most of the money first. */
export const PODS = [
  { name: "Main", icon: "🏦", description: "Where everything starts" },
  { name: "Groceries", icon: "🛒", description: "Food and household" },
  { name: "Rent", icon: "🏠", description: null },
  { name: "Bills", icon: "💡", description: "Power, water, internet" },
  { name: "Emergency Fund", icon: "🛟", description: "Six months of expenses" },
  { name: "Travel", icon: "✈️", description: "Lisbon next spring" },
  { name: "Taxes", icon: "🧾", description: "Quarterly estimates" },
  { name: "Card Payoff", icon: "💳", description: null },
  { name: "Car", icon: "🚗", description: "Loan and repairs" },
  { name: "Fun Money", icon: "🎉", description: null },
  { name: "Health", icon: "🩺", description: null },
  { name: "Gifts", icon: "🎁", description: "Birthdays and holidays" },
  { name: "Education", icon: "🎓", description: null },
  { name: "Pets", icon: "🐕", description: "Vet and food" },
  { name: "Home Projects", icon: "🔨", description: null },
] as const

/** Ports. */
export const PORTS = [
  { name: "Paycheck", icon: "💼", description: "Salary arrives here" },
  { name: "Side Income", icon: "🧵", description: null },
  { name: "Refunds", icon: "↩️", description: null },
  { name: "Rental Income", icon: "🏘️", description: null },
] as const

/** Kinds of outside account, in order. A larger sandbox starts again from the first, with a number in the name. */
export const ACCOUNTS = [
  {
    name: "Everyday Checking",
    description: "Shared account",
    type: "CHECKING",
    provider: "PLAID",
    bank: "First Harbor Bank",
    icon: "🏛️",
  },
  {
    name: "High-Yield Savings",
    description: "4.1% a year",
    type: "SAVINGS",
    provider: "PLAID",
    bank: "Alder Online Bank",
    icon: "🌱",
  },
  {
    name: "Rewards Card",
    description: null,
    type: "CREDIT_CARD",
    provider: "METHOD",
    bank: "Juniper Card Services",
    icon: "💳",
  },
  {
    name: "Auto Loan",
    description: null,
    type: "LOAN",
    provider: "METHOD",
    bank: "Roadway Credit Union",
    icon: "🚙",
  },
  {
    name: "House",
    description: "Estimated value",
    type: "ASSET",
    provider: "MANUAL",
    bank: null,
    icon: "🏡",
  },
  {
    name: "Old Checking",
    description: null,
    type: "CHECKING",
    provider: "PLAID",
    bank: "Cedar Savings",
    icon: "🕰️",
  },
] as const

/** Shops; two of them test what escapes HTML. */
export const MERCHANTS = [
  { name: "Corner Market", icon: "🛒" },
  { name: "Blue Bottle Café & Bakery", icon: "☕" },
  { name: "Metro Transit", icon: "🚇" },
  { name: "Books <Old & New>", icon: "📚" },
  { name: "Northside Pharmacy", icon: "💊" },
  { name: "Pump 24 Gas", icon: "⛽" },
] as const

/** Employers, which pay wages. */
export const EMPLOYERS = ["Lovelace Analytics LLC", "Babbage Engines Inc"] as const
/** Billers, which pull payments. */
export const BILLERS = ["City Power & Light", "Clearwater Utilities", "Fiberline Internet"] as const
/** Reasons of failed transfers, as banks word them. */
export const FAILURES = ["R01: Insufficient funds", "R03: No account or unable to locate account"] as const
/** Times of rules that run on schedule, each with its words. */
export const SCHEDULES = [
  { cron: "0 9 * * 1", words: "every Monday" },
  { cron: "0 6 1 * *", words: "on the first of the month" },
  { cron: "30 7 1,15 * *", words: "on the first and the fifteenth" },
] as const
