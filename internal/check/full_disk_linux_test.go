package check_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
)

// fullDisk names the folder in which this binary, started once more, fills a disk.
const fullDisk = "BINDERY_TEST_FULL_DISK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(fullDisk); dir != "" {
		if err := writeToFullDisk(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// A file on a real disk that is full stays as it is, nothing is left beside it, and the error says why.
func TestWriteToFullDisk(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fullDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{ // name spaces of its own, in which anybody may mount
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || strings.HasPrefix(string(out), "mount:")) {
		t.Skipf("no file systems can be mounted here: %v %s", err, out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func writeToFullDisk(dir string) error {
	if err := syscall.Mount("bindery", dir, "tmpfs", 0, "size=1m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	path, before := filepath.Join(dir, "wrangler.toml"), []byte("name = \"a\"\n")
	if err := os.WriteFile(path, before, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is not full: %w", err)
	}
	err := check.Change{Path: path, Before: before, After: make([]byte, 100<<10)}.Write()
	var refused *check.WriteError
	if !errors.As(err, &refused) || !errors.Is(err, syscall.ENOSPC) || !strings.HasSuffix(err.Error(), "no space left on device): it is left as it is") {
		return fmt.Errorf("got %w, want a WriteError that says that there is no space", err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(before) {
		return fmt.Errorf("the file is %q now, %w", now, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 2 {
		return fmt.Errorf("the folder holds %v, %w; want the file and the ballast", all, err)
	}
	return nil
}
