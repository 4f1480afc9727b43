package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/git"
	"github.com/bindery-dev/bindery/internal/heap"
)

// judge finds the configurations at the paths and judges them, and says on a terminal how far it is.
func (o *checkOptions) judge(ctx context.Context) (*check.Result, error) {
	var load check.LoadOptions
	configurations := func(int) {}
	if o.getenv("GOGC") == "" {
		var keeper heap.Keeper
		defer keeper.Start()()
		load.Large, load.Code, configurations = keeper.Large, keeper.Code, keeper.Configurations
	}
	progress := startProgress(o.err)
	defer progress.stop()
	progress.say("looking for configurations")
	options, err := o.options(ctx)
	if err != nil {
		return nil, err
	}
	options.Progress = func(judged, all int) {
		configurations(all)
		progress.say("checking: %d of %d files", judged, all)
	}
	result, err := check.Check(ctx, o.paths, load, options)
	if err == nil && len(result.Files) == 0 && len(result.Unread) > 0 {
		err = &check.UnreadError{Paths: result.Unread}
	}
	return result, err
}

// options are what the flags ask to be shown.
func (o *checkOptions) options(ctx context.Context) (check.Options, error) {
	options := check.Options{Rules: rules.All(), Env: o.env}
	if o.since == "" {
		return options, nil
	}
	var err error
	options.Changed, err = changedSince(ctx, o.since, o.paths)
	return options, err
}

// changedSince lists the files that changed since a revision in the repositories of all paths.
func changedSince(ctx context.Context, revision string, paths []string) (map[string]bool, error) {
	changed, asked := map[string]bool{}, map[string]bool{}
	for _, path := range paths {
		dir, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		switch info, err := os.Stat(dir); {
		case err != nil:
			continue // whoever looks for configurations there says so
		case !info.IsDir():
			dir = filepath.Dir(dir)
		}
		root := git.Root(dir)
		if root != "" && asked[root] {
			continue
		}
		asked[root] = true
		files, err := git.Changed(ctx, dir, revision)
		if err != nil {
			return nil, asUsage(err)
		}
		for _, file := range files {
			changed[file] = true
		}
	}
	return changed, nil
}

// asUsage makes a usage error of what git refuses because of the command line.
func asUsage(err error) error {
	var refused *git.Error
	if errors.As(err, &refused) && (refused.Kind == git.UnknownRevision || refused.Kind == git.NoRepository) {
		return usagef("%s", refused.Reason).hint("%s", refused.Advice)
	}
	return err
}
