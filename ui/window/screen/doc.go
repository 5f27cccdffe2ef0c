// Package screen tells how large the screen is, which the toolkit does not.
package screen
