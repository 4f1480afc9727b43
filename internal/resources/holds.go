package resources

import (
	"context"
	"errors"
)

// HasBucket says whether the account has an R2 bucket of this name.
func (r *Resources) HasBucket(ctx context.Context, account, name string) (bool, error) {
	found, err := r.has(ctx, account, Bucket, name)
	return err == nil && name != "" && found.Name == name, err
}

// HasDatabase says whether the account has a D1 database of this id.
func (r *Resources) HasDatabase(ctx context.Context, account, id string) (bool, error) {
	found, err := r.has(ctx, account, Database, id)
	return err == nil && id != "" && found.ID == id, err
}

// HasQueue says whether the account has a queue of this name.
func (r *Resources) HasQueue(ctx context.Context, account, name string) (bool, error) {
	found, err := r.has(ctx, account, Queue, name)
	return err == nil && name != "" && found.Name == name, err
}

func (r *Resources) has(ctx context.Context, account string, kind Kind, nameOrID string) (Resource, error) {
	found, err := r.Get(ctx, account, kind, nameOrID)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return found, err
}
