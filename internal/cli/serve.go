package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/server"
)

// defaultListen is where serve listens: the port that its documentation shows, on loopback.
const defaultListen = "127.0.0.1:8787"

type serveOptions struct {
	*app
	data          string
	listen        string
	accounts      []namedAccount
	config        string
	env           string
	createMissing bool
	allowRemote   bool
	host          hostOptions
	throttle      throttleFlag
	throttleKeys  bool
	openAPI       bool
	workerd       string
	noEgress      bool
	workerPorts   workerPorts
	ai            string
}

func newServeCommand(a *app) *cobra.Command {
	o := &serveOptions{app: a}
	var accounts []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "run a server that speaks Cloudflare's API for accounts, tokens and KV",
		Long: `Runs a server that wrangler and bindery take for Cloudflare: accounts, tokens and
KV namespaces, kept in a data folder. It listens on this machine only. Standard
output gets the URL on its first line; at the first start a token follows, as
lines for a shell. Logs go to standard error.

With --config it also serves GET ` + probe.SelfTestPath + ` and
GET ` + probe.BindingsPath + ` for one environment of that configuration, and
logs at the start whether each binding leads somewhere in this server.`,
		Example: `  bindery serve --account test --account production
  bindery serve --data /tmp/demo --listen 127.0.0.1:0 --config examples/api-gateway --env production --create-missing`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.openAPI {
				_, err := o.out.Write(server.OpenAPI())
				return err
			}
			if o.config == "" && (cmd.Flags().Changed("env") || o.createMissing) {
				return usagef("--env and --create-missing say nothing without --config").hint("name the configuration: --config wrangler.toml")
			}
			for _, value := range accounts {
				named := parseAccount(value)
				if named.Name == "" || (named.ID != "" && !platform.ValidID(named.ID)) {
					return usagef("--account %s is no account", value).hint("--account NAME, or --account NAME=ID with an id of 32 lower-case hex digits")
				}
				for _, other := range o.accounts { // refused here, it leaves no data folder behind
					if named.Name == other.Name || named.ID != "" && named.ID == other.ID {
						return usagef("--account %s has the name or the id of another --account", value).hint("give each account a name and an id of its own")
					}
				}
				o.accounts = append(o.accounts, named)
			}
			if err := o.host.validate(); err != nil {
				return err
			}
			o.env = a.environmentName(cmd, o.env)
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	addData(cmd, &o.data)
	f.StringVar(&o.listen, "listen", defaultListen, "where to listen, as `host:port`; port 0 picks a free one")
	f.StringArrayVar(&accounts, "account", nil, "an account to have, as `NAME[=ID]`; may be repeated")
	f.StringVar(&o.config, "config", "", "serve the data endpoints for this wrangler `file` (or the one in this folder)")
	f.StringVarP(&o.env, "env", "e", "", "its `environment` (or $CLOUDFLARE_ENV; default the top level)")
	f.BoolVar(&o.createMissing, "create-missing", false, "make the environment's account and the namespaces that its ids name, if they are not here")
	f.Var(&o.throttle, "throttle", "answer 429 to a token that sends more requests than `N/TIME`; alone it means "+cloudflareThrottle)
	f.Lookup("throttle").NoOptDefVal = cloudflareThrottle
	f.BoolVar(&o.throttleKeys, "throttle-keys", false, "refuse more than one put a second of the same key: 429, or named in the answer of a bulk put")
	f.BoolVar(&o.openAPI, "openapi", false, "print the OpenAPI document of what is served (also at /openapi.json), and end")
	f.StringVar(&o.workerd, "workerd", "", "run deployed Workers on this `file` (or the workerd in node_modules here or above, or on PATH)")
	f.StringVar(&o.ai, "ai", "", "answer AI bindings by this OpenAI-compatible endpoint, as `http://127.0.0.1:11434/v1` (its key in $BINDERY_AI_KEY)")
	f.Var(&o.workerPorts, "worker-port", "answer Workers, and nothing else, on this port too; or one Worker, whatever host is asked for: `[WORKER.ACCOUNT=]PORT`; may be repeated")
	f.BoolVar(&o.noEgress, "no-egress", false, "let Workers make no outbound requests")
	f.BoolVar(&o.allowRemote, "allow-remote", false, "allow an address that others can reach, without encryption")
	o.host.addFlags(cmd)
	return cmd
}

// namedAccount is an account on the command line: NAME or NAME=ID.
type namedAccount struct{ Name, ID string }

func parseAccount(value string) namedAccount {
	name, id, _ := strings.Cut(value, "=")
	return namedAccount{Name: strings.TrimSpace(name), ID: strings.TrimSpace(id)}
}

func (o *serveOptions) run(ctx context.Context) error {
	var env *environment
	if o.config != "" {
		var err error
		if env, err = loadEnvironment(o.config, o.env); err != nil {
			return err
		}
	}
	log := o.host.logger(o.err)
	options := server.Options{
		Data: o.dataFolder(o.data), Listen: o.listen, TLS: o.host.tls, AllowRemote: o.allowRemote,
		Limits: o.host.limits(), Log: log, Now: o.now, Version: o.version, Throttle: o.limits(),
	}
	var err error
	if options.Workerd, err = o.findWorkerd(ctx, log); err != nil {
		return err
	}
	if options.AI, err = parseEndpoint(o.ai); err != nil {
		return err
	}
	options.NoEgress, options.WorkerPorts = o.noEgress, o.workerPorts
	options.AIKey = o.getenv("BINDERY_AI_KEY")
	// An address that is taken or not allowed is refused before there is a data folder. The default one is
	// for trying out: whoever serves others has to name another.
	named := options
	if o.data == "" && o.getenv("BINDERY_DATA") == "" {
		named.Data = ""
	}
	if err := server.TryListen(named); err != nil {
		return err
	}
	collectLater(o.getenv)
	s, err := o.open(options, log)
	if err != nil {
		return err
	}
	if err := o.start(ctx, s, env, log); err != nil {
		return errors.Join(err, s.Close())
	}
	return s.Wait(ctx)
}

// collectLater makes the garbage collector wait until there is four times as much garbage as there is of use, unless
// that is memory in earnest, or the environment says otherwise. Of a server at rest there are few megabytes, and a fifth
// of the processor time of a get went into collecting them again and again.
func collectLater(getenv func(string) string) {
	const percent, enough = 400, 256 << 20
	if getenv("GOGC") == "" && getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(enough)
	}
}

// findWorkerd returns nil when none was named and none is there: all but running Workers works without.
func (o *serveOptions) findWorkerd(ctx context.Context, log *slog.Logger) (*server.Workerd, error) {
	found, err := server.FindWorkerd(ctx, o.workerd, ".")
	if err != nil && (o.workerd != "" || len(o.workerPorts) > 0) {
		return nil, err
	}
	if err != nil {
		log.Info("deployed Workers do not run", "because", err)
		return nil, nil
	}
	if old := found.TooOld(); old != "" {
		log.Warn("deployed Workers may not run", "because", old)
	}
	log.Info("deployed Workers run", "workerd", found.Path, "version", found.Date.Format(time.DateOnly))
	return found, nil
}

// open says so when it takes long, as after a crash with much in the log.
func (o *serveOptions) open(options server.Options, log *slog.Logger) (*server.Server, error) {
	p := startProgress(o.err)
	defer p.stop()
	p.say("opening %s", options.Data)
	if !o.err.tty {
		defer time.AfterFunc(progressAfter, func() { log.Info("the data folder is being opened", "data", options.Data) }).Stop()
	}
	return server.Open(options)
}

// start listens first, so that a port in use leaves neither an account nor a token
// that nobody has seen; then it makes what is missing. Standard output gets all of
// its lines at once, when everything is ready.
func (o *serveOptions) start(ctx context.Context, s *server.Server, env *environment, log *slog.Logger) error {
	if err := keepFromGit(o.dataFolder(o.data)); err != nil {
		return err
	}
	p := s.Platform()
	var served *servedEnvironment
	if env != nil {
		served = &servedEnvironment{environment: env, platform: p}
		s.Handle("/api/v1/data/", probe.New(probe.Options{
			Environment: env.Name, Worker: env.WorkerName(), Bindings: served.bindings,
			CheckKey: p.CheckAPIKey, Log: log, Now: o.now,
		}))
	}
	if err := s.Listen(); err != nil {
		return err
	}
	for _, a := range o.accounts {
		if _, err := p.EnsureAccount(ctx, a.Name, a.ID); err != nil {
			return err
		}
	}
	if served != nil && o.createMissing {
		if err := served.createMissing(ctx, log); err != nil {
			return err
		}
	}
	account, err := o.mainAccount(ctx, p, served)
	if err != nil {
		return err
	}
	token, err := o.firstToken(ctx, s, account)
	if err != nil {
		return err
	}
	var key firstSecret
	if served != nil {
		if key, err = o.firstAPIKey(ctx, s); err != nil {
			return errors.Join(err, token.unseen(ctx))
		}
		served.log(log)
	}
	accounts, err := p.Accounts(ctx)
	if err != nil {
		return errors.Join(err, token.unseen(ctx), key.unseen(ctx))
	}
	if _, err := fmt.Fprintf(o.out, "%s\n%s%s%s%s", s.URL(), o.workerPorts.lines(s.WorkerURLs()), accountLines(accounts), token.lines, key.lines); err != nil {
		return errors.Join(fmt.Errorf("print the URL and the token: %w", err), token.unseen(ctx), key.unseen(ctx))
	}
	return nil
}

// firstSecret is a token or an API key that the first start made; the zero value is
// none.
type firstSecret struct {
	lines  string // for a shell
	revoke func(context.Context) error
}

// unseen ends a secret that could not be printed: nobody has it, and it would keep the
// next start from making one.
func (f firstSecret) unseen(ctx context.Context) error {
	if f.revoke == nil {
		return nil
	}
	return f.revoke(context.WithoutCancel(ctx))
}

// accountLines names the accounts in comments for a shell, the first few if there are many.
func accountLines(all []platform.Account) string {
	const most = 10
	var b strings.Builder
	for _, a := range all[:min(most, len(all))] {
		fmt.Fprintf(&b, "# account %s  %s\n", a.ID, a.Name)
	}
	if len(all) > most {
		fmt.Fprintf(&b, "# and %d more: bindery account list\n", len(all)-most)
	}
	return b.String()
}

// mainAccount is the one that CLOUDFLARE_ACCOUNT_ID should name: the environment's,
// else the first by name. A server without any gets one called "local".
func (o *serveOptions) mainAccount(ctx context.Context, p *platform.Platform, served *servedEnvironment) (platform.Account, error) {
	if served != nil {
		if account, err := served.account(ctx); err == nil {
			return account, nil
		}
	}
	all, err := p.Accounts(ctx)
	if err != nil || len(all) > 0 {
		return append(all, platform.Account{})[0], err
	}
	return p.EnsureAccount(ctx, "local", "")
}

// firstToken makes a token when there is none and returns what a shell needs to use wrangler with it.
func (o *serveOptions) firstToken(ctx context.Context, s *server.Server, account platform.Account) (firstSecret, error) {
	tokens, err := s.Platform().Tokens(ctx)
	if err != nil {
		return firstSecret{}, err
	}
	if len(tokens) > 0 {
		return firstSecret{lines: fmt.Sprintf("# For wrangler: CLOUDFLARE_API_BASE_URL=%s, and a token. Another one is made with\n"+
			"# bindery token create --all-accounts --permission edit\n", s.BaseURL())}, nil
	}
	secret, info, err := s.Platform().CreateToken(ctx, platform.TokenInfo{Name: "made at the first start", Permission: platform.Edit})
	if err != nil {
		return firstSecret{}, err
	}
	lines := fmt.Sprintf(`# A token that may edit every account of this server; it is not shown again.
export CLOUDFLARE_API_BASE_URL=%s
export CLOUDFLARE_API_TOKEN=%s
export CLOUDFLARE_ACCOUNT_ID=%s
# In a shell with these lines: npx wrangler kv namespace list
`, s.BaseURL(), secret, account.ID)
	return firstSecret{lines, func(ctx context.Context) error { return s.Platform().RevokeToken(ctx, info.ID) }}, nil
}

// firstAPIKey makes an API key when there is none and returns what scripts/test-kv-bindings.sh needs.
func (o *serveOptions) firstAPIKey(ctx context.Context, s *server.Server) (firstSecret, error) {
	keys, err := s.Platform().APIKeys(ctx)
	if err != nil || len(keys) > 0 {
		return firstSecret{}, err
	}
	secret, info, err := s.Platform().CreateAPIKey(ctx, "made at the first start")
	if err != nil {
		return firstSecret{}, err
	}
	lines := fmt.Sprintf(`# A key for the data endpoints; it is not shown again.
export BASE_URL=%s
export X_API_KEY=%s
`, s.URL(), secret)
	return firstSecret{lines, func(ctx context.Context) error { return s.Platform().RevokeAPIKey(ctx, info.ID) }}, nil
}
