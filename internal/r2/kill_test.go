package r2_test

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/r2"
)

// A process of this test puts objects in a folder, from a number on, until it is killed.
const (
	killed     = "BINDERY_R2_PUT_IN"
	killedFrom = "BINDERY_R2_PUT_FROM"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		from, _ := strconv.Atoi(os.Getenv(killedFrom)) // ours
		if err := putForEver(dir, from); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// putForEver puts objects of several pieces, the same few keys again and again and each larger than the
// one before, and says which are acknowledged.
func putForEver(dir string, from int) error {
	s, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		return err
	}
	b, err := r2.Open(s, s, r2.Options{Find: find}).Bucket(context.Background(), "a", "bucket")
	if err != nil {
		return err
	}
	for i := from; ; i++ {
		key := fmt.Sprintf("key-%d", i%3)
		o, err := b.Put(context.Background(), key, content(uint64(i), 9*mib+int64(i)), r2.PutOptions{})
		if err != nil {
			return err
		}
		fmt.Println(key, o.ETag, o.Size)
	}
}

// What was acknowledged is there after kill -9, each object is whole, and nothing is left of what was
// under way.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	type object struct {
		etag string
		size int64
	}
	acknowledged := map[string]object{}
	for round := range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killed+"="+dir, killedFrom+"="+strconv.Itoa(1000*round))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			var key string
			var o object
			if _, err := fmt.Sscan(lines.Text(), &key, &o.etag, &o.size); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			acknowledged[key] = o
			if n == 4 {
				if err := child.Process.Kill(); err != nil { // within the next put, most likely
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // it was killed

		s, err := pebblekv.Open(pebblekv.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		_, b := open(t, s)
		named := 0
		for key, last := range acknowledged {
			o, err := b.Get(t.Context(), key, r2.GetOptions{})
			if err != nil {
				t.Fatalf("%s was acknowledged: %v", key, err)
			}
			sum := md5.New()
			if n, err := io.Copy(sum, o); err != nil || n != o.Size || hex.EncodeToString(sum.Sum(nil)) != o.ETag {
				t.Errorf("%s: read %d of %d bytes, %v, with checksum %x and ETag %s", key, n, o.Size, err, sum.Sum(nil), o.ETag)
			}
			if o.ETag != last.etag && o.Size <= last.size { // one that is larger was put, and nobody was told
				t.Errorf("%s: %d bytes with ETag %s; acknowledged were %d with %s", key, o.Size, o.ETag, last.size, last.etag)
			}
			named += 2 // pieces of 9 MiB
			if err := o.Close(); err != nil {
				t.Error(err)
			}
		}
		if got := pieces(t, s); got != named {
			t.Errorf("there are %d pieces, objects have %d", got, named)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
