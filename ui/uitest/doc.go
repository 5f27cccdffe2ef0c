// Package uitest holds what the tests of the window share: the States that a
// person can meet, and an agent that answers as it is told. Only tests and
// screenshots import it.
package uitest
