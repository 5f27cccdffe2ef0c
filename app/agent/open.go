package agent

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"torii/app"
	"torii/app/api"
	"torii/app/control"
	"torii/app/links"
	"torii/i18n"
	"torii/tunnel"
)

// Opener opens what a start of torii was given.
type Opener interface {
	// Open opens a link or a file, which is an absolute path. It returns when
	// what that wants has begun. CodeUnsupported: it is of no kind that can be
	// opened. CodeCancelled: the person does not want it.
	Open(ctx context.Context, what string) error
}

// linkOpener is the Opener of an agent that opens links only.
type linkOpener struct{ app *app.App }

// Open implements Opener.
func (o linkOpener) Open(ctx context.Context, what string) error {
	if !links.Is(what) {
		return tunnel.Errorf(tunnel.CodeUnsupported, opOpen, "files are not opened yet").WithDetail(filepath.Base(what))
	}
	return o.app.OpenLink(ctx, what)
}

const opOpen = "open what torii was started with"

// Unopened is the error of a start whose arguments were not opened, in the
// person's words.
type Unopened struct {
	Why   *tunnel.Failure
	cause error
}

// Error implements error.
func (u *Unopened) Error() string { return strings.TrimSpace(u.Why.Message + " " + u.Why.Remedy) }

// Unwrap returns the cause, which has the code.
func (u *Unopened) Unwrap() error { return u.cause }

// open serves MethodOpen: what another start of torii was given.
func (a *Agent) open(ctx context.Context, _ control.Caller, request api.OpenRequest) error {
	err := a.openAll(ctx, request)
	if err == nil || tunnel.CodeOf(err) == tunnel.CodeCancelled {
		return err
	}
	words, wordsErr := i18n.New(first(ctx, a.Face()).Language)
	if wordsErr != nil {
		return errors.Join(err, wordsErr)
	}
	// Who clicked a link in a mail has no terminal to read in.
	if showErr := a.app.ShowUnopened(*describeUnopened(words, request.Arguments, err)); showErr != nil {
		a.log.WithError(showErr).Error("the window does not open")
	}
	return err
}

// openAll opens one after the other, up to the first that cannot be opened.
func (a *Agent) openAll(ctx context.Context, request api.OpenRequest) error {
	const most, longest = 16, 8 << 10
	if len(request.Arguments) > most {
		return tunnel.Errorf(tunnel.CodeInvalid, opOpen, "%d links and files at a time are too many", len(request.Arguments))
	}
	for _, argument := range request.Arguments {
		if len(argument) > longest {
			return tunnel.Errorf(tunnel.CodeInvalid, opOpen, "a link or a file's name has %d bytes", len(argument))
		}
	}
	for _, argument := range request.Arguments {
		what, err := resolve(argument, request.Folder)
		if err != nil {
			return err
		}
		if err := a.opener.Open(ctx, what); err != nil {
			return err
		}
	}
	return nil
}

// resolve makes a file's name, or its URL, an absolute path, and leaves links
// as they are.
func resolve(argument, folder string) (string, error) {
	if links.Is(argument) {
		return argument, nil
	}
	path := pathOf(argument)
	if !filepath.IsAbs(path) {
		if !filepath.IsAbs(folder) {
			return "", tunnel.Errorf(tunnel.CodeInvalid, opOpen, "the folder %q is not absolute", folder)
		}
		path = filepath.Join(folder, path)
	}
	if _, err := os.Stat(path); err != nil {
		return "", tunnel.NewError(tunnel.CodeNotFound, opOpen, err).WithDetail(filepath.Base(path))
	}
	return path, nil
}

// pathOf is the path of a file that is named by it or by its URL.
func pathOf(argument string) string {
	if location, err := url.Parse(argument); err == nil && location.Scheme == "file" && location.Host == "" {
		return location.Path
	}
	return argument
}

// describeUnopened words why not all of the arguments were opened.
func describeUnopened(words *i18n.Catalogue, arguments []string, err error) *tunnel.Failure {
	why := app.Describe(words, "", err)
	if why.Code != tunnel.CodeUnsupported {
		return why
	}
	kind, name := "link", ""
	if coded, ok := errors.AsType[*tunnel.Error](err); ok && slices.ContainsFunc(arguments, func(argument string) bool {
		return !links.Is(argument) && filepath.Base(pathOf(argument)) == coded.Detail
	}) {
		kind, name = "file", coded.Detail
	}
	why.Message = words.Text("notices.unopened."+kind+".message", i18n.Values{"Name": name})
	why.Remedy = words.Text("notices.unopened." + kind + ".remedy")
	return why
}

// openGiven opens what this agent itself was started with.
func (a *Agent) openGiven(ctx context.Context, arguments []string) {
	if len(arguments) == 0 {
		return
	}
	request, err := given(arguments)
	if err == nil {
		err = a.Face().Call(ctx, api.MethodOpen, request, nil)
	}
	if err != nil && ctx.Err() == nil {
		a.log.WithError(err).Error("what torii was started with was not opened")
	}
}

// given is what this start of torii was given.
func given(arguments []string) (api.OpenRequest, error) {
	folder, err := os.Getwd()
	if err != nil {
		return api.OpenRequest{}, fmt.Errorf("find the working folder: %w", err)
	}
	return api.OpenRequest{Arguments: arguments, Folder: folder}, nil
}

// handOver gives them to the agent that runs.
func handOver(ctx context.Context, client *api.Client, arguments []string, language string) error {
	request, err := given(arguments)
	if err != nil {
		return err
	}
	err = client.Call(ctx, api.MethodOpen, request, nil)
	if err == nil {
		return nil
	}
	words, wordsErr := i18n.New(language)
	if wordsErr != nil {
		return errors.Join(err, wordsErr)
	}
	return &Unopened{Why: describeUnopened(words, arguments, err), cause: err}
}
