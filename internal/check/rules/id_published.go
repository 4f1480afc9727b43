package rules

// A publication is where an id is printed for all to copy.
type publication struct {
	words string
	// live: somebody deploys with this id, if only Cloudflare its own demonstration.
	live bool
}

var (
	kvDocs         = publication{words: "Cloudflare's KV documentation"}         // kv/reference/environments, kv/reference/kv-commands
	hyperdriveDocs = publication{words: "Cloudflare's Hyperdrive documentation"} // hyperdrive/get-started
	wranglerDocs   = publication{words: "the documentation of wrangler 1"}       // its pages configuration and environments
	apiReference   = publication{words: "Cloudflare's API reference"}            // developers.cloudflare.com/api
	changelog      = publication{words: "wrangler's changelog"}
	templates      = publication{words: "one of Cloudflare's templates", live: true} // github.com/cloudflare/templates
)

// publications lists ids that are well-formed and nobody's own, with where each was seen (2026-11). An id belongs
// here only if it was found there.
var publications = map[string]publication{
	"023e105f4ecef8ad9ca31a8372d0c353": apiReference, // an account
	"01a7362d577a6c3019a474fd6f485823": apiReference, // an account, in older examples
	"0f2ac74b498b48028cb68387c421e279": apiReference, // a KV namespace; wrangler 1 has it, too

	"06779da6940b431db6e566b4846d64db": kvDocs,
	"07bc1f3d1f2a4fd8a45a7e026e2681c6": kvDocs,
	"15137f8edf6c09742227e99b08aaf273": kvDocs, // what `kv namespace create --preview` prints there
	"32ac1b3c2ed34ed3b397268817dea9ea": kvDocs,
	"a825455ce00f4f7282403da85269f8ea": kvDocs,
	"e29b263ab50e42ce9b637fa8370175e8": kvDocs, // what `kv namespace create` prints there

	"57b7076f58be42419276f058a8968187": hyperdriveDocs,

	"03c8c8dd3b032b0528f6547d0e1a83f3": wranglerDocs,
	"068c101e168d03c65bddf4ba75150fb0": wranglerDocs,
	"0d2ac74b498b48028cb68387c421e233": wranglerDocs,
	"0d8c101e168d03c65bddf4ba75150f33": wranglerDocs,
	"6a1ddb03f3ec250963f0a1e46820076f": wranglerDocs,
	"90e6f6abd5b4f981c748c532844461ae": wranglerDocs,
	"b941aabb520e61dcaaeaa64b4d8f8358": wranglerDocs,
	"bd46d6484b665e6bd134b0496ad97760": wranglerDocs,
	"e5011a026c5032c09af62c55ecc3f438": wranglerDocs,
	"fb69528dbc7336525313f2e8c3b17db0": wranglerDocs,

	"79300c6d17eb4180a07270f450efe53f": changelog,

	"5c11e02adb2d45dea62b336d46ce135f":     templates, // agent-visibility
	"623729d87586478981a14c15ddfe3764":     templates, // ai-brand-visibility
	"18d141d5-062d-46a0-a92a-bade3f8c4b00": templates, // chanfana-openapi
	"ebd70b4ed8df4086956603c87c22876f":     templates, // commerce-llms-txt
	"3690f364-3425-4fab-8eb7-c74c5717578a": templates, // d1-starter-sessions-api
	"151f7d9b-365f-41d7-83ed-0bf4eeef5086": templates, // d1
	"7668c461af3c47969772c19cbd988391":     templates, // mysql-hyperdrive
	"afec91ff3f7e4b0b9b9323fc6cf5ff85":     templates, // openauth, KV
	"d4dfb2e9-2fd3-4d04-9c83-57b4336a5958": templates, // openauth, D1
	"7853460cd9194ddb864cc211f3fc6e68":     templates, // postgres-hyperdrive
	"3009feae-2321-421c-97e8-181886710aa0": templates, // saas-admin
	"cf8aa41453dc4be09ff86530895773e1":     templates, // to-do-list-kv
	"39f0ae3f-5dbc-4357-aa4d-bc52ce832621": templates, // workers-for-platforms
}
