// Package about is the screen that says what Torii is: version, guide,
// keyboard, what it does for people who do not see, and the licences of
// everything in it.
package about
