package source

import (
	"strings"

	"github.com/weirflow/weir/flow"
)

// AddLines sets the source line of each problem whose file is among files.
func AddLines(d flow.Diagnostics, files []File) {
	lines := map[string][]string{}
	for i := range d {
		pos := d[i].Pos
		if !pos.IsValid() {
			continue
		}
		all, ok := lines[pos.File]
		for j := 0; !ok && j < len(files); j++ {
			if files[j].Name == pos.File && len(files[j].Data) <= MaxFile {
				text := strings.ReplaceAll(strings.ToValidUTF8(string(files[j].Data), "\uFFFD"), "\r\n", "\n")
				all = strings.Split(text, "\n")
			}
		}
		lines[pos.File] = all
		if pos.Line <= len(all) {
			d[i].Line = all[pos.Line-1]
		}
	}
}
