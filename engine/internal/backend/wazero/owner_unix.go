//go:build unix

package wazero

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkOwner requires that only this user can write to a directory.
func checkOwner(path string, st fs.FileInfo) error {
	if st.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written to by other users", path)
	}
	if s, ok := st.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user", path)
	}
	return nil
}
