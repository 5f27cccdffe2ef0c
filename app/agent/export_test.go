package agent

import "torii/app"

// App is the App of an agent that a test plays.
func (a *Agent) App() *app.App { return a.app }
