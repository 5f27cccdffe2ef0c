// Package i18n holds every word that Torii says, in every language it speaks.
//
// The words are TOML files named locales/<room>.<language>.toml: the room is
// the part of the program that says them (errors, tray, home ...), the
// language a BCP 47 tag. A message's key is its dotted path in the file:
//
//	tray.connect = "Connect"
//	[tray.minutes]                     # a message that counts has a table
//	one = "{{.Count}} minute"
//	other = "{{.Count}} minutes"
//
// English is complete; every other language has the same keys with the same
// placeholders (a test sees to it). A new language is a new set of files and
// nothing else.
package i18n
