package fleet

import (
	"fmt"
	"testing"
	"time"
)

// What is kept is bounded: those that were asked for last stay.
func TestResponsesAreBounded(t *testing.T) {
	s := newResponses(time.Now)
	key := func(i int) cacheKey { return cacheKey{account: "a", url: fmt.Sprint(i)} }
	for i := range 10 {
		s.put(&cached{key: key(i), body: make([]byte, cacheBytes/8), expires: time.Now().Add(time.Hour)})
		s.get(key(0))
	}
	if s.bytes > cacheBytes || s.bytes < cacheBytes/2 || len(s.byKey) != s.order.Len() {
		t.Errorf("%d bytes in %d responses (%d in order) are kept, at most %d may be", s.bytes, len(s.byKey), s.order.Len(), cacheBytes)
	}
	for i, want := range map[int]bool{0: true, 1: false, 2: false, 9: true} {
		if got := s.get(key(i)) != nil; got != want {
			t.Errorf("response %d: kept %v, want %v", i, got, want)
		}
	}
}
