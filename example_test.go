package bindery_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/bindery-dev/bindery"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// In a test, namespaces in memory stand in for those of the account.
func Example() {
	ctx := context.Background()
	env, err := bindery.Open(ctx, "examples/api-gateway", bindery.Options{Environment: "production", Memory: true})
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	defer env.Close()

	storage, err := env.KV("API_GATEWAY_STORAGE")
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	session := bindery.Item{
		Value:      []byte("signed in"),
		Metadata:   []byte(`{"user":"ada"}`),
		Expiration: time.Now().Add(time.Hour),
	}
	if err := storage.Put(ctx, "session/1", session); err != nil {
		log.Fatal(err)
	}
	item, err := storage.Get(ctx, "session/1")
	fmt.Printf("%s %s %v\n", item.Value, item.Metadata, err)

	_, err = storage.Get(ctx, "session/2")
	fmt.Println(errors.Is(err, bindery.ErrKeyNotFound))
	// Output:
	// signed in {"user":"ada"} <nil>
	// true
}

// On a server of `bindery serve`; without the URL it would be Cloudflare's account, with the very same code.
func ExampleOpen() {
	ctx := context.Background()
	url, token, stop := serveExample(ctx)
	defer stop()

	env, err := bindery.Open(ctx, "examples/api-gateway/wrangler.toml", bindery.Options{
		Environment: "production",
		URL:         url,   // as in http://127.0.0.1:8787/client/v4
		Token:       token, // os.Getenv("CLOUDFLARE_API_TOKEN")
	})
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	defer env.Close()
	fmt.Println(env)

	storage, err := env.KV("API_GATEWAY_STORAGE")
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	if err := storage.Put(ctx, "greeting", bindery.Item{Value: []byte("hello")}); err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	item, err := storage.Get(ctx, "greeting")
	fmt.Printf("%s %v\n", item.Value, err)
	// Output:
	// env "production" of examples/api-gateway/wrangler.toml, in account 3541a8b5f1d18989d24ea2b978f1a1fc
	// hello <nil>
}

// The first lines of a service's log say where each binding leads.
func ExampleEnvironment_Describe() {
	ctx := context.Background()
	url, token, stop := serveExample(ctx)
	defer stop()

	env, err := bindery.Open(ctx, "examples/api-gateway", bindery.Options{Environment: "production", URL: url, Token: token})
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	defer env.Close()
	for _, binding := range env.Describe(ctx) {
		fmt.Println(binding)
		if binding.Critical && binding.Err != nil {
			log.Fatal("a critical binding leads nowhere")
		}
	}
	// Output:
	// API_GATEWAY_STORAGE KVNamespace e40586387b6a6c2f972c364430e213b6 "api-gateway-production"
	// RATE_LIMITER DurableObjectNamespace RateLimiter (declared)
	// CIRCUIT_BREAKER DurableObjectNamespace CircuitBreaker (declared)
	// USAGE_METER DurableObjectNamespace UsageMeter (declared)
	// SESSION_STORE DurableObjectNamespace SessionStore (declared)
	// REQUEST_QUEUE DurableObjectNamespace RequestQueue (declared)
}

// A monitor asks the service itself whether its bindings hold.
func ExampleEnvironment_DataHandler() {
	env, err := bindery.Open(context.Background(), "examples/api-gateway", bindery.Options{Environment: "production", Memory: true})
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	defer env.Close()

	mux := http.NewServeMux()
	mux.Handle("/api/v1/data/", env.DataHandler(bindery.DataOptions{APIKeys: []string{"a-long-random-key"}}))
	service := httptest.NewServer(mux)
	defer service.Close()

	ask, err := http.NewRequest(http.MethodGet, service.URL+"/api/v1/data/kv-self-test", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"", "a-long-random-key"} {
		ask.Header.Set("X-API-KEY", key)
		answer, err := http.DefaultClient.Do(ask)
		if err != nil {
			log.Fatal(err)
		}
		answer.Body.Close()
		fmt.Println(answer.Status)
	}
	// Output:
	// 401 Unauthorized
	// 200 OK
}

func ExampleNamespace_Keys() {
	ctx := context.Background()
	env, err := bindery.Open(ctx, "examples/api-gateway", bindery.Options{Environment: "test", Memory: true})
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	defer env.Close()
	storage, err := env.KV("API_GATEWAY_STORAGE")
	if err != nil {
		log.Fatal(err, "\n", bindery.Hint(err))
	}
	err = storage.PutMany(ctx, []bindery.Pair{
		{Key: "user/ada", Item: bindery.Item{Value: []byte("1")}},
		{Key: "user/grace", Item: bindery.Item{Value: []byte("2")}},
		{Key: "other", Item: bindery.Item{Value: []byte("3")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for key, err := range storage.Keys(ctx, "user/") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(strings.TrimPrefix(key.Name, "user/"))
	}
	// Output:
	// ada
	// grace
}

// serveExample starts a server of ours in this process, with the namespace of examples/api-gateway.
func serveExample(ctx context.Context) (url, token string, stop func()) {
	const account, namespace = "3541a8b5f1d18989d24ea2b978f1a1fc", "e40586387b6a6c2f972c364430e213b6"
	s, err := server.Open(server.Options{})
	if err == nil {
		err = s.Listen()
	}
	if err != nil {
		log.Fatal(err)
	}
	p := s.Platform()
	if _, err := p.EnsureAccount(ctx, "production", account); err != nil {
		log.Fatal(err)
	}
	if _, err := p.CreateNamespace(ctx, account, namespace, "api-gateway-production"); err != nil {
		log.Fatal(err)
	}
	token, _, err = p.CreateToken(ctx, platform.TokenInfo{Name: "example", Accounts: []string{account}, Permission: platform.Edit})
	if err != nil {
		log.Fatal(err)
	}
	return s.URL() + "/client/v4", token, func() { s.Close() }
}
