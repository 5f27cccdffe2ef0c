// Package widgets holds the building blocks of the window's pages: text that
// wraps, cards, buttons, the big switch, the mark of the state, the steps of a
// connect, the sparkline, and the sheet that a prompt stands on. They know the
// theme and nothing of Torii's services.
//
// Wrapped text needs more height where there is less width. The toolkit's
// layouts ask for a size without naming a width, so the layouts here (Column,
// Row, Flow, Card, Page) ask the other way round: HeightOf.
package widgets
