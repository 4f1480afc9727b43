package server

import (
	"encoding/json"
	"net/http"
)

// about says what this is to somebody who opens the address in a browser.
func (s *Server) about(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		What    string `json:"what"`
		API     string `json:"api"`
	}{
		Name: "bindery", Version: s.o.Version,
		What: "a stand-in for Cloudflare's v4 API: set CLOUDFLARE_API_BASE_URL to the address in \"api\"",
		API:  s.BaseURL(),
	})
}

func nothingHere(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusNotFound, problem{Error: "nothing is served at this path; the v4 API is below /client/v4"})
}

// problem is the body of an error outside the v4 API.
type problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	Kind  string `json:"kind,omitempty"` // which error of package platform it is
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only when the client is gone
}
