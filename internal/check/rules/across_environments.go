package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// kv-id-across-environments: two environments name one namespace. In two accounts
// that cannot be; in one account they write into the same data.
var kvIDAcrossEnvironments = acrossEnvironments("kv-id-across-environments", "one KV namespace in two environments",
	check.Prevalence{Files: 17, Projects: 11}, store{
		bindingType: wrangler.KVNamespace,
		noun:        "KV namespace",
		shape:       &hexShape,
		code:        "10041", // KV namespace '…' not found
		list:        "wrangler kv namespace list",
		create:      "wrangler kv namespace create NAME",
	})

// d1-id-across-environments: the same for D1 databases.
var d1IDAcrossEnvironments = acrossEnvironments("d1-id-across-environments", "one D1 database in two environments",
	check.Prevalence{Files: 14, Projects: 8}, store{
		bindingType: wrangler.D1,
		noun:        "D1 database",
		shape:       &uuidShape,
		code:        "10181", // D1 binding '…' references database '…' which was not found
		list:        "wrangler d1 list",
		create:      "wrangler d1 create NAME",
		name:        "database_name",
	})

// r2-bucket-across-environments: the same for R2 buckets. Buckets of one name in two accounts are two buckets.
var r2BucketAcrossEnvironments = acrossEnvironments("r2-bucket-across-environments", "one R2 bucket for tests and for production",
	check.Prevalence{Files: 14, Projects: 13}, store{
		bindingType: wrangler.R2Bucket,
		noun:        "R2 bucket",
		create:      "wrangler r2 bucket create NAME",
	})

// resource-across-environments: the same for what else a test can spoil.
var resourceAcrossEnvironments = acrossEnvironments("resource-across-environments",
	"a Hyperdrive configuration, Vectorize index or queue for tests and for production", check.Prevalence{},
	store{
		bindingType: wrangler.Hyperdrive,
		noun:        "Hyperdrive configuration",
		shape:       &hexShape,
		code:        "10157",
		list:        "wrangler hyperdrive list",
		create:      "wrangler hyperdrive create NAME",
	},
	store{
		bindingType: wrangler.Vectorize,
		noun:        "Vectorize index",
		create:      "wrangler vectorize create NAME",
	},
	store{
		bindingType: wrangler.Queue,
		noun:        "queue",
		create:      "wrangler queues create NAME",
	})

// A store is a type of resource that keeps data and belongs to one account.
type store struct {
	bindingType wrangler.Type
	noun        string
	shape       *idShape // of its ids; nil if bindings name it, and each account may have one of that name
	code        string   // what an account answers for an id that another one holds
	list        string   // the command that shows what an account holds
	create      string   // the command that makes one
	name        string   // the key of a name that stands beside the id, "" if there is none
}

func acrossEnvironments(id, summary string, seen check.Prevalence, stores ...store) *check.Rule {
	return &check.Rule{
		ID:       id,
		Severity: check.Warning,
		Since:    "0.1",
		Summary:  summary,
		Explain:  explain(id),
		Seen:     seen,
		Ties: func(c *wrangler.Config) []string {
			var ids []string
			for _, s := range stores {
				ids = append(ids, s.ids(c)...)
			}
			return ids
		},
		Project: func(p *check.Pass) {
			for _, s := range stores {
				s.check(p)
			}
		},
	}
}

// ids are those a configuration binds: two that have none in common need not be compared.
func (s store) ids(c *wrangler.Config) []string {
	var ids []string
	for _, env := range environments(c) {
		for _, b := range env.Of(s.bindingType) {
			ids = append(ids, b.Resource().Str())
		}
	}
	return ids
}
