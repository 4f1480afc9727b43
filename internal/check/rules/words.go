package rules

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// at is the place of an environment in a sentence: `in env "production"`, "at the top level".
func at(env *wrangler.Environment) string {
	if env.Name == "" {
		return "at the top level"
	}
	return fmt.Sprintf("in env %q", env.Name)
}

// the is an environment as a noun: `env "production"`, "the top level".
func the(env *wrangler.Environment) string {
	if env.Name == "" {
		return "the top level"
	}
	return fmt.Sprintf("env %q", env.Name)
}

// sentence joins names as English does: "A", "A and B", "A, B and C".
func sentence(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// How many of the places that say the same are shown, and how many names are listed.
const (
	shownPlaces = 3
	listedNames = 6
)

// firstOf cuts a list of names that may be of any length.
func firstOf(names []string) []string {
	if more := len(names) - listedNames; more > 0 {
		return append(names[:listedNames:listedNames], fmt.Sprintf("%d more", more))
	}
	return names
}

func quoted(bindings []*wrangler.Binding) []string {
	var names []string
	for _, b := range bindings {
		names = append(names, fmt.Sprintf("%q", b.Text()))
	}
	return names
}

// clip shortens a text that may be of any length. Half a credential would not be known for one any more.
func clip(text string) string {
	const limit = 60
	text = secret.Redact(text)
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// typeWords is what people call bindings of a type.
func typeWords(t wrangler.Type) string {
	if words, ok := wordsOfTypes[t]; ok {
		return words
	}
	return string(t) // service, workflow, browser, …: people use the same word
}

var wordsOfTypes = map[wrangler.Type]string{
	wrangler.KVNamespace:     "KV",
	wrangler.R2Bucket:        "R2",
	wrangler.D1:              "D1",
	wrangler.DurableObject:   "Durable Object",
	wrangler.Queue:           "queue",
	wrangler.AI:              "AI",
	wrangler.Vectorize:       "Vectorize",
	wrangler.Hyperdrive:      "Hyperdrive",
	wrangler.VersionMetadata: "version metadata",
	wrangler.AnalyticsEngine: "Analytics Engine",
	wrangler.Dispatch:        "dispatch namespace",
	wrangler.MTLS:            "mTLS certificate",
	wrangler.SendEmail:       "email",
	wrangler.Pipeline:        "pipeline",
	wrangler.K2:              "K2 stream",
	wrangler.AgentMemory:     "agent memory",
	wrangler.SecretsStore:    "Secrets Store",
	wrangler.RateLimit:       "rate limit",
	wrangler.WorkerLoader:    "Worker loader",
	wrangler.VPCService:      "VPC service",
	wrangler.VPCNetwork:      "VPC network",
	wrangler.AISearch:        "AI Search",
	wrangler.AISearchNS:      "AI Search namespace",
}
