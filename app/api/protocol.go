package api

import (
	"encoding/json"

	"torii/tunnel"
)

// Request is a frame from a face to the agent.
type Request struct {
	ID     uint64          `json:"id"` // from 1; a face uses each once
	Method Method          `json:"method"`
	Params json.RawMessage `json:"params,omitempty"`
}

// Reply is a frame from the agent: the answer to the Request of the same ID,
// or, for MethodWatch, one of many. A Failure with ID 0 is the last word: the
// agent sends this face away.
type Reply struct {
	ID      uint64          `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Failure *tunnel.Failure `json:"failure,omitempty"`
	State   *State          `json:"state,omitempty"`
}

// The names by which toriictl says hello: one that connects answers questions,
// any other only looks or changes something.
const (
	ProgramConnect = "toriictl connect"
	ProgramTool    = "toriictl"
)

// Unwatch ends the stream that the Request of that ID began.
type Unwatch struct {
	ID uint64 `json:"id"`
}

// FailureOf turns an error into what crosses the socket. The message is for
// logs; a face that shows it maps the code to its own words.
func FailureOf(err error) *tunnel.Failure {
	if err == nil {
		return nil
	}
	failure := &tunnel.Failure{Code: tunnel.CodeOf(err), Message: err.Error()}
	if coded, ok := asError(err); ok {
		failure.Detail = coded.Detail
	}
	return failure
}

// ErrorOf turns a failure that crossed the socket back into an error.
func ErrorOf(op string, failure *tunnel.Failure) error {
	if failure == nil {
		return nil
	}
	return tunnel.Errorf(failure.Code, op, "%s", failure.Message).WithDetail(failure.Detail)
}
