package workers

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Limits of static files. Source: Cloudflare's published limits of Workers (paid plan).
const (
	MaxAssets     = 100_000
	MaxAssetBytes = 25 << 20

	sessionTime = time.Hour // as long as Cloudflare's tokens of an upload hold
	bucketFiles = 50        // which a client is asked to send in one request
	bucketBytes = 40 << 20
)

// session is an upload of static files on its way: what a client announced. Who has its
// key may add the files, and hand the key in with a version.
type session struct {
	ID      string          `json:"id"`
	Secret  string          `json:"secret"`
	Worker  string          `json:"worker"`
	Expires time.Time       `json:"expires_on"`
	Files   map[string]File `json:"files"` // by path
}

func sessionKey(account, id string) string { return "asset-session/" + account + "/" + id }

// BeginAssets announces the static files of a version to come. It returns the key of the
// upload, and the hashes that the account lacks, in portions to be sent together.
func (w *Workers) BeginAssets(ctx context.Context, accountID, worker string, files map[string]File) (key string, missing [][]string, err error) {
	if err := checkName(worker); err != nil {
		return "", nil, err
	}
	if err := checkFiles(files); err != nil {
		return "", nil, err
	}
	a, err := w.account(ctx, accountID)
	if err != nil {
		return "", nil, err
	}
	a.uploading.Lock()
	defer a.uploading.Unlock()
	s := session{Worker: worker, Expires: w.now().UTC().Add(sessionTime), Files: files}
	for _, id := range []*string{&s.ID, &s.Secret} {
		if *id, err = w.newID(); err != nil {
			return "", nil, err
		}
	}
	if _, err := w.sweepSessions(ctx, a); err != nil {
		return "", nil, err
	}
	lacking, err := a.lacking(ctx, files)
	if err != nil {
		return "", nil, err
	}
	if err := w.saveSession(ctx, a, s); err != nil {
		return "", nil, err
	}
	return s.ID + "." + s.Secret, portions(lacking), nil
}

// Uploading says whether key opens an upload of static files in the account.
func (w *Workers) Uploading(ctx context.Context, accountID, key string) error {
	_, err := w.session(ctx, accountID, key)
	return err
}

// AddAsset stores a file that was announced: ErrSessionUnknown, ErrFileUnknown.
func (w *Workers) AddAsset(ctx context.Context, accountID, key, hash, mediaType string, content []byte) error {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return err
	}
	a.uploading.Lock()
	defer a.uploading.Unlock()
	s, err := w.session(ctx, accountID, key)
	if err != nil {
		return err
	}
	announced, changed := false, false
	for path, f := range s.Files {
		if f.Hash != hash {
			continue
		}
		if f.Size != len(content) {
			return fmt.Errorf("%w: %s has %d bytes, %d were announced", ErrFileUnknown, path, len(content), f.Size)
		}
		announced, changed = true, changed || f.Type != mediaType
		f.Type = mediaType
		s.Files[path] = f
	}
	if !announced {
		return fmt.Errorf("%w: nothing with the hash %s was announced", ErrFileUnknown, hash)
	}
	if err := a.keep(ctx, assetKey(hash), content); err != nil || !changed {
		return err
	}
	return w.saveSession(ctx, a, s)
}

// Complete says whether all files of an upload are there.
func (w *Workers) Complete(ctx context.Context, accountID, key string) (bool, error) {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return false, err
	}
	s, err := w.session(ctx, accountID, key)
	if err != nil {
		return false, err
	}
	lacking, err := a.lacking(ctx, s.Files)
	return len(lacking) == 0, err
}

// assetsOf returns the static files that an upload is to have. Those whose content the
// account had already keep the media type that they had.
func (w *Workers) assetsOf(ctx context.Context, a *account, next *worker, u Upload) (*Assets, error) {
	before := &Assets{}
	if v := next.latest(); v != nil && v.Assets != nil {
		before = v.Assets
	}
	switch {
	case u.AssetsKey != "":
	case u.KeepAssets && before.Files != nil:
		config := u.AssetsConfig
		if config == nil {
			config = before.Config
		}
		return &Assets{Files: before.Files, Config: config}, nil
	default:
		return nil, nil
	}
	s, err := w.session(ctx, a.id, u.AssetsKey)
	if err != nil {
		return nil, err
	}
	lacking, err := a.lacking(ctx, s.Files)
	if err != nil {
		return nil, err
	}
	if len(lacking) > 0 {
		return nil, fmt.Errorf("%w: %d of the announced files were not sent", ErrFileUnknown, len(lacking))
	}
	types := map[string]string{}
	for _, f := range before.Files {
		types[f.Hash] = f.Type
	}
	for path, f := range s.Files {
		f.Type = cmp.Or(f.Type, types[f.Hash])
		s.Files[path] = f
	}
	return &Assets{Files: s.Files, Config: u.AssetsConfig}, nil
}

// lacking returns those files of which the account has no content, by hash.
func (a *account) lacking(ctx context.Context, files map[string]File) ([]File, error) {
	byHash := map[string]File{}
	for _, f := range files {
		byHash[f.Hash] = f
	}
	var lacking []File
	for _, hash := range slices.Sorted(maps.Keys(byHash)) {
		has, err := a.has(ctx, assetKey(hash))
		if err != nil {
			return nil, err
		}
		if !has {
			lacking = append(lacking, byHash[hash])
		}
	}
	return lacking, nil
}

// portions are files to be sent in one request each.
func portions(files []File) [][]string {
	all := [][]string{}
	room := 0
	for _, f := range files {
		if last := len(all) - 1; last < 0 || len(all[last]) == bucketFiles || room < f.Size {
			all, room = append(all, nil), bucketBytes
		}
		all[len(all)-1] = append(all[len(all)-1], f.Hash)
		room -= f.Size
	}
	return all
}

func checkFiles(files map[string]File) error {
	if len(files) > MaxAssets {
		return fmt.Errorf("%w: %d files, at most %d are possible", ErrTooLarge, len(files), MaxAssets)
	}
	for path, f := range files {
		switch {
		case !strings.HasPrefix(path, "/"):
			return fmt.Errorf("%w: the path %q does not begin with a slash", ErrFileUnknown, path)
		case !isID(f.Hash):
			return fmt.Errorf("%w: the hash of %s is not 32 hex digits", ErrFileUnknown, path)
		case f.Size < 0 || f.Size > MaxAssetBytes:
			return fmt.Errorf("%w: %s has %d bytes, at most %d are possible", ErrTooLarge, path, f.Size, MaxAssetBytes)
		}
	}
	return nil
}

// session finds an upload of static files by its key: ErrSessionUnknown.
func (w *Workers) session(ctx context.Context, accountID, key string) (found session, err error) {
	id, secret, _ := strings.Cut(key, ".")
	if !isID(id) {
		return session{}, ErrSessionUnknown
	}
	err = scan(ctx, w.records, sessionKey(accountID, id), func(s *session) { found = *s })
	switch {
	case err != nil:
		return session{}, err
	case subtle.ConstantTimeCompare([]byte(found.Secret), []byte(secret)) != 1 || secret == "" || w.now().After(found.Expires):
		return session{}, ErrSessionUnknown
	}
	return found, nil
}

func (w *Workers) saveSession(ctx context.Context, a *account, s session) error {
	text, err := record(s)
	if err != nil {
		return err
	}
	if err := w.records.Apply(ctx, map[string][]byte{sessionKey(a.id, s.ID): text}, nil); err != nil {
		return fmt.Errorf("record an upload of static files: %w", err)
	}
	return nil
}

// sweepSessions removes those of an account that have expired, and returns the others.
func (w *Workers) sweepSessions(ctx context.Context, a *account) (live []session, err error) {
	var remove []string
	err = scan(ctx, w.records, sessionKey(a.id, ""), func(s *session) {
		if w.now().After(s.Expires) {
			remove = append(remove, sessionKey(a.id, s.ID))
			return
		}
		live = append(live, *s)
	})
	if err == nil && len(remove) > 0 {
		err = w.records.Apply(ctx, nil, remove)
	}
	return live, err
}
