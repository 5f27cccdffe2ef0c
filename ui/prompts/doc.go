// Package prompts asks a person: the login form, the banner to accept, the
// server that cannot be trusted, and the window's own questions (something
// to confirm).
//
// One prompt stands at a time. A question of the engine is shown while it is
// in the State and goes with it; its answer is an api.AnswerRequest that names
// it. Everything here runs on the toolkit's own goroutine.
package prompts
