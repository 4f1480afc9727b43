package memkv

import (
	"iter"
	"slices"
)

// sortedMap is a map whose keys can be walked in byte order. Adding a key moves
// those after it, which is cheap up to some hundred thousand of them. The zero
// value is empty.
type sortedMap[V any] struct {
	keys   []string
	values map[string]V
}

func (m *sortedMap[V]) get(key string) (V, bool) {
	v, ok := m.values[key]
	return v, ok
}

func (m *sortedMap[V]) set(key string, v V) {
	if m.values == nil {
		m.values = map[string]V{}
	}
	if _, ok := m.values[key]; !ok {
		i, _ := slices.BinarySearch(m.keys, key)
		m.keys = slices.Insert(m.keys, i, key)
	}
	m.values[key] = v
}

func (m *sortedMap[V]) remove(key string) {
	if i, found := slices.BinarySearch(m.keys, key); found {
		m.keys = slices.Delete(m.keys, i, i+1)
		delete(m.values, key)
	}
}

// from walks the keys that are not before first.
func (m *sortedMap[V]) from(first string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		i, _ := slices.BinarySearch(m.keys, first)
		for _, key := range m.keys[i:] {
			if !yield(key, m.values[key]) {
				return
			}
		}
	}
}
