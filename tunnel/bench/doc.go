// Package bench measures the engine against its peers, on the bed of
// docs/performance.md: two network namespaces, the same gateway, the clients
// in turns. It holds no code of the program; `make bench` runs it.
//
// The figures are ratios of one run, because machines are noisy: an absolute
// number of one day says nothing about another.
package bench
