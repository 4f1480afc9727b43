package cli

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/server"
)

// hostOptions are for who runs the server as a service.
type hostOptions struct {
	tls         server.TLS
	logFormat   formatOfLogs
	logLevel    levelOfLogs
	debug       bool
	drain       time.Duration
	connections int
}

// formatOfLogs is the value of --log-format.
type formatOfLogs string

func (f *formatOfLogs) String() string { return string(*f) }
func (f *formatOfLogs) Type() string   { return "string" }
func (f *formatOfLogs) Set(v string) error {
	*f = formatOfLogs(v)
	return oneOf(v, "text", "json")
}

// levelOfLogs is the value of --log-level.
type levelOfLogs string

func (l *levelOfLogs) String() string { return string(*l) }
func (l *levelOfLogs) Type() string   { return "string" }
func (l *levelOfLogs) Set(v string) error {
	*l = levelOfLogs(v)
	return oneOf(v, "debug", "info", "warn", "error")
}

func (o *hostOptions) addFlags(cmd *cobra.Command) {
	o.logFormat, o.logLevel = "text", "info"
	f := cmd.Flags()
	f.StringVar(&o.tls.CertFile, "tls-cert", "", "serve HTTPS with the certificate in this PEM `file`; it is read again when it changes")
	f.StringVar(&o.tls.KeyFile, "tls-key", "", "the certificate's key, a PEM `file`")
	f.Var(&o.logFormat, "log-format", "how to log: `text` or json")
	f.Var(&o.logLevel, "log-level", "the least to log: debug (every request), `info`, warn or error")
	f.BoolVar(&o.debug, "debug", false, "log every request, and bindings in detail; as --log-level debug")
	f.DurationVar(&o.drain, "drain", 10*time.Second, "how long requests under way may take once the server is told to stop")
	f.IntVar(&o.connections, "max-connections", 1024, "how many connections may be open at a time; others wait")
	for flag, values := range map[string][]string{"log-format": {"text", "json"}, "log-level": {"debug", "info", "warn", "error"}} {
		must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
	}
}

func (o *hostOptions) validate() error {
	switch {
	case (o.tls.CertFile == "") != (o.tls.KeyFile == ""):
		return usagef("--tls-cert and --tls-key go together").hint("--tls-cert cert.pem --tls-key key.pem")
	case o.drain <= 0:
		return usagef("--drain %s leaves no time", o.drain).hint("--drain 10s")
	case o.connections < 1:
		return usagef("--max-connections %d lets nobody in", o.connections).hint("--max-connections 1024")
	}
	return nil
}

func (o *hostOptions) limits() server.Limits {
	return server.Limits{Drain: o.drain, Connections: o.connections}
}

// logger writes to s in the format and from the level that were asked for.
func (o *hostOptions) logger(s *stream) *slog.Logger {
	var level slog.Level
	must(level.UnmarshalText([]byte(o.logLevel))) // Set has looked
	if o.debug {
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(s, options))
	}
	return slog.New(slog.NewTextHandler(s, options))
}
