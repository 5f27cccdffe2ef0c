package api

import "time"

// The methods about the log of the agent's run.
const (
	MethodLogs      Method = "logs"       // LogQuery -> LogPage
	MethodClearLogs Method = "logs.clear" // nothing -> nothing
)

// LogLevel is how grave a line is.
type LogLevel string

// The levels.
const (
	LogDebug   LogLevel = "debug"
	LogInfo    LogLevel = "info"
	LogWarning LogLevel = "warning"
	LogError   LogLevel = "error"
)

// LogQuery asks for the lines after the one of a number; 0 is from the first.
type LogQuery struct {
	After uint64 `json:"after,omitempty"`
}

// LogLine is a line of the log.
type LogLine struct {
	Number uint64    `json:"number"` // from 1, growing by 1
	Time   time.Time `json:"time"`
	Level  LogLevel  `json:"level"`
	// Text is one line without control characters, the fields at its end.
	Text string `json:"text"`
}

// LogPage is a part of the log: the Lines that follow the one asked for, as
// many as a frame takes. A face asks on until it has the line of the number
// Last. Lines with a number below First are not kept any more. A Last below
// the number asked for tells of a new run of the agent, from whose beginning
// the Lines are.
type LogPage struct {
	Lines []LogLine `json:"lines"`
	First uint64    `json:"first"`
	Last  uint64    `json:"last"`
}
