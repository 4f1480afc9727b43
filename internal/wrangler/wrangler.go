// Package wrangler says what a wrangler configuration means: which files are
// configurations, what each environment of one resolves to, and which bindings it
// declares, each with its place in the file.
//
// wrangler itself is the oracle: what [Environment] holds equals what wrangler's
// own unstable_readConfig returns for that environment, and what wrangler refuses
// stands in [Config.Problems] or [Environment.Problems], with the place that wrangler does not give.
// This package reads; judging is internal/check's business.
//
// Start with [Load], then [Config.Environment]. [Find] finds the file that wrangler
// would take in a folder, [Discover] every configuration below one, and a [Redirect] says what a deploy takes instead.
package wrangler

import "github.com/bindery-dev/bindery/internal/syntax"

// Config is one configuration file.
type Config struct {
	Path     string // as it was given
	File     *syntax.File
	Problems []Problem      // of the file and its top level: each Error among them makes every environment unreadable
	Top      *Environment   // the top level, as wrangler reads it when no environment is named
	Envs     []*Environment // those declared under env, in file order
	Pages    bool           // pages_build_output_dir is there: a Pages project, no Worker
	Redirect *Redirect      // by which wrangler comes to this file on deploy; nil if it needs none
}

// Problem is something that wrangler refuses (Error) or warns about.
type Problem struct {
	Error   bool
	Span    syntax.Span
	Message string // one clause, lower case, no final stop
	Help    string
	Repair  Repair // zero if nobody can tell

	stranger string       // the unknown key that it is about, if no other can be meant
	in       *syntax.Node // the table that has it
}

// Repair says what would put a problem right. At most one of its parts is set.
type Repair struct {
	// Rename: the key or string at the problem's Span should read so.
	Rename string
	// Guess: this is what was probably meant, not certainly.
	Guess bool

	// Value should be of the kind Wanted: an Array with it as the only item; the only item of it; or a String in quotes.
	Value  *syntax.Node
	Wanted syntax.Kind
	Under  string // it should be a Table in which it lies under this key

	Env *syntax.Field // it is an environment, or several, and belongs under env

	Obsolete *syntax.Field // it has no meaning any more
	Flag     string        // and this compatibility flag instead
}

// Environment is what one environment resolves to: inheritable keys taken from
// the top level where the environment has none, bindings and vars never.
type Environment struct {
	Name      string       // "" is the top level (of a file that a build made, the environment it was made for)
	Config    *Config      // the file it stands in
	Node      *syntax.Node // its table: the root for the top level; nil if it is not declared
	NameAt    syntax.Span  // where its name is written; zero for the top level
	Problems  []Problem    // of this environment alone; those of Config concern it too, see Refused
	Worker    *syntax.Node // the key name that applies; nil if none. The Worker's name is WorkerName
	AccountID *syntax.Node // the account_id that applies, its own or inherited; nil if none
	Main      *syntax.Node
	// CompatibilityDate that applies, own or inherited; nil if none.
	CompatibilityDate *syntax.Node
	// Bindings are all bindings but vars, ordered as in the file; never inherited (assets and logfwdr are).
	Bindings []*Binding
	Vars     []Var // in file order

	suffixed bool // the Worker's name is the top level's with the environment's behind it
}

// Var is one entry of vars. Its value may be a secret: print the name only.
type Var struct {
	Name   string
	NameAt syntax.Span
	Value  *syntax.Node
}

// Type is the kind of a binding, in the words of Cloudflare's upload API.
type Type string

// The types of the upload API that a configuration can declare.
const (
	KVNamespace     Type = "kv_namespace"
	R2Bucket        Type = "r2_bucket"
	D1              Type = "d1"
	DurableObject   Type = "durable_object_namespace"
	Queue           Type = "queue" // a producer
	Service         Type = "service"
	Workflow        Type = "workflow"
	AI              Type = "ai"
	Browser         Type = "browser"
	Analytics       Type = "analytics"
	Images          Type = "images"
	Stream          Type = "stream"
	Media           Type = "media"
	VersionMetadata Type = "version_metadata"
	Vectorize       Type = "vectorize"
	Hyperdrive      Type = "hyperdrive"
	AnalyticsEngine Type = "analytics_engine"
	Dispatch        Type = "dispatch_namespace"
	MTLS            Type = "mtls_certificate"
	SendEmail       Type = "send_email"
	Pipeline        Type = "pipelines"
	K2              Type = "k2"
	SecretsStore    Type = "secrets_store_secret"
	RateLimit       Type = "ratelimit"
	WorkerLoader    Type = "worker_loader"
	VPCService      Type = "vpc_service"
	VPCNetwork      Type = "vpc_network"
	AISearch        Type = "ai_search"
	AISearchNS      Type = "ai_search_namespace"
	AgentMemory     Type = "agent_memory"
	Artifacts       Type = "artifacts"
	Flagship        Type = "flagship"
	HelloWorld      Type = "unsafe_hello_world"
	LogForwarder    Type = "logfwdr"
	Assets          Type = "assets"
	Unsafe          Type = "unsafe" // unsafe.bindings; the declared type is Field("type")
)

// Binding is one declared binding.
type Binding struct {
	Type    Type
	Section string       // the configuration key it stands under, as in "kv_namespaces" or "durable_objects.bindings"
	Name    *syntax.Node // the name in code (the key binding or name); nil if missing
	Node    *syntax.Node // the entry's table
}
