package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
)

// remoteOperator reaches the platform of a folder through the server that runs on it.
type remoteOperator struct {
	at   *running
	http *http.Client
}

// dialOperator does not connect. It goes past any proxy: the server is on this
// machine. There it shows a certificate for the name that others know it by, so that
// is not compared with the address; whoever else may take its port gets a secret that
// died with the server.
func dialOperator(at *running) *remoteOperator {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return &remoteOperator{at: at, http: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// ping says whether the server of the file is the one that answers. After a kill its
// port may be somebody else's.
func (r *remoteOperator) ping(ctx context.Context) error {
	var who presence
	err := r.order(ctx, http.MethodGet, "ping", nil, &who)
	if err == nil && who.PID != r.at.PID {
		err = errors.New("another process answers at the server's address")
	}
	return err
}

func (r *remoteOperator) EnsureAccount(ctx context.Context, name, id string) (a platform.Account, err error) {
	err = r.order(ctx, http.MethodPost, "accounts", accountOrder{Name: name, ID: id}, &a)
	return a, err
}

func (r *remoteOperator) Accounts(ctx context.Context) (all []platform.Account, err error) {
	err = r.order(ctx, http.MethodGet, "accounts", nil, &all)
	return all, err
}

func (r *remoteOperator) CreateToken(ctx context.Context, t platform.TokenInfo) (string, platform.TokenInfo, error) {
	var made secretMade[platform.TokenInfo]
	err := r.order(ctx, http.MethodPost, "tokens", t, &made)
	return made.Secret, made.Info, err
}

func (r *remoteOperator) Tokens(ctx context.Context) (all []platform.TokenInfo, err error) {
	err = r.order(ctx, http.MethodGet, "tokens", nil, &all)
	return all, err
}

func (r *remoteOperator) RevokeToken(ctx context.Context, id string) error {
	return r.order(ctx, http.MethodDelete, "tokens/"+url.PathEscape(id), nil, &none{})
}

func (r *remoteOperator) CreateAPIKey(ctx context.Context, name string) (string, platform.APIKeyInfo, error) {
	var made secretMade[platform.APIKeyInfo]
	err := r.order(ctx, http.MethodPost, "api-keys", apiKeyOrder{Name: name}, &made)
	return made.Secret, made.Info, err
}

func (r *remoteOperator) APIKeys(ctx context.Context) (all []platform.APIKeyInfo, err error) {
	err = r.order(ctx, http.MethodGet, "api-keys", nil, &all)
	return all, err
}

func (r *remoteOperator) RevokeAPIKey(ctx context.Context, id string) error {
	return r.order(ctx, http.MethodDelete, "api-keys/"+url.PathEscape(id), nil, &none{})
}

// Checkpoint takes as long as it takes: files may have to be copied to another disk.
func (r *remoteOperator) Checkpoint(ctx context.Context, dir string) error {
	patient := remoteOperator{at: r.at, http: &http.Client{Transport: r.http.Transport}}
	return patient.order(ctx, http.MethodPost, "checkpoint", checkpointOrder{Dir: dir}, &none{})
}

func (r *remoteOperator) Close() error {
	r.http.CloseIdleConnections()
	return nil
}

// order sends in, if it is not nil, and reads the answer into out.
func (r *remoteOperator) order(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, r.at.URL+operatorPrefix+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.at.Secret)
	res, err := r.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return json.NewDecoder(res.Body).Decode(out)
	}
	refused := problem{}
	if err := json.NewDecoder(res.Body).Decode(&refused); err != nil || refused.Error == "" {
		return fmt.Errorf("ask the running server: it answered %s", res.Status)
	}
	return &operatorError{refused}
}

// operatorError is an error of the platform that came over the wire.
type operatorError struct{ problem }

func (e *operatorError) Error() string        { return e.problem.Error }
func (e *operatorError) Hint() string         { return e.problem.Hint }
func (e *operatorError) Is(target error) bool { return target != nil && kinds[e.Kind] == target }
