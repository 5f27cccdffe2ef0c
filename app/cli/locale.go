package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"torii/i18n"
)

func (t *tool) localeCommand() *cobra.Command {
	command := t.command("locale [LOCALE]", "cli.locale.short", func(_ context.Context, args []string) error {
		code, err := codeOfLanguage(args)
		if err != nil {
			return err
		}
		if t.json {
			t.writeJSON(map[string]any{"language": code})
			return nil
		}
		fmt.Fprintln(t.Out, code)
		return nil
	})
	command.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage{fmt.Errorf("locale takes one locale at most (%d given)", len(args))}
		}
		return nil
	}
	return command
}

// codeOfLanguage is the language that Torii speaks for a locale, or without
// one for the system's, as the guide writes it: in lower case (000,
// Localization).
func codeOfLanguage(args []string) (string, error) {
	if len(args) == 0 {
		words, err := i18n.New()
		if err != nil {
			return "", err
		}
		return strings.ToLower(words.Language()), nil
	}
	if !i18n.IsLocale(args[0]) {
		return "", usage{fmt.Errorf("%q is no locale; one looks like fr-CH or ja_JP.UTF-8", args[0])}
	}
	name, _ := i18n.Match(args[0]) // English serves whom no other language does
	return strings.ToLower(name), nil
}
