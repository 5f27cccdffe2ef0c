// Package nstest runs a test in namespaces of its own: a network, a mount tree
// and processes that nobody else sees and that are gone when the test ends,
// however it ends. It is for tests that need root.
package nstest
