package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Changed lists the files of the repository around dir that are not as they were at a revision, committed or not, and
// those that git neither tracks nor ignores: absolute paths without links in them. Ones that are gone are listed too. Of a
// submodule it lists what changed since the commit that the revision has of it, and all files of one that was not there, as
// of a clone that lies in the folder untracked.
//
// Nothing that the repository names is executed: no hook, file system monitor, diff driver or filter. What a filter would
// make equal counts as changed, and so does a file that was only touched, until git looks at it again.
//
// *Error: there is no git, no repository, or no such revision.
func Changed(ctx context.Context, dir, revision string) ([]string, error) {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	root = strings.TrimSuffix(root, "\n")
	commit, err := git(ctx, root, "rev-parse", "--verify", "--end-of-options", revision+"^{commit}")
	if err != nil {
		var refused *Error
		if errors.As(err, &refused) {
			refused.Reason, refused.Kind = fmt.Sprintf("git knows no revision %q", revision), UnknownRevision
			refused.Advice = "name a commit, branch or tag that is here; a shallow clone has to fetch it first (fetch-depth: 0 in a GitHub workflow)"
			if any, err := git(ctx, root, "rev-list", "--all", "--max-count=1"); err == nil && any == "" {
				refused.Advice = "there is no commit yet: check without --since"
			}
		}
		return nil, err
	}
	return changedIn(ctx, root, strings.TrimSpace(commit))
}

// changedIn is Changed for the repository at root, with those inside it.
func changedIn(ctx context.Context, root, commit string) ([]string, error) {
	filters, err := filtersOff(ctx, root)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, args := range [][]string{
		{"diff-index", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all", commit, "--"},
		{"ls-files", "-z", "--others", "--exclude-standard"},
	} {
		out, err := gitWith(ctx, filters, root, args...)
		if err != nil {
			return nil, err
		}
		for name := range strings.SplitSeq(out, "\x00") {
			path := filepath.Join(root, filepath.FromSlash(name))
			switch {
			case name == "":
			case strings.HasSuffix(name, "/"): // a clone, in which git does not look
				inside, err := filesIn(ctx, path)
				if err != nil {
					return nil, err
				}
				all = append(all, inside...)
			default:
				all = append(all, path)
			}
		}
	}
	inside, err := changedInSubmodules(ctx, root, commit)
	return append(all, inside...), err
}

// changedInSubmodules lists what changed in the submodules that are checked out below root.
func changedInSubmodules(ctx context.Context, root, commit string) (all []string, err error) {
	out, err := git(ctx, root, "ls-files", "--stage", "-z")
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(out, "\x00") {
		mode, name, _ := strings.Cut(entry, "\t")
		path := filepath.Join(root, filepath.FromSlash(name))
		if !strings.HasPrefix(mode, submodule) || Root(path) != path {
			continue // a file, or not checked out
		}
		was, err := git(ctx, root, "ls-tree", "-z", commit, "--", ":(literal)"+name)
		if err != nil {
			return nil, err
		}
		var inside []string
		if then, known := commitIn(ctx, path, was); known {
			inside, err = changedIn(ctx, path, then)
		} else {
			inside, err = filesIn(ctx, path)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, inside...)
	}
	return all, nil
}

// submodule is how git writes the mode of one.
const submodule = "160000 "

// commitIn is the commit that an entry of a tree gives for a submodule, if it is one and has it.
func commitIn(ctx context.Context, dir, entry string) (string, bool) {
	words := strings.Fields(entry) // mode, type, object, name
	if !strings.HasPrefix(entry, submodule) || len(words) < 3 {
		return "", false
	}
	_, err := git(ctx, dir, "cat-file", "-e", words[2]+"^{commit}")
	return words[2], err == nil
}

// filesIn lists the files of the repository at dir, but for what it ignores.
func filesIn(ctx context.Context, dir string) (all []string, err error) {
	out, err := git(ctx, dir, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		all = append(all, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return all, nil
}

// Kind is what an [Error] is about.
type Kind int

const (
	Failed          Kind = iota // git did not do it, and Reason says why
	NoGit                       // there is no git command
	NoRepository                // the folder is in none
	UnknownRevision             // of that name there is none
)

// Error is what git answered instead.
type Error struct {
	Kind   Kind
	Reason string
	Advice string
}

func (e *Error) Error() string { return e.Reason }

// Hint says what to do; "" if only git knows.
func (e *Error) Hint() string { return e.Advice }

// filtersOff is an environment in which git finds an empty command for each filter that is set up, and so runs none. It
// would do so to compare a file whose time does not tell whether it has changed.
func filtersOff(ctx context.Context, root string) ([]string, error) {
	out, err := git(ctx, root, "config", "-z", "--name-only", "--get-regexp", `^filter\.`)
	var none *exec.ExitError
	if err != nil && !errors.As(err, &none) { // which is how git says that there are none
		return nil, err
	}
	var env []string
	count, _ := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT")) // what is set there already stays
	for key := range strings.SplitSeq(out, "\x00") {
		value := ""
		switch {
		case key == "":
			continue
		case strings.HasSuffix(key, ".required"):
			value = "false"
		}
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", count, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", count, value))
		count++
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", count)), nil
}

// git runs a plumbing command in dir and returns what it prints.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	return gitWith(ctx, nil, dir, args...)
}

func gitWith(ctx context.Context, env []string, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{
		"-C", dir, "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.hooksPath=" + os.DevNull,
	}, args...)...)
	// No lock on the index, no question asked, nothing fetched into a partial clone, and messages that we can read.
	cmd.Env = append(environment(dir), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
	cmd.Env = append(cmd.Env, env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	switch said := strings.TrimSpace(errs.String()); {
	case err == nil:
		return string(out), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", &Error{Kind: NoGit, Reason: "there is no git command here", Advice: "install git, or check without --since"}
	case strings.Contains(said, "not a git repository"):
		return "", &Error{Kind: NoRepository, Reason: dir + " is in no git repository", Advice: "check without --since, or go to a clone"}
	case strings.Contains(said, "must be run in a work tree"): // a bare repository, or a .git
		return "", &Error{Kind: NoRepository, Reason: dir + " is in no work tree of a git repository", Advice: "check without --since, or go to a clone"}
	case strings.Contains(said, "dubious ownership"): // as in a container that runs as another user
		return "", &Error{Reason: "git does not trust " + dir + ", which another user owns", Advice: "git config --global --add safe.directory " + Root(dir)}
	case said != "":
		line, _, _ := strings.Cut(said, "\n")
		return "", &Error{Reason: "git: " + strings.TrimPrefix(line, "fatal: ")}
	}
	return "", fmt.Errorf("run git %s: %w", args[0], err)
}

// environment is ours without the variables by which git tells its hooks of which repository and index they are: that need not
// be the repository of dir, but a work tree of it, or one around or below it. They stay where only they know of one.
// See git-rev-parse(1), --local-env-vars.
func environment(dir string) []string {
	all := os.Environ()
	if Root(dir) == "" {
		return all
	}
	return slices.DeleteFunc(all, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(ofOneRepository, name)
	})
}

var ofOneRepository = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
	"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE",
	"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", // of one command
}
