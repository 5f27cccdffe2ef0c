package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// laterCommands are promised and not there yet: they say so.
func (t *tool) laterCommands() []*cobra.Command {
	var list []*cobra.Command
	for _, name := range []string{
		"bundle", "events", "import", "localization", "profile",
	} {
		list = append(list, &cobra.Command{
			Use: name, Hidden: true, DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error {
				return usage{fmt.Errorf("`toriictl %s` is not there yet; a later version of Torii brings it", name)}
			},
		})
	}
	return list
}
