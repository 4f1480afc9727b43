package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	otherAccount  = "fedcba9876543210fedcba9876543210"
	passingPrefix = "passing/" // of keys that expire within the campaign, or soon after
	sourceKeys    = 24_000     // three batches of them
	formerKeys    = 4_000      // that the destination has: half are replaced, half are deleted
	maxValue      = 3 << 20
)

// sourcePairs are small for the most part; some are no text, some large, so that batches end by bytes, too.
func sourcePairs(rng *rand.Rand) (pairs []kv.Pair) {
	for i := range sourceKeys {
		p := kv.Pair{Key: fmt.Sprintf("key/%06d", i), Item: kv.Item{Value: text(rng, 100+rng.IntN(200))}}
		switch rng.IntN(400) {
		case 0:
			p.Value = append(p.Value, 0xff, 0xfe)
		case 1, 2:
			p.Value = text(rng, rng.IntN(40_000))
		case 3:
			p.Expiration = time.Now().Add(24 * time.Hour).Unix()
		case 4, 5, 6, 7:
			p.Metadata = json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))
		case 8:
			p.Value = []byte{}
		}
		pairs = append(pairs, p)
	}
	for i := range 6 {
		pairs = append(pairs, kv.Pair{Key: fmt.Sprintf("key/%06d/large", i*4000), Item: kv.Item{Value: text(rng, 1<<20+rng.IntN(maxValue-1<<20))}})
	}
	return pairs
}

// formerPairs are what a destination has before.
func formerPairs(rng *rand.Rand) (pairs []kv.Pair) {
	for i := range formerKeys {
		key := fmt.Sprintf("key/%06d", i*sourceKeys/formerKeys)
		if i%2 == 0 {
			key = fmt.Sprintf("only there/%06d", i)
		}
		pairs = append(pairs, kv.Pair{Key: key, Item: kv.Item{Value: text(rng, rng.IntN(300)), Metadata: json.RawMessage(`"former"`)}})
	}
	return pairs
}

// passing are keys that expire so soon that some can be copied and some not any more.
func passing(rng *rand.Rand, what string) (pairs []kv.Pair) {
	for i := range 60 {
		at := time.Now().Add(kv.MinTTL + time.Duration(1500+rng.IntN(10_000))*time.Millisecond)
		pairs = append(pairs, kv.Pair{Key: fmt.Sprintf("%s%s/%02d", passingPrefix, what, i), Item: kv.Item{Value: []byte("soon gone"), Expiration: at.Unix()}})
	}
	return pairs
}

func text(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef\"\n"[rng.IntN(18)]
	}
	return b
}

// putAll writes pairs in bulk puts.
func putAll(ctx context.Context, c *cloudflare.Client, account, id string, pairs []kv.Pair) error {
	ns := c.Namespace(account, id).(kv.Bulk)
	for chunk := range slices.Chunk(pairs, 5000) {
		if err := ns.PutMany(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}
