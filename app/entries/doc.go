// Package entries keeps the connection entries: what they are made of, which
// are valid, and a file that survives a torn write. Credentials are not here
// (package secrets).
package entries
