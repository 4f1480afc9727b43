package aibinding

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// question is what the endpoint is asked.
type question struct {
	path   string
	body   map[string]json.RawMessage
	stream bool
	result func(answer []byte) (any, error)
}

// newQuestion reads inputs as Workers AI takes them: messages or a prompt for text, text for embeddings.
// All other inputs are handed on, as most have the same names.
func newQuestion(model string, inputs map[string]json.RawMessage) (*question, error) {
	q := &question{body: maps.Clone(inputs)}
	set := func(name string, v any) {
		q.body[name], _ = json.Marshal(v) // strings, and what was JSON
	}
	switch {
	case inputs["messages"] != nil:
		q.path, q.result = "chat/completions", completion
	case inputs["prompt"] != nil:
		q.path, q.result = "chat/completions", completion
		type message struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		}
		set("messages", []message{{"user", inputs["prompt"]}})
		delete(q.body, "prompt")
	case inputs["text"] != nil:
		q.path, q.result = "embeddings", embedding
		q.body["input"] = inputs["text"]
		delete(q.body, "text")
	default:
		return nil, inputsError("this server serves models that take messages, a prompt, or text to embed")
	}
	if _, err := fmt.Sscan(string(inputs["stream"]), &q.stream); err != nil {
		q.stream = false // it is not there, or no boolean
	}
	q.stream = q.stream && q.path != "embeddings"
	set("model", model)
	return q, nil
}

// usage and calls of tools are handed on as they are.
type choice struct {
	Message struct {
		Content string            `json:"content"`
		Calls   []json.RawMessage `json:"tool_calls"`
	} `json:"message"`
	Delta struct {
		Content string `json:"content"`
	} `json:"delta"`
}

type chat struct {
	Choices []choice        `json:"choices"`
	Usage   json.RawMessage `json:"usage"`
}

// reply is what Workers AI answers for text, and of a stream in each event.
type reply struct {
	Response string            `json:"response"`
	Calls    []json.RawMessage `json:"tool_calls,omitempty"`
	Usage    json.RawMessage   `json:"usage,omitempty"`
}

func completion(answer []byte) (any, error) {
	var said chat
	if err := json.Unmarshal(answer, &said); err != nil || len(said.Choices) == 0 {
		return nil, fmt.Errorf("the endpoint answers without a completion")
	}
	m := said.Choices[0].Message
	return reply{m.Content, m.Calls, said.Usage}, nil
}

func embedding(answer []byte) (any, error) {
	var said struct {
		Data []struct {
			Embedding []float64 `json:"embedding"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &said); err != nil || len(said.Data) == 0 {
		return nil, fmt.Errorf("the endpoint answers without an embedding")
	}
	all := make([][]float64, len(said.Data))
	for i := range said.Data {
		all[i] = said.Data[i].Embedding
	}
	return struct {
		Shape [2]int      `json:"shape"`
		Data  [][]float64 `json:"data"`
	}{[2]int{len(all), len(all[0])}, all}, nil
}

// relay makes of each event of the endpoint one of Workers AI, as it comes.
func relay(w http.ResponseWriter, answer io.Reader) error {
	w.Header().Set("Content-Type", "text/event-stream")
	wire := http.NewResponseController(w)
	lines := bufio.NewScanner(answer)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue // a comment, a name, or between two events
		}
		data = bytes.TrimSpace(data)
		var said chat
		if json.Unmarshal(data, &said) == nil {
			r := reply{Usage: said.Usage}
			if len(said.Choices) > 0 {
				r.Response = said.Choices[0].Delta.Content
			}
			data, _ = json.Marshal(r) // strings, and what was JSON
		} // else [DONE], which both say
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
			return nil // nobody listens
		}
		_ = wire.Flush() // the same
	}
	if err := lines.Err(); err != nil {
		panic(http.ErrAbortHandler) // the Worker sees a stream that breaks
	}
	return nil
}
