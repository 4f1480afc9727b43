package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// Operator makes and ends what a server's operator gives out: accounts, tokens and
// the keys of the data endpoints. Its methods are those of platform.Platform, and so
// are their errors.
type Operator interface {
	EnsureAccount(ctx context.Context, name, id string) (platform.Account, error)
	Accounts(ctx context.Context) ([]platform.Account, error)
	CreateToken(ctx context.Context, t platform.TokenInfo) (secret string, info platform.TokenInfo, err error)
	Tokens(ctx context.Context) ([]platform.TokenInfo, error)
	RevokeToken(ctx context.Context, id string) error
	CreateAPIKey(ctx context.Context, name string) (secret string, info platform.APIKeyInfo, err error)
	APIKeys(ctx context.Context) ([]platform.APIKeyInfo, error)
	RevokeAPIKey(ctx context.Context, id string) error
	// Checkpoint writes the store's files, as they are now, into a folder that does
	// not exist yet, named by an absolute path.
	Checkpoint(ctx context.Context, dir string) error
	// Close lets go of the data folder, or of the connection to its server.
	Close() error
}

// patience is how long Operate waits for a folder that somebody holds without
// serving: a server that is starting or stopping, or another Operate.
const patience = 3 * time.Second

// Operate returns the Operator of a data folder. It goes through the server that
// runs on the folder, if there is one, and else opens the folder itself, which is
// then nobody else's until Close. Errors: *InUseError when another process holds the
// folder and does not answer.
func Operate(ctx context.Context, dataDir string) (Operator, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if r := findRunning(dataDir); r != nil {
			if remote := dialOperator(r); remote.ping(ctx) == nil {
				return remote, nil
			}
		}
		local, err := openOperator(dataDir)
		var held *InUseError
		if !errors.As(err, &held) {
			return local, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// localOperator is the platform of a folder that no server runs on.
type localOperator struct {
	*platform.Platform
	store *pebblekv.Store
}

func openOperator(dir string) (Operator, error) {
	st, err := pebblekv.Open(pebblekv.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), SweepEvery: -1})
	if err != nil {
		return nil, err
	}
	p, err := platform.Open(st, st, platform.Options{})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return localOperator{Platform: p, store: st}, nil
}

func (l localOperator) Checkpoint(ctx context.Context, dir string) error {
	return l.store.Checkpoint(ctx, dir)
}

func (l localOperator) Close() error { return l.store.Close() }
