package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// queue-without-dead-letter: a message that the consumer failed to take as often as it may is deleted for good.
var queueWithoutDeadLetter = &check.Rule{
	ID:       "queue-without-dead-letter",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "messages that a queue consumer cannot take are deleted",
	Explain:  explain("queue-without-dead-letter"),
	Config: func(p *check.Pass) {
		var queues []string // as often as they are named
		var places []syntax.Span
		var envs []*wrangler.Environment
		for _, env := range environments(p.Config) {
			consumers := itemsOf(env.Value("queues").Get("consumers"))
			if stageOf(env) == testStage {
				continue
			}
			for _, consumer := range consumers {
				queue := consumer.Get("queue")
				if !queue.Is(syntax.String) || consumer.Get("dead_letter_queue") != nil || isDeadLetter(queue.Text, consumers) {
					continue
				}
				queues, places, envs = append(queues, clip(queue.Text)), append(places, queue.Span), append(envs, env)
			}
		}
		if len(queues) == 0 {
			return
		}
		found := p.Of(envs[0]).Report(places[0], "no dead letter queue for %s", sentence(firstOf(slices.Compact(slices.Sorted(slices.Values(queues)))))).
			Label("after the last retry a message is deleted").
			Help("create a queue and name it: dead_letter_queue = %q", queues[0]+"-dlq").
			Also(envs...)
		for i := 1; i < min(shownPlaces, len(places)); i++ {
			found.Note(places[i], "nor here, %s", at(envs[i]))
		}
	},
}

// isDeadLetter says that a queue is where another one leaves what nobody took.
func isDeadLetter(queue string, consumers []*syntax.Node) bool {
	return deadLetterWord.MatchString(queue) || slices.ContainsFunc(consumers, func(c *syntax.Node) bool {
		return c.Get("dead_letter_queue").Str() == queue
	})
}

var deadLetterWord = pattern.New(`(?i)dlq|dead`)
