// Package theme is the look of the window: colours, sizes and spacing under
// names of their own, in a light and a dark set. Widgets ask for a token by
// its name and never for a colour by its value.
package theme
