package fleet_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/fleet"
)

// What workerd's own AI binding sends reaches what answers it, and what that answers the Worker: as an object,
// as a stream, and as an error.
func TestAI(t *testing.T) {
	h := newHouse(t, func(o *fleet.Options) {
		o.AI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch {
			case strings.Contains(string(body), "stream"):
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, "data: [DONE]\n\n")
			case strings.Contains(string(body), "fail"):
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"internalCode":5007,"name":"InferenceUpstreamError","description":"No such model"}`)
			default:
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"response":"`+r.Method+" "+r.URL.Path+" "+r.Header.Get("Cf-Consn-Model-Id")+`"}`)
			}
		})
	})
	h.deploy(account, "ai", `export default { async fetch(_, { AI }) { return Response.json([
		await AI.run("@cf/m", { prompt: "hi" }), await new Response(await AI.run("@cf/m", { prompt: "hi", stream: true })).text(),
		await AI.run("@cf/m", { prompt: "fail" }).catch((e) => e.name + ": " + e.message)]) } }`, `[{"name":"AI","type":"ai"}]`)
	h.expect("ai.my-test", "/", 200, `[{"response":"POST /run @cf/m"},"data: [DONE]\n\n","InferenceUpstreamError: 5007: No such model"]`)
}
