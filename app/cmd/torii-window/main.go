// Command torii-window is the window of Torii. The agent starts it when
// somebody wants to look; it ends when it is closed, and the connection lives
// on in the agent.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"fyne.io/fyne/v2/app"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/window"
	"torii/ui/window/screen"
)

func main() {
	look := flag.String("theme", "", "`light` or dark; without it the desktop's")
	deps := window.Deps{Screen: screen.Size()}
	flag.StringVar(&deps.Page, "page", "", "the `name` of the page to begin with")
	flag.Func("size", "the size to begin with, as `420x640`", func(text string) (err error) {
		deps.Size, err = window.ParseSize(text)
		return err
	})
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "torii-window: it takes no arguments but flags")
		os.Exit(api.ExitUsage)
	}
	os.Exit(run(theme.Mode(*look), deps))
}

// run shows the window until it is closed or the program is told to end.
func run(mode theme.Mode, deps window.Deps) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	agent, err := api.Connect(ctx, "torii-window")
	if err != nil {
		fmt.Fprintln(os.Stderr, "torii-window:", err)
		if tunnel.CodeOf(err) == tunnel.CodeAgentMissing {
			fmt.Fprintln(os.Stderr, "Start torii; it opens the window.")
		}
		return api.ExitCode(tunnel.CodeOf(err))
	}
	defer agent.Close()

	// The toolkit keeps drawn letters there and complains where it is missing.
	if cache, err := os.UserCacheDir(); err == nil {
		if err := os.MkdirAll(cache, 0o700); err != nil {
			fmt.Fprintln(os.Stderr, "torii-window: make the cache folder:", err)
		}
	}
	a := app.NewWithID("org.torii.Torii")
	a.Settings().SetTheme(theme.New(mode))
	deps.App, deps.Agent = a, agent
	w, err := window.New(deps)
	if err != nil {
		fmt.Fprintln(os.Stderr, "torii-window:", err)
		return api.ExitOther
	}
	w.Run(ctx)
	return 0
}
