// Command gateway-go is the API gateway of examples/api-gateway as a Go service: path rules and cache policies live in the
// same KV namespace, which it opens by the name of its binding.
//
//	go run ./examples/gateway-go -env test
//
// README.md has a quick start.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/bindery-dev/bindery"
)

// options of the service. What is secret comes from the environment, never from the command line.
type options struct {
	config  string
	listen  string
	binding string
	reload  time.Duration
	put     map[string]string
	bindery bindery.Options
	apiKeys []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{put: map[string]string{}, apiKeys: []string{os.Getenv("X_API_KEY")}}
	flag.StringVar(&o.config, "config", "examples/api-gateway", "the wrangler configuration, or its folder")
	flag.StringVar(&o.bindery.Environment, "env", "", "the environment")
	flag.StringVar(&o.binding, "binding", "API_GATEWAY_STORAGE", "the KV binding that has rules and policies")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the address")
	flag.DurationVar(&o.reload, "reload", 800*time.Millisecond, "how often rules are read")
	flag.BoolVar(&o.bindery.Memory, "memory", false, "keep namespaces in memory, for a try")
	flag.Func("put", "`KEY=VALUE` to write first, for a try; may be repeated", func(pair string) error {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return errors.New("it has no =")
		}
		o.put[key] = value
		return nil
	})
	flag.Parse()
	if !o.bindery.Memory {
		o.bindery.Token, o.bindery.URL = os.Getenv("CLOUDFLARE_API_TOKEN"), os.Getenv("CLOUDFLARE_API_BASE_URL")
	}
	if err := run(ctx, o, slog.New(slog.NewTextHandler(os.Stderr, nil)), nil); err != nil {
		fmt.Fprintln(os.Stderr, "gateway-go:", err)
		if hint := bindery.Hint(err); hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", hint)
		}
		os.Exit(1)
	}
}

// run serves until ctx ends, then finishes the requests that have begun. started is told the address; nil if nobody asks.
func run(ctx context.Context, o options, log *slog.Logger, started func(net.Addr)) error {
	env, err := bindery.Open(ctx, o.config, o.bindery)
	if err != nil {
		return err
	}
	defer env.Close()
	log.Info("environment opened", "environment", env.String())
	for _, binding := range env.Describe(ctx) {
		log.Info("binding", "is", binding.String())
		if binding.Name == o.binding && binding.Err != nil {
			return fmt.Errorf("binding %s leads nowhere: %w", binding.Name, binding.Err)
		}
	}
	storage, err := env.KV(o.binding)
	if err != nil {
		return err
	}
	for key, value := range o.put {
		if err := storage.Put(ctx, key, bindery.Item{Value: []byte(value)}); err != nil {
			return err
		}
	}
	rules := &reloader{storage: storage, log: log}
	if err := rules.load(ctx); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/data/", env.DataHandler(bindery.DataOptions{APIKeys: o.apiKeys, Log: log}))
	mux.Handle("/", newGateway(rules.table, log))
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	log.Info("gateway listens", "url", "http://"+listener.Addr().String())
	if started != nil {
		started(listener.Addr())
	}
	reloading, stopped := context.WithCancel(ctx)
	defer stopped()
	go rules.keep(reloading, o.reload)
	return serve(ctx, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, listener)
}

// serve is over when those who are being answered have been, or after 10 seconds.
func serve(ctx context.Context, s *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.Shutdown(drain)
}
