// Package traytest holds what the tests of the tray share: a session bus of
// their own, and a desktop's panel that reads the icon and its menu as a
// person would see them. Only tests import it.
package traytest
