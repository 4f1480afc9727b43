package scripts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/scripts"
)

// said is a deploy in a few words: where, with which configuration, and to which environment.
func said(d *scripts.Deploy) string {
	dir, env := d.Dir, "none"
	if !d.Known {
		dir = "?"
	}
	if d.Config != "" {
		dir += " with " + d.Config
	}
	switch {
	case d.Env.Said && d.Env.Known:
		env = fmt.Sprintf("%q", d.Env.Name)
	case d.Env.Said:
		env = "?"
	}
	return dir + ": " + env
}

func deploys(all *scripts.Scripts) []string {
	var list []string
	for _, d := range all.Deploys {
		list = append(list, said(d))
	}
	if all.Opaque {
		list = append(list, "opaque")
	}
	return list
}

func TestCommands(t *testing.T) {
	for script, want := range map[string][]string{
		"wrangler deploy":                                                              {".: none"},
		"wrangler publish":                                                             {".: none"},
		"wrangler versions upload":                                                     {".: none"},
		"wrangler deploy src/index.ts --minify":                                        {".: none"},
		"wrangler deploy --env production":                                             {`.: "production"`},
		"wrangler deploy --env=production":                                             {`.: "production"`},
		"wrangler deploy -e 'production'":                                              {`.: "production"`},
		"wrangler -e production deploy":                                                {`.: "production"`},
		"wrangler deploy --env ''":                                                     {`.: ""`},
		"wrangler deploy --env=":                                                       {`.: ""`},
		"wrangler deploy --env $STAGE":                                                 {".: ?"},
		"wrangler deploy --env=${STAGE:-dev}":                                          {".: ?"},
		"wrangler deploy --env ${{ inputs.stage }}":                                    {".: ?"},
		"wrangler deploy ${{ inputs.stage == 'x' && '--env x' || '' }}":                {".: ?"},
		"wrangler deploy $ARGS":                                                        {".: ?"},
		"wrangler deploy --name other":                                                 {".: ?"},
		"wrangler deploy --var VERSION:$SHA":                                           {".: none"},
		"wrangler deploy --tag $SHA --minify":                                          {".: none"},
		"CLOUDFLARE_ENV=production wrangler deploy":                                    {`.: "production"`},
		"CLOUDFLARE_ENV=a wrangler deploy --env b":                                     {`.: "b"`},
		"export CLOUDFLARE_ENV=production; npm run build && wrangler deploy":           {`.: "production"`, "opaque"}, // the build might be more than a build
		"cross-env CLOUDFLARE_ENV=production wrangler deploy":                          {`.: "production"`},
		"npx wrangler deploy":                                                          {".: none"},
		"npx --yes wrangler@latest deploy":                                             {".: none"},
		"npx -y wrangler@4.86.0 deploy -e dev":                                         {`.: "dev"`},
		"pnpm exec wrangler deploy":                                                    {".: none"},
		"pnpm dlx wrangler deploy":                                                     {".: none"},
		"yarn wrangler deploy":                                                         {".: none"},
		"bunx wrangler deploy":                                                         {".: none"},
		"npm exec -- wrangler deploy":                                                  {".: none"},
		"./node_modules/.bin/wrangler deploy":                                          {".: none"},
		"dotenv -e .env.prod -- wrangler deploy":                                       {".: ?"},
		"doppler run -- wrangler deploy":                                               {".: ?"},
		"cd worker && wrangler deploy":                                                 {"worker: none"},
		"cd apps && cd api && npx wrangler deploy && cd ../web && npx wrangler deploy": {"apps/api: none", "apps/web: none"},
		"(cd worker && wrangler deploy) && wrangler deploy":                            {"worker: none", ".: none"},
		"cd $DIR && wrangler deploy":                                                   {"?: none"},
		"wrangler deploy --cwd worker":                                                 {"worker: none"},
		"pnpm -C worker wrangler deploy":                                               {"worker: none"},
		"pnpm --filter api exec wrangler deploy":                                       {"?: none"},
		"wrangler deploy -c worker/wrangler.toml":                                      {". with worker/wrangler.toml: none"},
		"cd worker; wrangler deploy --config=wrangler.prod.toml":                       {"worker with worker/wrangler.prod.toml: none"},
		"npm run build && wrangler deploy || echo failed":                              {".: none"},
		"if [ \"$CI\" ]; then wrangler deploy; fi":                                     {".: none"},
		"for e in a b; do wrangler deploy --env $e; done":                              {".: ?"},
		"wrangler deploy \\\n  --env production":                                       {`.: "production"`},
		"wrangler deploy --dry-run --outdir dist":                                      nil,
		"wrangler dev --env staging":                                                   nil,
		"wrangler pages deploy dist":                                                   nil,
		"wrangler kv namespace list":                                                   nil,
		"wrangler deploy --help":                                                       nil,
		"npm install wrangler deploy":                                                  nil,
		"echo wrangler deploy":                                                         nil,
		"echo 'run wrangler deploy'":                                                   nil,
		"npm run deploy":                                                               nil,
		"npm run deploy -- --env production":                                           {"opaque"},
		"turbo run deploy -- --env=staging":                                            {"opaque"},
		"CLOUDFLARE_ENV=production npm run deploy":                                     {"opaque"},
		"pnpm release --env production":                                                {"opaque"},
		"node -e &quot;console.log('done')&quot;":                                      nil,
		"./scripts/deploy.sh production":                                               {"opaque"},
		"node scripts/deploy.mjs":                                                      {"opaque"},
		"make deploy":                                                                  {"opaque"},
		"$RUNNER deploy":                                                               {"opaque"},
		"wrangler deploy 'unclosed":                                                    {"opaque"},
		"":                                                                             nil,
	} {
		source := fmt.Sprintf(`{"scripts": {"x": %q}}`, script)
		if got := deploys(scripts.Package("package.json", []byte(source))); !cmp.Equal(got, want) {
			t.Errorf("%s\ndeploys %q, want %q", script, got, want)
		}
	}
}

func TestPackage(t *testing.T) {
	const source = `{
  "scripts": {
    "build": "tsc",
    "deploy": "npm run build && wrangler deploy",
    "deploy:\"x\"": "echo \"x\" && wrangler deploy --env production",
    "odd": 7
  }
}`
	all := scripts.Package("package.json", []byte(source))
	var got []string
	for _, d := range all.Deploys {
		at := d.File.Position(d.Span.Start)
		got = append(got, fmt.Sprintf("%d:%d %s: %s", at.Line, at.Column, d.Name, d.File.Slice(d.Span)))
	}
	want := []string{`4:33 deploy: wrangler deploy`, `5:36 deploy:"x": wrangler deploy --env production`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of\n%s\n(-want +got):\n%s", source, diff)
	}
	for _, script := range []string{
		"cp wrangler.staging.toml wrangler.toml && wrangler deploy", "envsubst < in.toml > wrangler.toml; wrangler deploy", "sed -i s/A/B/ api/wrangler.jsonc",
	} {
		if !scripts.Package("package.json", fmt.Appendf(nil, `{"scripts": {"x": %q}}`, script)).Generates {
			t.Errorf("%s may write a configuration, and nobody noticed", script)
		}
	}
	if scripts.Package("package.json", []byte(`{"scripts": {"x": "wrangler deploy -c wrangler.toml > wrangler.log"}}`)).Generates {
		t.Error("a deploy is taken for what writes a configuration")
	}
	for source, want := range map[string]string{
		`{`:               "opaque",
		`[]`:              "opaque",
		``:                "opaque",
		`{"scripts": []}`: "",
		`{"devDependencies": {"@cloudflare/vite-plugin": "1"}, "scripts": {"d": "wrangler deploy"}}`: ".: none",
	} {
		all := scripts.Package("package.json", []byte(source))
		if got := strings.Join(deploys(all), ", "); got != want || all.Generates != strings.Contains(source, "vite") {
			t.Errorf("%s deploys %q (generates: %v), want %q", source, got, all.Generates, want)
		}
	}
}

func TestGitHub(t *testing.T) {
	for _, test := range []struct {
		name, source string
		want         []string
	}{
		{"steps", `
jobs:
  deploy:
    steps:
      - uses: actions/checkout@v4
      - run: npx wrangler deploy
      - run: |
          npm ci
          npx wrangler deploy --env staging
`, []string{".: none", `.: "staging"`}},
		{"folders", `
defaults: { run: { working-directory: api } }
jobs:
  one:
    steps:
      - run: wrangler deploy
      - { run: wrangler deploy, working-directory: web }
      - { run: wrangler deploy, working-directory: "${{ matrix.app }}" }
  two:
    defaults: { run: { working-directory: ./jobs } }
    steps:
      - run: cd cron && wrangler deploy
`, []string{"api: none", "web: none", "?: none", "jobs/cron: none"}},
		{"variables", `
env: { CLOUDFLARE_ENV: staging }
jobs:
  one:
    steps:
      - run: wrangler deploy
      - { run: wrangler deploy, env: { CLOUDFLARE_ENV: production } }
      - { run: wrangler deploy, env: { CLOUDFLARE_ENV: "${{ vars.STAGE }}" } }
`, []string{`.: "staging"`, `.: "production"`, ".: ?"}},
		{"action", `
jobs:
  one:
    steps:
      - uses: cloudflare/wrangler-action@v3
      - { uses: cloudflare/wrangler-action@v3, with: { workingDirectory: api, environment: production } }
      - { uses: cloudflare/wrangler-action@v3, with: { command: deploy --env staging } }
      - { uses: cloudflare/wrangler-action@v3, with: { command: pages deploy dist } }
      - { uses: cloudflare/wrangler-action@v3, with: { environment: "${{ inputs.to }}" } }
`, []string{".: none", `api: "production"`, `.: "staging"`, ".: ?"}},
		{"an action of its own", "jobs: { a: { steps: [{ uses: ./.github/actions/ship }] } }", []string{"opaque"}},
		{"an anchor", "jobs:\n  a:\n    steps: &s\n      - run: wrangler deploy\n  b:\n    steps: *s\n", []string{".: none", ".: none"}},
		{"no workflow", "on: push", nil},
		{"no YAML", "jobs: [", []string{"opaque"}},
		{"odd shapes", "jobs: { a: 1, b: { steps: 2 }, c: { steps: [3, { run: [4] }, { env: [], uses: {} }] } }", nil},
	} {
		if got := deploys(scripts.GitHub("ci.yml", []byte(test.source))); !cmp.Equal(got, test.want) {
			t.Errorf("%s: deploys %q, want %q, of\n%s", test.name, got, test.want, test.source)
		}
	}
}

func TestGitLab(t *testing.T) {
	for _, test := range []struct {
		name, source string
		want         []string
	}{
		{"jobs", `
variables: { A: b }
deploy:
  script:
    - cd worker
    - npx wrangler deploy
staging:
  variables: { CLOUDFLARE_ENV: staging }
  script: npx wrangler deploy
`, []string{"worker: none", `.: "staging"`}},
		{"for all", `
variables: { CLOUDFLARE_ENV: { value: staging } }
before_script: [cd api]
deploy: { script: [wrangler deploy] }
`, []string{`api: "staging"`}},
		{"from elsewhere", "include: other.yml\na: { extends: .b, script: [wrangler deploy] }", []string{".: ?", "opaque"}},
		{"an anchor", ".s: &s [wrangler deploy]\na: { script: [*s] }", []string{".: none"}},
	} {
		if got := deploys(scripts.GitLab(".gitlab-ci.yml", []byte(test.source))); !cmp.Equal(got, test.want) {
			t.Errorf("%s: deploys %q, want %q, of\n%s", test.name, got, test.want, test.source)
		}
	}
}

// A place is the line that the command stands on.
func TestPlaces(t *testing.T) {
	const source = "jobs:\n  ship:\n    steps:\n      - run: |\n          # wrangler is next\n          npx wrangler deploy \\\n            --minify\n      - uses: cloudflare/wrangler-action@v3\n      - uses: cloudflare/wrangler-action@v3\n        with:\n          command: deploy --minify\n"
	var got []string
	for _, d := range scripts.GitHub("ci.yml", []byte(source)).Deploys {
		got = append(got, fmt.Sprintf("%d %s", d.File.Position(d.Span.Start).Line, d.File.Slice(d.Span)))
	}
	want := []string{"6 npx wrangler deploy", "8 cloudflare/wrangler-action@v3", "11 deploy --minify"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of\n%s\n(-want +got):\n%s", source, diff)
	}
}

// Whatever a file holds, reading it ends, and places lie inside.
func FuzzScripts(f *testing.F) {
	f.Add([]byte(`{"scripts": {"deploy": "cd a && CLOUDFLARE_ENV=b npx wrangler deploy --env \"c\""}}`))
	f.Add([]byte("jobs:\n  a:\n    steps: &s\n      - run: |\n          wrangler deploy\n  b: { steps: *s }\n"))
	f.Add([]byte("a: { script: [wrangler deploy, [wrangler deploy]] }"))
	f.Add([]byte("a: &a { script: *a }"))
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, read := range []func(string, []byte) *scripts.Scripts{scripts.Package, scripts.GitHub, scripts.GitLab} {
			for _, d := range read("x", source).Deploys {
				if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(source) {
					t.Fatalf("%q: %v lies outside", source, d.Span)
				}
			}
		}
	})
}
