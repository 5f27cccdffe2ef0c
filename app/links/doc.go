// Package links reads the links by which mails and web pages control Torii
// ("anyconnect:" and "torii:", 000 External Control), and carries them out as
// far as the setting External Control and the person allow it. A link is
// hostile input: nothing is done, fetched or shown before it was understood
// whole, and its secrets are kept in a type that does not print.
package links
