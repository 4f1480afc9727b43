package cloudflare_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func TestResourcesOfAServer(t *testing.T) {
	w := serve(t, server.Options{})
	ctx := t.Context()
	for _, name := range []string{"models", "backups"} {
		if err := w.client.CreateBucket(ctx, w.account, name); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := w.client.Buckets(ctx, w.account); err != nil || !slices.Equal(got, []string{"backups", "models"}) {
		t.Errorf("Buckets: got %v, %v", got, err)
	}
	database, err := w.client.CreateDatabase(ctx, w.account, "main")
	if err != nil || len(database.ID) != 36 {
		t.Fatalf("CreateDatabase: got %+v, %v", database, err)
	}
	if got, err := w.client.Databases(ctx, w.account); err != nil || !slices.Equal(got, []cloudflare.Database{database}) {
		t.Errorf("Databases: got %v, %v; want %v", got, err, database)
	}
	var queues []cloudflare.Queue
	for i := range 101 { // two pages
		q, err := w.client.CreateQueue(ctx, w.account, fmt.Sprintf("jobs-%03d", i))
		if err != nil {
			t.Fatal(err)
		}
		queues = append(queues, q)
	}
	if got, err := w.client.Queues(ctx, w.account); err != nil || cmp.Diff(queues, got) != "" {
		t.Errorf("Queues: %v (-want +got):\n%s", err, cmp.Diff(queues, got))
	}
	other, err := w.server.Platform().EnsureAccount(ctx, "other", "")
	if err != nil {
		t.Fatal(err)
	}
	stranger := w.as(t, platform.TokenInfo{Name: "stranger", Accounts: []string{other.ID}, Permission: platform.Read})
	for name, ask := range map[string]func(context.Context, string) error{
		"Buckets":   func(ctx context.Context, a string) error { _, err := stranger.Buckets(ctx, a); return err },
		"Databases": func(ctx context.Context, a string) error { _, err := stranger.Databases(ctx, a); return err },
		"Queues":    func(ctx context.Context, a string) error { _, err := stranger.Queues(ctx, a); return err },
		"Workers":   func(ctx context.Context, a string) error { _, err := stranger.Workers(ctx, a); return err },
	} {
		if err := ask(ctx, w.account); !errors.Is(err, kv.ErrPermission) {
			t.Errorf("%s with a token of another account: got %v, want %v", name, err, kv.ErrPermission)
		}
	}
}

func TestWorkersOfAServer(t *testing.T) {
	w := serve(t, server.Options{})
	ctx := t.Context()
	if _, err := w.client.WorkerBindings(ctx, w.account, "api"); !errors.Is(err, cloudflare.ErrWorkerNotFound) {
		t.Errorf("a Worker that is not there: got %v, want %v", err, cloudflare.ErrWorkerNotFound)
	}
	ns, err := w.client.CreateNamespace(ctx, w.account, "cache")
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := w.server.Platform().CreateToken(ctx, platform.TokenInfo{Name: "deploy", Accounts: []string{w.account}, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	upload(t, w.server.BaseURL()+"/accounts/"+w.account+"/workers/scripts/api", secret,
		`{"main_module":"index.js","compatibility_date":"2026-01-01","bindings":[`+
			`{"name":"CACHE","type":"kv_namespace","namespace_id":"`+ns.ID+`"},{"name":"MODE","type":"plain_text","text":"fast"},{"name":"KEY","type":"secret_text","text":"hidden"}]}`)
	if got, err := w.client.Workers(ctx, w.account); err != nil || !slices.Equal(got, []string{"api"}) {
		t.Errorf("Workers: got %v, %v", got, err)
	}
	want := []cloudflare.WorkerBinding{
		{Name: "CACHE", Type: "kv_namespace", Namespace: ns.ID}, {Name: "KEY", Type: "secret_text"}, {Name: "MODE", Type: "plain_text", Text: "fast"},
	}
	got, err := w.client.WorkerBindings(ctx, w.account, "api")
	byName := cmpopts.SortSlices(func(a, b cloudflare.WorkerBinding) bool { return a.Name < b.Name })
	if diff := cmp.Diff(want, got, byName); err != nil || diff != "" {
		t.Errorf("WorkerBindings: %v (-want +got):\n%s", err, diff)
	}
	deployments, err := w.client.Deployments(ctx, w.account, "api")
	if err != nil || len(deployments) != 1 || len(deployments[0].Versions) != 1 || deployments[0].Versions[0].Percentage != 100 || deployments[0].Created.IsZero() {
		t.Errorf("Deployments: got %+v, %v", deployments, err)
	}
	if _, _, err := w.client.Subdomain(ctx, w.account, "api"); err != nil {
		t.Errorf("Subdomain: %v", err)
	}
	if info, err := w.client.Token(ctx, w.account); err != nil || info.Status != "active" || info.Owner != "user" {
		t.Errorf("Token: got %+v, %v", info, err)
	}
}

// upload sends a Worker as wrangler does.
func upload(t *testing.T, url, token, metadata string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part := func(header textproto.MIMEHeader, text string) {
		p, err := form.CreatePart(header)
		if err == nil {
			_, err = p.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	part(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="metadata"`}}, metadata)
	part(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="index.js"; filename="index.js"`}, "Content-Type": {"application/javascript+module"},
	}, "export default { fetch() {} }")
	_ = form.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("upload: %s", answer.Status)
	}
}
